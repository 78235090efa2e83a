//! Workers vote, the winners show what they voted for, or the vote is opened again.

use alloy_primitives::B256;

use super::{Call, Effect, Flaw, Model};
use crate::protocol::{
    Commitment, Contribution, ContributionStatus, Refusal, Task, TaskId, TaskStatus,
    check::Permission, consensus, reveal_deadline,
};

impl Model {
    pub(super) fn contribute(
        &mut self,
        call: Call,
        id: TaskId,
        commitment: Commitment,
        permission: &Permission,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let opened = self.open(id, call.sender);
        let situation = opened.situation(id, call);
        situation.contribute(commitment, permission, self.broker)?;
        let (worker, hash) = (call.sender, commitment.hash);
        let mut task = opened.task;
        task.contributors.push(worker);
        self.ledger
            .lock(worker, opened.deal.worker_stake, effects)?;
        effects.push(Effect::TaskContribute {
            task: id,
            worker,
            hash,
        });

        let weight = consensus::weight(self.score(worker));
        let mut groups = self.groups(id);
        let overflow = Refusal::Overflow {
            what: "the weight of the votes",
        };
        groups.vote(hash, weight).ok_or(overflow.clone())?;
        let reached = groups
            .is_reached(&hash, opened.deal.trust)
            .ok_or(overflow)?;
        self.groups.insert(id, groups);
        let contribution = Contribution {
            status: ContributionStatus::Contributed,
            hash,
            seal: commitment.seal,
            enclave: permission.enclave,
            weight: consensus::reward_weight(weight),
        };
        self.contributions.insert((id, worker), contribution);
        if reached {
            self.close_vote(call.now, id, &mut task, hash);
            effects.push(Effect::TaskConsensus {
                task: id,
                consensus: hash,
            });
        }
        self.tasks.insert(id, task);
        Ok(())
    }

    fn close_vote(&self, now: u64, id: TaskId, task: &mut Task, hash: B256) {
        let voted = |worker| {
            let contribution = self.contribution(id, worker);
            contribution.hash == hash && contribution.status == ContributionStatus::Contributed
        };
        let winners = task.contributors.iter().filter(|worker| voted(**worker));
        task.winner_counter = winners.fold(0, |count, _| count + 1);
        task.reveal_counter = 0;
        task.status = TaskStatus::Revealing;
        task.consensus_value = hash;
        task.reveal_deadline = reveal_deadline(now, task.timeref, &self.rules);
    }

    pub(super) fn reveal(
        &mut self,
        call: Call,
        id: TaskId,
        digest: B256,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let opened = self.open(id, call.sender);
        opened.situation(id, call).reveal(digest)?;
        let contribution = Contribution {
            status: ContributionStatus::Proved,
            ..opened.contribution
        };
        self.contributions.insert((id, call.sender), contribution);
        let mut task = opened.task;
        task.reveal_counter += 1;
        task.result_digest = digest;
        self.tasks.insert(id, task);
        effects.push(Effect::TaskReveal {
            task: id,
            worker: call.sender,
            digest,
        });
        Ok(())
    }

    pub(super) fn reopen(
        &mut self,
        call: Call,
        id: TaskId,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let opened = self.open(id, call.sender);
        if !self.has_flaw(Flaw::ReopenUnchecked) {
            opened.situation(id, call).reopen()?;
        }
        let mut task = opened.task;
        let lost = task.consensus_value;
        for worker in &task.contributors {
            let contribution = self.contribution(id, *worker);
            if contribution.hash == lost {
                let rejected = Contribution {
                    status: ContributionStatus::Rejected,
                    ..contribution
                };
                self.contributions.insert((id, *worker), rejected);
            }
        }
        let mut groups = self.groups(id);
        groups.reject(&lost);
        self.groups.insert(id, groups);
        task.status = TaskStatus::Active;
        task.consensus_value = B256::ZERO;
        task.reveal_deadline = 0;
        task.winner_counter = 0;
        self.tasks.insert(id, task);
        effects.push(Effect::TaskReopen { task: id });
        Ok(())
    }
}
