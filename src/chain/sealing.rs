//! What a block's header says of an execution, computed while the execution goes on.
//!
//! Work is done in the order it comes, by the second thread as far as it gets, and the rest by
//! whoever needs the result. What comes out does not depend on who did it.

use std::{collections::VecDeque, mem, sync::Arc};

use alloy_consensus::{
    Receipt, ReceiptEnvelope, ReceiptWithBloom, TxType,
    proofs::{calculate_receipt_root, calculate_transaction_root},
    transaction::Recovered,
};
use alloy_primitives::{
    B256, Bloom, BloomInput, Log, keccak256,
    map::{AddressMap, B256Map},
};
use alloy_trie::EMPTY_ROOT_HASH;
use parking_lot::Mutex;

use super::{
    block::Transaction,
    execute::enveloped,
    state::{Apart, Written},
};
use crate::ahead::{Ahead, MANY_TRANSACTIONS, aside};

/// How many transactions wait before the second thread is asked to follow some: to wake it costs as
/// much as one of them.
const WAITING: usize = 4;

/// How many transactions are followed together: what several of them wrote is hashed once, and nobody
/// waits for long.
const TOGETHER: usize = 16;

/// The work that follows a block's execution, in two lanes: whoever needs the result takes receipts
/// while the second thread is at the tries.
#[derive(Debug, Default)]
pub(super) struct Sealing(Arc<Lanes>);

#[derive(Debug, Default)]
struct Lanes {
    written: Lane<Vec<Written>, Apart>,
    receipts: Lane<(TxType, Receipt), Receipts>,
}

/// Work that is done in the order it comes, and what came of it so far.
#[derive(Debug, Default)]
struct Lane<I, O> {
    waiting: Mutex<VecDeque<I>>,
    done: Mutex<O>,
}

/// Receipts with blooms. The logs of a block name the same contracts, events and accounts again and
/// again: each is hashed once.
#[derive(Debug, Default)]
struct Receipts {
    done: Vec<ReceiptEnvelope>,
    addresses: AddressMap<B256>,
    topics: B256Map<B256>,
}

impl Sealing {
    /// Follows one transaction.
    pub(super) fn follow(&self, kind: TxType, receipt: Receipt, written: Vec<Written>) {
        self.0.written.put(written);
        if self.0.receipts.put((kind, receipt)).is_multiple_of(WAITING) {
            let lanes = Arc::clone(&self.0);
            aside(move || while lanes.follow_writes() || lanes.follow_receipt() {});
        }
    }

    /// Does what is left of the receipts and returns them all, with blooms.
    pub(super) fn receipts(&self) -> Vec<ReceiptEnvelope> {
        while self.0.follow_receipt() {}
        self.0.receipts.take().done
    }

    /// Does what is left of the tries and returns those to give back to the state.
    pub(super) fn tries(self) -> Apart {
        // Whoever asks for the root next hashes what is written here, and has help with it.
        while self.0.written.step(usize::MAX, Apart::write) {}
        self.0.written.take()
    }
}

impl Lanes {
    fn follow_writes(&self) -> bool {
        self.written.step(TOGETHER, Apart::follow)
    }

    fn follow_receipt(&self) -> bool {
        self.receipts.step(TOGETHER, |receipts, some| {
            for (kind, receipt) in some {
                receipts.push(kind, receipt);
            }
        })
    }
}

impl Receipts {
    fn push(&mut self, kind: TxType, receipt: Receipt) {
        let logs_bloom = self.bloom(&receipt.logs);
        let receipt = ReceiptWithBloom {
            receipt,
            logs_bloom,
        };
        self.done.push(enveloped(kind, receipt));
    }

    fn bloom(&mut self, logs: &[Log]) -> Bloom {
        let mut bloom = Bloom::ZERO;
        for log in logs {
            let address = self.addresses.entry(log.address);
            let hash = *address.or_insert_with(|| keccak256(log.address));
            bloom.accrue(BloomInput::Hash(hash));
            for topic in log.topics() {
                let hash = self.topics.entry(*topic);
                let hash = *hash.or_insert_with(|| keccak256(topic));
                bloom.accrue(BloomInput::Hash(hash));
            }
        }
        bloom
    }
}

impl<I, O: Default> Lane<I, O> {
    /// Adds to the work; returns how much waits. Never waits for work that is being done.
    fn put(&self, item: I) -> usize {
        let mut waiting = self.waiting.lock();
        waiting.push_back(item);
        waiting.len()
    }

    /// Does what has waited longest, at most so much; returns whether there was anything. Nothing is
    /// being done any more when there was not.
    fn step(&self, most: usize, work: impl FnOnce(&mut O, Vec<I>)) -> bool {
        let mut done = self.done.lock();
        let next: Vec<I> = {
            let mut waiting = self.waiting.lock();
            let some = most.min(waiting.len());
            waiting.drain(..some).collect()
        };
        let is_some = !next.is_empty();
        if is_some {
            work(&mut done, next);
        }
        is_some
    }

    fn take(&self) -> O {
        mem::take(&mut *self.done.lock())
    }
}

/// A block's lists, and what its header says of them.
pub(super) struct Lists {
    pub(super) transactions: Arc<Vec<Transaction>>,
    pub(super) receipts: Arc<Vec<ReceiptEnvelope>>,
    /// Of long lists.
    ahead: Option<Roots>,
}

/// Root of the transactions, root and bloom of the receipts.
struct Roots {
    transactions: Ahead<B256>,
    receipts: Ahead<(B256, Bloom)>,
}

impl Lists {
    pub(super) fn new(transactions: Vec<Transaction>, receipts: Vec<ReceiptEnvelope>) -> Self {
        let (transactions, receipts) = (Arc::new(transactions), Arc::new(receipts));
        let ahead = (transactions.len() >= MANY_TRANSACTIONS).then(|| {
            let (transactions, receipts) = (Arc::clone(&transactions), Arc::clone(&receipts));
            Roots {
                transactions: Ahead::new(move || of_transactions(&transactions)),
                receipts: Ahead::new(move || of_receipts(&receipts)),
            }
        });
        Self {
            transactions,
            receipts,
            ahead,
        }
    }

    /// Returns the root of the transactions.
    pub(super) fn transactions_root(&self) -> B256 {
        match &self.ahead {
            Some(ahead) => *ahead.transactions.get(),
            None => of_transactions(&self.transactions),
        }
    }

    /// Returns root and bloom of the receipts.
    pub(super) fn receipts_root(&self) -> (B256, Bloom) {
        match &self.ahead {
            Some(ahead) => *ahead.receipts.get(),
            None => of_receipts(&self.receipts),
        }
    }
}

fn of_transactions(transactions: &[Transaction]) -> B256 {
    if transactions.is_empty() {
        return EMPTY_ROOT_HASH;
    }
    let inner: Vec<_> = transactions.iter().map(Recovered::inner).collect();
    calculate_transaction_root(&inner)
}

fn of_receipts(receipts: &[ReceiptEnvelope]) -> (B256, Bloom) {
    if receipts.is_empty() {
        return (EMPTY_ROOT_HASH, Bloom::ZERO);
    }
    let blooms = receipts.iter().map(|receipt| receipt.logs_bloom());
    let bloom = blooms.fold(Bloom::ZERO, |all, bloom| all | *bloom);
    (calculate_receipt_root(receipts), bloom)
}
