//! From consensus to payment: reveals, one upload, finalization; or another round.

use alloy_primitives::Bytes;
use rand::seq::IndexedRandom;

use super::{
    PoolBehaviour, Scheduler, is_past,
    work::{Answer, Phase, Uploaded},
    worker_name,
};
use crate::{
    actors::{Call, Context, Message, Timer},
    protocol::Name,
};

/// How long an upload may take before another winner is asked.
const UPLOAD: std::time::Duration = std::time::Duration::from_secs(30);

impl Scheduler {
    pub(super) fn on_revealed(&mut self, cx: &mut Context<'_>, task: &Name, worker: &Name) {
        let worker = worker_name(worker);
        let work = self.store.works.get_mut(task);
        let Some(reveal) = work.and_then(|work| work.reveal_mut()) else {
            return;
        };
        if !reveal.revealed.contains(&worker) {
            reveal.revealed.push(worker);
        }
        if reveal.uploaders.is_empty() {
            self.ask_upload(cx, task);
        }
        self.finalize_if_possible(cx, task);
    }

    /// Asks one of those who revealed to upload, preferably one not asked before.
    pub(super) fn ask_upload(&mut self, cx: &mut Context<'_>, task: &Name) {
        let Some(work) = self.store.works.get_mut(task) else {
            return;
        };
        if work.result.is_some() {
            return;
        }
        let Some(reveal) = work.reveal_mut() else {
            return;
        };
        let fresh: Vec<&Name> = reveal
            .revealed
            .iter()
            .filter(|worker| !reveal.uploaders.contains(worker))
            .collect();
        let chosen = match fresh.choose(cx.stream) {
            Some(worker) => (*worker).clone(),
            None => match reveal.revealed.choose(cx.stream) {
                Some(worker) => worker.clone(),
                None => return,
            },
        };
        cx.send(&chosen, Message::PleaseUpload { task: task.clone() });
        reveal.uploaders.push(chosen);
        cx.wake_at(cx.now + UPLOAD, Timer::Upload(task.clone()));
    }

    pub(super) fn on_upload_overdue(&mut self, cx: &mut Context<'_>, task: &Name) {
        let Some(work) = self.store.works.get(task) else {
            return;
        };
        if !is_past(cx, work.final_deadline) {
            self.ask_upload(cx, task);
        }
    }

    pub(super) fn on_uploaded(
        &mut self,
        cx: &mut Context<'_>,
        task: &Name,
        link: String,
        callback: Bytes,
    ) {
        if let Some(work) = self.store.works.get_mut(task) {
            let uploaded = Uploaded { link, callback };
            work.result.get_or_insert(uploaded);
        }
        self.finalize_if_possible(cx, task);
    }

    /// Closes the task once the result can be fetched and enough winners revealed.
    pub(super) fn finalize_if_possible(&mut self, cx: &mut Context<'_>, task: &Name) {
        let Some(work) = self.store.works.get_mut(task) else {
            return;
        };
        let (Phase::Revealing(reveal), Some(result)) = (&work.phase, &work.result) else {
            return;
        };
        let is_complete = reveal.revealed.len() as u64 >= reveal.winners;
        let is_over = is_past(cx, reveal.deadline) && !reveal.revealed.is_empty();
        if !(is_complete || is_over) || is_past(cx, work.final_deadline) {
            return;
        }
        let call = Call::Finalize {
            task: work.id,
            results: Bytes::from(result.link.clone().into_bytes()),
            callback: result.callback.clone(),
        };
        work.phase = Phase::Finalizing;
        self.submit(cx, task, call.clone(), false);
        if self.setup.behaviour == PoolBehaviour::DoubleFinalize {
            self.submit(cx, task, call, true);
        }
    }

    pub(super) fn on_reveal_deadline(&mut self, cx: &mut Context<'_>, task: &Name) {
        let Some(work) = self.store.works.get_mut(task) else {
            return;
        };
        let Phase::Revealing(reveal) = &work.phase else {
            return;
        };
        if !is_past(cx, reveal.deadline) {
            if (reveal.revealed.len() as u64) < reveal.winners {
                self.announce_consensus(cx, task);
            } else {
                cx.wake_at(reveal.deadline, Timer::RevealDeadline(task.clone()));
            }
            return;
        }
        if !reveal.revealed.is_empty() {
            self.finalize_if_possible(cx, task);
        } else if !is_past(cx, work.final_deadline) {
            work.phase = Phase::Reopening;
            let call = Call::Reopen { task: work.id };
            self.submit(cx, task, call, false);
        }
    }

    pub(super) fn on_reopened(&mut self, cx: &mut Context<'_>, task: &Name) {
        let hub = cx.hub;
        let Some(work) = self.store.works.get_mut(task) else {
            return;
        };
        work.phase = Phase::Active;
        work.result = None;
        for asked in &mut work.asked {
            let status = hub.contribution(work.id, asked.address).status;
            if status == crate::protocol::ContributionStatus::Rejected {
                asked.answer = Answer::Rejected;
            }
        }
        self.staff(cx, task);
    }
}
