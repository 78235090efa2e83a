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
    fn apply(&mut self, address: Address, account: Account) {
        if !account.is_touched() {
            return;
        }
        let cleared = account.info.is_empty() && !account.is_created() && !self.keep_empty;
        if account.is_selfdestructed() || cleared {
            self.remove(address);
            return;
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
        let mut slots = Vec::new();
        #[expect(
            clippy::iter_over_hash_type,
            reason = "writes to distinct slots commute"
        )]
        for (slot, value) in account.storage {
            if value.is_changed() {
                entry.write(slot, value.present_value);
                slots.push(slot);
            }
        }
        self.changed.entry(address).or_default().extend(slots);
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
            self.apply(address, account);
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
