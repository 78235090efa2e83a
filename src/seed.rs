//! The single source of chance: one number, and independent streams named after who draws.

use alloy_primitives::Keccak256;
use rand::SeedableRng;
use serde::{Deserialize, Serialize};

/// A named, independent sequence of random numbers.
pub type Stream = rand_chacha::ChaCha8Rng;

/// The one number from which every random choice of a run is drawn.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seed(pub u64);

impl Seed {
    /// Returns the stream called `name`.
    ///
    /// A stream depends on the seed and on its own name only: adding, removing or reordering
    /// actors leaves the draws of all the others unchanged.
    pub fn stream(self, name: &str) -> Stream {
        let mut hasher = Keccak256::new();
        hasher.update(self.0.to_be_bytes());
        hasher.update(name.as_bytes());
        Stream::from_seed(hasher.finalize().0)
    }
}

#[cfg(test)]
mod tests {
    use rand::RngCore;

    use super::*;

    #[test]
    fn streams_differ_by_name_and_by_seed_and_repeat() {
        let draw = |seed, name| Seed(seed).stream(name).next_u64();
        assert_eq!(draw(42, "worker.w-0"), draw(42, "worker.w-0"));
        assert_ne!(draw(42, "worker.w-0"), draw(42, "worker.w-1"));
        assert_ne!(draw(42, "worker.w-0"), draw(43, "worker.w-0"));
    }
}
