//! One task in one slot: from the assignment to the vote.

use std::sync::Arc;

use alloy_primitives::{Address, B256};

use super::{Effort, Pace, Phase, Step, Vote, Worker, abandon, can_stake, crash_effect};
use crate::{
    actors::{Assignment, Context, HEARTBEAT, Message, Timer},
    executor::{Outcome, OutcomeKind},
    protocol::Name,
};

/// A task that occupies a slot.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) assignment: Arc<Assignment>,
    pub(super) stage: Stage,
}

/// How far a job is.
#[derive(Clone, Debug)]
pub(super) enum Stage {
    /// Inputs are fetched, or the start is put off.
    Preparing,
    /// The program runs.
    Computing,
    /// A result is there and waits to be contributed.
    Holding {
        digest: Option<B256>,
        outcome: Option<Arc<Outcome>>,
    },
    /// It waits for somebody's hash to copy.
    Watching,
    /// The contribution is on its way.
    Contributing,
}

impl Worker {
    pub(super) fn on_assign(&mut self, cx: &mut Context<'_>, assignment: Arc<Assignment>) {
        let task = assignment.task.clone();
        if self.jobs.contains_key(&task) || self.stands_by(cx, &task) {
            // Whoever asks again does not know how it stands.
            self.hello(cx);
            return;
        }
        let promised = self.jobs.values().map(|job| job.assignment.worker_stake);
        let free = cx.hub.balance(self.setup.account.address()).free;
        // Computing in an enclave locks no stake.
        let needs_stake = assignment.enclave == Address::ZERO;
        let is_broke = needs_stake && !can_stake(free, promised.sum(), assignment.worker_stake);
        if is_broke || self.free_slots() == 0 {
            self.short_of_stake |= is_broke;
            self.tell(cx, Message::Refused { task });
            return;
        }
        self.tell(cx, Message::Accepted { task: task.clone() });
        cx.watch(&task, false);
        let stage = Stage::Preparing;
        self.jobs.insert(task.clone(), Job { assignment, stage });
        self.enter(cx, &task, Phase::Fetch);
    }

    /// Goes on with a job on reaching a phase, as the worker's character has it.
    pub(super) fn enter(&mut self, cx: &mut Context<'_>, task: &Name, phase: Phase) {
        let Some(job) = self.jobs.get(task) else {
            return;
        };
        let assignment = Arc::clone(&job.assignment);
        match self.step(cx, &assignment, phase) {
            Step::Go => self.begin(cx, task, phase),
            Step::Wait(span) => cx.wake_at(cx.now + span, Timer::Resume(task.clone(), phase)),
            Step::Crash(back_after) => cx.effect(crash_effect(back_after)),
            Step::Skip => self.give_up(cx, task, false, "left out by the scenario"),
        }
    }

    fn begin(&mut self, cx: &mut Context<'_>, task: &Name, phase: Phase) {
        match phase {
            Phase::Fetch => self.fetch(cx, task),
            Phase::Run => self.run(cx, task),
            Phase::Contribute => self.contribute(cx, task),
            Phase::Subscribe | Phase::Reveal | Phase::Upload => {}
        }
    }

    pub(super) fn fetch(&mut self, cx: &mut Context<'_>, task: &Name) {
        self.enter(cx, task, Phase::Run);
    }

    pub(super) fn run(&mut self, cx: &mut Context<'_>, task: &Name) {
        let Some(job) = self.jobs.get_mut(task) else {
            return;
        };
        match self.character.effort() {
            Effort::Compute { stretch_permille } => {
                job.stage = Stage::Computing;
                let pace = Pace {
                    fixed: self.setup.duration,
                    speed_permille: self.setup.speed_permille,
                    stretch_permille,
                };
                cx.execute(task.clone(), pace);
                cx.wake_at(cx.now + HEARTBEAT, Timer::Heartbeat(task.clone()));
            }
            Effort::Pretend => self.decide(cx, task, None, None),
        }
    }

    pub(super) fn on_heartbeat(&mut self, cx: &mut Context<'_>, task: Name) {
        let computes = |job: &Job| matches!(job.stage, Stage::Computing | Stage::Holding { .. });
        if self.jobs.get(&task).is_some_and(computes) {
            self.tell(cx, Message::Alive { task: task.clone() });
            cx.wake_at(cx.now + HEARTBEAT, Timer::Heartbeat(task));
        }
    }

    pub(super) fn on_executed(&mut self, cx: &mut Context<'_>, task: &Name, outcome: Arc<Outcome>) {
        let computes = |job: &Job| matches!(job.stage, Stage::Computing);
        if self.jobs.get(task).is_some_and(computes) {
            let computed = outcome.digest;
            self.decide(cx, task, computed, Some(outcome));
        }
    }

    /// Chooses what to vouch for, and goes on to contribute it.
    fn decide(
        &mut self,
        cx: &mut Context<'_>,
        task: &Name,
        computed: Option<B256>,
        outcome: Option<Arc<Outcome>>,
    ) {
        let Some(assignment) = self.jobs.get(task).map(|job| Arc::clone(&job.assignment)) else {
            return;
        };
        let digest = match self.lies_by_order() {
            true => Some(super::behaviour::lie(cx)),
            false => match self.character.vote(cx, &assignment, computed) {
                Vote::For(digest) => Some(digest),
                Vote::Copy => {
                    self.set_stage(task, Stage::Watching);
                    cx.watch(task, true);
                    self.copy_if_possible(cx, task);
                    return;
                }
                Vote::Abstain => {
                    let kind = outcome.map(|outcome| outcome.kind.clone());
                    let for_now = kind == Some(OutcomeKind::Hindered);
                    let why = kind.map_or_else(String::new, |kind| kind.to_string());
                    self.give_up(cx, task, for_now, format!("nothing to vote for: {why}"));
                    return;
                }
            },
        };
        self.set_stage(task, Stage::Holding { digest, outcome });
        self.enter(cx, task, Phase::Contribute);
    }

    pub(super) fn set_stage(&mut self, task: &Name, stage: Stage) {
        if let Some(job) = self.jobs.get_mut(task) {
            job.stage = stage;
        }
    }

    fn lies_by_order(&self) -> bool {
        let on = self.setup.conduct.on.get(&Phase::Contribute);
        on == Some(&super::Deviation::Lie)
    }

    /// Frees the slot without a vote, for now or for good, and says so.
    pub(super) fn give_up(
        &mut self,
        cx: &mut Context<'_>,
        task: &Name,
        for_now: bool,
        why: impl Into<String>,
    ) {
        if self.jobs.remove(task).is_none() {
            return;
        }
        abandon(cx, task, why);
        cx.unwatch(task);
        let task = task.clone();
        self.tell(cx, Message::GaveUp { task, for_now });
        self.hello(cx);
    }

    pub(super) fn on_please_abort(&mut self, cx: &mut Context<'_>, task: &Name) {
        let on_its_way = |job: &Job| matches!(job.stage, Stage::Contributing);
        let Some(job) = self.jobs.get(task) else {
            return;
        };
        if self.character.heeds_the_clock() && !on_its_way(job) {
            // Another vote may follow, if nobody shows the result of this one.
            self.give_up(cx, task, true, "told to stop: the vote is over");
        }
    }
}
