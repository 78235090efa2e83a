//! Why a call failed, in the words clients match on.

use alloy_primitives::{Bytes, TxHash};
use revm::context_interface::result::{HaltReason, InvalidTransaction};

use crate::{
    chain::{
        CallError, CallOutcome, Failure, ReadError, RequestError, SimulationError, revert_message,
    },
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
            ReadError::BlockUnavailable { .. } => Self::new(Self::PRUNED, error.to_string()),
        }
    }
}

impl From<RequestError> for RpcError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::TipAboveFeeCap { .. } => Self::rejected(error.to_string()),
            RequestError::TypeUnsupported { .. } | RequestError::FeesBeforeLondon => {
                Self::server(error.to_string())
            }
            RequestError::Input(_)
            | RequestError::UnknownType(_)
            | RequestError::ChainId { .. }
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

impl From<SimulationError> for RpcError {
    fn from(error: SimulationError) -> Self {
        if let SimulationError::Read(error) = error {
            return error.into();
        }
        Self::new(error.code(), error.to_string())
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
        InvalidTransaction::Eip2930NotSupported
        | InvalidTransaction::Eip1559NotSupported
        | InvalidTransaction::Eip4844NotSupported
        | InvalidTransaction::Eip7702NotSupported => {
            RpcError::server(format!("err: transaction type not supported: {invalid}"))
        }
        other => RpcError::rejected(other.to_string()),
    }
}

/// Returns the error of a call that was executed and failed.
pub(super) fn failed(outcome: &CallOutcome) -> RpcError {
    match &outcome.failure {
        Some(Failure::Revert(data)) => {
            RpcError::new(RpcError::EXECUTION, revert_message(data)).with_data(data.clone())
        }
        Some(Failure::Halt(reason)) => RpcError::internal(halted(reason)),
        None => RpcError::internal("the call did not fail"),
    }
}

/// Returns the error of a send whose transaction is in a block, where it failed.
pub(super) fn failed_in_block(hash: TxHash, failure: &Failure) -> RpcError {
    let (code, words, data) = match failure {
        Failure::Revert(data) => (RpcError::EXECUTION, revert_message(data), data.clone()),
        // Clients take an error without data for one that is not about the transaction.
        Failure::Halt(reason) => (RpcError::INTERNAL, halted(reason), Bytes::new()),
    };
    RpcError::new(code, format!("{words} (transaction {hash})")).with_data(data)
}

/// Returns why the machine stopped, by anvil's name for it.
pub(super) fn halted(reason: &HaltReason) -> String {
    let name = format!("{reason:?}");
    let name = name.split(['(', ' ']).next().unwrap_or_default();
    format!("EVM error {name}")
}
