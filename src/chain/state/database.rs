//! The state as revm reads it and writes to it.

use std::{collections::BTreeMap, convert::Infallible};

use alloy_evm::overrides::OverrideBlockHashes;
use alloy_primitives::{Address, B256, U256, map::AddressMap};
use revm::{
    Database, DatabaseCommit, DatabaseRef,
    bytecode::Bytecode,
    state::{Account, AccountInfo},
};

use super::{Entry, State};

impl Entry {
    fn info(&self) -> AccountInfo {
        AccountInfo {
            balance: self.balance,
            nonce: self.nonce,
            code_hash: self.code_hash,
            account_id: None,
            code: Some(self.code.clone()),
        }
    }
}

impl State {
    /// Takes in what became of an account; returns the slots written, with what they hold now.
    pub(super) fn apply(&mut self, address: Address, account: Account) -> Vec<(U256, U256)> {
        let mut slots = Vec::new();
        if !account.is_touched() {
            return slots;
        }
        let cleared = account.info.is_empty() && !account.is_created() && !self.keep_empty;
        if account.is_selfdestructed() || cleared {
            self.remove(address);
            return slots;
        }
        if account.is_created() {
            // Whatever storage the address had belongs to a former life.
            self.remove(address);
        }
        let code = account
            .info
            .code
            .filter(|_| account.info.code_hash != self.code_hash(address))
            .map(|code| self.interned(account.info.code_hash, code));
        let entry = self.entry(address);
        entry.balance = account.info.balance;
        entry.nonce = account.info.nonce;
        if let Some(code) = code {
            entry.code_hash = account.info.code_hash;
            entry.code = code;
        }
        #[expect(
            clippy::iter_over_hash_type,
            reason = "writes to distinct slots commute"
        )]
        for (slot, value) in account.storage {
            if value.is_changed() {
                entry.storage.set(slot, value.present_value);
                slots.push((slot, value.present_value));
            }
        }
        slots
    }
}

impl DatabaseRef for State {
    type Error = Infallible;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        Ok(self.accounts.get(&address).map(|entry| entry.info()))
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, Infallible> {
        Ok(self.codes.get(&code_hash).cloned().unwrap_or_default())
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, Infallible> {
        Ok(self.slot(address, slot))
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Infallible> {
        Ok(self.block_hashes.get(&number).copied().unwrap_or_default())
    }
}

impl Database for State {
    type Error = Infallible;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        self.basic_ref(address)
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, Infallible> {
        self.code_by_hash_ref(code_hash)
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Infallible> {
        self.storage_ref(address, slot)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Infallible> {
        self.block_hash_ref(number)
    }
}

impl DatabaseCommit for State {
    fn commit(&mut self, changes: AddressMap<Account>) {
        #[expect(
            clippy::iter_over_hash_type,
            reason = "writes to distinct accounts commute"
        )]
        for (address, account) in changes {
            let slots = self.apply(address, account);
            if !slots.is_empty() {
                let changed = self.changed.entry(address).or_default();
                changed.extend(slots.into_iter().map(|(slot, _)| slot));
            }
        }
    }
}

impl OverrideBlockHashes for State {
    fn override_block_hashes(&mut self, block_hashes: BTreeMap<u64, B256>) {
        for (number, hash) in block_hashes {
            self.block_hashes.insert(number, hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{KECCAK256_EMPTY, bytes};
    use alloy_trie::EMPTY_ROOT_HASH;
    use revm::state::{AccountStatus, EvmStorageSlot, TransactionId};

    use super::*;

    const WHO: Address = Address::repeat_byte(7);

    fn state() -> State {
        let mut state = State::default();
        state.set_balance(WHO, U256::from(5));
        state.set_nonce(WHO, 1);
        state.set_code(WHO, Bytecode::new_raw(bytes!("00")));
        state.set_slot(WHO, U256::from(1), U256::from(11));
        state.root();
        state
    }

    fn touched(info: AccountInfo, status: AccountStatus) -> Account {
        let mut account = Account::from(info);
        account.status = AccountStatus::Touched | status;
        account
    }

    fn committed(state: &mut State, account: Account) {
        state.commit(AddressMap::from_iter([(WHO, account)]));
    }

    #[test]
    fn a_destroyed_account_leaves_nothing_behind_when_it_is_created_again() {
        let mut state = state();
        committed(
            &mut state,
            touched(AccountInfo::default(), AccountStatus::SelfDestructed),
        );
        assert!(!state.exists(WHO));
        assert_eq!(state.clone().root(), EMPTY_ROOT_HASH);
        // In the same block, before the tries were brought up to date.
        let mut born = touched(
            AccountInfo {
                nonce: 1,
                ..AccountInfo::default()
            },
            AccountStatus::Created,
        );
        let written = EvmStorageSlot::new_changed(U256::ZERO, U256::from(22), TransactionId::ZERO);
        born.storage.insert(U256::from(2), written);
        committed(&mut state, born);
        assert_eq!(state.slot(WHO, U256::from(1)), U256::ZERO);
        assert_eq!(state.code_hash(WHO), KECCAK256_EMPTY);
        let mut fresh = State::default();
        fresh.set_nonce(WHO, 1);
        fresh.set_slot(WHO, U256::from(2), U256::from(22));
        assert_eq!(state.root(), fresh.root());
    }

    #[test]
    fn a_touched_empty_account_goes_unless_the_fork_keeps_it() {
        for keep in [false, true] {
            let mut state = State::default();
            state.set_keep_empty(keep);
            committed(
                &mut state,
                touched(AccountInfo::default(), AccountStatus::empty()),
            );
            assert_eq!(state.exists(WHO), keep);
            assert_eq!(state.root() == EMPTY_ROOT_HASH, !keep);
        }
    }

    #[test]
    fn an_account_that_was_only_read_is_not_written() {
        let mut state = State::default();
        committed(
            &mut state,
            Account::from(AccountInfo::from_balance(U256::from(9))),
        );
        assert!(!state.exists(WHO));
    }

    #[test]
    fn a_delegation_that_is_cleared_leaves_no_code() {
        let mut state = state();
        let info = state.basic_ref(WHO).unwrap().unwrap();
        let cleared = AccountInfo {
            code_hash: KECCAK256_EMPTY,
            code: Some(Bytecode::default()),
            ..info
        };
        committed(&mut state, touched(cleared, AccountStatus::empty()));
        assert!(state.code(WHO).is_empty());
        assert_eq!(state.slot(WHO, U256::from(1)), U256::from(11));
    }
}
