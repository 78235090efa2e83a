//! Accounts as a simulation supposes them: written to its state, moved among its precompiles.

use std::collections::BTreeMap;

use alloy_evm::precompiles::PrecompilesMap;
use alloy_primitives::{Address, U256};
use alloy_rpc_types::state::{AccountOverride, StateOverride};
use revm::bytecode::Bytecode;

use super::error::SimulationError;
use crate::chain::State;

/// What becomes of the precompiles of one block.
#[derive(Debug, Default)]
pub(super) struct Displaced {
    moved: Vec<(Address, Address)>,
    /// Whose code is replaced.
    replaced: Vec<Address>,
}

/// Writes what is supposed of accounts to `state`; returns what it means for precompiles.
pub(super) fn apply(
    overrides: StateOverride,
    state: &mut State,
) -> Result<Displaced, SimulationError> {
    let overrides: BTreeMap<Address, AccountOverride> = overrides.into_iter().collect();
    let mut displaced = Displaced::default();
    for (from, account) in &overrides {
        let Some(to) = account.move_precompile_to else {
            continue;
        };
        displaced.moved.push((*from, to));
    }
    for (address, account) in &overrides {
        if account.code.is_some() {
            displaced.replaced.push(*address);
        }
        suppose(*address, account, state)?;
    }
    for (from, to) in &displaced.moved {
        if from != to && overrides.contains_key(to) {
            return Err(SimulationError::MovedToOverridden(*to));
        }
    }
    Ok(displaced)
}

fn suppose(
    address: Address,
    account: &AccountOverride,
    state: &mut State,
) -> Result<(), SimulationError> {
    if let Some(nonce) = account.nonce {
        state.set_nonce(address, nonce);
    }
    if let Some(balance) = account.balance {
        state.set_balance(address, balance);
    }
    if let Some(code) = account.code.clone() {
        let code = Bytecode::new_raw_checked(code).map_err(|error| {
            let reason = error.to_string();
            SimulationError::Code { address, reason }
        })?;
        state.set_code(address, code);
    }
    let slots = match (&account.state, &account.state_diff) {
        (Some(_), Some(_)) => return Err(SimulationError::BothStates(address)),
        (Some(all), None) => {
            state.clear_slots(address);
            all
        }
        (None, Some(some)) => some,
        (None, None) => return Ok(()),
    };
    let slots: BTreeMap<_, _> = slots.iter().collect();
    for (slot, value) in slots {
        state.set_slot(
            address,
            U256::from_be_bytes(slot.0),
            U256::from_be_bytes(value.0),
        );
    }
    Ok(())
}

impl Displaced {
    /// Moves the precompiles and takes away those whose code is replaced.
    pub(super) fn displace(&self, precompiles: &mut PrecompilesMap) -> Result<(), SimulationError> {
        for (from, to) in &self.moved {
            if precompiles.get(from).is_none() {
                return Err(SimulationError::NotAPrecompile(*from));
            }
            if from == to {
                return Err(SimulationError::MovedToItself(*from));
            }
        }
        precompiles
            .move_precompiles(self.moved.iter().copied())
            .map_err(|error| SimulationError::Machine(error.to_string()))?;
        for address in &self.replaced {
            precompiles.apply_precompile(address, |_| None);
        }
        Ok(())
    }
}
