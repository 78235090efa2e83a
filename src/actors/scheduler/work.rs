//! One task in a scheduler's books: where it stands, who was asked, what they voted.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use alloy_primitives::{Address, B256, Bytes, U256};

use super::Policy;
use crate::{
    amount::Nrlc,
    protocol::{
        DealId, Name, TaskId,
        consensus::{Replica, needs_replica, replicas_needed},
    },
    time::Timestamp,
};

/// Tasks in the order in which they are given to a free worker: begun ones first, then the one
/// whose contributions close earliest, then the oldest.
pub(super) type Urgency = (bool, Timestamp, u64, Name);

/// Tasks that need a worker, by urgency; a task keeps the place it came in with.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting {
    order: BTreeSet<Urgency>,
    places: BTreeMap<Name, Urgency>,
}

impl Waiting {
    pub(super) fn insert(&mut self, urgency: Urgency) {
        let task = urgency.3.clone();
        self.remove(&task);
        self.order.insert(urgency.clone());
        self.places.insert(task, urgency);
    }

    pub(super) fn remove(&mut self, task: &Name) {
        if let Some(urgency) = self.places.remove(task) {
            self.order.remove(&urgency);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Returns the tasks, most urgent first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Name> {
        self.order.iter().map(|(.., task)| task)
    }
}

/// A task this scheduler sold.
#[derive(Clone, Debug)]
pub(super) struct Work {
    pub(super) name: Name,
    pub(super) id: TaskId,
    pub(super) deal: DealId,
    pub(super) index: u64,
    pub(super) sequence: u64,
    pub(super) trust: U256,
    pub(super) worker_stake: Nrlc,
    /// The enclave it is computed in; zero for none.
    pub(super) enclave: Address,
    /// The unit of all its deadlines.
    pub(super) unit: Duration,
    pub(super) contribution_deadline: Timestamp,
    pub(super) final_deadline: Timestamp,
    pub(super) phase: Phase,
    pub(super) asked: Vec<Asked>,
    pub(super) result: Option<Uploaded>,
}

/// Where a task stands, as far as its scheduler knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Sold, and too late to begin, by this scheduler's clock.
    Late,
    /// Sold; its beginning is on its way to the chain.
    Received,
    /// Votes are collected.
    Active,
    /// A result won; winners show it.
    Revealing(Reveal),
    /// It is being opened again.
    Reopening,
    /// Its end is on its way to the chain.
    Finalizing,
}

/// The time of revealing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reveal {
    pub(super) consensus: B256,
    pub(super) winners: u64,
    pub(super) deadline: Timestamp,
    /// Who revealed, qualified.
    pub(super) revealed: Vec<Name>,
    /// Who was asked to upload, most recent last.
    pub(super) uploaders: Vec<Name>,
}

/// A result that can be fetched.
#[derive(Clone, Debug)]
pub(super) struct Uploaded {
    pub(super) link: String,
    pub(super) callback: Bytes,
}

/// A worker that was asked.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// Its qualified name.
    pub(super) worker: Name,
    pub(super) address: Address,
    /// The weight of its vote.
    pub(super) weight: u64,
    pub(super) at: Timestamp,
    pub(super) heard: Timestamp,
    pub(super) answer: Answer,
    /// How often it was asked before.
    pub(super) attempts: u32,
    /// Whether a timer runs until it should have been heard of.
    pub(super) is_watched: bool,
}

/// What became of asking.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Nothing yet.
    None,
    /// It took the task.
    Working,
    /// It voted.
    Voted(B256),
    /// It had won, nobody revealed, its vote is void.
    Rejected,
    /// It will not vote.
    Failed,
    /// It cannot vote now; from then on it may be asked again.
    Later(Timestamp),
    /// It fell silent, had no room, or has forgotten the task; it may be asked again.
    Lost,
}

impl Answer {
    /// Whether nothing is awaited now, and the worker may be asked again.
    fn is_open(self) -> bool {
        matches!(self, Self::Later(_) | Self::Lost)
    }
}

impl Work {
    pub(super) fn urgency(&self) -> Urgency {
        let has_begun = self
            .asked
            .iter()
            .any(|asked| asked.answer != Answer::Failed && !asked.answer.is_open());
        let deadline = self.contribution_deadline;
        (!has_begun, deadline, self.sequence, self.name.clone())
    }

    pub(super) fn asked(&self, worker: &Name) -> Option<&Asked> {
        self.asked.iter().find(|asked| asked.worker == *worker)
    }

    /// Whether a worker was not asked yet, or may be asked again.
    pub(super) fn may_ask(&self, policy: Policy, worker: &Name, now: Timestamp) -> bool {
        match (self.asked(worker).map(|asked| asked.answer), policy) {
            (Some(Answer::Lost), _) => true,
            (Some(Answer::Later(then)), _) => then <= now,
            (Some(_), _) => false,
            (None, Policy::JustEnough | Policy::All) => true,
            (None, Policy::Fixed(number)) => self.asked.len() < self.fixed(number),
        }
    }

    /// How many workers are asked where that is fixed.
    fn fixed(&self, number: Option<u32>) -> usize {
        match number {
            Some(number) => number as usize,
            None => replicas_needed(self.trust, &[]),
        }
    }

    pub(super) fn asked_mut(&mut self, worker: &Name) -> Option<&mut Asked> {
        self.asked.iter_mut().find(|asked| asked.worker == *worker)
    }

    /// Whether one more worker should be asked now.
    pub(super) fn needs_worker(&self, policy: Policy, now: Timestamp) -> bool {
        if self.phase != Phase::Active || now >= self.contribution_deadline {
            return false;
        }
        match policy {
            Policy::JustEnough => needs_replica(self.trust, &self.counted(now)),
            Policy::All => true,
            // The same ones again, never more.
            Policy::Fixed(number) => {
                let gone = self.asked.iter().filter(|asked| asked.answer.is_open());
                self.asked.len() - gone.count() < self.fixed(number)
            }
        }
    }

    /// Votes, and those still expected: asked less than one unit of time ago.
    fn counted(&self, now: Timestamp) -> Vec<Replica> {
        let replica = |asked: &Asked| {
            let vote = match asked.answer {
                Answer::Voted(hash) => Some(hash),
                Answer::None | Answer::Working if now - asked.at < self.unit => None,
                Answer::None
                | Answer::Working
                | Answer::Rejected
                | Answer::Failed
                | Answer::Later(_)
                | Answer::Lost => return None,
            };
            let weight = asked.weight;
            Some(Replica { weight, vote })
        };
        self.asked.iter().filter_map(replica).collect()
    }

    pub(super) fn reveal_mut(&mut self) -> Option<&mut Reveal> {
        match &mut self.phase {
            Phase::Revealing(reveal) => Some(reveal),
            Phase::Late
            | Phase::Received
            | Phase::Active
            | Phase::Reopening
            | Phase::Finalizing => None,
        }
    }

    /// Workers whose vote is for `hash`, qualified.
    pub(super) fn voters(&self, hash: B256) -> impl Iterator<Item = &Name> {
        let voted = move |asked: &&Asked| asked.answer == Answer::Voted(hash);
        self.asked.iter().filter(voted).map(|asked| &asked.worker)
    }

    /// Workers from whom a vote may still come, qualified.
    pub(super) fn at_work(&self) -> impl Iterator<Item = &Name> {
        let busy = |asked: &&Asked| matches!(asked.answer, Answer::None | Answer::Working);
        self.asked.iter().filter(busy).map(|asked| &asked.worker)
    }
}
