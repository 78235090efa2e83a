//! Transactions that wait for a block: by sender and nonce, at most one for each pair.
//!
//! Whether one is ready or queued behind a gap is not stored: it follows from the sender's nonce.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    sync::Arc,
};

use alloy_consensus::Transaction as _;
use alloy_primitives::{Address, TxHash};
use imbl::OrdMap;

use super::{
    block::Transaction,
    state::{Map, State},
};

/// How many transactions may wait.
const WAITING_MAX: usize = 100_000;

/// The waiting transactions; a clone is free.
#[derive(Clone, Debug, Default)]
pub struct Mempool {
    senders: OrdMap<Address, OrdMap<u64, Arc<Waiting>>>,
    places: Map<TxHash, (Address, u64)>,
    arrivals: u64,
}

#[derive(Debug)]
struct Waiting {
    transaction: Transaction,
    arrival: u64,
}

/// The waiting transactions of each sender by nonce, as `txpool_content` shows them.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// What could be in the next block.
    pub ready: BTreeMap<Address, BTreeMap<u64, Transaction>>,
    /// What waits for an earlier nonce.
    pub queued: BTreeMap<Address, BTreeMap<u64, Transaction>>,
}

impl Mempool {
    /// Returns how many transactions wait.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Returns whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Returns whether no more transactions may wait.
    pub fn is_full(&self) -> bool {
        self.len() >= WAITING_MAX
    }

    /// Returns whether the transaction waits.
    pub fn contains(&self, hash: &TxHash) -> bool {
        self.places.contains_key(hash)
    }

    /// Returns a waiting transaction.
    pub fn get(&self, hash: &TxHash) -> Option<&Transaction> {
        let (sender, nonce) = self.places.get(hash)?;
        self.by_nonce(*sender, *nonce)
    }

    /// Returns the transaction that waits at a sender's nonce.
    pub fn by_nonce(&self, sender: Address, nonce: u64) -> Option<&Transaction> {
        let waiting = self.senders.get(&sender)?.get(&nonce)?;
        Some(&waiting.transaction)
    }

    /// Returns all that waits, in the order of its arrival.
    pub fn by_arrival(&self) -> impl Iterator<Item = &Transaction> {
        let waiting = self.senders.values().flat_map(OrdMap::values);
        let mut waiting: Vec<_> = waiting.collect();
        waiting.sort_unstable_by_key(|waiting| waiting.arrival);
        waiting.into_iter().map(|waiting| &waiting.transaction)
    }

    /// Returns the first nonce from `nonce` on at which nothing of the sender waits.
    pub fn next_nonce(&self, sender: Address, mut nonce: u64) -> u64 {
        let Some(waiting) = self.senders.get(&sender) else {
            return nonce;
        };
        for (&taken, _) in waiting.range(nonce..) {
            if taken != nonce {
                break;
            }
            nonce += 1;
        }
        nonce
    }

    /// Returns all that waits, sorted by what `state` says of the senders' nonces.
    pub fn content(&self, state: &State) -> Content {
        let mut content = Content::default();
        for (&sender, waiting) in &self.senders {
            let mut next = state.nonce(sender);
            for (&nonce, waiting) in waiting {
                let kind = if nonce == next {
                    next += 1;
                    &mut content.ready
                } else {
                    &mut content.queued
                };
                kind.entry(sender)
                    .or_default()
                    .insert(nonce, waiting.transaction.clone());
            }
        }
        content
    }

    /// Returns whether `transaction` pays enough to take the place of what waits at its nonce: a
    /// higher cap and no lower tip. A public node asks for a tenth more, so that nobody floods it
    /// with replacements; here there is nobody to be defended from.
    pub(crate) fn outbids(&self, transaction: &Transaction) -> bool {
        let waiting = self.by_nonce(transaction.signer(), transaction.nonce());
        waiting.is_none_or(|old| {
            transaction.max_fee_per_gas() > old.max_fee_per_gas()
                && tip_cap(transaction) >= tip_cap(old)
        })
    }

    /// Adds a transaction in place of what waits at its nonce; returns what it replaced.
    pub(crate) fn insert(&mut self, transaction: Transaction) -> Option<Transaction> {
        let (sender, nonce) = (transaction.signer(), transaction.nonce());
        let hash = *transaction.inner().tx_hash();
        let waiting = Arc::new(Waiting {
            transaction,
            arrival: self.arrivals,
        });
        self.arrivals += 1;
        let replaced = self
            .senders
            .entry(sender)
            .or_default()
            .insert(nonce, waiting);
        self.places.insert(hash, (sender, nonce));
        let replaced = replaced?.transaction.clone();
        self.places.remove(replaced.inner().tx_hash());
        Some(replaced)
    }

    /// Takes a transaction out.
    pub(crate) fn remove(&mut self, hash: &TxHash) -> Option<Transaction> {
        let (sender, nonce) = self.places.remove(hash)?;
        let waiting = self.senders.get_mut(&sender)?;
        let removed = waiting.remove(&nonce)?;
        if waiting.is_empty() {
            self.senders.remove(&sender);
        }
        Some(removed.transaction.clone())
    }

    /// Takes out everything a sender has waiting below `nonce`.
    pub(crate) fn remove_below(&mut self, sender: Address, nonce: u64) {
        let stale: Vec<TxHash> = match self.senders.get(&sender) {
            None => return,
            Some(waiting) => waiting
                .range(..nonce)
                .map(|(_, waiting)| *waiting.transaction.inner().tx_hash())
                .collect(),
        };
        for hash in &stale {
            self.remove(hash);
        }
    }

    /// Takes out everything a sender has waiting.
    pub(crate) fn remove_sender(&mut self, sender: Address) {
        let Some(waiting) = self.senders.remove(&sender) else {
            return;
        };
        for waiting in waiting.values() {
            self.places.remove(waiting.transaction.inner().tx_hash());
        }
    }

    /// Takes out everything below its sender's nonce in `state`.
    pub(crate) fn prune(&mut self, state: &State) {
        let senders: Vec<Address> = self.senders.keys().copied().collect();
        for sender in senders {
            self.remove_below(sender, state.nonce(sender));
        }
    }

    /// Takes everything out.
    pub(crate) fn clear(&mut self) {
        self.senders.clear();
        self.places.clear();
    }

    /// Returns the order in which to try what waits: the best tip first, then the first arrived,
    /// the nonces of each sender in their order. `floor` is what every one must pay per gas.
    pub(crate) fn best(&self, state: &State, floor: u64) -> Best<'_> {
        let mut best = Best {
            pool: self,
            floor,
            heads: BinaryHeap::new(),
        };
        for &sender in self.senders.keys() {
            best.offer(sender, state.nonce(sender));
        }
        best
    }
}

/// The ready transactions, best first.
pub(crate) struct Best<'a> {
    pool: &'a Mempool,
    floor: u64,
    heads: BinaryHeap<(u128, Reverse<u64>, Address, u64)>,
}

impl Best<'_> {
    /// Returns the next transaction; its sender has no further turn until [`Best::advance`].
    pub(crate) fn next(&mut self) -> Option<&Transaction> {
        let (_, _, sender, nonce) = self.heads.pop()?;
        self.pool.by_nonce(sender, nonce)
    }

    /// Gives the sender its next turn, after its transaction with `nonce` was taken.
    pub(crate) fn advance(&mut self, sender: Address, nonce: u64) {
        self.offer(sender, nonce + 1);
    }

    fn offer(&mut self, sender: Address, nonce: u64) {
        let waiting = self.pool.senders.get(&sender);
        let Some(waiting) = waiting.and_then(|waiting| waiting.get(&nonce)) else {
            return;
        };
        // Who does not pay enough waits for prices to fall.
        if let Some(tip) = waiting.transaction.effective_tip_per_gas(self.floor) {
            self.heads
                .push((tip, Reverse(waiting.arrival), sender, nonce));
        }
    }
}

/// Returns the most a transaction would tip; a legacy one would tip all it pays.
fn tip_cap(transaction: &Transaction) -> u128 {
    transaction
        .max_priority_fee_per_gas()
        .unwrap_or_else(|| transaction.max_fee_per_gas())
}
