//! Everything that can happen next. Rule: a move is tried whatever the state of the task; it is the
//! hub that refuses.

use std::fmt;

use alloy_primitives::{Address, Bytes};

use super::stage::{Stage, unix};
use crate::protocol::{
    ContributionStatus, TaskStatus,
    model::{Action, Call, Effect, Model},
};

/// The steps of time after which everything can be claimed, and nothing changes any more.
pub(super) const STEPS_MAX: u8 = 11;

/// What a worker votes for.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Vote {
    /// The honest result.
    Truth,
    /// A wrong one; equal numbers are equal lies, from 1.
    Lie(usize),
}

/// Something that happens.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// A worker votes.
    Contribute(usize, Vote),
    /// A worker shows what it voted for.
    Reveal(usize),
    /// The scheduler opens the vote again.
    Reopen,
    /// The scheduler completes the task.
    Finalize,
    /// Somebody claims the task.
    Claim,
    /// One category time passes.
    Wait,
}

/// A state: what the hub holds, and how many category times have passed.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) model: Model,
    pub(super) steps: u8,
}

impl Stage {
    /// Returns what may be tried in a state.
    pub(super) fn moves(&self, state: &State) -> Vec<Move> {
        let mut moves = Vec::new();
        let mut seen = Vec::new();
        for worker in 0..self.workers.len() {
            // Of workers who are equal in all respects, the first stands for all.
            let likeness = self.likeness(state, worker);
            if !self.world.tells_equals_apart && seen.contains(&likeness) {
                continue;
            }
            seen.push(likeness);
            moves.push(Move::Contribute(worker, Vote::Truth));
            if !self.is_honest(worker) {
                let lies = self.lies_worth_telling(state);
                moves.extend((1..=lies).map(|lie| Move::Contribute(worker, Vote::Lie(lie))));
            }
            moves.push(Move::Reveal(worker));
        }
        moves.extend([Move::Reopen, Move::Finalize, Move::Claim]);
        if state.steps < STEPS_MAX && self.may_wait(state) {
            moves.push(Move::Wait);
        }
        moves
    }

    /// Carries out a move; nothing if the hub refuses.
    pub(super) fn play(&self, state: &State, step: Move) -> Option<(State, Vec<Effect>)> {
        let mut next = state.clone();
        let Some((sender, action)) = self.action(state, step) else {
            next.steps += 1;
            return Some((next, Vec::new()));
        };
        let now = unix(state.steps);
        let effects = next.model.apply(Call { sender, now }, &action).ok()?;
        Some((next, effects))
    }

    /// The call of the hub a move is; none for time.
    fn action(&self, state: &State, step: Move) -> Option<(Address, Action)> {
        let task = self.task;
        Some(match step {
            Move::Contribute(worker, vote) => {
                let commitment = self.commitments[worker][vote.index()];
                let permission = self.permissions[worker].clone();
                let action = Action::Contribute {
                    task,
                    commitment,
                    permission,
                };
                (self.workers[worker], action)
            }
            Move::Reveal(worker) => {
                let vote = self.vote(state, worker).unwrap_or(Vote::Truth);
                let digest = self.digests[vote.index()];
                (self.workers[worker], Action::Reveal { task, digest })
            }
            Move::Reopen => (self.scheduler, Action::Reopen { task }),
            Move::Finalize => {
                let (results, results_callback) = (Bytes::new(), Bytes::new());
                let action = Action::Finalize {
                    task,
                    results,
                    results_callback,
                };
                (self.scheduler, action)
            }
            Move::Claim => (self.requester, Action::Claim { task }),
            Move::Wait => return None,
        })
    }

    /// What a worker voted for, if it did.
    pub(super) fn vote(&self, state: &State, worker: usize) -> Option<Vote> {
        let contribution = state.model.contribution(self.task, self.workers[worker]);
        let votes = self.commitments[worker].iter();
        let index = votes
            .into_iter()
            .position(|vote| vote.hash == contribution.hash)?;
        Some(Vote::of(index))
    }

    /// Everything by which a worker differs from others.
    pub(super) fn likeness(&self, state: &State, worker: usize) -> Likeness {
        let address = self.workers[worker];
        let (free, locked) = state.model.account(address);
        let contribution = state.model.contribution(self.task, address);
        Likeness {
            is_honest: self.is_honest(worker),
            status: contribution.status as u8,
            vote: self.vote(state, worker),
            free: free.saturating_to(),
            locked: locked.saturating_to(),
            score: state.model.score(address),
        }
    }

    /// Lies nobody has told are all alike: one of them is enough.
    fn lies_worth_telling(&self, state: &State) -> usize {
        if self.world.tells_equals_apart {
            return self.world.lies;
        }
        let told = (0..self.workers.len()).filter_map(|worker| match self.vote(state, worker) {
            Some(Vote::Lie(lie)) => Some(lie),
            Some(Vote::Truth) | None => None,
        });
        (told.max().unwrap_or(0) + 1).min(self.world.lies)
    }

    /// Honest workers reveal in time, unless they may be late: the deadline waits for them.
    fn may_wait(&self, state: &State) -> bool {
        let Some(task) = state.model.task(self.task) else {
            return true;
        };
        let passes = unix(state.steps + 1) >= task.reveal_deadline;
        if self.world.honest_may_be_late || task.status != TaskStatus::Revealing || !passes {
            return true;
        }
        !(0..self.workers.len()).any(|worker| {
            let vote = state.model.contribution(self.task, self.workers[worker]);
            let must = vote.status == ContributionStatus::Contributed;
            self.is_honest(worker) && must && vote.hash == task.consensus_value
        })
    }
}

/// What two workers have in common that are one to the explorer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Likeness {
    pub(super) is_honest: bool,
    pub(super) status: u8,
    pub(super) vote: Option<Vote>,
    pub(super) free: u64,
    pub(super) locked: u64,
    pub(super) score: u64,
}

impl Vote {
    pub(super) fn index(self) -> usize {
        match self {
            Self::Truth => 0,
            Self::Lie(lie) => lie,
        }
    }

    pub(super) fn of(index: usize) -> Self {
        match index {
            0 => Self::Truth,
            lie => Self::Lie(lie),
        }
    }
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contribute(worker, Vote::Truth) => write!(f, "w-{worker} votes for the truth"),
            Self::Contribute(worker, Vote::Lie(lie)) => write!(f, "w-{worker} votes for lie {lie}"),
            Self::Reveal(worker) => write!(f, "w-{worker} reveals"),
            Self::Reopen => f.write_str("the scheduler opens the vote again"),
            Self::Finalize => f.write_str("the scheduler finalizes"),
            Self::Claim => f.write_str("the requester claims"),
            Self::Wait => f.write_str("one category time passes"),
        }
    }
}
