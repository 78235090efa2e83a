//! Accounts and slots with the trie nodes that prove them to whoever knows a state root.

use alloy_primitives::{Address, Bytes, U256, keccak256};
use alloy_trie::TrieAccount;

use super::{Entry, State};

/// An account and some of its slots, proved against the state root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountProof {
    /// The account as the trie holds it; all zero and empty if it does not exist.
    pub account: TrieAccount,
    /// Nodes from the state root towards the account.
    pub proof: Vec<Bytes>,
    /// The slots asked for, in the order asked.
    pub storage: Vec<SlotProof>,
}

/// A slot proved against its account's storage root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotProof {
    /// The slot.
    pub slot: U256,
    /// Its value, zero if absent.
    pub value: U256,
    /// Nodes from the storage root towards the slot.
    pub proof: Vec<Bytes>,
}

impl State {
    /// Proves an account and some of its slots against the root as of the last [`State::root`].
    pub fn proof(&self, address: Address, slots: &[U256]) -> AccountProof {
        let blank = Entry::new(address, false);
        let entry = self.accounts.get(&address).map_or(&blank, AsRef::as_ref);
        AccountProof {
            account: TrieAccount {
                nonce: entry.nonce,
                balance: entry.balance,
                storage_root: entry.trie.root(),
                code_hash: entry.code_hash,
            },
            proof: self.trie.proof(entry.hashed_address),
            storage: slots
                .iter()
                .map(|slot| SlotProof {
                    slot: *slot,
                    value: entry.storage.get(slot).unwrap_or_default(),
                    proof: entry.trie.proof(keccak256(slot.to_be_bytes::<32>())),
                })
                .collect(),
        }
    }
}
