//! Executes a request on a view of the chain, without consequences.

use alloy_eips::BlockId;
use alloy_evm::overrides::StateOverrideError;
use alloy_primitives::{Address, Bytes, Log, U256};
use alloy_rpc_types::{BlockOverrides, TransactionRequest, state::StateOverride};
use revm::context_interface::result::{ExecutionResult, HaltReason, InvalidTransaction};

use super::{
    Chain,
    block::Failure,
    installed::DisplaceError,
    read::{ReadError, View},
    request::RequestError,
};

/// A request to execute, where, and under which suppositions.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// The transaction, as far as it is known.
    pub request: TransactionRequest,
    /// On the state after which block; the head's if absent.
    pub block: BlockId,
    /// Accounts to suppose.
    pub state_overrides: Option<StateOverride>,
    /// Block fields to suppose.
    pub block_overrides: Option<BlockOverrides>,
}

impl Call {
    /// Returns a call of a contract on the newest state.
    pub fn new(from: Address, to: Address, input: impl Into<Bytes>) -> Self {
        let request = TransactionRequest::default()
            .from(from)
            .to(to)
            .input(input.into().into());
        Self {
            request,
            ..Self::default()
        }
    }

    /// Asks for the state after another block.
    #[must_use]
    pub fn at(self, block: impl Into<BlockId>) -> Self {
        Self {
            block: block.into(),
            ..self
        }
    }
}

/// Why a call cannot be executed at all.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The block or its state is not there.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Fees or input of the request contradict each other.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The suppositions contradict each other.
    #[error(transparent)]
    Overrides(#[from] StateOverrideError<std::convert::Infallible>),
    /// A precompile to move is not there, or its place is taken.
    #[error(transparent)]
    Precompile(#[from] DisplaceError),
    /// The caller cannot pay.
    #[error("insufficient funds for gas * price + value: balance {balance}, cost {cost}")]
    InsufficientFunds {
        /// Wei the caller has.
        balance: U256,
        /// Wei the call costs.
        cost: U256,
    },
    /// The request is no valid transaction.
    #[error("{0}")]
    Invalid(InvalidTransaction),
    /// The machine itself failed.
    #[error("the machine failed: {0}")]
    Machine(String),
    /// No gas the caller can pay for is enough.
    #[error("gas required exceeds allowance ({allowance})")]
    GasRequiredExceedsAllowance {
        /// The most gas the caller may use.
        allowance: u64,
    },
    /// The execution fails whatever gas it is given.
    #[error("execution fails with {} gas used", .0.gas_used)]
    Failed(Box<CallOutcome>),
}

/// What a call did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallOutcome {
    /// Gas a transaction would pay for.
    pub gas_used: u64,
    /// Gas refunded of what was spent.
    pub gas_refunded: u64,
    /// What it returned, or the bytes it reverted with.
    pub output: Bytes,
    /// The logs it wrote.
    pub logs: Vec<Log>,
    /// Why it failed, if it did.
    pub failure: Option<Failure>,
}

impl CallOutcome {
    /// Returns whether the execution did not fail.
    pub fn is_success(&self) -> bool {
        self.failure.is_none()
    }

    /// Returns why the machine stopped, if it did.
    pub fn halt(&self) -> Option<&HaltReason> {
        match &self.failure {
            Some(Failure::Halt(reason)) => Some(reason),
            Some(Failure::Revert(_)) | None => None,
        }
    }
}

impl From<ExecutionResult> for CallOutcome {
    fn from(result: ExecutionResult) -> Self {
        let gas_used = result.tx_gas_used();
        let gas_refunded = result.gas().final_refunded();
        let (output, logs, failure) = match result {
            ExecutionResult::Success { output, logs, .. } => (output.into_data(), logs, None),
            ExecutionResult::Revert { output, logs, .. } => {
                (output.clone(), logs, Some(Failure::Revert(output)))
            }
            ExecutionResult::Halt { reason, logs, .. } => {
                (Bytes::new(), logs, Some(Failure::Halt(reason)))
            }
        };
        Self {
            gas_used,
            gas_refunded,
            output,
            logs,
            failure,
        }
    }
}

impl Chain {
    /// Executes a call without consequences.
    ///
    /// Gas is the block's unless the request says otherwise, and free unless it names a price;
    /// nonce and code of the caller do not matter. A revert is an outcome, not an error.
    ///
    /// # Errors
    ///
    /// [`CallError`] if there is nothing to execute on, or the request cannot be executed.
    pub fn call(&self, call: &Call) -> Result<CallOutcome, CallError> {
        self.call_on(self.at(call.block)?, call)
    }

    /// As [`Chain::call`], on a view of the caller's own.
    ///
    /// # Errors
    ///
    /// [`CallError`] if the request cannot be executed.
    pub fn call_on(&self, view: View, call: &Call) -> Result<CallOutcome, CallError> {
        let mut prepared = self.prepare_on(view, call)?;
        prepared.afford()?;
        prepared.execute()
    }
}
