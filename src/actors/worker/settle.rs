//! After the vote: reveal, upload, and letting go.

use std::sync::Arc;

use alloy_primitives::Address;

use super::{Commit, Job, Phase, Stage, Step, Worker, abandon, crash_effect};
use crate::{
    actors::{Call, Context, Effect, Message, Submission, Timer},
    protocol::{ContributionStatus, Name, TaskStatus},
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

    /// A result that the chain does not have is shown again when somebody asks for it again.
    pub(super) fn on_reveal_refused(&mut self, cx: &Context<'_>, task: &Name) {
        let (hub, me) = (cx.hub, self.setup.account.address());
        if let Some(commit) = self.commits.get_mut(task) {
            let status = hub.contribution(commit.assignment.id, me).status;
            commit.revealed = status == ContributionStatus::Proved;
        }
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

    /// Blocks were taken back: votes that have never been are forgotten, and those that count again
    /// are stood by.
    pub(super) fn look_back(&mut self, cx: &mut Context<'_>) {
        self.reopen(cx);
        let (hub, me) = (cx.hub, self.setup.account.address());
        let mut gone = Vec::new();
        for (task, commit) in &mut self.commits {
            match hub.contribution(commit.assignment.id, me).status {
                // On its way to the chain, or it was there and is not any more.
                ContributionStatus::Unset if self.jobs.contains_key(task) => {}
                ContributionStatus::Unset => gone.push(task.clone()),
                ContributionStatus::Contributed => commit.revealed = false,
                ContributionStatus::Proved => commit.revealed = true,
                ContributionStatus::Rejected => {}
            }
        }
        for task in &gone {
            self.commits.remove(task);
            cx.unwatch(task);
            abandon(cx, task, "the chain has taken the vote back");
        }
    }

    /// Stands by votes on tasks that were final and are not any more.
    pub(super) fn reopen(&mut self, cx: &mut Context<'_>) {
        let (hub, me) = (cx.hub, self.setup.account.address());
        for (task, commit) in std::mem::take(&mut self.settled) {
            let id = commit.assignment.id;
            let is_open = match hub.task(id).status {
                TaskStatus::Active | TaskStatus::Revealing => true,
                TaskStatus::Completed | TaskStatus::Failed => {
                    self.settled.insert(task, commit);
                    continue;
                }
                TaskStatus::Unset => false,
            };
            let status = hub.contribution(id, me).status;
            let counts = matches!(
                status,
                ContributionStatus::Contributed | ContributionStatus::Proved
            );
            if is_open && counts {
                let revealed = status == ContributionStatus::Proved;
                cx.watch(&task, false);
                self.commits.insert(task, Commit { revealed, ..commit });
            }
        }
    }

    /// The task is final: whatever it held back is free again.
    pub(super) fn close(&mut self, cx: &mut Context<'_>, task: &Name) {
        cx.unwatch(task);
        if let Some(commit) = self.commits.remove(task)
            && cx.hub.may_be_taken_back()
        {
            self.settled.insert(task.clone(), commit);
        }
        let can_stop = |job: &Job| !matches!(job.stage, Stage::Contributing);
        if self.jobs.get(task).is_some_and(can_stop) && self.character.heeds_the_clock() {
            self.give_up(cx, task, false, "the task is final");
        }
        if std::mem::take(&mut self.short_of_stake) {
            self.hello(cx);
        }
    }
}
