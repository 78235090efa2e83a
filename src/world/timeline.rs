//! The timeline of a run as plain data: what happens to whom, when, and for how long.

use std::{fmt, sync::Arc, time::Duration};

use alloy_primitives::Bytes;

use super::cast::{ContractRef, TaskCast};
use crate::{
    actors::Conduct,
    amount::Nrlc,
    log::{Record, VerbKind},
    protocol::Name,
    time::Timestamp,
};

/// One entry of the timeline.
#[derive(Clone, Debug)]
pub struct Fault {
    /// When it takes effect.
    pub trigger: Trigger,
    /// What it does.
    pub verb: Verb,
    /// After how long it is undone; only verbs that can be undone heed it.
    pub lasting: Option<Duration>,
    /// The author's note.
    pub note: Option<String>,
}

/// When a fault takes effect.
#[derive(Clone, Debug)]
pub enum Trigger {
    /// At a point in time.
    At(Timestamp),
    /// A while after the `nth` record that matches, counted from 1.
    On {
        /// What is waited for.
        pattern: EventPattern,
        /// Which one counts.
        nth: u64,
        /// How much later.
        after: Duration,
    },
}

/// What a record must look like: an event's name, and whatever else is asked of it.
#[derive(Clone)]
pub struct EventPattern {
    event: String,
    test: Arc<Test>,
}

type Test = dyn Fn(&Record) -> bool + Send + Sync;

impl EventPattern {
    /// Returns the pattern of every event of this name, such as `TaskConsensus`.
    pub fn named(event: impl Into<String>) -> Self {
        Self::new(event, |_| true)
    }

    /// Returns the pattern of events of this name that pass a test.
    pub fn new(
        event: impl Into<String>,
        test: impl Fn(&Record) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self {
            event: event.into(),
            test: Arc::new(test),
        }
    }

    /// Returns the name of the event.
    pub fn event(&self) -> &str {
        &self.event
    }

    /// Returns whether a record looks like this.
    pub fn matches(&self, record: &Record) -> bool {
        record.event.name() == self.event && (self.test)(record)
    }
}

impl fmt::Debug for EventPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EventPattern").field(&self.event).finish()
    }
}

/// What a fault does. Targets are qualified: `worker.w-0`, `pool.main`, `account.alice`, `chain`.
#[derive(Clone, Debug)]
pub enum Verb {
    /// They lose their memory and fall silent. Undone by a restart.
    Crash(Vec<Name>),
    /// They come back with what they had stored.
    Restart(Vec<Name>),
    /// They stop, and miss nothing. Undone by resuming.
    Pause(Vec<Name>),
    /// They go on with everything that came in meanwhile.
    Resume(Vec<Name>),
    /// Workers of the cast that were not there yet come in. Undone by leaving.
    Join(Vec<Name>),
    /// Workers leave for good, whatever they promised.
    Leave(Vec<Name>),
    /// Members of different sides do not reach each other. Undone by healing.
    Partition(Vec<Vec<Name>>),
    /// All partitions end.
    Heal,
    /// Whatever they send or receive is later by this much. Undone.
    Slow {
        /// Whom it concerns.
        targets: Vec<Name>,
        /// By how much.
        by: Duration,
    },
    /// So many of a million messages from and to them are lost. Undone.
    Lose {
        /// Whom it concerns.
        targets: Vec<Name>,
        /// How many of a million.
        per_million: u32,
    },
    /// Their clocks are wrong by so many seconds: ahead when positive. Undone.
    Skew {
        /// Whom it concerns.
        targets: Vec<Name>,
        /// By how much.
        seconds: i64,
    },
    /// Blocks have room for so many transactions only. Undone.
    Crowd(usize),
    /// Gas costs so many wei. Undone.
    GasPrice(u64),
    /// Something all depend on does not answer. Undone.
    Down(Vec<Service>),
    /// The disks of these workers are full. Undone.
    FillDisk(Vec<Name>),
    /// Something of the cast changes. Undone by restoring the old value.
    Set(Setting),
    /// Somebody wants more work done.
    Submit(Vec<TaskCast>),
    /// Requests of these tasks, bare, are withdrawn as far as they wait.
    Cancel(Vec<Name>),
    /// Time jumps ahead by this much, for everybody.
    Warp(Duration),
    /// So many blocks are mined at once.
    Mine(u64),
    /// The newest blocks are replaced by others, and their transactions mined again.
    Reorg(u64),
    /// The chain's head is remembered under a name.
    Snapshot(Name),
    /// The chain returns to the head of that name.
    Restore(Name),
    /// An account calls a contract.
    Call {
        /// Who, qualified.
        from: Name,
        /// Whom.
        to: ContractRef,
        /// With which data.
        data: Bytes,
        /// With how many wei.
        value: u128,
    },
    /// A command of the machine the network lives on; whoever drives the world runs it, or not.
    Shell(Name),
    /// Nothing but a note in the log.
    Note,
}

/// Something outside the network that its members depend on.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// The registry apps are fetched from. Who has fetched an app needs it no more.
    Registry,
    /// The servers inputs and datasets are fetched from.
    Inputs,
    /// The store results are uploaded to.
    Results,
}

impl Service {
    /// Returns the word scenario files use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Inputs => "inputs",
            Self::Results => "results",
        }
    }
}

/// A change of the cast in the middle of a run.
#[derive(Clone, Debug)]
pub enum Setting {
    /// A pool asks another price from now on.
    PoolPrice(Name, Nrlc),
    /// A pool offers so many more tasks from now on, in place of what is left.
    PoolVolume(Name, u64),
    /// An app asks another price from now on.
    AppPrice(Name, Nrlc),
    /// A worker computes at another speed, in thousandths of the usual one.
    WorkerSpeed(Name, u64),
    /// A worker behaves otherwise.
    WorkerConduct(Name, Conduct),
    /// A worker has another score, on the chain too.
    WorkerScore(Name, u64),
}

impl Verb {
    /// Returns which verb it is.
    pub fn kind(&self) -> VerbKind {
        match self {
            Self::Crash(_) => VerbKind::Crash,
            Self::Restart(_) => VerbKind::Restart,
            Self::Pause(_) => VerbKind::PauseActor,
            Self::Resume(_) => VerbKind::Resume,
            Self::Join(_) => VerbKind::Join,
            Self::Leave(_) => VerbKind::Leave,
            Self::Partition(_) => VerbKind::Partition,
            Self::Heal => VerbKind::Heal,
            Self::Slow { .. } => VerbKind::Slow,
            Self::Lose { .. } => VerbKind::Lose,
            Self::Skew { seconds, .. } if *seconds < 0 => VerbKind::Behind,
            Self::Skew { .. } => VerbKind::Ahead,
            Self::Crowd(_) => VerbKind::Crowd,
            Self::GasPrice(_) => VerbKind::GasPrice,
            Self::Down(_) => VerbKind::Down,
            Self::FillDisk(_) => VerbKind::FillDisk,
            Self::Set(_) => VerbKind::Set,
            Self::Submit(_) => VerbKind::Submit,
            Self::Cancel(_) => VerbKind::Cancel,
            Self::Warp(_) => VerbKind::Warp,
            Self::Mine(_) => VerbKind::Mine,
            Self::Reorg(_) => VerbKind::Reorg,
            Self::Snapshot(_) => VerbKind::Snapshot,
            Self::Restore(_) => VerbKind::Restore,
            Self::Call { .. } => VerbKind::Call,
            Self::Shell(_) => VerbKind::Shell,
            Self::Note => VerbKind::Note,
        }
    }

    /// Returns whom it concerns, qualified, or what is done; empty when there is nothing to say.
    pub fn targets(&self) -> Vec<Name> {
        match self {
            Self::Crash(targets)
            | Self::Restart(targets)
            | Self::Pause(targets)
            | Self::Resume(targets)
            | Self::Join(targets)
            | Self::Leave(targets)
            | Self::FillDisk(targets)
            | Self::Lose { targets, .. }
            | Self::Skew { targets, .. }
            | Self::Slow { targets, .. } => targets.clone(),
            Self::Down(services) => services.iter().map(|one| one.as_str().into()).collect(),
            Self::Crowd(_) | Self::GasPrice(_) => vec!["chain".into()],
            Self::Partition(sides) => sides.concat(),
            Self::Set(setting) => vec![setting.told()],
            Self::Submit(tasks) => tasks.iter().map(|task| task.name.of_kind("task")).collect(),
            Self::Cancel(tasks) => tasks.iter().map(|task| task.of_kind("task")).collect(),
            Self::Call { from, .. } => vec![from.clone()],
            Self::Shell(word) | Self::Snapshot(word) | Self::Restore(word) => vec![word.clone()],
            Self::Warp(by) => vec![format!("{} s", by.as_secs_f64()).into()],
            Self::Mine(blocks) | Self::Reorg(blocks) => vec![format!("{blocks} blocks").into()],
            Self::Heal | Self::Note => Vec::new(),
        }
    }
}

impl Setting {
    /// Returns what it changes, as scenario files write it: `pool.main.price`.
    pub fn key(&self) -> Name {
        match self {
            Self::PoolPrice(name, _) => format!("pool.{name}.price"),
            Self::PoolVolume(name, _) => format!("pool.{name}.volume"),
            Self::AppPrice(name, _) => format!("app.{name}.price"),
            Self::WorkerSpeed(name, _) => format!("worker.{name}.speed"),
            Self::WorkerConduct(name, _) => format!("worker.{name}.behaviour"),
            Self::WorkerScore(name, _) => format!("worker.{name}.score"),
        }
        .into()
    }

    /// Returns what it changes, and to what: `pool.main.price = 3 RLC`.
    pub(super) fn told(&self) -> Name {
        let value = match self {
            Self::PoolPrice(_, price) | Self::AppPrice(_, price) => price.to_string(),
            Self::PoolVolume(_, number) | Self::WorkerScore(_, number) => number.to_string(),
            Self::WorkerSpeed(_, permille) => format!("{}x", *permille as f64 / 1000.0),
            Self::WorkerConduct(_, conduct) => conduct.behaviour.name().to_owned(),
        };
        format!("{} = {value}", self.key()).into()
    }
}
