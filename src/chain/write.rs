//! What can be set by hand: no transaction, no block, effective at once.

use std::sync::Arc;

use alloy_primitives::{Address, B256, Bytes, TxHash, U256};
use revm::bytecode::{Bytecode, BytecodeDecodeError};

use super::{Chain, block::Transaction, state::State};

impl Chain {
    /// Sets a balance in wei.
    pub fn set_balance(&mut self, address: Address, balance: U256) {
        self.write_account(address, |state| state.set_balance(address, balance));
    }

    /// Sets a nonce; transactions that wait below it are dropped.
    pub fn set_nonce(&mut self, address: Address, nonce: u64) {
        self.write_account(address, |state| state.set_nonce(address, nonce));
        self.pool.remove_below(address, nonce);
    }

    /// Sets a contract's code; empty code makes it an account without.
    ///
    /// # Errors
    ///
    /// If the code begins like an EIP-7702 delegation but is none.
    pub fn set_code(&mut self, address: Address, code: Bytes) -> Result<(), BytecodeDecodeError> {
        let code = Bytecode::new_raw_checked(code)?;
        self.write_account(address, |state| state.set_code(address, code));
        Ok(())
    }

    /// Sets one slot of an account.
    pub fn set_storage(&mut self, address: Address, slot: U256, value: U256) {
        self.write_account(address, |state| state.set_slot(address, slot, value));
    }

    /// Changes the newest state and brings its tries up to date, so that it can be proved.
    ///
    /// The head's state root stays what it was when the head was mined.
    pub fn write(&mut self, change: impl FnOnce(&mut State)) {
        change(&mut self.state);
        self.state.root();
    }

    /// Changes one account; if nothing is left of it, it is gone.
    fn write_account(&mut self, address: Address, change: impl FnOnce(&mut State)) {
        self.write(|state| {
            change(state);
            state.clear_if_empty(address);
        });
    }

    /// Sets the base fee of the next block, in wei per gas. Zero stays zero thereafter.
    pub fn set_next_base_fee(&mut self, base_fee: u64) {
        self.settings.next_base_fee = base_fee;
    }

    /// Sets the least price of a transaction, in wei per gas; it holds where there is no base fee.
    pub fn set_least_price(&mut self, price: u64) {
        self.settings.least_price = Some(price);
    }

    /// Sets who is paid the tips from the next block on.
    pub fn set_coinbase(&mut self, coinbase: Address) {
        self.settings.coinbase = coinbase;
    }

    /// Sets the gas limit from the next block on.
    pub fn set_gas_limit(&mut self, gas_limit: u64) {
        self.settings.gas_limit = gas_limit;
    }

    /// Sets the randomness of the next block alone.
    pub fn set_next_randomness(&mut self, randomness: B256) {
        self.settings.next_randomness = Some(randomness);
    }

    /// Sets the chain id that transactions must carry and contracts see.
    pub fn set_chain_id(&mut self, chain_id: u64) {
        Arc::make_mut(&mut self.rules).chain_id = chain_id;
    }

    /// Lets an account send without signing, even one that has code.
    pub fn impersonate(&mut self, address: Address) {
        self.impersonation.accounts.insert(address);
    }

    /// Ends [`Chain::impersonate`].
    pub fn stop_impersonating(&mut self, address: Address) {
        self.impersonation.accounts.remove(&address);
    }

    /// Chooses whether everybody may send without signing.
    pub fn impersonate_everybody(&mut self, everybody: bool) {
        self.impersonation.everybody = everybody;
    }

    /// Returns whether an account may send without signing.
    pub fn is_impersonated(&self, address: Address) -> bool {
        self.impersonation.everybody || self.impersonation.accounts.contains(&address)
    }

    /// Returns the accounts of [`Chain::impersonate`], in the order of their addresses.
    pub fn impersonated(&self) -> impl Iterator<Item = Address> {
        self.impersonation.accounts.iter().copied()
    }

    /// Takes a waiting transaction out of the mempool.
    pub fn drop_transaction(&mut self, hash: &TxHash) -> Option<Transaction> {
        self.pool.remove(hash)
    }

    /// Takes everything an account has waiting out of the mempool.
    pub fn drop_sender(&mut self, sender: Address) {
        self.pool.remove_sender(sender);
    }

    /// Takes everything out of the mempool.
    pub fn drop_all(&mut self) {
        self.pool.clear();
    }
}
