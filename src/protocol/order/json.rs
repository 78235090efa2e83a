//! How the iExec SDK spells the fields of orders in JSON.

/// Integers: written as decimal text, read as text or number.
pub(super) mod decimal {
    use alloy_primitives::U256;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Spelling {
        Number(u64),
        Text(String),
    }

    pub(crate) fn serialize<S: Serializer>(
        number: &U256,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<U256, D::Error> {
        match Spelling::deserialize(deserializer)? {
            Spelling::Number(number) => Ok(U256::from(number)),
            Spelling::Text(text) => text.parse().map_err(|_| {
                D::Error::custom(format!("`{text}` is not an integer from 0 below 2^256"))
            }),
        }
    }
}

/// Addresses: written with their checksum, read in any case.
pub(super) mod checksummed {
    use alloy_primitives::Address;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        address: &Address,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&address.to_checksum_buffer(None))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Address, D::Error> {
        Address::deserialize(deserializer)
    }
}
