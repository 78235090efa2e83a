//! What a contract answers when it refuses: the data of a revert.

use std::fmt;

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::{Panic, Revert as RevertString, SolError};

/// Arithmetic overflow or underflow.
pub const PANIC_OVERFLOW: u8 = 0x11;

/// The data a refused call carries.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Revert {
    /// Nothing at all, as from `require(condition)`.
    Empty,
    /// `Error(string)`.
    Reason(String),
    /// `Panic(uint256)`: 0x01 failed assertion, 0x11 overflow, 0x32 index out of bounds.
    Panic(u8),
}

impl Revert {
    /// Returns the revert with this reason.
    pub fn reason(reason: impl Into<String>) -> Self {
        Self::Reason(reason.into())
    }

    /// Returns the bytes a call returns when it reverts so.
    pub fn data(&self) -> Bytes {
        match self {
            Self::Empty => Bytes::new(),
            Self::Reason(reason) => RevertString::from(reason.as_str()).abi_encode().into(),
            Self::Panic(code) => {
                let code = U256::from(*code);
                Panic { code }.abi_encode().into()
            }
        }
    }
}

impl fmt::Display for Revert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.pad("no reason given"),
            Self::Reason(reason) => f.pad(reason),
            Self::Panic(code) => write!(f, "panic 0x{code:02x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revert_data_begins_with_the_selectors_solidity_uses() {
        assert!(Revert::Empty.data().is_empty());
        let reason = Revert::reason("no").data();
        assert_eq!(reason[..4], [0x08, 0xc3, 0x79, 0xa0]);
        assert_eq!(reason.len(), 4 + 3 * 32);
        let panic = Revert::Panic(PANIC_OVERFLOW).data();
        assert_eq!(panic[..4], [0x4e, 0x48, 0x7b, 0x71]);
        assert_eq!((panic.len(), panic[35]), (36, 0x11));
    }
}
