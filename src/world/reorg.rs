//! Blocks that are taken back. Rule: the log keeps what happened and counts what the chain still
//! has; the books are folded anew from that, and actors hear of it as they hear of any transaction
//! that failed.

use std::{collections::HashMap, sync::Arc};

use alloy_primitives::{TxHash, keccak256};

use super::{World, directory::TaskState, mining::InFlight};
use crate::{
    actors::{Input, Ledger as _},
    chain::Block,
    log::Event,
    protocol::{Name, TaskStatus},
};

/// Of how many blocks the state is kept for a return; the chain keeps a few more.
const DEPTH_MAX: u64 = 500;

/// What a world remembers for the sake of blocks that may be taken back.
#[derive(Clone, Debug, Default)]
pub(super) struct Past {
    /// Whether anything may be: only then transactions are remembered.
    pub(super) is_kept: bool,
    /// Transactions of actors that are in blocks.
    mined: HashMap<TxHash, InFlight>,
    /// Transactions that are in a block for the second time.
    again: HashMap<TxHash, InFlight>,
    /// Heights to return to, by name.
    marks: HashMap<Name, u64>,
    /// The height at which the run began.
    pub(super) beginning: u64,
}

impl Past {
    /// Notes that a transaction is in a block.
    pub(super) fn note(&mut self, hash: TxHash, in_flight: &InFlight) {
        if self.is_kept {
            self.mined.insert(hash, in_flight.clone());
        }
    }

    /// Takes out a transaction that was in a block before, and whose sender knows of it.
    pub(super) fn again(&mut self, hash: &TxHash) -> Option<InFlight> {
        let again = self.again.remove(hash)?;
        self.mined.insert(*hash, again.clone());
        Some(again)
    }
}

impl World {
    /// Remembers the head under a name.
    pub(super) fn mark(&mut self, name: &Name) {
        self.past.marks.insert(name.clone(), self.chain.height());
    }

    /// The chain returns to a head that was remembered; transactions since have never been.
    pub(super) fn return_to(&mut self, name: &Name) {
        let Some(mark) = self.past.marks.get(name).copied() else {
            return;
        };
        let undone = self.take_back(self.chain.height().saturating_sub(mark));
        for block in &undone {
            for transaction in block.transactions.iter().rev() {
                let sent = self.past.mined.remove(transaction.inner().tx_hash());
                // Everybody looks at their tasks again; of what is about none, only its sender knows.
                if let Some(sent) = sent.filter(|sent| sent.task().is_none()) {
                    self.conclude(sent, Some("the chain has taken it back".to_owned()));
                }
            }
        }
        if !undone.is_empty() {
            self.tell_taken_back();
        }
    }

    /// Tells everybody to look at the chain again.
    fn tell_taken_back(&mut self) {
        for to in 0..self.slots.len() {
            self.tell_from_chain(to, Input::TakenBack);
        }
    }

    /// The newest blocks are replaced by as many others. The last of them has all transactions of
    /// the old ones, in their order.
    pub(super) fn reorganise(&mut self, depth: u64) {
        let undone = self.take_back(depth);
        let Some(newest) = undone.first().cloned() else {
            return;
        };
        let mut transactions = Vec::new();
        for (place, old) in undone.iter().rev().enumerate() {
            transactions.extend(old.transactions.iter().cloned());
            for transaction in &old.transactions {
                let hash = *transaction.inner().tx_hash();
                if let Some(sent) = self.past.mined.remove(&hash) {
                    self.past.again.insert(hash, sent);
                }
            }
            // Other blocks than before, even when they hold the same.
            self.chain.set_next_randomness(keccak256(old.hash));
            if place + 1 < undone.len() {
                let (empty, _) = self.chain.mine_with(old.timestamp(), Vec::new());
                self.take_in(&empty);
            }
        }
        let at = self.unix().max(newest.timestamp());
        let (block, _) = self.chain.mine_with(at, transactions);
        self.take_in(&block);
        // Everything in it has another time than before: what was due later, or in time, may not be.
        self.tell_taken_back();
    }

    /// Takes back so many blocks, none of those from before the run; returns them, newest first.
    fn take_back(&mut self, depth: u64) -> Vec<Arc<Block>> {
        let since = self.chain.height().saturating_sub(self.past.beginning);
        let depth = depth.min(since).min(DEPTH_MAX);
        let Ok(undone) = self.chain.rollback(depth) else {
            return Vec::new();
        };
        if undone.is_empty() {
            return undone;
        }
        // The same deal may be made anew at another time.
        self.deals.clear();
        self.append(None, Event::ChainReorganised { depth });
        self.restore_scores();
        self.economy.refold(self.log.records());
        self.reopen_tasks();
        undone
    }

    /// Scores as the hub has them now. Those workers came with are set by hand, and a return to the
    /// beginning undoes that.
    fn restore_scores(&mut self) {
        if self.chain.height() == self.past.beginning {
            let cast = Arc::clone(&self.cast);
            // What could be set once can be set again.
            let _ = self.set_scores(&cast);
        }
        for (worker, score) in self.scores.clone() {
            let address = self.directory.address(&worker.of_kind("worker"));
            let now = address.map_or(score, |address| self.hub().score(address));
            self.scores.insert(worker, now);
        }
    }

    /// Tasks that were over and are not any more are wanted again.
    fn reopen_tasks(&mut self) {
        for task in self.directory.over() {
            let id = self.directory.task(&task).and_then(|record| record.id);
            let status = id.map(|id| self.hub().task(id).status);
            let is_over = matches!(status, Some(TaskStatus::Completed | TaskStatus::Failed));
            if let Some(record) = self.directory.task_mut(&task)
                && !is_over
            {
                record.state = TaskState::Wanted;
                self.open_tasks += 1;
            }
        }
    }
}
