//! Positional parameters, taken one by one with the type the method wants. A mismatch names the argument.

use alloy_eips::{BlockId, BlockNumberOrTag};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::{error::RpcError, wording};

/// The parameters of one call, as they arrived.
#[derive(Clone, Debug, Default)]
pub struct Params {
    values: Vec<Box<RawValue>>,
    taken: usize,
}

impl Params {
    /// Reads a `params` member: an array of arguments; `null` and an empty object are none, another
    /// object is the only argument.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn read(raw: &RawValue) -> Result<Self, RpcError> {
        let text = raw.get();
        let values = match text.as_bytes().first() {
            Some(b'[') => serde_json::from_str(text).map_err(|error| {
                let complaint = wording::complaint(&error, text);
                RpcError::invalid_params(format!("params cannot be read: {complaint}"))
            })?,
            Some(b'n') => Vec::new(),
            Some(b'{') if text[1..text.len() - 1].trim().is_empty() => Vec::new(),
            Some(b'{') => vec![raw.to_owned()],
            _ => return Err(RpcError::invalid_params("params must be an array")),
        };
        Ok(Self { values, taken: 0 })
    }

    /// Takes the next argument, which must be there.
    ///
    /// # Errors
    /// When it is missing or of another type; `what` names it in the message.
    pub fn next<T: DeserializeOwned>(&mut self, what: &str) -> Result<T, RpcError> {
        let index = self.taken;
        let Some(raw) = self.values.get(index) else {
            return Err(RpcError::invalid_params(format!(
                "missing value for required argument {index} ({what})"
            )));
        };
        self.taken += 1;
        decode(raw, index, what)
    }

    /// As [`next`](Self::next), for an address or a hash, whose hex must have its prefix: what
    /// lacks it is as likely a number or a name.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub fn prefixed<T: DeserializeOwned>(&mut self, what: &str) -> Result<T, RpcError> {
        let text = self.peek().map(RawValue::get).unwrap_or_default();
        if let Some(inside) = text.strip_prefix('"')
            && !inside.starts_with("0x")
            && !inside.starts_with("0X")
        {
            let index = self.taken;
            return Err(RpcError::invalid_params(format!(
                "invalid argument {index} ({what}): hex string without 0x prefix"
            )));
        }
        self.next(what)
    }

    /// Takes the next argument; absent and `null` are the same.
    ///
    /// # Errors
    /// When it is there and of another type.
    pub fn optional<T: DeserializeOwned>(&mut self, what: &str) -> Result<Option<T>, RpcError> {
        let index = self.taken;
        self.taken += 1;
        match self.values.get(index) {
            Some(raw) if raw.get() != "null" => decode(raw, index, what).map(Some),
            _ => Ok(None),
        }
    }

    /// Takes the next argument as a block number or tag; a plain number is one too, as explorers
    /// send it.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub fn next_number(&mut self, what: &str) -> Result<BlockNumberOrTag, RpcError> {
        match self.plain_number() {
            Some(number) => Ok(number.into()),
            None => self.next(what),
        }
    }

    /// Takes the next argument as a block: a number, a tag, a hash, or an object of them.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub fn next_block(&mut self, what: &str) -> Result<BlockId, RpcError> {
        match self.plain_number() {
            Some(number) => Ok(number.into()),
            None => self.next(what),
        }
    }

    /// As [`next_block`](Self::next_block), for an argument that may be absent.
    ///
    /// # Errors
    /// As [`optional`](Self::optional).
    pub fn optional_block(&mut self, what: &str) -> Result<Option<BlockId>, RpcError> {
        match self.plain_number() {
            Some(number) => Ok(Some(number.into())),
            None => self.optional(what),
        }
    }

    /// Takes the next argument if it is a JSON number that fits.
    fn plain_number(&mut self) -> Option<u64> {
        let number = self.values.get(self.taken)?.get().parse().ok()?;
        self.taken += 1;
        Some(number)
    }

    /// Returns the next argument without taking it.
    pub fn peek(&self) -> Option<&RawValue> {
        self.values.get(self.taken).map(AsRef::as_ref)
    }

    /// Checks that nothing is left.
    ///
    /// # Errors
    /// When the caller sent more arguments than the method has.
    pub fn end(&self) -> Result<(), RpcError> {
        if self.values.len() <= self.taken {
            return Ok(());
        }
        Err(RpcError::invalid_params(format!(
            "too many arguments, want at most {}",
            self.taken
        )))
    }
}

fn decode<T: DeserializeOwned>(raw: &RawValue, index: usize, what: &str) -> Result<T, RpcError> {
    serde_json::from_str(raw.get()).map_err(|error| {
        let complaint = wording::complaint(&error, raw.get());
        RpcError::invalid_params(format!("invalid argument {index} ({what}): {complaint}"))
    })
}

#[cfg(test)]
mod tests {
    use alloy_primitives::Address;

    use super::*;

    fn params(text: &str) -> Result<Params, RpcError> {
        Params::read(&RawValue::from_string(text.to_owned()).unwrap())
    }

    #[test]
    fn arguments_are_taken_in_order_and_trailing_ones_may_be_absent() {
        let mut given = params("[1, null]").unwrap();
        assert_eq!(given.next::<u64>("count").unwrap(), 1);
        assert_eq!(given.optional::<u64>("interval").unwrap(), None);
        assert_eq!(given.optional::<u64>("more").unwrap(), None);
        given.end().unwrap();
    }

    #[test]
    fn a_wrong_argument_is_named() {
        let error = params("[\"0x12\"]").unwrap().next::<Address>("address");
        let message = error.unwrap_err().message;
        assert!(
            message.starts_with("invalid argument 0 (address): "),
            "{message}"
        );
        let error = params("[]").unwrap().next::<Address>("address");
        assert!(error.unwrap_err().message.contains("argument 0 (address)"));
    }

    #[test]
    fn an_address_has_its_prefix() {
        let digits = "5f".repeat(20);
        let mut with = params(&format!("[\"0x{digits}\"]")).unwrap();
        assert_eq!(with.prefixed::<Address>("to").unwrap(), [0x5f; 20]);
        let mut without = params(&format!("[\"{digits}\"]")).unwrap();
        let error = without.prefixed::<Address>("to").unwrap_err();
        let expected = "invalid argument 0 (to): hex string without 0x prefix";
        assert_eq!(error.message, expected);
        let error = params("[5]").unwrap().prefixed::<Address>("to");
        assert!(error.unwrap_err().message.contains("20 bytes in hex"));
        assert!(params("[]").unwrap().prefixed::<Address>("to").is_err());
    }

    #[test]
    fn a_block_may_be_a_plain_number() {
        let mut given = params("[5, 5, \"0x5\", 5, null, \"latest\"]").unwrap();
        assert_eq!(given.next_number("block").unwrap(), 5.into());
        assert_eq!(given.next_block("block").unwrap(), 5.into());
        assert_eq!(given.next_block("block").unwrap(), 5.into());
        assert_eq!(given.optional_block("block").unwrap(), Some(5.into()));
        assert_eq!(given.optional_block("block").unwrap(), None);
        assert_eq!(
            given.next_number("block").unwrap(),
            BlockNumberOrTag::Latest
        );
        for wrong in ["[-5]", "[1.5]", "[18446744073709551616]", "[\"5\"]"] {
            assert!(
                params(wrong).unwrap().next_block("block").is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn an_object_is_one_argument_and_surplus_is_refused() {
        let mut only = params("{\"a\":1}").unwrap();
        only.next::<serde_json::Value>("options").unwrap();
        only.end().unwrap();
        assert!(params("\"x\"").is_err());
        assert!(params("{ }").is_ok());
        let mut surplus = params("[1,2]").unwrap();
        surplus.next::<u64>("count").unwrap();
        assert!(surplus.end().unwrap_err().message.contains("at most 1"));
    }
}
