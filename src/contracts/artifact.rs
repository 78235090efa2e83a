//! The compiled contracts, part of the binary: no file and no compiler is needed to deploy them.
//!
//! The one rule: what is deployed is what `contracts/artifacts` holds; a test compares the hashes
//! of the sources in there with the sources.

use std::sync::LazyLock;

use alloy_primitives::{Bytes, FixedBytes};
use serde::Deserialize;

/// A contract `emulate` deploys or whose code it must know.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Contract {
    /// The payment token.
    Rlc,
    /// The hub's facet of everything its owner does.
    AdministrationFacet,
    /// The hub's facet of deposits.
    EscrowFacet,
    /// The hub's facet of orders and deals.
    OrdersFacet,
    /// The hub's facet of tasks.
    TasksFacet,
    /// The hub's facet of accessors.
    ViewsFacet,
    /// The hub.
    Hub,
    /// The registry of applications.
    AppRegistry,
    /// The registry of datasets.
    DatasetRegistry,
    /// The registry of workerpools.
    WorkerpoolRegistry,
    /// What stands at the address of every registry entry.
    EntryProxy,
}

/// A compiled contract.
#[derive(Clone, Debug, Deserialize)]
pub struct Artifact {
    /// Its code of creation, without constructor arguments.
    pub bytecode: Bytes,
    /// The selectors of its functions.
    pub selectors: Vec<FixedBytes<4>>,
}

/// The hub's ABI as JSON, an object with the key `abi`, for clients in other languages.
pub const HUB_ABI: &str = include_str!("../../contracts/artifacts/IexecInterfaceToken.json");

impl Contract {
    /// All of them, in the order of their declaration.
    pub const ALL: [Self; 11] = [
        Self::Rlc,
        Self::AdministrationFacet,
        Self::EscrowFacet,
        Self::OrdersFacet,
        Self::TasksFacet,
        Self::ViewsFacet,
        Self::Hub,
        Self::AppRegistry,
        Self::DatasetRegistry,
        Self::WorkerpoolRegistry,
        Self::EntryProxy,
    ];

    /// Returns what the compiler made of the contract.
    pub fn artifact(self) -> &'static Artifact {
        static ARTIFACTS: LazyLock<Vec<Artifact>> = LazyLock::new(|| {
            let parse = |contract: Contract| serde_json::from_str(contract.json());
            let artifacts: Result<_, _> = Contract::ALL.into_iter().map(parse).collect();
            artifacts.expect("the build script of the contracts writes well-formed artifacts")
        });
        &ARTIFACTS[self as usize]
    }

    /// Returns the contract's name in Solidity, which is that of its artifact.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Rlc => "RLC",
            Self::AdministrationFacet => "AdministrationFacet",
            Self::EscrowFacet => "EscrowFacet",
            Self::OrdersFacet => "OrdersFacet",
            Self::TasksFacet => "TasksFacet",
            Self::ViewsFacet => "ViewsFacet",
            Self::Hub => "Hub",
            Self::AppRegistry => "AppRegistry",
            Self::DatasetRegistry => "DatasetRegistry",
            Self::WorkerpoolRegistry => "WorkerpoolRegistry",
            Self::EntryProxy => "EntryProxy",
        }
    }

    /// Returns the artifact as it was written.
    fn json(self) -> &'static str {
        macro_rules! artifact {
            ($name:literal) => {
                include_str!(concat!("../../contracts/artifacts/", $name, ".json"))
            };
        }
        match self {
            Self::Rlc => artifact!("RLC"),
            Self::AdministrationFacet => artifact!("AdministrationFacet"),
            Self::EscrowFacet => artifact!("EscrowFacet"),
            Self::OrdersFacet => artifact!("OrdersFacet"),
            Self::TasksFacet => artifact!("TasksFacet"),
            Self::ViewsFacet => artifact!("ViewsFacet"),
            Self::Hub => artifact!("Hub"),
            Self::AppRegistry => artifact!("AppRegistry"),
            Self::DatasetRegistry => artifact!("DatasetRegistry"),
            Self::WorkerpoolRegistry => artifact!("WorkerpoolRegistry"),
            Self::EntryProxy => artifact!("EntryProxy"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_artifact_can_be_read_and_has_code() {
        for (index, contract) in Contract::ALL.into_iter().enumerate() {
            assert_eq!(contract as usize, index);
            assert!(!contract.artifact().bytecode.is_empty(), "{contract:?}");
        }
    }
}
