//! Accounts as a simulation supposes them, written to its state.

use std::collections::BTreeMap;

use alloy_primitives::{Address, U256};
use alloy_rpc_types::state::{AccountOverride, StateOverride};
use revm::bytecode::Bytecode;

use super::error::SimulationError;
use crate::chain::{State, installed::Displaced};

/// Writes what is supposed of accounts to `state`; returns what it means for precompiles.
pub(super) fn apply(
    overrides: StateOverride,
    state: &mut State,
) -> Result<Displaced, SimulationError> {
    let displaced = Displaced::by(&overrides)?;
    let overrides: BTreeMap<Address, AccountOverride> = overrides.into_iter().collect();
    for (address, account) in &overrides {
        suppose(*address, account, state)?;
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
