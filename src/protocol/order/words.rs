//! Values as the 32-byte words EIP-712 hashes.

use alloy_primitives::{Address, B256, Keccak256, U256, keccak256};

use crate::protocol::Tag;

/// A value that is one word of a typed struct.
pub(super) trait Word {
    /// Returns its word.
    fn word(&self) -> B256;
}

impl Word for Address {
    fn word(&self) -> B256 {
        self.into_word()
    }
}

impl Word for U256 {
    fn word(&self) -> B256 {
        (*self).into()
    }
}

impl Word for B256 {
    fn word(&self) -> B256 {
        *self
    }
}

impl Word for Tag {
    fn word(&self) -> B256 {
        self.0
    }
}

impl Word for String {
    fn word(&self) -> B256 {
        keccak256(self.as_bytes())
    }
}

/// Returns the hash of a struct: its type's hash followed by its fields' words.
pub(super) fn hash_words(type_hash: &B256, words: &[B256]) -> B256 {
    let mut hasher = Keccak256::new();
    hasher.update(type_hash);
    for word in words {
        hasher.update(word);
    }
    hasher.finalize()
}
