//! After the vote: reveal, upload, and letting go.

use std::sync::Arc;

use alloy_primitives::Address;

use super::{Commit, Job, Phase, Stage, Step, Worker, crash_effect};
use crate::{
    actors::{Call, Context, Effect, Message, Submission, Timer},
    protocol::Name,
};

impl Worker {
    /// Shows the result of a vote that won; `ask` consults the character first.
    pub(super) fn on_please_reveal(&mut self, cx: &mut Context<'_>, task: &Name, ask: bool) {
        let Some(commit) = self.commits.get(task) else {
            return;
        };
        let (assignment, digest) = (Arc::clone(&commit.assignment), commit.digest);
        let (false, Some(digest)) = (commit.revealed, digest) else {
            return;
        };
        if ask && !self.goes_on(cx, task, Phase::Reveal) {
            return;
        }
        if let Some(commit) = self.commits.get_mut(task) {
            commit.revealed = true;
        }
        cx.submit(Submission {
            call: Call::Reveal {
                task: assignment.id,
                digest,
            },
            task: Some(task.clone()),
            may_fail: false,
            token: 0,
        });
    }

    /// Puts the result where the requester can fetch it; `ask` consults the character first.
    pub(super) fn on_please_upload(&mut self, cx: &mut Context<'_>, task: &Name, ask: bool) {
        let Some(Commit { outcome, .. }) = self.commits.get(task) else {
            return;
        };
        let outcome = outcome.clone();
        if ask && !self.goes_on(cx, task, Phase::Upload) {
            return;
        }
        let task = task.clone();
        cx.effect(Effect::Upload { task, outcome });
    }

    pub(super) fn on_stored(&mut self, cx: &mut Context<'_>, task: Name, link: String) {
        let commit = self.commits.get(&task);
        if commit.is_some_and(|commit| commit.assignment.enclave != Address::ZERO) {
            self.submit_completion(cx, &task, link);
            return;
        }
        let outcome = commit.and_then(|commit| commit.outcome.as_ref());
        let callback = outcome.and_then(|outcome| outcome.callback.clone());
        let callback = callback.unwrap_or_default();
        let uploaded = Message::Uploaded {
            task,
            link,
            callback,
        };
        self.tell(cx, uploaded);
    }

    /// Whether a phase begins now.
    fn goes_on(&self, cx: &mut Context<'_>, task: &Name, phase: Phase) -> bool {
        let Some(commit) = self.commits.get(task) else {
            return false;
        };
        match self.step(cx, &commit.assignment, phase) {
            Step::Go => return true,
            Step::Skip => {}
            Step::Wait(span) => cx.wake_at(cx.now + span, Timer::Resume(task.clone(), phase)),
            Step::Crash(back_after) => cx.effect(crash_effect(back_after)),
        }
        false
    }

    /// The task is final: whatever it held back is free again.
    pub(super) fn close(&mut self, cx: &mut Context<'_>, task: &Name) {
        cx.unwatch(task);
        self.commits.remove(task);
        let can_stop = |job: &Job| !matches!(job.stage, Stage::Contributing);
        if self.jobs.get(task).is_some_and(can_stop) && self.character.heeds_the_clock() {
            self.give_up(cx, task, "the task is final");
        }
        if std::mem::take(&mut self.short_of_stake) {
            self.hello(cx);
        }
    }
}
