//! What PoCo promises, each with what it assumes. Rule: a promise without a condition is checked at
//! every move; one with a condition says what it is, and is checked where it is not given, too.

use std::fmt;

use alloy_primitives::U256;

use super::{SmallWorld, Vote, moves::State, stage::Stage};
use crate::protocol::{
    ContributionStatus, Task, TaskStatus,
    model::{Effect, Model},
};

/// A promise of the protocol.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Promise {
    /// Deposits neither appear nor vanish, and the hub holds exactly what is locked.
    RlcConserved,
    /// A task that is completed or failed never changes, and neither does any balance because of it.
    FinalIsFinal,
    /// The payer pays the price once for a completed task and gets all back for a failed one; what is
    /// paid out is the price and the seized stakes, to everybody once.
    NoDoublePay,
    /// No worker is paid that did not reveal.
    NoPayWithoutReveal,
    /// From everywhere there is a way to a state in which nothing is locked but the kitty.
    NoStuckFunds,
    /// An honest worker never ends with less than it began with.
    NoHonestLoss,
    /// A task is not completed with a lie.
    NoLieWins,
}

impl Promise {
    /// All promises.
    pub const ALL: [Self; 7] = [
        Self::RlcConserved,
        Self::FinalIsFinal,
        Self::NoDoublePay,
        Self::NoPayWithoutReveal,
        Self::NoStuckFunds,
        Self::NoHonestLoss,
        Self::NoLieWins,
    ];

    /// Returns the promise in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::RlcConserved => "RLC is conserved",
            Self::FinalIsFinal => "final is final",
            Self::NoDoublePay => "nobody pays or is paid twice",
            Self::NoPayWithoutReveal => "nobody is paid without a reveal",
            Self::NoStuckFunds => "no funds are stuck",
            Self::NoHonestLoss => "no honest worker loses",
            Self::NoLieWins => "no lie wins",
        }
    }

    /// Returns why the promise is not given in this world; nothing when it is.
    pub fn excuse(self, world: &SmallWorld) -> Option<String> {
        let (liars, trust) = (world.liars, world.trust);
        let weight = format!("{liars} who agree weigh 2^{liars} at a trust of {trust}");
        let late = "honest workers may miss the deadline of their reveal";
        match self {
            Self::RlcConserved
            | Self::FinalIsFinal
            | Self::NoDoublePay
            | Self::NoPayWithoutReveal
            | Self::NoStuckFunds => None,
            Self::NoHonestLoss if world.honest_may_be_late => Some(late.to_owned()),
            Self::NoHonestLoss => world.honest_can_lose().then_some(weight),
            Self::NoLieWins => world.lie_can_win().then_some(weight),
        }
    }

    /// Returns what the promise assumes; nothing when it is given always.
    pub fn condition(self) -> Option<&'static str> {
        match self {
            Self::RlcConserved
            | Self::FinalIsFinal
            | Self::NoDoublePay
            | Self::NoPayWithoutReveal
            | Self::NoStuckFunds => None,
            Self::NoHonestLoss => Some(
                "if it reveals in time, and 2^liars is at most 3 x (trust - 1) or the trust at most 2",
            ),
            Self::NoLieWins => Some("if 2^liars is at most trust - 1"),
        }
    }
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// A move that was made.
pub(super) struct Step<'a> {
    pub(super) before: &'a State,
    pub(super) after: &'a State,
    pub(super) effects: &'a [Effect],
}

impl Stage {
    /// Returns every promise a move breaks.
    pub(super) fn broken_by(&self, step: &Step<'_>) -> Vec<Promise> {
        let (before, after) = (
            self.task_of(&step.before.model),
            self.task_of(&step.after.model),
        );
        let model = &step.after.model;
        let is_over = after.status.is_final() && !before.status.is_final();
        let mut broken = Vec::new();
        let mut check = |promise, holds: bool| {
            if !holds {
                broken.push(promise);
            }
        };
        check(Promise::RlcConserved, self.is_conserved(model));
        let changes_nothing = before == after && step.effects.is_empty();
        check(
            Promise::FinalIsFinal,
            !before.status.is_final() || changes_nothing,
        );
        check(Promise::NoPayWithoutReveal, self.paid_have_revealed(step));
        if is_over {
            check(Promise::NoDoublePay, self.is_paid_once(&after, step));
            check(Promise::NoHonestLoss, self.honest_have_theirs(model));
            check(Promise::NoLieWins, !self.is_lie(&after));
        }
        broken
    }

    fn task_of(&self, model: &Model) -> Task {
        model.task(self.task).cloned().unwrap_or_default()
    }

    fn is_conserved(&self, model: &Model) -> bool {
        let (free, locked) = model.sums();
        let held = model.account(model.domain().hub()).0;
        model.total_supply() == self.supply && free == self.supply && held == locked
    }

    fn paid_have_revealed(&self, step: &Step<'_>) -> bool {
        let model = &step.after.model;
        step.effects.iter().all(|effect| {
            let Effect::Reward { account, .. } = effect else {
                return true;
            };
            let vote = model.contribution(self.task, *account);
            !self.workers.contains(account) || vote.status == ContributionStatus::Proved
        })
    }

    /// Looks at the money of a task that has just ended.
    fn is_paid_once(&self, task: &Task, step: &Step<'_>) -> bool {
        let model = &step.after.model;
        let (free, locked) = model.account(self.requester);
        let is_completed = task.status == TaskStatus::Completed;
        let cost = if is_completed {
            self.price()
        } else {
            U256::ZERO
        };
        let (mut seized, mut paid, mut workers) = (U256::ZERO, U256::ZERO, Vec::new());
        for effect in step.effects {
            if let Effect::Seize { amount, .. } = effect {
                seized += amount;
            }
            if let Effect::Reward {
                account, amount, ..
            } = effect
            {
                paid += amount;
                workers.extend(self.workers.contains(account).then_some(*account));
            }
        }
        let rewards = workers.len();
        workers.sort();
        workers.dedup();
        free + cost == self.deposit()
            && locked.is_zero()
            && seized == paid
            && workers.len() == rewards
    }

    fn honest_have_theirs(&self, model: &Model) -> bool {
        let honest = (0..self.workers.len()).filter(|worker| self.is_honest(*worker));
        let mut accounts = honest.map(|worker| model.account(self.workers[worker]));
        accounts.all(|(free, locked)| free + locked >= self.deposit())
    }

    fn is_lie(&self, task: &Task) -> bool {
        let truth = self.commitments[0][Vote::Truth.index()].hash;
        task.status == TaskStatus::Completed && task.consensus_value != truth
    }

    /// Tells whether nothing is locked any more, the kitty aside.
    pub(super) fn is_settled(&self, state: &State) -> bool {
        let kitty = state.model.account(state.model.rules().kitty_address).1;
        state.model.sums().1 == kitty
    }
}
