//! An actor's window on the world: what it can see, and the only ways it can act.

use std::{sync::Arc, time::Duration};

use alloy_primitives::Address;

use super::{Call, Message, Spread};
use crate::{
    amount::Nrlc,
    executor::Outcome,
    log::Event,
    protocol::{Contribution, Deal, DealId, Name, Task, TaskId},
    seed::Stream,
    services::{Market, MarketOrder},
    time::Timestamp,
};

/// What can be read from the hub, as of the newest block.
pub trait Ledger {
    /// Returns what `account` may spend, and what is set aside, in the hub.
    fn balance(&self, account: Address) -> Balance;

    /// Returns what is known of a task; the default when there is none.
    fn task(&self, task: TaskId) -> Task;

    /// Returns what is known of a deal; the default when there is none.
    fn deal(&self, deal: DealId) -> Deal;

    /// Returns what `worker` contributed to `task`.
    fn contribution(&self, task: TaskId, worker: Address) -> Contribution;

    /// Returns the score of `worker`.
    fn score(&self, worker: Address) -> u64;

    /// Returns the time of the newest block, in Unix seconds.
    fn time(&self) -> u64;

    /// Whether blocks of this chain may be taken back: then nothing is over for good.
    fn may_be_taken_back(&self) -> bool;
}

/// An account of the hub.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// What it may spend.
    pub free: Nrlc,
    /// What is set aside.
    pub locked: Nrlc,
}

/// Chooses what a later answer belongs to; chosen by the actor, returned as it is.
pub type Token = u64;

/// A transaction an actor wants mined.
#[derive(Clone, Debug)]
pub struct Submission {
    /// What is called.
    pub call: Call,
    /// The task it is about, if any.
    pub task: Option<Name>,
    /// Whether its sender takes a revert into account.
    pub may_fail: bool,
    /// Returned with [`Input::Mined`](super::Input::Mined).
    pub token: Token,
}

/// How a worker computes.
#[derive(Copy, Clone, Debug)]
pub struct Pace {
    /// How long it takes whatever the app says.
    pub fixed: Option<Spread>,
    /// Its speed, in thousandths of the usual one.
    pub speed_permille: u64,
    /// By how much it takes longer than it could, in thousandths.
    pub stretch_permille: u64,
}

impl Pace {
    /// Returns how long work takes that takes `usual` at usual speed.
    pub fn apply(&self, usual: Duration) -> Duration {
        let slower = u128::from(self.stretch_permille.max(1)) * usual.as_millis();
        let spent = slower / u128::from(self.speed_permille.max(1));
        Duration::from_millis(u64::try_from(spent).unwrap_or(u64::MAX))
    }
}

/// What an actor asks the world to do. The world alone carries it out.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Send a message to an actor.
    Send {
        /// Its qualified name.
        to: Name,
        /// What is said.
        message: Message,
    },
    /// Sign and submit a transaction.
    Submit(Submission),
    /// Run the task's program.
    Execute {
        /// The task.
        task: Name,
        /// How fast.
        pace: Pace,
    },
    /// Wake this actor with this timer.
    WakeAt {
        /// When.
        at: Timestamp,
        /// Returned with [`Input::Timer`](super::Input::Timer).
        timer: super::Timer,
    },
    /// Put a fact into the log.
    Record(Event),
    /// From now on tell this actor what the chain says of the task.
    Watch {
        /// The task.
        task: Name,
        /// Whether it wants to hear of every vote, too.
        votes: bool,
    },
    /// No longer.
    Unwatch(Name),
    /// Put an order into the book.
    Publish(Box<MarketOrder>),
    /// Take an order out of the book.
    Withdraw(alloy_primitives::B256),
    /// This task is given up before anybody was asked to do it.
    Forgo(Name),
    /// A request order stands for this task: the names its deal's tasks will have.
    Announce {
        /// The task.
        task: Name,
        /// The request order's hash.
        request: alloy_primitives::B256,
    },
    /// Store a result where the requester can fetch it.
    Upload {
        /// Of which task.
        task: Name,
        /// What there is to store; none when the worker has nothing to show.
        outcome: Option<Arc<Outcome>>,
    },
    /// Lose all memory and fall silent.
    Crash {
        /// After how long it comes back, if ever.
        back_after: Option<Duration>,
    },
    /// Open a fresh account with what is left of the old one's deposit.
    ChangeIdentity,
}

/// An actor's window on the world for the length of one input.
pub struct Context<'a> {
    /// The time of the run.
    pub now: Timestamp,
    /// The chain's clock when the run began, in Unix seconds.
    pub start: u64,
    /// The actor's own qualified name.
    pub me: &'a Name,
    /// The hub, read-only: writing goes through [`Context::submit`].
    pub hub: &'a dyn Ledger,
    /// The order book, read-only: writing goes through [`Context::publish`].
    pub book: &'a Market,
    /// The actor's own stream of chance.
    pub stream: &'a mut Stream,
    pub(crate) effects: &'a mut Vec<Effect>,
}

impl<'a> Context<'a> {
    /// Returns a window whose effects are collected in `effects`.
    pub fn new(
        (now, start): (Timestamp, u64),
        me: &'a Name,
        (hub, book): (&'a dyn Ledger, &'a Market),
        stream: &'a mut Stream,
        effects: &'a mut Vec<Effect>,
    ) -> Self {
        Self {
            now,
            start,
            me,
            hub,
            book,
            stream,
            effects,
        }
    }

    /// Returns the moment of the run at which the chain's clock shows `unix` seconds.
    pub fn moment(&self, unix: u64) -> Timestamp {
        Timestamp::from_secs(unix.saturating_sub(self.start))
    }

    /// Returns the actor's name without its kind, as events want it.
    pub fn bare(&self) -> Name {
        self.me
            .split_kind()
            .map_or_else(|| self.me.clone(), |(_, bare)| Name::from(bare))
    }

    /// Sends a message to another actor.
    pub fn send(&mut self, to: &Name, message: Message) {
        let to = to.clone();
        self.effects.push(Effect::Send { to, message });
    }

    /// Submits a transaction; the answer is an [`Input::Mined`](super::Input::Mined).
    pub fn submit(&mut self, submission: Submission) {
        self.effects.push(Effect::Submit(submission));
    }

    /// Runs a task's program; the answer is an [`Input::Executed`](super::Input::Executed).
    pub fn execute(&mut self, task: Name, pace: Pace) {
        self.effects.push(Effect::Execute { task, pace });
    }

    /// Asks to be woken at `at`, or at once if that is past.
    pub fn wake_at(&mut self, at: Timestamp, timer: super::Timer) {
        self.effects.push(Effect::WakeAt { at, timer });
    }

    /// Puts a fact into the log.
    pub fn record(&mut self, event: Event) {
        self.effects.push(Effect::Record(event));
    }

    /// Asks to be told what the chain says of `task`, and whether of every vote on it.
    pub fn watch(&mut self, task: &Name, votes: bool) {
        let task = task.clone();
        self.effects.push(Effect::Watch { task, votes });
    }

    /// Asks not to be told any more.
    pub fn unwatch(&mut self, task: &Name) {
        self.effects.push(Effect::Unwatch(task.clone()));
    }

    /// Puts an order into the book.
    pub fn publish(&mut self, order: MarketOrder) {
        self.effects.push(Effect::Publish(Box::new(order)));
    }

    /// Asks for anything else.
    pub fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }
}
