//! The escrow: free and locked funds, and the four moves between them.
//!
//! What is locked is held as the hub's own free balance, so the two always agree.

use alloy_primitives::{Address, U256};
use imbl::OrdMap;

use super::Effect;
use crate::protocol::{Refusal, TaskId};

/// Everybody's funds, in nRLC.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Ledger {
    hub: Address,
    free: OrdMap<Address, U256>,
    locked: OrdMap<Address, U256>,
    supply: U256,
}

impl Ledger {
    pub(super) fn new(hub: Address) -> Self {
        Self {
            hub,
            free: OrdMap::new(),
            locked: OrdMap::new(),
            supply: U256::ZERO,
        }
    }

    pub(super) fn free(&self, account: Address) -> U256 {
        self.free.get(&account).copied().unwrap_or_default()
    }

    pub(super) fn locked(&self, account: Address) -> U256 {
        self.locked.get(&account).copied().unwrap_or_default()
    }

    pub(super) fn supply(&self) -> U256 {
        self.supply
    }

    pub(super) fn sums(&self) -> (U256, U256) {
        let sum = |funds: &OrdMap<Address, U256>| funds.values().copied().sum();
        (sum(&self.free), sum(&self.locked))
    }

    /// Brings funds in from outside.
    pub(super) fn deposit(
        &mut self,
        account: Address,
        amount: U256,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let supply = self.supply.checked_add(amount);
        self.supply = supply.ok_or(Refusal::Overflow {
            what: "the sum of all deposits",
        })?;
        put(&mut self.free, account, amount)?;
        effects.push(Effect::Transfer {
            from: None,
            to: Some(account),
            amount,
        });
        Ok(())
    }

    /// Takes free funds out.
    pub(super) fn withdraw(
        &mut self,
        account: Address,
        amount: U256,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let balance = self.free(account);
        if amount > balance {
            return Err(Refusal::WithdrawalTooLarge {
                account,
                balance,
                amount,
            });
        }
        take(&mut self.free, account, amount)?;
        self.supply -= amount;
        effects.push(Effect::Transfer {
            from: Some(account),
            to: None,
            amount,
        });
        Ok(())
    }

    /// Locks free funds of an account.
    pub(super) fn lock(
        &mut self,
        account: Address,
        amount: U256,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        self.transfer(account, self.hub, amount, effects)?;
        put(&mut self.locked, account, amount)?;
        effects.push(Effect::Lock { account, amount });
        Ok(())
    }

    /// Gives locked funds back.
    pub(super) fn unlock(
        &mut self,
        account: Address,
        amount: U256,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        self.transfer(self.hub, account, amount, effects)?;
        take(&mut self.locked, account, amount)?;
        effects.push(Effect::Unlock { account, amount });
        Ok(())
    }

    /// Takes locked funds from an account; the hub holds them until it pays them out.
    pub(super) fn seize(
        &mut self,
        account: Address,
        amount: U256,
        task: TaskId,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        take(&mut self.locked, account, amount)?;
        effects.push(Effect::Seize {
            account,
            amount,
            task,
        });
        Ok(())
    }

    /// Pays an account out of seized funds.
    pub(super) fn reward(
        &mut self,
        account: Address,
        amount: U256,
        task: TaskId,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        self.transfer(self.hub, account, amount, effects)?;
        effects.push(Effect::Reward {
            account,
            amount,
            task,
        });
        Ok(())
    }

    /// Pays seized funds into an account's locked funds; the hub keeps holding them.
    pub(super) fn reward_locked(
        &mut self,
        account: Address,
        amount: U256,
        task: TaskId,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        put(&mut self.locked, account, amount)?;
        effects.push(Effect::Reward {
            account,
            amount,
            task,
        });
        effects.push(Effect::Lock { account, amount });
        Ok(())
    }

    fn transfer(
        &mut self,
        from: Address,
        to: Address,
        amount: U256,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let balance = self.free(from);
        if amount > balance {
            return Err(Refusal::BalanceTooLow {
                account: from,
                balance,
                amount,
            });
        }
        take(&mut self.free, from, amount)?;
        put(&mut self.free, to, amount)?;
        effects.push(Effect::Transfer {
            from: Some(from),
            to: Some(to),
            amount,
        });
        Ok(())
    }
}

/// Adds to an account's funds; accounts without funds are left out, so that equal states are equal.
fn put(funds: &mut OrdMap<Address, U256>, account: Address, amount: U256) -> Result<(), Refusal> {
    if amount.is_zero() {
        return Ok(());
    }
    let balance = funds.entry(account).or_default();
    let sum = balance.checked_add(amount);
    *balance = sum.ok_or(Refusal::Overflow { what: "a balance" })?;
    Ok(())
}

/// Takes from an account's funds.
fn take(funds: &mut OrdMap<Address, U256>, account: Address, amount: U256) -> Result<(), Refusal> {
    let balance = funds.get(&account).copied().unwrap_or_default();
    let rest = balance.checked_sub(amount);
    let rest = rest.ok_or(Refusal::Overflow { what: "a balance" })?;
    if rest.is_zero() {
        funds.remove(&account);
    } else {
        funds.insert(account, rest);
    }
    Ok(())
}
