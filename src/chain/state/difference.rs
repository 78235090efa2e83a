//! What one state has that another has not.

use std::{collections::BTreeMap, sync::Arc};

use alloy_primitives::{Address, U256};

use super::{AccountDump, Entry, State};

impl State {
    /// Returns what to set in `newer` to get this state: each account that differs, with the slots
    /// that differ (zero for those absent here), none for an account absent here.
    ///
    /// Every slot looked at is taken from `budget`; none when it does not suffice.
    pub(crate) fn differences(
        &self,
        newer: &Self,
        budget: &mut usize,
    ) -> Option<BTreeMap<Address, Option<AccountDump>>> {
        *budget = budget.checked_sub(self.accounts.len() + newer.accounts.len())?;
        let mut differences = BTreeMap::new();
        for (address, entry) in &self.accounts {
            let other = newer.accounts.get(address);
            if other.is_some_and(|other| Arc::ptr_eq(entry, other)) {
                continue;
            }
            let account = entry.difference(other.map(AsRef::as_ref), budget)?;
            differences.insert(*address, Some(account));
        }
        for address in newer.accounts.keys() {
            if !self.accounts.contains_key(address) {
                differences.insert(*address, None);
            }
        }
        Some(differences)
    }
}

impl Entry {
    fn difference(&self, newer: Option<&Self>, budget: &mut usize) -> Option<AccountDump> {
        let theirs = newer.map(|newer| &newer.storage);
        let looked_at = self.storage.len() + theirs.map_or(0, |theirs| theirs.len());
        *budget = budget.checked_sub(looked_at)?;
        let mut storage = BTreeMap::new();
        for (slot, value) in self.storage.iter() {
            if theirs.and_then(|theirs| theirs.get(&slot)) != Some(value) {
                storage.insert(slot, value);
            }
        }
        for (slot, _) in theirs.into_iter().flat_map(|theirs| theirs.iter()) {
            if self.storage.get(&slot).is_none() {
                storage.insert(slot, U256::ZERO);
            }
        }
        Some(AccountDump {
            balance: self.balance,
            nonce: self.nonce,
            code: self.code.clone(),
            storage,
        })
    }
}
