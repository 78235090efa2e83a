//! Whom to ask next, and what to do when nobody answers.

use std::{sync::Arc, time::Duration};

use super::{
    Asked, Scheduler,
    work::{Answer, Work},
};
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
            let mut idle = self.desk.idle.iter().map(|(.., worker)| worker);
            let Some(worker) = idle.find(|worker| work.may_ask(worker)) else {
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
            if work.may_ask(worker) {
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
        work.asked.retain(|asked| asked.worker != *worker);
        work.asked.push(Asked {
            worker: worker.clone(),
            address,
            weight: consensus::weight(score),
            at: cx.now,
            heard: cx.now,
            answer: Answer::None,
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
        let acknowledge = Timer::Acknowledge(task.clone(), worker.clone());
        cx.wake_at(cx.now + ACKNOWLEDGE, acknowledge);
        cx.wake_at(stale, Timer::Stale(task.clone()));
        self.take_slot(cx, worker);
    }

    pub(super) fn on_heard(&mut self, now: Timestamp, from: &Name, task: &Name) {
        let asked = self
            .store
            .works
            .get_mut(task)
            .and_then(|w| w.asked_mut(from));
        let Some(asked) = asked else {
            return;
        };
        asked.heard = now;
        // Who was given up for lost and is at it after all counts again.
        if matches!(asked.answer, Answer::None | Answer::Failed | Answer::Lost) {
            asked.answer = Answer::Working;
        }
    }

    pub(super) fn on_acknowledge(&mut self, cx: &mut Context<'_>, task: &Name, worker: &Name) {
        match self.answer_of(task, worker) {
            Some((Answer::None, _)) => self.replace_lost(cx, task, worker),
            Some((Answer::Working, heard)) => {
                let silence = Timer::Silence(task.clone(), worker.clone());
                cx.wake_at(heard + SILENCE, silence);
            }
            Some((Answer::Voted(_) | Answer::Rejected | Answer::Failed | Answer::Lost, _))
            | None => {}
        }
    }

    pub(super) fn on_silence(&mut self, cx: &mut Context<'_>, task: &Name, worker: &Name) {
        let Some((Answer::None | Answer::Working, heard)) = self.answer_of(task, worker) else {
            return;
        };
        if cx.now < heard + SILENCE {
            let silence = Timer::Silence(task.clone(), worker.clone());
            cx.wake_at(heard + SILENCE, silence);
        } else {
            self.replace_lost(cx, task, worker);
        }
    }

    fn answer_of(&self, task: &Name, worker: &Name) -> Option<(Answer, Timestamp)> {
        let work: &Work = self.store.works.get(task)?;
        let asked = work.asked(worker)?;
        Some((asked.answer, asked.heard))
    }

    fn replace_lost(&mut self, cx: &mut Context<'_>, task: &Name, worker: &Name) {
        let works = &mut self.store.works;
        if let Some(asked) = works.get_mut(task).and_then(|w| w.asked_mut(worker)) {
            asked.answer = Answer::Lost;
        }
        self.lose(cx, worker);
        self.staff(cx, task);
    }
}
