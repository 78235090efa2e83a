//! Coming back: the chain says what happened while nobody was watching.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Scheduler, is_past,
    work::{Answer, Phase, Reveal},
};
use alloy_primitives::Address;

use crate::{
    actors::{Context, Message, Timer},
    log::Event,
    protocol::{ContributionStatus, Name, Task, TaskStatus},
};

impl Scheduler {
    /// After a crash: new deals from the chain, every task as the hub has it, and a roll call.
    pub(super) fn recover(&mut self, cx: &mut Context<'_>, missed: &[Arc<Event>]) {
        if self.store.published.is_empty() {
            self.publish_offers(cx);
        }
        // Timers went with the memory.
        let works = self.store.works.values_mut();
        for asked in works.flat_map(|work| &mut work.asked) {
            (asked.is_watched, asked.heard) = (false, cx.now);
        }
        self.reopen(cx);
        self.reckon(cx);
        let known: Vec<Name> = self.store.works.keys().cloned().collect();
        for task in &known {
            self.sync(cx, task);
            self.resume_timers(cx, task);
        }
        for event in missed {
            if matches!(&**event, Event::OrdersMatched { pool, .. } if *pool == self.setup.name) {
                self.on_deal(cx, event);
            }
        }
        // Who said hello while nobody listened is known by name only.
        let known = self.store.addresses.keys();
        let all: BTreeSet<&Name> = known.chain(self.setup.groups.keys()).collect();
        for worker in all {
            cx.send(worker, Message::Ping);
        }
    }

    /// After a while of not being reached: messages may be lost, memory is not.
    pub(super) fn resume(&mut self, cx: &mut Context<'_>) {
        for worker in self.store.addresses.keys() {
            cx.send(worker, Message::Ping);
        }
    }

    /// Blocks were taken back: every task is taken as the hub has it now.
    pub(super) fn look_back(&mut self, cx: &mut Context<'_>) {
        let closed: BTreeSet<Name> = self.store.closed.keys().cloned().collect();
        self.reopen(cx);
        self.reckon(cx);
        let known: Vec<Name> = self.store.works.keys().cloned().collect();
        for task in &known {
            // What was on its way to the chain still is, unless the chain had it before.
            if !self.is_sent(cx, task) || closed.contains(task) {
                self.sync(cx, task);
            }
        }
        let workers: Vec<Name> = self.desk.members.keys().cloned().collect();
        for worker in &workers {
            self.update_score(cx, worker);
        }
    }

    /// Its clock was set: whatever waits for a moment of the chain waits for another one.
    pub(super) fn look_at_the_clock(&mut self, cx: &mut Context<'_>) {
        self.reckon(cx);
        let known: Vec<Name> = self.store.works.keys().cloned().collect();
        for task in &known {
            if !self.is_sent(cx, task) {
                self.sync(cx, task);
                self.resume_timers(cx, task);
            }
        }
    }

    /// Reckons all deadlines anew, by its clock and the deals as they are now.
    fn reckon(&mut self, cx: &Context<'_>) {
        let mut works = std::mem::take(&mut self.store.works);
        for work in works.values_mut() {
            let deal = cx.hub.deal(work.deal);
            if deal.requester != Address::ZERO {
                let (_, deadlines) = self.terms(&deal);
                work.contribution_deadline = cx.moment(deadlines.contribution);
                work.final_deadline = cx.moment(deadlines.final_);
            }
        }
        self.store.works = works;
    }

    /// Whether what a task needs next is on its way to the chain.
    fn is_sent(&self, cx: &Context<'_>, task: &Name) -> bool {
        self.store.works.get(task).is_some_and(|work| {
            let status = cx.hub.task(work.id).status;
            match work.phase {
                Phase::Received => status == TaskStatus::Unset,
                Phase::Reopening | Phase::Finalizing => status == TaskStatus::Revealing,
                Phase::Late | Phase::Active | Phase::Revealing(_) => false,
            }
        })
    }

    /// Takes up tasks that were over and are not any more, drops those whose deal has never been,
    /// and forgets votes that have never been cast: their workers may be asked again.
    fn reopen(&mut self, cx: &mut Context<'_>) {
        if !cx.hub.may_be_taken_back() {
            return;
        }
        for (task, work) in std::mem::take(&mut self.store.closed) {
            let status = cx.hub.task(work.id).status;
            if matches!(status, TaskStatus::Completed | TaskStatus::Failed) {
                self.store.closed.insert(task, work);
            } else {
                cx.watch(&task, true);
                self.store.works.insert(task.clone(), work);
                self.await_answers(cx, &task);
            }
        }
        let (hub, mut gone) = (cx.hub, Vec::new());
        for (task, work) in &mut self.store.works {
            if hub.deal(work.deal).requester == Address::ZERO {
                gone.push(task.clone());
                continue;
            }
            let has_voted = |answer| matches!(answer, Answer::Voted(_) | Answer::Rejected);
            let id = work.id;
            work.asked.retain(|asked| {
                let status = hub.contribution(id, asked.address).status;
                status != ContributionStatus::Unset || !has_voted(asked.answer)
            });
            if hub.task(id).status != TaskStatus::Revealing {
                work.result = None;
            }
        }
        for task in &gone {
            self.close(cx, task);
            self.store.closed.remove(task);
        }
    }

    /// Takes over what the hub says of a task.
    pub(super) fn sync(&mut self, cx: &mut Context<'_>, task: &Name) {
        let Some(work) = self.store.works.get_mut(task) else {
            return;
        };
        let on_chain = cx.hub.task(work.id);
        for asked in &mut work.asked {
            let contribution = cx.hub.contribution(work.id, asked.address);
            match contribution.status {
                ContributionStatus::Unset => {}
                ContributionStatus::Rejected => asked.answer = Answer::Rejected,
                ContributionStatus::Contributed | ContributionStatus::Proved => {
                    asked.answer = Answer::Voted(contribution.hash);
                }
            }
        }
        match on_chain.status {
            TaskStatus::Unset => {
                self.initialize(cx, task);
            }
            TaskStatus::Active => {
                let is_new = matches!(work.phase, Phase::Late | Phase::Received);
                work.phase = Phase::Active;
                if is_new {
                    let deadline = work.contribution_deadline;
                    cx.wake_at(deadline, Timer::ContributionDeadline(task.clone()));
                }
                self.staff(cx, task);
            }
            TaskStatus::Revealing => self.sync_reveal(cx, task, &on_chain),
            TaskStatus::Completed | TaskStatus::Failed => self.close(cx, task),
        }
    }

    fn sync_reveal(&mut self, cx: &mut Context<'_>, task: &Name, on_chain: &Task) {
        let hub = cx.hub;
        let deadline = cx.moment(on_chain.reveal_deadline);
        let Some(work) = self.store.works.get_mut(task) else {
            return;
        };
        let id = work.id;
        let has_proved =
            |address| hub.contribution(id, address).status == ContributionStatus::Proved;
        let proved = work.asked.iter().filter(|asked| has_proved(asked.address));
        let revealed: Vec<Name> = proved.map(|asked| asked.worker.clone()).collect();
        let uploaders = match &work.phase {
            Phase::Revealing(reveal) => reveal.uploaders.clone(),
            Phase::Late
            | Phase::Received
            | Phase::Active
            | Phase::Reopening
            | Phase::Finalizing => Vec::new(),
        };
        work.phase = Phase::Revealing(Reveal {
            consensus: on_chain.consensus_value,
            winners: on_chain.winner_counter,
            deadline,
            revealed,
            uploaders,
        });
        self.announce_consensus(cx, task);
        self.ask_upload(cx, task);
        self.finalize_if_possible(cx, task);
    }

    /// Timers that went with the memory: whoever was at work is expected to be heard of.
    fn resume_timers(&mut self, cx: &mut Context<'_>, task: &Name) {
        self.await_answers(cx, task);
        let Some(work) = self.store.works.get(task) else {
            return;
        };
        if work.phase != Phase::Active || is_past(cx, work.contribution_deadline) {
            return;
        }
        let deadline = work.contribution_deadline;
        cx.wake_at(deadline, Timer::ContributionDeadline(task.clone()));
        for asked in &work.asked {
            let then = match asked.answer {
                Answer::None | Answer::Working => asked.at + work.unit,
                Answer::Later(then) => then,
                Answer::Voted(_) | Answer::Rejected | Answer::Failed | Answer::Lost => continue,
            };
            cx.wake_at(then, Timer::Stale(task.clone()));
        }
    }
}
