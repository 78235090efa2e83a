//! Who made which signature: a memory of recoveries, because recovering a signer is the dearest
//! thing a contract does.
//!
//! Only what is certain is remembered: what was recovered, and what a key in this process signed.
//! So the memory changes how long an answer takes, never the answer.

use std::{collections::HashMap, sync::Arc};

use alloy_primitives::{Address, B256, map::DefaultHashBuilder};
use parking_lot::Mutex;

/// How many signatures one generation holds; the last two generations are remembered.
const GENERATION: usize = 1 << 15;

/// A signed hash: the hash, the recovery byte (27 or 28), `r` and `s`.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Signed([u8; 97]);

impl Signed {
    /// Returns a hash with its signature, 65 bytes `r`, `s`, `v` with `v` 27 or 28.
    pub fn new(hash: &B256, signature: &[u8; 65]) -> Self {
        let mut bytes = [0; 97];
        bytes[..32].copy_from_slice(hash.as_slice());
        bytes[32] = signature[64];
        bytes[33..].copy_from_slice(&signature[..64]);
        Self(bytes)
    }

    /// Returns what the input of the precompile `ecrecover` says; none when it is too short, or
    /// its recovery word is none: then nobody signed.
    pub fn of_input(input: &[u8]) -> Option<Self> {
        let input: &[u8; 128] = input.get(..128)?.try_into().ok()?;
        let is_recoverable = input[32..63].iter().all(|byte| *byte == 0);
        if !is_recoverable || !matches!(input[63], 27 | 28) {
            return None;
        }
        let mut bytes = [0; 97];
        bytes[..32].copy_from_slice(&input[..32]);
        bytes[32..].copy_from_slice(&input[63..]);
        Some(Self(bytes))
    }
}

/// Signatures whose signer is known. A clone is the same memory.
#[derive(Clone, Debug, Default)]
pub struct Signers(Arc<Mutex<Generations>>);

#[derive(Debug, Default)]
struct Generations {
    recent: HashMap<Signed, Address, DefaultHashBuilder>,
    older: HashMap<Signed, Address, DefaultHashBuilder>,
}

impl Signers {
    /// Remembers a signer that is certain.
    pub fn note(&self, signed: Signed, signer: Address) {
        let mut known = self.0.lock();
        if known.recent.len() >= GENERATION {
            known.older = std::mem::take(&mut known.recent);
        }
        known.recent.insert(signed, signer);
    }

    /// Returns who signed, if it is remembered.
    pub fn find(&self, signed: &Signed) -> Option<Address> {
        let mut known = self.0.lock();
        if let Some(signer) = known.recent.get(signed) {
            return Some(*signer);
        }
        let signer = known.older.remove(signed)?;
        // What is still asked for outlives its generation.
        known.recent.insert(*signed, signer);
        Some(signer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(number: usize) -> Signed {
        let hash = B256::from(alloy_primitives::U256::from(number));
        let mut signature = [3; 65];
        signature[64] = 27;
        Signed::new(&hash, &signature)
    }

    #[test]
    fn the_input_of_the_precompile_names_the_same_signature() {
        let mut input = [0; 160];
        input[31] = 9;
        input[63] = 27;
        input[64..128].fill(3);
        assert_eq!(Signed::of_input(&input), Some(signed(9)));
        assert_eq!(Signed::of_input(&input[..127]), None);
        input[63] = 29;
        assert_eq!(Signed::of_input(&input), None);
        input[63] = 28;
        assert_ne!(Signed::of_input(&input), Some(signed(9)));
        input[40] = 1;
        assert_eq!(Signed::of_input(&input), None);
    }

    #[test]
    fn what_is_asked_for_outlives_what_is_not() {
        let signers = Signers::default();
        let address = |number: usize| Address::left_padding_from(&number.to_be_bytes());
        for number in 0..4 * GENERATION {
            signers.note(signed(number), address(number));
            assert_eq!(signers.find(&signed(0)), Some(address(0)));
        }
        assert_eq!(signers.find(&signed(1)), None);
        let last = 4 * GENERATION - 1;
        assert_eq!(signers.find(&signed(last)), Some(address(last)));
    }
}
