//! A transaction made ready to execute, by itself or under an inspector.

use alloy_evm::{
    Evm as _, EvmEnv,
    overrides::{apply_block_overrides, apply_state_overrides},
};
use alloy_primitives::U256;
use revm::{context::TxEnv, context_interface::result::EVMError};

use super::{
    Chain,
    believed::Believed,
    call::{Call, CallError, CallOutcome},
    execute::machine,
    installed::Displaced,
    read::View,
    request::{is_priced, transaction_of},
    state::State,
};

/// Most gas of a call, unless a block has more.
pub(super) const CALL_GAS_MAX: u64 = 50_000_000;

/// Most memory of a call in bytes, far beyond what a block's gas pays for.
pub(super) const CALL_MEMORY_MAX: u64 = 256 << 20;

/// A transaction made ready to execute: its own state, block and rules.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// A state of its own.
    pub state: State,
    /// Block and rules.
    pub environment: EvmEnv,
    /// The transaction.
    pub transaction: TxEnv,
    /// What becomes of the precompiles.
    pub(super) displaced: Displaced,
    /// Signatures taken for true.
    pub(super) believed: Believed,
    /// Whether the transaction names a price other than zero.
    priced: bool,
}

impl Chain {
    /// Makes a call ready to be executed on the state after the block it asks for.
    ///
    /// # Errors
    ///
    /// [`CallError`] if there is nothing to execute on, or the request contradicts itself.
    pub fn prepare(&self, call: &Call) -> Result<Prepared, CallError> {
        self.prepare_on(self.at(call.block)?, call)
    }

    /// Makes a call ready to be executed, by [`Prepared::execute`] or under an inspector.
    ///
    /// # Errors
    ///
    /// [`CallError`] if the request contradicts itself.
    pub fn prepare_on(&self, view: View, call: &Call) -> Result<Prepared, CallError> {
        let environment = self.rules.environment(&view.block.header);
        let believed = self.rules.believed.clone();
        Prepared::new(call, view.state, environment, believed)
    }
}

impl Prepared {
    fn new(
        call: &Call,
        mut state: State,
        mut environment: EvmEnv,
        believed: Believed,
    ) -> Result<Self, CallError> {
        if let Some(overrides) = call.block_overrides.clone() {
            apply_block_overrides(overrides, &mut state, &mut environment.block_env);
        }
        let mut displaced = Displaced::default();
        if let Some(overrides) = call.state_overrides.clone() {
            displaced = Displaced::by(&overrides)?;
            apply_state_overrides(overrides, &mut state)?;
        }
        let request = call.request.clone();
        let priced = is_priced(&request);
        let cfg = &mut environment.cfg_env;
        cfg.disable_nonce_check = true;
        cfg.disable_eip3607 = true;
        cfg.disable_block_gas_limit = true;
        // A price below the base fee is what the call pays: which block it will be mined in, and at
        // what base fee, is not known yet.
        cfg.disable_base_fee = true;
        cfg.tx_gas_limit_cap = Some(u64::MAX);
        cfg.memory_limit = CALL_MEMORY_MAX;
        if !priced {
            environment.block_env.basefee = 0;
        }
        let mut transaction =
            transaction_of(request, &environment.block_env, &environment.cfg_env)?;
        let gas_max = CALL_GAS_MAX.max(environment.block_env.gas_limit);
        transaction.gas_limit = transaction.gas_limit.min(gas_max);
        Ok(Self {
            state,
            environment,
            transaction,
            displaced,
            believed,
            priced,
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
            let allowance = rest / U256::from(self.transaction.gas_price.max(1));
            let allowance = u64::try_from(allowance).unwrap_or(u64::MAX);
            self.transaction.gas_limit = self.transaction.gas_limit.min(allowance);
        }
        Ok(())
    }

    /// Executes the transaction; the state is as before afterwards.
    ///
    /// # Errors
    ///
    /// [`CallError`] if it is no valid transaction.
    pub fn execute(&mut self) -> Result<CallOutcome, CallError> {
        let mut machine = machine(&mut self.state, self.environment.clone(), &self.believed);
        self.displaced.displace(machine.components_mut().2)?;
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
