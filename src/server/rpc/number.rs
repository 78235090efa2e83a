//! Numbers and times as clients write them for development methods: JSON numbers, hex, decimal text.

use alloy_primitives::U256;
use serde::Deserialize;

use super::{error::RpcError, params::Params};

/// Takes a number that fits 64 bits.
///
/// # Errors
///
/// When it is missing, no number, or too big.
pub(super) fn number(params: &mut Params, what: &str) -> Result<u64, RpcError> {
    fitting(params.next(what)?, what)
}

/// As [`number`], where it counts things in memory.
///
/// # Errors
///
/// As [`number`].
pub(super) fn size(params: &mut Params, what: &str) -> Result<usize, RpcError> {
    let count = number(params, what)?;
    usize::try_from(count).map_err(|_| RpcError::invalid_params(format!("{what} is too big")))
}

/// As [`number`], for an argument that may be absent.
///
/// # Errors
///
/// As [`number`].
pub(super) fn optional_number(params: &mut Params, what: &str) -> Result<Option<u64>, RpcError> {
    let number: Option<U256> = params.optional(what)?;
    number.map(|number| fitting(number, what)).transpose()
}

/// Returns the number in 64 bits.
///
/// # Errors
///
/// When it is too big.
pub(super) fn fitting(number: U256, what: &str) -> Result<u64, RpcError> {
    u64::try_from(number)
        .map_err(|_| RpcError::invalid_params(format!("{what} {number} is too big")))
}

/// What `evm_mine` was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The time of the first block, if it is not the present.
    pub(super) at: Option<u64>,
    /// How many blocks.
    pub(super) count: u64,
}

/// How `evm_mine` is told: a time, or a time and a number of blocks.
#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Wish {
    At(U256),
    Several {
        timestamp: Option<U256>,
        blocks: Option<U256>,
    },
}

/// Takes the arguments of `evm_mine`.
///
/// # Errors
///
/// When they are something else.
pub(super) fn wanted(mut params: Params) -> Result<Wanted, RpcError> {
    let wish: Option<Wish> = params.optional("options")?;
    params.end()?;
    let (at, count) = match wish {
        None => (None, None),
        Some(Wish::At(at)) => (Some(at), None),
        Some(Wish::Several { timestamp, blocks }) => (timestamp, blocks),
    };
    Ok(Wanted {
        at: at.map(|at| fitting(at, "timestamp")).transpose()?,
        count: count.map_or(Ok(1), |count| fitting(count, "block count"))?,
    })
}
