//! The words types of the log are written in, asked of the types themselves.

use std::fmt;

use serde::de::{self, DeserializeOwned};

/// An error that remembers which words would have been right.
#[derive(Debug)]
pub(super) struct Words(pub(super) &'static [&'static str]);

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::error::Error for Words {}

impl serde::de::Error for Words {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(&[])
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self(expected)
    }
}

/// Returns the words the log has for `T`.
pub(super) fn words<T: DeserializeOwned>() -> &'static [&'static str] {
    let read = T::deserialize(de::IntoDeserializer::<Words>::into_deserializer("?"));
    read.err().map_or(&[], |Words(words)| words)
}
