//! The timeline: what happens when.

use std::time::Duration;

use super::{Call, Changes, Wei};
use crate::{
    log::VerbKind,
    protocol::Name,
    scenario::{
        document::{table, words},
        expect::EventPattern,
        unit::Percent,
    },
};

table! {
    /// An entry of the timeline: a moment (`time` or `on`), at most one verb, and how it is told.
    "[[at]]"
    pub struct At {
        /// When, from the start of the run.
        time: Option<Duration> = None,
        /// Upon which event.
        on: Option<EventPattern> = None,
        /// Which of these events counts, from 1.
        nth: u64 = 1,
        /// How long after the event.
        after: Duration = Duration::ZERO,
        /// These lose their memory and fall silent; `for` restarts them. Who is down already stays as
        /// it is, a pause ends with the memory of it, and the first restart counts, whichever entry it
        /// belongs to. Entries of the same moment happen in the order of the file.
        crash: Option<Vec<Name>> = None,
        /// These come back with what they had stored; nothing happens to who is not down.
        restart: Option<Vec<Name>> = None,
        /// These stop, and miss nothing; `for` lets them go on. Nothing happens to who is down.
        pause_actor: Option<Vec<Name>> = None,
        /// These go on; nothing happens to who is not paused.
        resume: Option<Vec<Name>> = None,
        /// Workers that were not there yet come in.
        join: Option<Vec<Name>> = None,
        /// Workers leave for good.
        leave: Option<Vec<Name>> = None,
        /// These do not reach each other; `for` heals it. `chain` is one of them, if it is named.
        partition: Option<Vec<Name>> = None,
        /// All partitions end.
        heal: bool = false,
        /// Everything from and to these is later `by` so much; `chain` has slower blocks.
        slow: Option<Vec<Name>> = None,
        /// By how much `slow` slows down, or a clock is wrong.
        by: Option<Duration> = None,
        /// Messages from and to these are lost, `share` of them.
        lose: Option<Vec<Name>> = None,
        /// Which share of messages `lose` loses.
        share: Option<Percent> = None,
        /// The clocks of these are ahead `by` so much, in whole seconds. A scheduler whose clock is
        /// more than a minute off goes by the times of the blocks instead.
        ahead: Option<Vec<Name>> = None,
        /// The clocks of these are behind `by` so much, in whole seconds; as with `ahead`.
        behind: Option<Vec<Name>> = None,
        /// Blocks are full of other people's business: they have room for so many transactions.
        crowd: Option<u64> = None,
        /// Gas has a price: what was sent for less waits until it falls.
        gas_price: Option<Wei> = None,
        /// These do not answer.
        down: Option<Vec<Outage>> = None,
        /// The disks of these workers are full: they can begin nothing.
        fill_disk: Option<Vec<Name>> = None,
        /// Something of the cast changes; `for` restores the old value.
        set: Option<Changes> = None,
        /// Tasks that wait for this moment are asked for.
        submit: Option<Vec<Name>> = None,
        /// Requests of tasks are withdrawn as far as they wait.
        cancel: Option<Vec<Name>> = None,
        /// Time jumps ahead.
        warp: Option<Duration> = None,
        /// So many blocks are mined at once.
        mine: Option<u64> = None,
        /// The chain takes back so many blocks.
        reorg: Option<u64> = None,
        /// The chain's state is remembered under a name.
        snapshot: Option<Name> = None,
        /// The chain returns to a remembered state.
        restore: Option<Name> = None,
        /// Somebody calls a contract.
        call: Option<Call> = None,
        /// A command of this machine runs, in the scenario's folder, where `--allow-shell` is given; the
        /// run does not depend on it.
        shell: Option<String> = None,
        /// After how long it is undone.
        r#for: Option<Duration> = None,
        /// What to tell about it.
        note: Option<String> = None,
        /// Whether a stepping run waits here.
        pause: bool = false,
        /// A name for this moment, for expectations with `when = "after …"`.
        label: Option<Name> = None,
    }
}

words! {
    /// Something outside the network that its members depend on.
    "something that can be down"
    pub enum Outage {
        /// The registry apps are fetched from; who has an app already needs it no more.
        Registry = "registry",
        /// The servers inputs and datasets are fetched from.
        Inputs = "inputs",
        /// The store results are uploaded to.
        Results = "results",
    }
}

/// What an entry of the timeline does.
#[derive(Copy, Clone, Debug, PartialEq)]
pub enum Verb<'a> {
    /// Actors lose their memory.
    Crash(&'a [Name]),
    /// Actors come back.
    Restart(&'a [Name]),
    /// Actors stop.
    PauseActor(&'a [Name]),
    /// Actors go on.
    Resume(&'a [Name]),
    /// Workers come in.
    Join(&'a [Name]),
    /// Workers leave.
    Leave(&'a [Name]),
    /// Actors do not reach each other.
    Partition(&'a [Name]),
    /// Partitions end.
    Heal,
    /// Actors or the chain are slower.
    Slow(&'a [Name]),
    /// Messages are lost.
    Lose(&'a [Name]),
    /// Clocks are ahead.
    Ahead(&'a [Name]),
    /// Clocks are behind.
    Behind(&'a [Name]),
    /// Blocks are full.
    Crowd(u64),
    /// Gas has a price.
    GasPrice(Wei),
    /// Services do not answer.
    Down(&'a [Outage]),
    /// Disks are full.
    FillDisk(&'a [Name]),
    /// The cast changes.
    Set(&'a Changes),
    /// Tasks are asked for.
    Submit(&'a [Name]),
    /// Requests are withdrawn.
    Cancel(&'a [Name]),
    /// Time jumps.
    Warp(Duration),
    /// Blocks are mined.
    Mine(u64),
    /// Blocks are taken back.
    Reorg(u64),
    /// The state is remembered.
    Snapshot(&'a Name),
    /// A remembered state returns.
    Restore(&'a Name),
    /// A contract is called.
    Call(&'a Call),
    /// A command runs.
    Shell(&'a str),
}

impl Verb<'_> {
    /// Returns which verb it is.
    pub fn kind(self) -> VerbKind {
        match self {
            Self::Crash(_) => VerbKind::Crash,
            Self::Restart(_) => VerbKind::Restart,
            Self::PauseActor(_) => VerbKind::PauseActor,
            Self::Resume(_) => VerbKind::Resume,
            Self::Join(_) => VerbKind::Join,
            Self::Leave(_) => VerbKind::Leave,
            Self::Partition(_) => VerbKind::Partition,
            Self::Heal => VerbKind::Heal,
            Self::Slow(_) => VerbKind::Slow,
            Self::Lose(_) => VerbKind::Lose,
            Self::Ahead(_) => VerbKind::Ahead,
            Self::Behind(_) => VerbKind::Behind,
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
            Self::Call(_) => VerbKind::Call,
            Self::Shell(_) => VerbKind::Shell,
        }
    }

    /// Returns the verb as it is written.
    pub fn word(self) -> &'static str {
        self.kind().as_str()
    }

    /// Returns whom it concerns, as written.
    pub fn targets(&self) -> &[Name] {
        match self {
            Self::Crash(names)
            | Self::Restart(names)
            | Self::PauseActor(names)
            | Self::Resume(names)
            | Self::Join(names)
            | Self::Leave(names)
            | Self::Partition(names)
            | Self::Slow(names)
            | Self::Lose(names)
            | Self::Ahead(names)
            | Self::Behind(names)
            | Self::FillDisk(names)
            | Self::Submit(names)
            | Self::Cancel(names) => names,
            Self::Heal
            | Self::Crowd(_)
            | Self::GasPrice(_)
            | Self::Down(_)
            | Self::Set(_)
            | Self::Warp(_)
            | Self::Mine(_)
            | Self::Reorg(_)
            | Self::Snapshot(_)
            | Self::Restore(_)
            | Self::Call(_)
            | Self::Shell(_) => &[],
        }
    }
}

impl At {
    /// Returns every verb written in this entry; one that is well formed has at most one.
    pub fn verbs(&self) -> Vec<Verb<'_>> {
        let named = [
            self.crash.as_deref().map(Verb::Crash),
            self.restart.as_deref().map(Verb::Restart),
            self.pause_actor.as_deref().map(Verb::PauseActor),
            self.resume.as_deref().map(Verb::Resume),
            self.join.as_deref().map(Verb::Join),
            self.leave.as_deref().map(Verb::Leave),
            self.partition.as_deref().map(Verb::Partition),
            self.heal.then_some(Verb::Heal),
            self.slow.as_deref().map(Verb::Slow),
            self.lose.as_deref().map(Verb::Lose),
            self.ahead.as_deref().map(Verb::Ahead),
            self.behind.as_deref().map(Verb::Behind),
            self.crowd.map(Verb::Crowd),
            self.gas_price.map(Verb::GasPrice),
            self.down.as_deref().map(Verb::Down),
            self.fill_disk.as_deref().map(Verb::FillDisk),
            self.set.as_ref().map(Verb::Set),
            self.submit.as_deref().map(Verb::Submit),
            self.cancel.as_deref().map(Verb::Cancel),
            self.warp.map(Verb::Warp),
            self.mine.map(Verb::Mine),
            self.reorg.map(Verb::Reorg),
            self.snapshot.as_ref().map(Verb::Snapshot),
            self.restore.as_ref().map(Verb::Restore),
            self.call.as_ref().map(Verb::Call),
            self.shell.as_deref().map(Verb::Shell),
        ];
        named.into_iter().flatten().collect()
    }

    /// Returns what it does; none for a mere note or pause.
    pub fn verb(&self) -> Option<Verb<'_>> {
        self.verbs().into_iter().next()
    }
}
