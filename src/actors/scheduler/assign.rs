//! Whom to ask next, and what to do when nobody answers.

use std::{sync::Arc, time::Duration};

use super::{Asked, Scheduler, work::Answer};
use crate::{
    actors::{Assignment, Context, Message, Timer},
    ahead::Ahead,
    log::Event,
    protocol::{Authorization, Name, consensus},
    time::Timestamp,
};

/// How long a worker may take to accept a task.
const ACKNOWLEDGE: Duration = Duration::from_secs(10);

/// How long a worker may be silent before it counts as lost.
const SILENCE: Duration = Duration::from_secs(60);

/// How long a worker is left alone that gave up for now; doubled each time, some times.
const PAUSE: Duration = Duration::from_secs(30);

impl Scheduler {
    /// Asks workers for `task` until there are enough; waits for one if there are none.
    pub(super) fn staff(&mut self, cx: &mut Context<'_>, task: &Name) {
        loop {
            let Some(work) = self.store.works.get(task) else {
                return;
            };
            self.desk.waiting.remove(task);
            if !work.needs_worker(self.setup.policy, cx.now) {
                return;
            }
            let (policy, now) = (self.setup.policy, cx.now);
            let mut idle = self.desk.idle.iter().map(|(.., worker)| worker);
            let Some(worker) = idle.find(|worker| work.may_ask(policy, worker, now)) else {
                self.desk.waiting.insert(work.urgency());
                self.plan_probe(cx);
                self.plan_recount(cx);
                return;
            };
            let worker = worker.clone();
            self.assign(cx, task, &worker);
        }
    }

    /// Gives an idle worker what waits for one.
    pub(super) fn offer_work(&mut self, cx: &mut Context<'_>, worker: &Name) {
        loop {
            if !self.is_idle(worker) {
                return;
            }
            let Some(task) = self.next_for(cx.now, worker) else {
                return;
            };
            self.assign(cx, &task, worker);
            self.staff(cx, &task);
        }
    }

    /// The most urgent task this worker was not asked for yet.
    fn next_for(&mut self, now: Timestamp, worker: &Name) -> Option<Name> {
        let policy = self.setup.policy;
        let mut settled = Vec::new();
        let mut found = None;
        for task in self.desk.waiting.iter() {
            let work = self.store.works.get(task);
            let Some(work) = work.filter(|work| work.needs_worker(policy, now)) else {
                settled.push(task.clone());
                continue;
            };
            if work.may_ask(policy, worker, now) {
                found = Some(task.clone());
                break;
            }
        }
        for task in &settled {
            self.desk.waiting.remove(task);
        }
        found
    }

    fn assign(&mut self, cx: &mut Context<'_>, task: &Name, worker: &Name) {
        let Some((address, score)) = self.desk.members.get(worker).map(|m| (m.address, m.score))
        else {
            return;
        };
        let Some(work) = self.store.works.get_mut(task) else {
            return;
        };
        let before = work.asked.iter().position(|asked| asked.worker == *worker);
        let before = before.map(|place| work.asked.remove(place));
        work.asked.push(Asked {
            worker: worker.clone(),
            address,
            weight: consensus::weight(score),
            at: cx.now,
            heard: cx.now,
            answer: Answer::None,
            attempts: before.as_ref().map_or(0, |asked| asked.attempts + 1),
            is_watched: before.is_some_and(|asked| asked.is_watched),
        });
        let owner = self.setup.account.clone();
        let authorization = Authorization {
            worker: address,
            task: work.id,
            enclave: work.enclave,
        };
        let assignment = Arc::new(Assignment {
            task: task.clone(),
            id: work.id,
            deal: work.deal,
            worker_stake: work.worker_stake,
            contribution_deadline: work.contribution_deadline,
            enclave: work.enclave,
            authorization: Ahead::new(move || authorization.sign(&owner)),
        });
        let stale = cx.now + work.unit;
        let bare = worker
            .split_kind()
            .map_or(worker.as_str(), |(_, bare)| bare);
        cx.record(Event::WorkerAssigned {
            task: task.clone(),
            worker: bare.into(),
        });
        cx.send(worker, Message::Assign(assignment));
        self.watch_for(cx, task, worker);
        cx.wake_at(stale, Timer::Stale(task.clone()));
        self.take_slot(cx, worker);
    }

    /// A worker is at a task, or says so. Who was given up and is at it after all counts again.
    pub(super) fn on_heard(&mut self, cx: &mut Context<'_>, from: &Name, task: &Name) {
        let works = &mut self.store.works;
        let Some(asked) = works.get_mut(task).and_then(|w| w.asked_mut(from)) else {
            return;
        };
        match asked.answer {
            Answer::None | Answer::Working | Answer::Failed | Answer::Later(_) | Answer::Lost => {
                asked.answer = Answer::Working;
                asked.heard = cx.now;
                self.watch_for(cx, task, from);
            }
            Answer::Voted(_) | Answer::Rejected => {}
        }
    }

    /// Expects to hear of a worker that is at a task.
    pub(super) fn watch_for(&mut self, cx: &mut Context<'_>, task: &Name, worker: &Name) {
        let works = &mut self.store.works;
        let Some(asked) = works.get_mut(task).and_then(|w| w.asked_mut(worker)) else {
            return;
        };
        let awaited = self.desk.awaited.entry(worker.clone()).or_default();
        awaited.insert(task.clone());
        if !std::mem::replace(&mut asked.is_watched, true) {
            let silence = Timer::Silence(task.clone(), worker.clone());
            cx.wake_at(patience(asked), silence);
        }
    }

    pub(super) fn on_silence(&mut self, cx: &mut Context<'_>, task: &Name, worker: &Name) {
        let works = &mut self.store.works;
        let Some(asked) = works.get_mut(task).and_then(|w| w.asked_mut(worker)) else {
            return;
        };
        asked.is_watched = false;
        if !matches!(asked.answer, Answer::None | Answer::Working) {
            return;
        }
        if cx.now < patience(asked) {
            self.watch_for(cx, task, worker);
            return;
        }
        asked.answer = Answer::Lost;
        self.lose(cx, worker);
        self.staff(cx, task);
    }

    /// A worker takes neither this task nor any other before it says how it stands.
    pub(super) fn on_refused(&mut self, cx: &mut Context<'_>, from: &Name, task: &Name) {
        self.change_member(from, |member| member.free = 0);
        self.dismiss(cx, from, task, Answer::Lost);
    }

    pub(super) fn on_gave_up(
        &mut self,
        cx: &mut Context<'_>,
        from: &Name,
        task: &Name,
        for_now: bool,
    ) {
        let works = &self.store.works;
        let asked = works.get(task).and_then(|work| work.asked(from));
        let answer = match asked.filter(|_| for_now) {
            Some(asked) => {
                let again = cx.now + PAUSE * 2_u32.pow(asked.attempts.min(4));
                cx.wake_at(again, Timer::Stale(task.clone()));
                Answer::Later(again)
            }
            None => Answer::Failed,
        };
        self.dismiss(cx, from, task, answer);
    }

    /// A worker that was asked does not vote, and others are asked.
    fn dismiss(&mut self, cx: &mut Context<'_>, from: &Name, task: &Name, answer: Answer) {
        let works = &mut self.store.works;
        let asked = works.get_mut(task).and_then(|w| w.asked_mut(from));
        if let Some(asked) = asked
            && matches!(asked.answer, Answer::None | Answer::Working)
        {
            asked.answer = answer;
            self.staff(cx, task);
        }
    }
}

/// Until when a worker may be silent before it counts as lost.
fn patience(asked: &Asked) -> Timestamp {
    match asked.answer {
        Answer::None => asked.heard + ACKNOWLEDGE,
        Answer::Working
        | Answer::Voted(_)
        | Answer::Rejected
        | Answer::Failed
        | Answer::Later(_)
        | Answer::Lost => asked.heard + SILENCE,
    }
}
