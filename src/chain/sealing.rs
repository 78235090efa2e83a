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

/// What came of the work.
#[derive(Debug)]
pub(super) struct Sealed {
    /// Of every transaction, with blooms.
    pub(super) receipts: Vec<ReceiptEnvelope>,
    /// Storage tries to give back to the state.
    pub(super) tries: Apart,
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

    /// Does the work that is left and returns what came of all.
    pub(super) fn finish(self) -> Sealed {
        while self.0.follow_receipt() || self.0.follow_writes() {}
        Sealed {
            receipts: self.0.receipts.take().done,
            tries: self.0.written.take(),
        }
    }
}

impl Lanes {
    fn follow_writes(&self) -> bool {
        self.written.step(Apart::follow)
    }

    fn follow_receipt(&self) -> bool {
        self.receipts
            .step(|receipts, (kind, receipt)| receipts.push(kind, receipt))
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

    /// Does what has waited longest; returns whether there was anything. Nothing is being done any
    /// more when there was not.
    fn step(&self, work: impl FnOnce(&mut O, I)) -> bool {
        let mut done = self.done.lock();
        let next = self.waiting.lock().pop_front();
        let Some(item) = next else { return false };
        work(&mut done, item);
        true
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

    /// Returns the root of the transactions, and root and bloom of the receipts.
    pub(super) fn roots(&self) -> (B256, (B256, Bloom)) {
        match &self.ahead {
            // The second thread begins with the transactions.
            Some(ahead) => {
                let receipts = *ahead.receipts.get();
                (*ahead.transactions.get(), receipts)
            }
            None => (
                of_transactions(&self.transactions),
                of_receipts(&self.receipts),
            ),
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
