//! Putting a vote on chain.

use std::{sync::Arc, time::Duration};

use alloy_primitives::{Address, B256};

use super::{Commit, Job, Stage, Worker};
use crate::{
    actors::{Call, Context, Effect, Message, Submission, Timer},
    contracts::call::Completion,
    log::Event,
    protocol::{Commitment, ContributionStatus, Name, TaskStatus, result_hash},
    services::enclave,
};

/// After how long a winner that nobody asked to reveal does so by itself: its stake is at risk.
const UNASKED: Duration = Duration::from_secs(20);

impl Worker {
    /// Commits to the result held for `task`.
    pub(super) fn contribute(&mut self, cx: &mut Context<'_>, task: &Name) {
        let Some(job) = self.jobs.get(task) else {
            return;
        };
        let Stage::Holding { digest, outcome } = job.stage.clone() else {
            return;
        };
        let assignment = Arc::clone(&job.assignment);
        let is_late = cx.now >= assignment.contribution_deadline;
        if is_late && self.character.heeds_the_clock() {
            // By the clock of whoever asked, which may be wrong.
            self.give_up(cx, task, true, "the contribution deadline has passed");
            return;
        }
        let Some(known) = digest else {
            return;
        };
        let address = self.setup.account.address();
        let commitment = Commitment::new(address, assignment.id, known);
        let commit = Commit {
            assignment,
            digest,
            outcome,
            is_mined: false,
            revealed: false,
        };
        if commit.assignment.enclave == Address::ZERO {
            self.submit_vote(cx, task, commit, commitment);
        } else {
            self.complete_alone(cx, task, commit);
        }
    }

    /// Where an enclave vouches, the vote waits for the upload: both go on chain at once.
    fn complete_alone(&mut self, cx: &mut Context<'_>, task: &Name, commit: Commit) {
        let outcome = commit.outcome.clone();
        self.commits.insert(task.clone(), commit);
        self.set_stage(task, Stage::Contributing);
        let task = task.clone();
        cx.effect(Effect::Upload { task, outcome });
    }

    /// The result lies ready: votes for it, proves it and completes the task.
    pub(super) fn submit_completion(&mut self, cx: &mut Context<'_>, task: &Name, link: String) {
        let worker = self.setup.account.address();
        let Some(commit) = self.commits.get_mut(task) else {
            return;
        };
        let Some(digest) = commit.digest else {
            return;
        };
        commit.revealed = true;
        let id = commit.assignment.id;
        let outcome = commit.outcome.as_deref();
        // The enclave vouches for what it computed, not for what its owner would like.
        let computed = outcome.and_then(|outcome| outcome.digest);
        let vouched = computed.map(|computed| enclave::vouch(id, worker, computed));
        let completion = Completion {
            task: id,
            digest,
            results: link.into_bytes().into(),
            callback: outcome
                .and_then(|outcome| outcome.callback.clone())
                .unwrap_or_default(),
            enclave: commit.assignment.enclave,
            enclave_sign: vouched.unwrap_or_default(),
            authorization: commit.assignment.authorization.get().clone(),
        };
        cx.submit(Submission {
            call: Call::ContributeAndFinalize(Arc::new(completion)),
            task: Some(task.clone()),
            may_fail: true,
            token: 0,
        });
    }

    fn submit_vote(
        &mut self,
        cx: &mut Context<'_>,
        task: &Name,
        commit: Commit,
        commitment: Commitment,
    ) {
        let call = Call::Contribute {
            task: commit.assignment.id,
            commitment,
            enclave: Address::ZERO,
            authorization: commit.assignment.authorization.get().clone(),
        };
        // Stored before it is sent: a worker that crashes now can still reveal.
        self.commits.insert(task.clone(), commit);
        self.set_stage(task, Stage::Contributing);
        cx.submit(Submission {
            call,
            task: Some(task.clone()),
            // Others may have settled the vote before this one is in a block.
            may_fail: true,
            token: 0,
        });
    }

    /// Copies the first hash that is on chain, if one is.
    pub(super) fn copy_if_possible(&mut self, cx: &mut Context<'_>, task: &Name) {
        let Some(job) = self.jobs.get(task) else {
            return;
        };
        let id = job.assignment.id;
        let first = cx.hub.task(id).contributors.first().copied();
        if let Some(voter) = first {
            let hash = cx.hub.contribution(id, voter).hash;
            self.copy(cx, task, hash);
        }
    }

    fn copy(&mut self, cx: &mut Context<'_>, task: &Name, hash: B256) {
        let waits = |job: &&Job| matches!(job.stage, Stage::Watching);
        let Some(job) = self.jobs.get(task).filter(waits) else {
            return;
        };
        let commit = Commit {
            assignment: Arc::clone(&job.assignment),
            digest: None,
            outcome: None,
            is_mined: false,
            revealed: false,
        };
        // The seal takes the digest, which a copycat does not know. Any other word will do.
        let seal = super::behaviour::lie(cx);
        self.submit_vote(cx, task, commit, Commitment { hash, seal });
    }

    pub(super) fn on_chain(&mut self, cx: &mut Context<'_>, event: &Event) {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "all other events are no news"
        )]
        match event {
            Event::TaskContribute { task, hash, .. } => self.copy(cx, task, *hash),
            Event::TaskConsensus {
                task, consensus, ..
            } if self.has_won(cx, task, *consensus) => {
                cx.wake_at(cx.now + UNASKED, Timer::Reveal(task.clone()));
            }
            Event::TaskFinalize { task, .. } | Event::TaskClaimed { task } => self.close(cx, task),
            Event::FaultyContribution { worker, .. }
                if *worker == cx.bare() && self.character.sheds_identity() =>
            {
                cx.effect(crate::actors::Effect::ChangeIdentity);
            }
            _ => {}
        }
    }

    pub(super) fn on_mined(
        &mut self,
        cx: &mut Context<'_>,
        call: &'static str,
        task: &Name,
        failure: Option<String>,
    ) {
        if call == "reveal" && failure.is_some() {
            self.on_reveal_refused(cx, task);
        }
        if !matches!(call, "contribute" | "contributeAndFinalize") {
            return;
        }
        let had_slot = self.jobs.remove(task).is_some();
        if let Some(reason) = failure {
            self.commits.remove(task);
            super::abandon(cx, task, format!("contribution refused: {reason}"));
            cx.unwatch(task);
            let (task, for_now) = (task.clone(), true);
            self.tell(cx, Message::GaveUp { task, for_now });
        } else if let Some(commit) = self.commits.get_mut(task) {
            commit.is_mined = true;
        }
        if had_slot {
            self.hello(cx);
        }
    }

    /// Whether the votes agreed on what it can reveal. Of one that has been in a block the chain need
    /// not be asked.
    fn has_won(&self, cx: &Context<'_>, task: &Name, consensus: B256) -> bool {
        let me = self.setup.account.address();
        self.commits.get(task).is_some_and(|commit| {
            let id = commit.assignment.id;
            let vote = commit.digest.map(|digest| result_hash(id, digest));
            let is_cast = || commit.is_mined || cx.hub.contribution(id, me).hash == consensus;
            !commit.revealed && vote == Some(consensus) && is_cast()
        })
    }

    /// Whether its vote on a task is on the chain. One that is not, though nothing is on its way, was
    /// taken back: then the task may be computed once more.
    pub(super) fn stands_by(&mut self, cx: &Context<'_>, task: &Name) -> bool {
        let Some(commit) = self.commits.get(task) else {
            return false;
        };
        let me = self.setup.account.address();
        let vote = cx.hub.contribution(commit.assignment.id, me);
        let is_cast = vote.status != ContributionStatus::Unset;
        if !is_cast {
            self.commits.remove(task);
        }
        is_cast
    }

    /// After a crash: forgets votes that are decided, and watches the others.
    pub(super) fn catch_up(&mut self, cx: &mut Context<'_>) {
        self.reopen(cx);
        let me = self.setup.account.address();
        let hub = cx.hub;
        self.commits.retain(|_, commit| {
            let id = commit.assignment.id;
            let open = matches!(
                hub.task(id).status,
                TaskStatus::Active | TaskStatus::Revealing
            );
            let status = hub.contribution(id, me).status;
            commit.revealed |= status == ContributionStatus::Proved;
            let is_undone = commit.is_mined && status == ContributionStatus::Unset;
            open && status != ContributionStatus::Rejected && !is_undone
        });
        let mut won = Vec::new();
        for (task, commit) in &self.commits {
            cx.watch(task, false);
            let id = commit.assignment.id;
            if hub.contribution(id, me).status == ContributionStatus::Unset {
                // On its way to the chain; what became of it is told.
                let (assignment, stage) = (Arc::clone(&commit.assignment), Stage::Contributing);
                self.jobs.insert(task.clone(), Job { assignment, stage });
            }
            // What an enclave computed was on its way to the store, or the vote for it was lost.
            if commit.assignment.enclave != Address::ZERO {
                let (task, outcome) = (task.clone(), commit.outcome.clone());
                cx.effect(Effect::Upload { task, outcome });
                continue;
            }
            // Whoever asked for the reveal was not heard; not to reveal would cost the stake.
            let on_chain = hub.task(id);
            let vote = hub.contribution(id, me).hash;
            if on_chain.status == TaskStatus::Revealing && on_chain.consensus_value == vote {
                won.push(task.clone());
            }
        }
        for task in won {
            self.on_please_reveal(cx, &task, true);
        }
    }
}
