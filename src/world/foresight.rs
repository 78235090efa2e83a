//! What the news of a block will make everybody read of the hub, read ahead on a second thread.
//!
//! The rule: it holds while the chain's newest state is the one it was read of.

use std::{collections::BTreeMap, sync::Arc};

use alloy_primitives::{Address, B256, Log};
use alloy_sol_types::SolEvent as _;

use crate::{
    ahead::{Ahead, MANY_TRANSACTIONS},
    chain::{Block, Chain},
    contracts::{Balance, Hub, abi::IexecHub},
    protocol::{Deal, DealId, Task, TaskId},
};

/// What will be read.
#[derive(Clone, Debug, Default)]
pub(super) struct Foresight {
    /// The root of the state it was read of.
    state: Option<B256>,
    scores: BTreeMap<Address, Ahead<u64>>,
    balances: BTreeMap<Address, Ahead<Balance>>,
    tasks: BTreeMap<TaskId, Ahead<Task>>,
    deals: BTreeMap<DealId, Ahead<Deal>>,
}

impl Foresight {
    /// Begins to read what `block`, the newest of `chain`, will make us ask `hub`.
    pub(super) fn of(block: &Block, chain: &Chain, hub: Hub) -> Self {
        let mut all = Self {
            state: chain.state().known_root(),
            ..Self::default()
        };
        if block.transactions.len() < MANY_TRANSACTIONS {
            return all;
        }
        let chain = Arc::new(chain.clone());
        let logs = || {
            let logs = block.receipts.iter().flat_map(|receipt| receipt.logs());
            logs.filter(|log| log.address == hub.address)
        };
        // Whoever takes the news in begins with the first and comes to balances last: the second
        // thread begins at the other end.
        for log in logs() {
            for account in moved(log) {
                let chain = &chain;
                let read = || {
                    let chain = Arc::clone(chain);
                    Ahead::new(move || hub.balance(&chain, account).unwrap_or_default())
                };
                all.balances.entry(account).or_insert_with(read);
            }
        }
        let logs: Vec<&Log> = logs().collect();
        for log in logs.iter().copied().rev() {
            let (deal, task) = (matched(log), changed(log));
            if let Some(id) = deal {
                let chain = Arc::clone(&chain);
                let read = move || hub.deal(&chain, id).ok().flatten().unwrap_or_default();
                all.deals.insert(id, Ahead::new(read));
            }
            if let Some(id) = task
                && !all.tasks.contains_key(&id)
            {
                let chain = Arc::clone(&chain);
                let read = move || hub.task(&chain, id).unwrap_or_default();
                all.tasks.insert(id, Ahead::new(read));
            }
        }
        // Schedulers ask for these when the news have reached them.
        for log in logs {
            if let Some(worker) = scored(log) {
                let chain = Arc::clone(&chain);
                let read = move || hub.score(&chain, worker).unwrap_or_default();
                all.scores.insert(worker, Ahead::new(read));
            }
        }
        all
    }

    /// Whether this is about what `chain` is now.
    pub(super) fn is_of(&self, chain: &Chain) -> bool {
        self.state.is_some() && self.state == chain.state().known_root()
    }

    /// Reads what nobody has read yet: what is still being read would hold the state, and whoever
    /// holds it makes the next block copy it.
    pub(super) fn settle(&self) {
        for read in self.balances.values() {
            read.get();
        }
        for read in self.tasks.values() {
            read.get();
        }
        for read in self.deals.values() {
            read.get();
        }
        // From the other end.
        for read in self.scores.values().rev() {
            read.get();
        }
    }

    /// Returns a score, if it is among what was read.
    pub(super) fn score(&self, worker: Address) -> Option<u64> {
        self.scores.get(&worker).map(|read| *read.get())
    }

    /// Returns a balance, if it is among what was read.
    pub(super) fn balance(&self, account: Address) -> Option<Balance> {
        self.balances.get(&account).map(|read| *read.get())
    }

    /// Returns a task, likewise.
    pub(super) fn task(&self, task: TaskId) -> Option<Task> {
        self.tasks.get(&task).map(|read| read.get().clone())
    }

    /// Returns a deal, likewise.
    pub(super) fn deal(&self, deal: DealId) -> Option<Deal> {
        self.deals.get(&deal).map(|read| read.get().clone())
    }
}

/// Between which accounts a log says that money moved.
fn moved(log: &Log) -> Vec<Address> {
    match log.topics() {
        [kind, from, to] if *kind == IexecHub::Transfer::SIGNATURE_HASH => {
            let accounts = [from, to].map(|word| Address::from_word(*word));
            let some = accounts.into_iter().filter(|account| !account.is_zero());
            some.collect()
        }
        _ => Vec::new(),
    }
}

/// Which task a log makes us read.
fn changed(log: &Log) -> Option<TaskId> {
    let read = [
        IexecHub::TaskInitialize::SIGNATURE_HASH,
        IexecHub::TaskConsensus::SIGNATURE_HASH,
    ];
    match log.topics() {
        [kind, task, ..] if read.contains(kind) => Some(TaskId(*task)),
        _ => None,
    }
}

/// Whose score a log says has changed.
fn scored(log: &Log) -> Option<Address> {
    let changes = [
        IexecHub::AccurateContribution::SIGNATURE_HASH,
        IexecHub::FaultyContribution::SIGNATURE_HASH,
    ];
    match log.topics() {
        [kind, worker, ..] if changes.contains(kind) => Some(Address::from_word(*worker)),
        _ => None,
    }
}

/// Which deal a log says was made.
fn matched(log: &Log) -> Option<DealId> {
    let is_match = log.topics().first() == Some(&IexecHub::OrdersMatched::SIGNATURE_HASH);
    let matched = is_match.then(|| IexecHub::OrdersMatched::decode_log(log).ok());
    Some(DealId(matched??.dealid))
}
