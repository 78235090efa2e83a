//! Why a call failed, in the words clients match on.

use alloy_primitives::U256;
use alloy_sol_types::{Panic, PanicKind, Revert, SolError as _};
use revm::context_interface::result::InvalidTransaction;

use crate::{
    chain::{CallError, CallOutcome, Failure, ReadError, RequestError},
    server::rpc::error::RpcError,
};

impl From<ReadError> for RpcError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::UnknownNumber { .. } => {
                Self::invalid_params(format!("BlockOutOfRangeError: {error}"))
            }
            ReadError::UnknownHash(_) => Self::new(Self::RESOURCE_NOT_FOUND, "Resource not found"),
            ReadError::StateUnavailable { .. } => Self::server(error.to_string()),
        }
    }
}

impl From<RequestError> for RpcError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::FeeCapTooLow { .. } | RequestError::TipAboveFeeCap { .. } => {
                Self::rejected(error.to_string())
            }
            RequestError::Input(_)
            | RequestError::ConflictingFees
            | RequestError::BlobsUnsupported
            | RequestError::SetCodeCreates => Self::invalid_params(error.to_string()),
        }
    }
}

impl From<CallError> for RpcError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Read(error) => error.into(),
            CallError::Request(error) => error.into(),
            CallError::Overrides(_) | CallError::Precompile(_) => {
                Self::invalid_params(error.to_string())
            }
            CallError::InsufficientFunds { .. } => {
                Self::rejected(error.to_string().replace("insufficient", "Insufficient"))
            }
            CallError::Invalid(invalid) => invalid_transaction(&invalid),
            CallError::Machine(_) => Self::internal(error.to_string()),
            CallError::GasRequiredExceedsAllowance { .. } => Self::server(error.to_string()),
            CallError::Failed(outcome) => failed(&outcome),
        }
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the enum is revm's and grows with each fork; its own words serve for the rest"
)]
fn invalid_transaction(invalid: &InvalidTransaction) -> RpcError {
    match invalid {
        InvalidTransaction::CallGasCostMoreThanGasLimit { .. }
        | InvalidTransaction::GasFloorMoreThanGasLimit { .. } => {
            RpcError::server(format!("intrinsic gas too low: {invalid}"))
        }
        InvalidTransaction::LackOfFundForMaxFee { .. } => RpcError::rejected(format!(
            "Insufficient funds for gas * price + value: {invalid}"
        )),
        other => RpcError::rejected(other.to_string()),
    }
}

/// Returns the error of a call that was executed and failed.
pub(super) fn failed(outcome: &CallOutcome) -> RpcError {
    match &outcome.failure {
        Some(Failure::Revert(data)) => {
            RpcError::new(RpcError::EXECUTION, revert_message(data)).with_data(data.clone())
        }
        Some(Failure::Halt(reason)) => {
            let name = format!("{reason:?}");
            let name = name.split(['(', ' ']).next().unwrap_or_default();
            RpcError::internal(format!("EVM error {name}"))
        }
        None => RpcError::internal("the call did not fail"),
    }
}

/// Returns `execution reverted`, with the reason if the data carries one in words.
pub(super) fn revert_message(data: &[u8]) -> String {
    let reason = if let Ok(revert) = Revert::abi_decode(data) {
        Some(revert.reason)
    } else if let Ok(panic) = Panic::abi_decode(data) {
        Some(panic_reason(panic.code))
    } else {
        None
    };
    match reason {
        Some(reason) => format!("execution reverted: {reason}"),
        None => "execution reverted".to_owned(),
    }
}

/// Returns geth's words for a Solidity panic.
fn panic_reason(code: U256) -> String {
    let kind = u32::try_from(code).ok().and_then(PanicKind::from_number);
    let words = match kind {
        Some(PanicKind::Generic) => "generic panic",
        Some(PanicKind::Assert) => "assert(false)",
        Some(PanicKind::UnderOverflow) => "arithmetic underflow or overflow",
        Some(PanicKind::DivisionByZero) => "division or modulo by zero",
        Some(PanicKind::EnumConversionError) => "enum overflow",
        Some(PanicKind::StorageEncodingError) => "invalid encoded storage byte array accessed",
        Some(PanicKind::EmptyArrayPop) => "out-of-bounds array access; popping on an empty array",
        Some(PanicKind::ArrayOutOfBounds) => "out-of-bounds access of an array or bytesN",
        Some(PanicKind::ResourceError) => "out of memory",
        Some(PanicKind::InvalidInternalFunction) => "uninitialized function",
        None => return format!("unknown panic code: {code:#x}"),
        Some(_) => "panic",
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revert_says_why_when_it_can() {
        let reason = Revert::from("too late").abi_encode();
        assert_eq!(revert_message(&reason), "execution reverted: too late");
        let panic = Panic::from(PanicKind::Assert).abi_encode();
        assert_eq!(revert_message(&panic), "execution reverted: assert(false)");
        assert_eq!(revert_message(&[]), "execution reverted");
        assert_eq!(revert_message(&[1, 2, 3, 4]), "execution reverted");
    }
}
