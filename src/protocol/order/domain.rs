//! The EIP-712 domain: which hub on which chain an order is meant for.

use std::sync::LazyLock;

use alloy_primitives::{Address, B256, Keccak256, U256, keccak256};

use super::words::{Word, hash_words};

/// The hub an order is meant for; a signature for one hub is worth nothing at another.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Domain {
    chain_id: u64,
    hub: Address,
    separator: B256,
}

impl Domain {
    /// The name all hubs of PoCo share.
    pub const NAME: &str = "iExecODB";
    /// The version all hubs share since PoCo 5.
    pub const VERSION: &str = "5.0.0";
    /// The EIP-712 type of the domain.
    pub const TYPE: &str =
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";

    /// Returns the domain of the hub at this address of this chain.
    pub fn new(chain_id: u64, hub: Address) -> Self {
        static FIXED: LazyLock<[B256; 3]> =
            LazyLock::new(|| [Domain::TYPE, Domain::NAME, Domain::VERSION].map(keccak256));
        let [type_hash, name, version] = *FIXED;
        let chain = U256::from(chain_id).word();
        let separator = hash_words(&type_hash, &[name, version, chain, hub.word()]);
        Self {
            chain_id,
            hub,
            separator,
        }
    }

    /// Returns the chain's id.
    pub fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// Returns the hub's address.
    pub fn hub(&self) -> Address {
        self.hub
    }

    /// Returns the domain separator.
    pub fn separator(&self) -> B256 {
        self.separator
    }

    /// Returns the hash that is signed for a struct of this hash.
    pub fn typed_hash(&self, struct_hash: B256) -> B256 {
        let mut hasher = Keccak256::new();
        hasher.update([0x19, 0x01]);
        hasher.update(self.separator);
        hasher.update(struct_hash);
        hasher.finalize()
    }
}
