//! Those who take part, as the log tells of them: workers, pools, accounts, apps and datasets.

use serde::{Deserialize, Serialize};

use super::since::{Sourced, Sources};
use crate::{
    amount::{Nrlc, NrlcChange},
    protocol::Name,
    time::Timestamp,
};

/// What a worker is doing.
#[derive(
    Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum WorkerState {
    /// Waiting for work.
    #[default]
    Idle,
    /// Running at least one task.
    Computing,
    /// Stopped by the timeline, memory kept.
    Paused,
    /// Fallen silent, memory lost.
    Crashed,
    /// Gone for good.
    Left,
}

impl WorkerState {
    /// Returns the state as scenarios spell it: `idle`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Computing => "computing",
            Self::Paused => "paused",
            Self::Crashed => "crashed",
            Self::Left => "left",
        }
    }
}

/// A worker. Its stake and locked money are those of the account `worker.<name>`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct WorkerView {
    /// The group it is a member of.
    pub group: Option<Name>,
    /// The pool it works for.
    pub pool: Option<Name>,
    /// How it behaves.
    pub behaviour: String,
    /// Its score.
    pub score: u64,
    /// The record that last changed the score.
    pub score_since: u64,
    /// Every score it had, with the time from which it had it.
    pub scores: Vec<(Timestamp, u64)>,
    /// Rewards minus seizures.
    pub earned: NrlcChange,
    /// What was seized from it.
    pub slashed: Nrlc,
    /// The record that last changed `earned` or `slashed`.
    pub earned_since: u64,
    /// Votes cast.
    pub contributions: u64,
    /// Votes revealed.
    pub reveals: u64,
    /// The tasks it is computing now.
    pub running: Vec<Name>,
    /// Silent, paused or gone, if it is; see [`WorkerView::state`].
    pub away: Option<WorkerState>,
    /// The record that last changed anything above.
    pub since: u64,
    /// The records its values come from.
    #[serde(skip)]
    sources: Sources<6>,
}

impl WorkerView {
    /// Returns what the worker is doing.
    pub fn state(&self) -> WorkerState {
        match self.away {
            Some(away) => away,
            None if self.running.is_empty() => WorkerState::Idle,
            None => WorkerState::Computing,
        }
    }
}

/// A workerpool.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PoolView {
    /// Its owner, qualified.
    pub owner: Option<Name>,
    /// Stake asked of a worker, in percent of the price.
    pub worker_stake: u64,
    /// Share of the reward the scheduler keeps, in percent.
    pub fee: u64,
    /// Rewards minus seizures for the tasks it took on.
    pub earned: NrlcChange,
    /// Tasks it took on.
    pub sold: u64,
    /// Transactions of its owner that the chain reverted.
    pub reverted: u64,
    /// The record that last changed anything above.
    pub since: u64,
    /// The records its values come from.
    #[serde(skip)]
    sources: Sources<3>,
}

/// An application or a dataset.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ResourceView {
    /// Its owner, qualified.
    pub owner: Option<Name>,
    /// Its price per task when it was registered.
    pub price: Nrlc,
    /// Its price at each finalized task that used it, summed.
    pub earned: NrlcChange,
    /// Finalized tasks that used it.
    pub tasks: u64,
    /// The record that last changed anything above.
    pub since: u64,
    /// The records its values come from.
    #[serde(skip)]
    sources: Sources<1>,
}

/// An account of the hub.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AccountView {
    /// Money free to use.
    pub stake: Nrlc,
    /// Money set aside.
    pub locked: Nrlc,
    /// What its tasks cost it. Refunds are never spent.
    pub spent: Nrlc,
    /// Rewards of every role minus stakes lost.
    pub earned: NrlcChange,
    /// Deposits minus withdrawals and transfers.
    pub deposited: NrlcChange,
    /// The record that last changed anything above.
    pub since: u64,
    /// The records its values come from.
    #[serde(skip)]
    sources: Sources<4>,
}

impl AccountView {
    /// Moves `amount` from free to set aside.
    pub(super) fn lock(&mut self, amount: Nrlc) {
        self.stake = less(self.stake, amount);
        self.locked = self.locked.saturating_add(amount);
    }

    /// Moves `amount` from set aside to free.
    pub(super) fn unlock(&mut self, amount: Nrlc) {
        self.locked = less(self.locked, amount);
        self.stake = self.stake.saturating_add(amount);
    }

    /// Adds `amount` from outside the hub or from another account.
    pub(super) fn receive(&mut self, amount: Nrlc) {
        self.stake = self.stake.saturating_add(amount);
        self.deposited = self.deposited.gain(amount);
    }

    /// Takes `amount` out of the hub or to another account.
    pub(super) fn give(&mut self, amount: Nrlc) {
        self.stake = less(self.stake, amount);
        self.deposited = self.deposited.lose(amount);
    }
}

impl Sourced<6> for WorkerView {
    const FIELDS: [&'static str; 6] = [
        "score",
        "contributions",
        "reveals",
        "state",
        "earned",
        "slashed",
    ];

    fn readings(&self) -> [i128; 6] {
        [
            self.score.into(),
            self.contributions.into(),
            self.reveals.into(),
            self.state() as i128,
            self.earned.0.into(),
            self.slashed.0.into(),
        ]
    }

    fn sources(&self) -> &Sources<6> {
        &self.sources
    }

    fn sources_mut(&mut self) -> &mut Sources<6> {
        &mut self.sources
    }
}

impl Sourced<3> for PoolView {
    const FIELDS: [&'static str; 3] = ["earned", "sold", "reverted"];

    fn readings(&self) -> [i128; 3] {
        [self.earned.0.into(), self.sold.into(), self.reverted.into()]
    }

    fn sources(&self) -> &Sources<3> {
        &self.sources
    }

    fn sources_mut(&mut self) -> &mut Sources<3> {
        &mut self.sources
    }
}

impl Sourced<1> for ResourceView {
    const FIELDS: [&'static str; 1] = ["earned"];

    fn readings(&self) -> [i128; 1] {
        [self.earned.0.into()]
    }

    fn sources(&self) -> &Sources<1> {
        &self.sources
    }

    fn sources_mut(&mut self) -> &mut Sources<1> {
        &mut self.sources
    }
}

impl Sourced<4> for AccountView {
    const FIELDS: [&'static str; 4] = ["stake", "locked", "spent", "earned"];

    fn readings(&self) -> [i128; 4] {
        [
            self.stake.0.into(),
            self.locked.0.into(),
            self.spent.0.into(),
            self.earned.0.into(),
        ]
    }

    fn sources(&self) -> &Sources<4> {
        &self.sources
    }

    fn sources_mut(&mut self) -> &mut Sources<4> {
        &mut self.sources
    }
}

/// Subtracts down to zero: a log that takes more than there is breaks an invariant, which is
/// reported by those who watch the chain, and must still be readable.
pub(super) fn less(amount: Nrlc, by: Nrlc) -> Nrlc {
    Nrlc(amount.0.saturating_sub(by.0))
}
