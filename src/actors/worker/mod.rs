//! A worker: takes tasks, computes, commits, reveals, uploads, as its character has it.
//!
//! What it committed to is stored and survives a crash; what it computes at the moment does not.

mod behaviour;
mod contribute;
mod job;
mod settle;

use std::{collections::BTreeMap, sync::Arc};

use alloy_primitives::B256;
use behaviour::Character;
pub use behaviour::{Behaviour, Conduct, Deviation, Phase};
use behaviour::{Effort, Step, Vote};
use job::{Job, Stage};

use crate::{
    actors::{
        Actor, Assignment, Context, Effect, Input, Message, Order, Pace, Spread, Standing, Timer,
    },
    amount::Nrlc,
    executor::Outcome,
    log::Event,
    protocol::{Account, Name},
};

/// What a worker is made of.
#[derive(Clone, Debug)]
pub struct WorkerSetup {
    /// Its key.
    pub account: Account,
    /// Its pool's scheduler, qualified.
    pub scheduler: Name,
    /// How it behaves.
    pub conduct: Conduct,
    /// How many tasks it computes at once.
    pub slots: u32,
    /// How fast, in thousandths of the usual speed.
    pub speed_permille: u64,
    /// How long it computes whatever the app says.
    pub duration: Option<Spread>,
}

/// A vote on its way to the chain or there.
#[derive(Clone, Debug)]
struct Commit {
    assignment: Arc<Assignment>,
    /// The digest vouched for; none when the hash was copied.
    digest: Option<B256>,
    /// What was computed, if anything was.
    outcome: Option<Arc<Outcome>>,
    /// Whether it has been in a block, which may have been taken back since.
    is_mined: bool,
    revealed: bool,
}

/// A worker.
#[derive(Clone)]
pub struct Worker {
    setup: WorkerSetup,
    character: Box<dyn Character>,
    /// Stored: votes cast on tasks that are not final.
    commits: BTreeMap<Name, Commit>,
    /// Stored: votes on tasks that are final, where blocks may be taken back.
    settled: BTreeMap<Name, Commit>,
    /// Forgotten in a crash: tasks that occupy a slot.
    jobs: BTreeMap<Name, Job>,
    /// Forgotten in a crash: a task was refused for want of stake.
    short_of_stake: bool,
    has_left: bool,
}

impl Worker {
    /// Returns a worker that offers itself when it starts.
    pub fn new(setup: WorkerSetup) -> Self {
        Self {
            character: setup.conduct.behaviour.character(),
            setup,
            commits: BTreeMap::new(),
            settled: BTreeMap::new(),
            jobs: BTreeMap::new(),
            short_of_stake: false,
            has_left: false,
        }
    }

    fn free_slots(&self) -> u32 {
        let busy = u32::try_from(self.jobs.len()).unwrap_or(u32::MAX);
        self.setup.slots.saturating_sub(busy)
    }

    fn tell(&self, cx: &mut Context<'_>, message: Message) {
        cx.send(&self.setup.scheduler, message);
    }

    /// Says how it stands.
    fn hello(&self, cx: &mut Context<'_>) {
        let skips = self.setup.conduct.on.get(&Phase::Subscribe) == Some(&Deviation::Skip);
        if self.has_left || skips {
            return;
        }
        let standing = Standing {
            address: self.setup.account.address(),
            slots: self.setup.slots,
            // Who lacks a stake takes nothing until one is free.
            free: match self.short_of_stake {
                true => 0,
                false => self.free_slots(),
            },
            tasks: self.jobs.keys().cloned().collect(),
        };
        self.tell(cx, Message::Hello(standing));
    }

    /// What happens on reaching a phase: the scenario's word first, then the character's.
    fn step(&self, cx: &mut Context<'_>, task: &Assignment, phase: Phase) -> Step {
        match self.setup.conduct.on.get(&phase) {
            Some(Deviation::Do | Deviation::Lie) => Step::Go,
            Some(Deviation::Skip) => Step::Skip,
            Some(Deviation::Crash) => Step::Crash(None),
            Some(Deviation::Delay(span)) => Step::Wait(*span),
            None => self.character.step(cx, task, phase),
        }
    }

    fn on_message(&mut self, cx: &mut Context<'_>, message: Message) {
        match message {
            Message::Assign(assignment) => self.on_assign(cx, assignment),
            Message::PleaseReveal { task } => self.on_please_reveal(cx, &task, true),
            Message::PleaseUpload { task } => self.on_please_upload(cx, &task, true),
            Message::PleaseAbort { task } => self.on_please_abort(cx, &task),
            Message::Ping => self.hello(cx),
            Message::Hello(_)
            | Message::Accepted { .. }
            | Message::Refused { .. }
            | Message::Alive { .. }
            | Message::GaveUp { .. }
            | Message::Uploaded { .. } => {}
        }
    }

    fn on_timer(&mut self, cx: &mut Context<'_>, timer: Timer) {
        match timer {
            Timer::Heartbeat(task) => self.on_heartbeat(cx, task),
            Timer::Reveal(task) => self.on_please_reveal(cx, &task, true),
            Timer::Resume(task, Phase::Fetch) => self.fetch(cx, &task),
            Timer::Resume(task, Phase::Run) => self.run(cx, &task),
            Timer::Resume(task, Phase::Contribute) => self.contribute(cx, &task),
            Timer::Resume(task, Phase::Reveal) => self.on_please_reveal(cx, &task, false),
            Timer::Resume(task, Phase::Upload) => self.on_please_upload(cx, &task, false),
            Timer::Resume(_, Phase::Subscribe)
            | Timer::Arrival
            | Timer::Claim(_)
            | Timer::Silence(..)
            | Timer::Stale(_)
            | Timer::ContributionDeadline(_)
            | Timer::RevealDeadline(_)
            | Timer::Upload(_)
            | Timer::Probe
            | Timer::Recount => {}
        }
    }

    fn on_order(&mut self, order: Order) {
        match order {
            Order::Speed(permille) => self.setup.speed_permille = permille,
            Order::Conduct(conduct) => {
                self.character = conduct.behaviour.character();
                self.setup.conduct = conduct;
            }
            Order::Price(_)
            | Order::Volume(_)
            | Order::AppPrice(..)
            | Order::Request(_)
            | Order::Cancel(_) => {}
        }
    }
}

impl Actor for Worker {
    fn handle(&mut self, cx: &mut Context<'_>, input: Input) {
        match input {
            Input::Start | Input::Reconnected => self.hello(cx),
            Input::Restart { .. } => {
                self.catch_up(cx);
                self.hello(cx);
            }
            Input::TakenBack => self.look_back(cx),
            Input::ClockSet => {}
            Input::Leave => self.has_left = true,
            Input::Message { message, .. } if !self.has_left => self.on_message(cx, message),
            Input::Chain { event, .. } => self.on_chain(cx, &event),
            Input::Mined {
                call,
                task: Some(task),
                failure,
                ..
            } => self.on_mined(cx, call, &task, failure),
            Input::Executed { task, outcome } => self.on_executed(cx, &task, outcome),
            Input::Stored { task, link } => self.on_stored(cx, task, link),
            Input::Timer(timer) => self.on_timer(cx, timer),
            Input::Order(order) => self.on_order(order),
            Input::NewIdentity(account) => {
                self.setup.account = account;
                self.commits.clear();
                self.settled.clear();
                self.hello(cx);
            }
            Input::Message { .. } | Input::Mined { .. } | Input::Filled(_) => {}
        }
    }

    fn crash(&mut self) {
        self.jobs.clear();
        self.short_of_stake = false;
    }

    fn box_clone(&self) -> Box<dyn Actor> {
        Box::new(self.clone())
    }
}

/// Returns whether `stake` can be set aside from what is free, next to what is promised already.
fn can_stake(free: Nrlc, promised: Nrlc, stake: Nrlc) -> bool {
    promised
        .checked_add(stake)
        .is_some_and(|needed| needed <= free)
}

/// Records that a worker gives up on a task, and why.
fn abandon(cx: &mut Context<'_>, task: &Name, reason: impl Into<String>) {
    let worker = cx.bare();
    cx.record(Event::ExecutionAbandoned {
        task: task.clone(),
        worker,
        reason: reason.into(),
    });
}

/// The effect of a step that is neither going on nor leaving out.
fn crash_effect(back_after: Option<std::time::Duration>) -> Effect {
    Effect::Crash { back_after }
}
