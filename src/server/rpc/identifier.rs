//! Names nobody else has: of subscriptions, filters and the node's instance.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

use alloy_primitives::{B128, B256, keccak256};

/// Returns an identifier a client cannot guess from its own: identifiers are not secrets of value
/// here, but two clients must never meet in one.
pub(super) fn random() -> B128 {
    B128::from_slice(&random_word()[..16])
}

/// Returns 32 bytes as [`random`].
pub(super) fn random_word() -> B256 {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    // The standard library keys its hashers from the machine's randomness.
    let chance = [
        RandomState::new().hash_one(count),
        RandomState::new().hash_one(!count),
    ];
    let mut bytes = [0; 24];
    bytes[..8].copy_from_slice(&chance[0].to_be_bytes());
    bytes[8..16].copy_from_slice(&chance[1].to_be_bytes());
    bytes[16..].copy_from_slice(&count.to_be_bytes());
    keccak256(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_differ() {
        assert_ne!(random(), random());
    }
}
