//! Storage tries that follow what is written to a state, wherever there is time for it.
//!
//! The rule: an account whose trie is apart marks it. Should the trie never come back, the root is
//! computed from the storage; should the account begin a new life, the trie of the old one is
//! dropped when it does.

use std::{collections::BTreeMap, sync::Arc};

use alloy_primitives::{Address, B256, U256, map::AddressMap};
use revm::state::Account;

use super::{State, write};
use crate::chain::trie::Trie;

/// What a transaction wrote to the storage of one account.
#[derive(Debug)]
pub(in crate::chain) struct Written {
    address: Address,
    /// The account's trie, when it leaves the state with these slots.
    taken: Option<Trie>,
    slots: Vec<(U256, U256)>,
}

/// Tries apart from their state.
#[derive(Debug, Default)]
pub(in crate::chain) struct Apart {
    tries: BTreeMap<Address, Trie>,
}

impl Apart {
    /// Brings the tries up to date with what some transactions wrote, and hashes what no other
    /// transaction will write again, as far as can be guessed.
    pub(in crate::chain) fn follow(&mut self, written: Vec<Vec<Written>>) {
        let mut keys = self.put(written);
        // Transactions that come together have much of what they write in common.
        keys.sort_unstable();
        keys.dedup();
        for (address, key) in keys {
            if let Some(trie) = self.tries.get(&address) {
                trie.hash_low(key);
            }
        }
    }

    /// Brings the tries up to date with what some transactions wrote.
    pub(in crate::chain) fn write(&mut self, written: Vec<Vec<Written>>) {
        self.put(written);
    }

    /// Writes; returns under which keys of which account.
    fn put(&mut self, written: Vec<Vec<Written>>) -> Vec<(Address, B256)> {
        let mut keys = Vec::new();
        for Written {
            address,
            taken,
            slots,
        } in written.into_iter().flatten()
        {
            if let Some(taken) = taken {
                self.tries.insert(address, taken);
            }
            let trie = self.tries.entry(address).or_default();
            keys.extend(slots.into_iter().map(|(slot, value)| {
                let value = Some(value).filter(|value| !value.is_zero());
                (address, write(trie, slot, value))
            }));
        }
        keys
    }
}

impl State {
    /// Commits what a transaction did, and returns what [`Apart`] is to follow.
    pub(in crate::chain) fn commit_apart(&mut self, changes: AddressMap<Account>) -> Vec<Written> {
        let mut written = Vec::new();
        #[expect(
            clippy::iter_over_hash_type,
            reason = "writes to distinct accounts commute"
        )]
        for (address, account) in changes {
            let slots = self.apply(address, account);
            if slots.is_empty() {
                continue;
            }
            let entry = self.entry(address);
            let taken = (!std::mem::replace(&mut entry.is_apart, true))
                .then(|| std::mem::take(&mut entry.trie));
            written.push(Written {
                address,
                taken,
                slots,
            });
        }
        written
    }

    /// Takes the tries back, and has a second thread hash them from their far ends.
    pub(in crate::chain) fn rejoin(&mut self, apart: Apart) {
        for (address, trie) in apart.tries {
            let Some(entry) = self.accounts.get_mut(&address) else {
                continue;
            };
            let entry = Arc::make_mut(entry);
            if std::mem::take(&mut entry.is_apart) {
                trie.hash_ahead();
                entry.trie = trie;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use revm::{
        DatabaseCommit as _, DatabaseRef as _,
        state::{AccountStatus, EvmStorageSlot, TransactionId},
    };

    use super::*;

    /// What a transaction does to an account: its status, and slots with what they get.
    type Deed = (u8, Vec<(u64, u64)>);

    fn deed() -> impl Strategy<Value = (u8, Deed)> {
        let slots = proptest::collection::vec((0_u64..60, 0_u64..3), 0..6);
        (0_u8..4, (0_u8..12, slots))
    }

    fn changes(state: &State, who: Address, (status, slots): &Deed) -> AddressMap<Account> {
        let info = state.basic_ref(who).unwrap().unwrap_or_default();
        let mut account = Account::from(info);
        account.info.nonce += 1;
        account.status = AccountStatus::Touched
            | match status {
                0 => AccountStatus::SelfDestructed,
                1 => AccountStatus::Created,
                _ => AccountStatus::empty(),
            };
        for (slot, value) in slots {
            let slot = U256::from(*slot);
            let (before, after) = (state.slot(who, slot), U256::from(*value));
            let written = EvmStorageSlot::new_changed(before, after, TransactionId::ZERO);
            account.storage.insert(slot, written);
        }
        AddressMap::from_iter([(who, account)])
    }

    proptest! {
        #[test]
        fn the_root_is_the_same_wherever_the_tries_were(
            blocks in proptest::collection::vec(
                (proptest::collection::vec(deed(), 1..30), any::<bool>()),
                1..5,
            ),
        ) {
            let (mut here, mut elsewhere) = (State::default(), State::default());
            for (transactions, comes_back) in blocks {
                let mut apart = Apart::default();
                for (who, deed) in &transactions {
                    let who = Address::repeat_byte(*who + 1);
                    let changes = changes(&here, who, deed);
                    here.commit(changes.clone());
                    apart.follow(vec![elsewhere.commit_apart(changes)]);
                }
                // Whoever looks meanwhile sees the same.
                prop_assert_eq!(elsewhere.clone().root(), here.root());
                if comes_back {
                    elsewhere.rejoin(apart);
                }
                prop_assert_eq!(elsewhere.root(), here.root());
                prop_assert_eq!(elsewhere.dump(), here.dump());
            }
        }
    }
}
