//! The 32-byte tag of orders and deals: a set of bits that say what a task needs.

use std::{
    fmt,
    ops::{BitOr, Not},
};

use alloy_primitives::{B256, U256};
use serde::{Deserialize, Serialize};

/// A set of requirements; bit 0 is the lowest bit of the last byte.
#[derive(
    Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Tag(pub B256);

/// Bits and the words the iExec SDK uses for them.
const WORDS: [(usize, &str); 5] = [
    (0, "tee"),
    (1, "scone"),
    (2, "gramine"),
    (3, "tdx"),
    (8, "gpu"),
];

impl Tag {
    /// No requirement.
    pub const NONE: Self = Self(B256::ZERO);
    /// A trusted execution environment.
    pub const TEE: Self = Self(B256::with_last_byte(0b0001));
    /// The bits that name a TEE framework: scone, gramine, tdx.
    pub const FRAMEWORKS: Self = Self(B256::with_last_byte(0b1110));

    /// Returns the tag of these words, such as `["tee", "scone"]`, or the first unknown word.
    ///
    /// # Errors
    ///
    /// The word that names no bit.
    pub fn from_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, &'a str> {
        let mut bits = U256::ZERO;
        for word in words {
            let known = WORDS.iter().find(|(_, known)| *known == word);
            let (bit, _) = known.ok_or(word)?;
            bits.set_bit(*bit, true);
        }
        Ok(Self(bits.into()))
    }

    /// Returns the bits of this tag that `offered` lacks.
    #[must_use]
    pub fn missing_from(self, offered: Self) -> Self {
        Self(self.0 & !offered.0)
    }

    /// Returns whether every bit of `other` is in this tag.
    pub fn contains(self, other: Self) -> bool {
        other.missing_from(self) == Self::NONE
    }
}

impl BitOr for Tag {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl Not for Tag {
    type Output = Self;

    fn not(self) -> Self {
        Self(!self.0)
    }
}

impl From<B256> for Tag {
    fn from(bits: B256) -> Self {
        Self(bits)
    }
}

impl From<Tag> for B256 {
    fn from(tag: Tag) -> Self {
        tag.0
    }
}

impl fmt::Display for Tag {
    /// Writes the words of the bits, `tee,gpu`; bits without a word by number, `bit 9`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits: U256 = self.0.into();
        let word = |bit: usize| {
            let known = WORDS.iter().find(|(known, _)| *known == bit);
            known.map_or_else(|| format!("bit {bit}"), |(_, word)| (*word).to_owned())
        };
        let words: Vec<String> = (0..256).filter(|bit| bits.bit(*bit)).map(word).collect();
        f.pad(&words.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_bits_are_two_spellings_of_a_tag() {
        let tag = Tag::from_words(["tee", "scone"]).unwrap();
        assert_eq!(tag.0, B256::with_last_byte(3));
        assert_eq!(tag.to_string(), "tee,scone");
        assert_eq!(Tag::from_words(["gpu"]).unwrap().to_string(), "gpu");
        assert_eq!(Tag::from_words(["tee", "sgx"]), Err("sgx"));
        assert_eq!(Tag(B256::with_last_byte(0x10)).to_string(), "bit 4");
    }

    #[test]
    fn what_is_missing_is_what_is_asked_and_not_offered() {
        let asked = Tag::from_words(["tee", "gpu"]).unwrap();
        assert_eq!(asked.missing_from(Tag::TEE).to_string(), "gpu");
        assert!(asked.contains(Tag::TEE));
        assert!(!Tag::TEE.contains(asked));
    }
}
