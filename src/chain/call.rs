//! Executes a request on a view of the chain, without consequences.

use alloy_eips::BlockId;
use alloy_evm::{
    Evm as _, EvmEnv,
    overrides::{StateOverrideError, apply_block_overrides, apply_state_overrides},
};
use alloy_primitives::{Address, Bytes, Log, U256};
use alloy_rpc_types::{BlockOverrides, TransactionRequest, state::StateOverride};
use revm::{
    context::TxEnv,
    context_interface::result::{EVMError, ExecutionResult, HaltReason, InvalidTransaction},
};

use super::{
    Chain,
    block::Failure,
    execute::machine,
    read::{ReadError, View},
    request::{RequestError, is_priced, transaction_of},
    state::State,
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
    Failed(CallOutcome),
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

/// A call made ready: its own state, environment and transaction.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// A state of its own.
    pub state: State,
    /// Block and rules.
    pub environment: EvmEnv,
    /// The transaction.
    pub transaction: TxEnv,
    /// Whether the request names a price other than zero.
    pub priced: bool,
    /// Whether the request limits the gas itself.
    pub limited: bool,
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
        let mut prepared = self.prepare(call)?;
        prepared.afford()?;
        prepared.execute()
    }

    /// Makes a call ready to be executed, by [`Prepared::execute`] or by a tracer.
    ///
    /// # Errors
    ///
    /// [`CallError`] if there is nothing to execute on, or the request contradicts itself.
    pub fn prepare(&self, call: &Call) -> Result<Prepared, CallError> {
        let View { block, state, .. } = self.at(call.block)?;
        let environment = self.rules.environment(&block.header);
        Prepared::new(call, state, environment)
    }
}

impl Prepared {
    fn new(call: &Call, mut state: State, mut environment: EvmEnv) -> Result<Self, CallError> {
        if let Some(overrides) = call.block_overrides.clone() {
            apply_block_overrides(overrides, &mut state, &mut environment.block_env);
        }
        if let Some(overrides) = call.state_overrides.clone() {
            apply_state_overrides(overrides, &mut state)?;
        }
        let request = call.request.clone();
        let tipped = request.max_priority_fee_per_gas.is_some_and(|tip| tip > 0);
        let priced = is_priced(&request) || tipped;
        let limited = request.gas.is_some();
        let cfg = &mut environment.cfg_env;
        cfg.disable_nonce_check = true;
        cfg.disable_eip3607 = true;
        cfg.disable_block_gas_limit = true;
        cfg.disable_base_fee = !priced;
        cfg.tx_gas_limit_cap = Some(u64::MAX);
        if !priced {
            environment.block_env.basefee = 0;
        }
        let transaction = transaction_of(request, &environment.block_env, &environment.cfg_env)?;
        Ok(Self {
            state,
            environment,
            transaction,
            priced,
            limited,
        })
    }

    /// Lowers the gas to what the caller can pay for at the price named.
    ///
    /// # Errors
    ///
    /// [`CallError::InsufficientFunds`] if the caller cannot even pay the value.
    pub fn afford(&mut self) -> Result<(), CallError> {
        let balance = self.state.balance(self.transaction.caller);
        let cost = self.transaction.value;
        let Some(rest) = balance.checked_sub(cost) else {
            return Err(CallError::InsufficientFunds { balance, cost });
        };
        if self.priced {
            let allowance = rest / U256::from(self.transaction.gas_price);
            let allowance = u64::try_from(allowance).unwrap_or(u64::MAX);
            self.transaction.gas_limit = self.transaction.gas_limit.min(allowance);
        }
        Ok(())
    }

    /// Executes the call; the state is as before afterwards.
    ///
    /// # Errors
    ///
    /// [`CallError`] if the request is no valid transaction.
    pub fn execute(&mut self) -> Result<CallOutcome, CallError> {
        let mut machine = machine(&mut self.state, self.environment.clone());
        match machine.transact_raw(self.transaction.clone()) {
            Ok(executed) => Ok(executed.result.into()),
            Err(EVMError::Transaction(invalid)) => Err(CallError::Invalid(invalid)),
            Err(
                error @ (EVMError::Header(_)
                | EVMError::Database(_)
                | EVMError::Custom(_)
                | EVMError::CustomAny(_)),
            ) => Err(CallError::Machine(error.to_string())),
        }
    }
}
