//! Ids: 32-byte names of things on chain, one type each, so that none is taken for another.

use std::fmt;

use alloy_primitives::B256;
use serde::{Deserialize, Serialize};

/// Declares a 32-byte id.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Copy, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub B256);

        impl From<B256> for $name {
            fn from(id: B256) -> Self {
                Self(id)
            }
        }

        impl From<$name> for B256 {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

id! {
    /// The id of a deal: a request order and how much of it was used before.
    DealId
}

id! {
    /// The id of a task: a deal and an index in its bag.
    TaskId
}

id! {
    /// The EIP-712 hash of an order, which is what its owner signs and what the hub counts by.
    OrderHash
}
