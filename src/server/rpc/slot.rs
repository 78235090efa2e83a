//! Places in an account's storage, as clients write them: hex digits, at most 32 bytes of them.

use std::fmt;

use alloy_primitives::{B256, U256, hex};
use alloy_serde::JsonStorageKey;
use serde::{Deserialize, Deserializer, de};

/// A place in storage, and how it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    place: B256,
    /// Whether all 32 bytes were written; else it was a quantity.
    whole: bool,
}

impl Slot {
    /// Returns the place.
    pub(super) fn place(self) -> B256 {
        self.place
    }

    /// Returns the place as it is told back: whole if it was written so, else as a quantity.
    pub(super) fn told(self) -> JsonStorageKey {
        if self.whole {
            JsonStorageKey::Hash(self.place)
        } else {
            JsonStorageKey::Number(self.place.into())
        }
    }

    /// Reads digits as geth does: the prefix may be absent, and their number odd.
    fn read(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix("0x").or(text.strip_prefix("0X"));
        let digits = digits.unwrap_or(text);
        if digits.len() > 64 {
            let why = "storage key too long (want at most 32 bytes)";
            return Err(format!("{why}: {text:?}"));
        }
        let padded = format!("{digits:0>64}");
        let Ok(place) = hex::decode_to_array(&padded) else {
            return Err(format!("invalid hex in storage key: {text:?}"));
        };
        Ok(Self {
            place: place.into(),
            whole: digits.len() > 62,
        })
    }
}

impl<'de> Deserialize<'de> for Slot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Slot;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("at most 32 bytes in hex")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Slot, E> {
                Slot::read(text).map_err(E::custom)
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Slot, E> {
                Ok(Slot {
                    place: U256::from(number).into(),
                    whole: false,
                })
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(text: &str) -> Result<Slot, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn digits_are_hex_whether_they_have_a_prefix_or_not() {
        for (text, expected) in [
            ("\"0x10\"", 16_u64),
            ("\"10\"", 16),
            ("\"0xa\"", 10),
            ("\"0X0A\"", 10),
            ("\"\"", 0),
            ("7", 7),
        ] {
            let read = slot(text).unwrap();
            assert_eq!(U256::from_be_bytes(read.place().0), U256::from(expected));
            assert!(matches!(read.told(), JsonStorageKey::Number(_)), "{text}");
        }
        let whole = format!("\"0x{}\"", "0".repeat(64));
        assert_eq!(slot(&whole).unwrap().told(), B256::ZERO.into());
    }

    #[test]
    fn what_is_no_place_is_told() {
        let long = format!("\"0x{}\"", "0".repeat(65));
        assert!(slot(&long).unwrap_err().starts_with("storage key too long"));
        for odd in ["\"0xzz\"", "\"\u{e9}\"", "\"-1\"", "\"0x \""] {
            let error = slot(odd).unwrap_err();
            assert!(error.starts_with("invalid hex in storage key"), "{error}");
        }
        assert!(slot("[]").is_err() && slot("-1").is_err() && slot("null").is_err());
    }
}
