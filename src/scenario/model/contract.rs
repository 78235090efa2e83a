//! Contracts of a dapp, and calls to contracts.

use super::{Hex, Wei};
use crate::{protocol::Name, scenario::document::table};

table! {
    /// A contract deployed before the network is declared ready.
    "[contract]"
    pub struct Contract {
        /// Its artifact: a JSON file with `abi` and `bytecode`, beside the scenario.
        artifact: String,
        /// The constructor's arguments; `{{protocol.hub}}` and the like stand for addresses.
        args: Vec<String> = Vec::new(),
        /// Who deploys it.
        by: Name = Name::from("alice"),
    }
}

table! {
    /// A call of a contract in the middle of a run.
    "call"
    pub struct Call {
        /// The contract: its name, or `0x…`.
        to: String,
        /// The function by name and types, such as `set(uint256)`.
        function: Option<String> = None,
        /// The function's arguments.
        args: Vec<String> = Vec::new(),
        /// The call's data, instead of function and arguments.
        data: Option<Hex> = None,
        /// Ether sent along.
        value: Option<Wei> = None,
        /// Who calls.
        by: Name = Name::from("alice"),
    }
}
