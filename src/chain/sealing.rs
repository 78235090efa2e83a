//! What a block's header says of an execution, computed while the execution goes on.
//!
//! Steps are taken in the order they come, by the second thread as far as it gets, and the rest by
//! whoever needs the result. What comes out does not depend on who took them.

use std::{collections::VecDeque, mem, sync::Arc};

use alloy_consensus::{
    Receipt, ReceiptEnvelope, TxType,
    proofs::{calculate_receipt_root, calculate_transaction_root},
    transaction::Recovered,
};
use alloy_primitives::{B256, Bloom};
use alloy_trie::EMPTY_ROOT_HASH;
use parking_lot::Mutex;

use super::{
    block::Transaction,
    execute::enveloped,
    state::{Apart, Written},
};
use crate::ahead::{Ahead, aside};

/// From how many transactions on a second thread computes what it can.
pub(super) const MANY_TRANSACTIONS: usize = 8;

/// How many steps wait before the second thread is asked to take some: to wake it costs as much as
/// a step.
const WAITING: usize = 4;

/// The work that follows a block's execution.
#[derive(Debug, Default)]
pub(super) struct Sealing(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<VecDeque<Step>>,
    done: Mutex<Sealed>,
}

/// One executed transaction.
#[derive(Debug)]
struct Step {
    kind: TxType,
    receipt: Receipt,
    written: Vec<Written>,
}

/// What came of the steps taken.
#[derive(Debug, Default)]
pub(super) struct Sealed {
    /// Of every transaction, with blooms.
    pub(super) receipts: Vec<ReceiptEnvelope>,
    /// Storage tries to give back to the state.
    pub(super) tries: Apart,
}

impl Sealing {
    /// Follows one transaction.
    pub(super) fn follow(&self, kind: TxType, receipt: Receipt, written: Vec<Written>) {
        let step = Step {
            kind,
            receipt,
            written,
        };
        let count = {
            let mut waiting = self.0.waiting.lock();
            waiting.push_back(step);
            waiting.len()
        };
        if count.is_multiple_of(WAITING) {
            let shared = Arc::clone(&self.0);
            aside(move || shared.catch_up());
        }
    }

    /// Takes the steps that are left and returns what came of all.
    pub(super) fn finish(self) -> Sealed {
        self.0.catch_up();
        mem::take(&mut *self.0.done.lock())
    }
}

impl Shared {
    fn catch_up(&self) {
        let mut done = self.done.lock();
        loop {
            // Whoever executes must not wait for a step.
            let next = self.waiting.lock().pop_front();
            let Some(step) = next else { return };
            done.receipts.push(enveloped(step.kind, step.receipt));
            done.tries.follow(step.written);
        }
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
