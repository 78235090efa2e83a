//! Registry entries: what is registered, the call that registers it, and where it will stand.
//!
//! An entry's address follows from its registry, its owner and what it says about itself, so it is
//! known before the entry exists.

use std::sync::LazyLock;

use alloy_primitives::{Address, B256, Bytes, Keccak256, keccak256};
use alloy_sol_types::SolCall;

use super::{
    abi::{App, AppRegistry, Dataset, DatasetRegistry, Workerpool, WorkerpoolRegistry},
    artifact::Contract,
};

/// What an application says about itself, for ever.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AppEntry {
    /// Its name.
    pub name: String,
    /// Its type, such as `DOCKER`.
    pub kind: String,
    /// Where it is found: an image name in UTF-8, or a binary multiaddress.
    pub multiaddr: Bytes,
    /// Its checksum.
    pub checksum: B256,
    /// The enclave measurement as JSON, empty for a standard application.
    pub mrenclave: Bytes,
}

/// What a dataset says about itself, for ever.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DatasetEntry {
    /// Its name.
    pub name: String,
    /// Where it is found.
    pub multiaddr: Bytes,
    /// Its checksum.
    pub checksum: B256,
}

/// What a workerpool says about itself, for ever.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct WorkerpoolEntry {
    /// Free text.
    pub description: String,
}

/// Something a registry can hold.
pub trait RegistryEntry {
    /// Returns the call by which its registry initialises the entry.
    fn initialization(&self) -> Vec<u8>;

    /// Returns the data of the call that registers the entry for `owner`; anybody may send it.
    fn creation(&self, owner: Address) -> Bytes;

    /// Returns the address of the entry once `registry`, a built-in one, has registered it for `owner`.
    fn address(&self, registry: Address, owner: Address) -> Address {
        static PROXY: LazyLock<B256> =
            LazyLock::new(|| keccak256(&Contract::EntryProxy.artifact().bytecode));
        self.address_by(*PROXY, registry, owner)
    }

    /// Returns the address of the entry once `registry`, which creates entries by code of the hash
    /// `code`, has registered it for `owner`.
    fn address_by(&self, code: B256, registry: Address, owner: Address) -> Address {
        let mut salt = Keccak256::new();
        salt.update(self.initialization());
        salt.update(owner);
        registry.create2(salt.finalize(), code)
    }
}

impl RegistryEntry for AppEntry {
    fn initialization(&self) -> Vec<u8> {
        App::initializeCall {
            appName: self.name.clone(),
            appType: self.kind.clone(),
            appMultiaddr: self.multiaddr.clone(),
            appChecksum: self.checksum,
            appMREnclave: self.mrenclave.clone(),
        }
        .abi_encode()
    }

    fn creation(&self, owner: Address) -> Bytes {
        let call = AppRegistry::createAppCall {
            appOwner: owner,
            appName: self.name.clone(),
            appType: self.kind.clone(),
            appMultiaddr: self.multiaddr.clone(),
            appChecksum: self.checksum,
            appMREnclave: self.mrenclave.clone(),
        };
        call.abi_encode().into()
    }
}

impl RegistryEntry for DatasetEntry {
    fn initialization(&self) -> Vec<u8> {
        Dataset::initializeCall {
            datasetName: self.name.clone(),
            datasetMultiaddr: self.multiaddr.clone(),
            datasetChecksum: self.checksum,
        }
        .abi_encode()
    }

    fn creation(&self, owner: Address) -> Bytes {
        let call = DatasetRegistry::createDatasetCall {
            datasetOwner: owner,
            datasetName: self.name.clone(),
            datasetMultiaddr: self.multiaddr.clone(),
            datasetChecksum: self.checksum,
        };
        call.abi_encode().into()
    }
}

impl RegistryEntry for WorkerpoolEntry {
    fn initialization(&self) -> Vec<u8> {
        Workerpool::initializeCall {
            workerpoolDescription: self.description.clone(),
        }
        .abi_encode()
    }

    fn creation(&self, owner: Address) -> Bytes {
        let call = WorkerpoolRegistry::createWorkerpoolCall {
            workerpoolOwner: owner,
            workerpoolDescription: self.description.clone(),
        };
        call.abi_encode().into()
    }
}
