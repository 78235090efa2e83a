//! How much gas a transaction needs: what clients expect, which is not quite the least.

use alloy_primitives::TxKind;
use revm::context_interface::result::{HaltReason, InvalidTransaction};

use super::{
    Chain,
    call::{Call, CallError, CallOutcome},
    prepared::Prepared,
    read::View,
};

/// Gas of a transfer to an account without code.
const TRANSFER_GAS: u64 = 21_000;

/// Gas that comes for free with a value sent to a contract.
const CALL_STIPEND: u64 = 2_300;

/// The search ends when what is left of it is less than this part of the answer, in thousandths.
const TOLERANCE_PER_MILLE: u64 = 15;

impl Chain {
    /// Returns a gas limit with which the request would succeed, at most 1.5 % more than needed.
    ///
    /// Tries no more than the request's gas, or the block's, or what the caller can pay for.
    ///
    /// # Errors
    ///
    /// [`CallError::Failed`] if it fails for another reason than gas,
    /// [`CallError::GasRequiredExceedsAllowance`] if no gas allowed is enough, and what
    /// [`Chain::call`] returns.
    pub fn estimate_gas(&self, call: &Call) -> Result<u64, CallError> {
        self.estimate_gas_on(self.at(call.block)?, call)
    }

    /// As [`Chain::estimate_gas`], on a view of the caller's own.
    ///
    /// # Errors
    ///
    /// As [`Chain::estimate_gas`].
    pub fn estimate_gas_on(&self, view: View, call: &Call) -> Result<u64, CallError> {
        let mut prepared = self.prepare_on(view, call)?;
        prepared.afford()?;
        if prepared.is_transfer() && prepared.succeeds_with(TRANSFER_GAS)?.is_some() {
            return Ok(TRANSFER_GAS);
        }
        prepared.search()
    }
}

impl Prepared {
    /// Returns whether the request moves value to an account without code, and nothing else.
    fn is_transfer(&self) -> bool {
        let TxKind::Call(to) = self.transaction.kind else {
            return false;
        };
        self.transaction.data.is_empty()
            && self.transaction.gas_limit >= TRANSFER_GAS
            && self.transaction.access_list.is_empty()
            && self.transaction.authorization_list.is_empty()
            && self.state.code(to).is_empty()
    }

    /// Finds by bisection what gas is enough.
    fn search(&mut self) -> Result<u64, CallError> {
        let allowance = self.transaction.gas_limit;
        let first = self.probe(allowance)?;
        let Some(first) = first.filter(|outcome| !is_out_of_gas(outcome)) else {
            return Err(CallError::GasRequiredExceedsAllowance { allowance });
        };
        if !first.is_success() {
            return Err(CallError::Failed(Box::new(first)));
        }
        let mut enough = allowance;
        let mut too_little = first.gas_used.saturating_sub(1);
        // A call keeps a 64th of its gas back, so what was spent is often nearly enough.
        let spent = first.gas_used + first.gas_refunded + CALL_STIPEND;
        let guess = spent.saturating_mul(64) / 63;
        if guess < enough {
            self.narrow(guess, &mut too_little, &mut enough)?;
        }
        while too_little + 1 < enough {
            let left = u128::from(enough - too_little) * 1000;
            if left < u128::from(enough) * u128::from(TOLERANCE_PER_MILLE) {
                break;
            }
            let middle = too_little + (enough - too_little) / 2;
            // Most requests need little of the gas allowed: look low first.
            let guess = middle.min(too_little.saturating_mul(2).max(1));
            self.narrow(guess, &mut too_little, &mut enough)?;
        }
        Ok(enough)
    }

    fn narrow(
        &mut self,
        guess: u64,
        too_little: &mut u64,
        enough: &mut u64,
    ) -> Result<(), CallError> {
        if self.succeeds_with(guess)?.is_some() {
            *enough = guess;
        } else {
            *too_little = guess;
        }
        Ok(())
    }

    fn succeeds_with(&mut self, gas: u64) -> Result<Option<CallOutcome>, CallError> {
        Ok(self.probe(gas)?.filter(CallOutcome::is_success))
    }

    /// Executes with some gas; none if that does not even pay for the transaction itself.
    fn probe(&mut self, gas: u64) -> Result<Option<CallOutcome>, CallError> {
        self.transaction.gas_limit = gas;
        match self.execute() {
            Ok(outcome) => Ok(Some(outcome)),
            Err(CallError::Invalid(
                InvalidTransaction::CallGasCostMoreThanGasLimit { .. }
                | InvalidTransaction::GasFloorMoreThanGasLimit { .. },
            )) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn is_out_of_gas(outcome: &CallOutcome) -> bool {
    matches!(outcome.halt(), Some(HaltReason::OutOfGas(_)))
}
