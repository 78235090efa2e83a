//! What was set on a chain by hand, as data: taken from two chains of the same head, and set on a
//! third. Rule: blocks are not set by hand.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, TxHash, U256};
use revm::bytecode::Bytecode;
use serde::{Deserialize, Serialize};

use super::Chain;

/// What was set by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByHand {
    /// Accounts as they are now; none for those that are gone.
    accounts: BTreeMap<Address, Option<Account>>,
    /// Transactions that do not wait any more.
    dropped: Vec<TxHash>,
    gas_limit: u64,
    coinbase: Address,
    next_base_fee: u64,
    next_randomness: Option<B256>,
}

/// An account, with the slots that were set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Account {
    balance: U256,
    nonce: u64,
    code: Bytes,
    slots: BTreeMap<U256, U256>,
}

impl Chain {
    /// Returns what was set by hand on `newer`, which began as this chain.
    pub fn set_since(&self, newer: &Self) -> ByHand {
        let mut no_end = usize::MAX;
        let differences = newer.state.differences(&self.state, &mut no_end);
        let accounts = differences.unwrap_or_default().into_iter();
        let accounts = accounts.map(|(address, account)| {
            let account = account.map(|account| Account {
                balance: account.balance,
                nonce: account.nonce,
                code: account.code.original_bytes(),
                slots: account.storage,
            });
            (address, account)
        });
        let waiting = self.pool.content(&self.state);
        let waiting = waiting
            .ready
            .into_values()
            .chain(waiting.queued.into_values());
        let hashes = waiting.flat_map(BTreeMap::into_values);
        let hashes = hashes.map(|transaction| *transaction.inner().tx_hash());
        ByHand {
            accounts: accounts.collect(),
            dropped: hashes.filter(|hash| !newer.pool.contains(hash)).collect(),
            gas_limit: newer.settings.gas_limit,
            coinbase: newer.settings.coinbase,
            next_base_fee: newer.settings.next_base_fee,
            next_randomness: newer.settings.next_randomness,
        }
    }

    /// Sets the same by hand here.
    pub fn set_by_hand(&mut self, set: &ByHand) {
        self.write(|state| {
            for (address, account) in &set.accounts {
                let Some(account) = account else {
                    state.remove(*address);
                    continue;
                };
                state.set_balance(*address, account.balance);
                state.set_nonce(*address, account.nonce);
                // Code that is none can only come from a file that was made up.
                if let Ok(code) = Bytecode::new_raw_checked(account.code.clone()) {
                    state.set_code(*address, code);
                }
                for (slot, value) in &account.slots {
                    state.set_slot(*address, *slot, *value);
                }
            }
        });
        for hash in &set.dropped {
            self.pool.remove(hash);
        }
        self.settings.gas_limit = set.gas_limit;
        self.settings.coinbase = set.coinbase;
        self.settings.next_base_fee = set.next_base_fee;
        self.settings.next_randomness = set.next_randomness;
    }
}
