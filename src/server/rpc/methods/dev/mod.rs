//! What only a development chain offers: time travel, mining at will, state set by hand.
//!
//! anvil, hardhat and ganache name the same things differently; here each thing exists once.

pub(super) mod accounts;
pub(super) mod dump;
pub(super) mod mining;
pub(super) mod node;
pub(super) mod reorg;
pub(super) mod state;
pub(super) mod time;
pub(super) mod token;

use alloy_primitives::U256;

use crate::server::rpc::{RpcError, params::Params};

/// Takes a number given as a JSON number, hex or decimal text, and fitting 64 bits.
pub(super) fn number(params: &mut Params, what: &str) -> Result<u64, RpcError> {
    fitting(params.next(what)?, what)
}

/// As [`number`], for an argument that may be absent.
pub(super) fn optional_number(params: &mut Params, what: &str) -> Result<Option<u64>, RpcError> {
    let number: Option<U256> = params.optional(what)?;
    number.map(|number| fitting(number, what)).transpose()
}

fn fitting(number: U256, what: &str) -> Result<u64, RpcError> {
    u64::try_from(number)
        .map_err(|_| RpcError::invalid_params(format!("{what} {number} is too big")))
}
