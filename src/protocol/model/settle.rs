//! Tasks end: everybody is paid, or the payer is refunded.

use alloy_primitives::{Address, B256, Bytes, U256};

use super::{Call, Effect, Flaw, Model};
use crate::protocol::{
    Commitment, Contribution, ContributionStatus, Deal, Refusal, Task, TaskId, TaskStatus,
    reveal_deadline,
    reward::{self, RewardTerms},
};

/// The vote of a worker that contributes and finalizes at once.
pub(super) struct LoneVote {
    pub(super) worker: Address,
    pub(super) now: u64,
    pub(super) digest: B256,
    pub(super) enclave: Address,
}

/// Results, and what the callback is given.
type Results<'a> = (&'a Bytes, &'a Bytes);

impl Model {
    pub(super) fn finalize(
        &mut self,
        call: Call,
        id: TaskId,
        results: Results<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let opened = self.open(id, call.sender);
        opened.situation(id, call).finalize(results.1)?;
        let deal = &opened.deal;
        self.pay_resources(id, deal, effects)?;
        self.pay_workers(id, deal, &opened.task.contributors, effects)?;
        self.complete(id, opened.task, results, effects);
        Ok(())
    }

    /// Ends a task by its first vote, of which all has been checked.
    pub(super) fn finalize_alone(
        &mut self,
        id: TaskId,
        vote: LoneVote,
        results: Results<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let LoneVote {
            worker,
            now,
            digest,
            enclave,
        } = vote;
        let opened = self.open(id, worker);
        let deal = &opened.deal;
        self.pay_resources(id, deal, effects)?;
        let (to_worker, to_scheduler) = reward::share_at_once(&terms(deal)).ok_or(OVERFLOW)?;
        self.ledger.reward(worker, to_worker, id, effects)?;
        let scheduler = deal.workerpool.owner;
        self.ledger.reward(scheduler, to_scheduler, id, effects)?;

        let Commitment { hash, seal } = Commitment::new(worker, id, digest);
        let contribution = Contribution {
            status: ContributionStatus::Proved,
            hash,
            seal,
            enclave,
            weight: 0,
        };
        self.contributions.insert((id, worker), contribution);
        let task = Task {
            reveal_counter: 1,
            winner_counter: 1,
            reveal_deadline: reveal_deadline(now, opened.task.timeref, &self.rules),
            consensus_value: hash,
            result_digest: digest,
            contributors: vec![worker],
            ..opened.task
        };
        effects.extend([
            Effect::TaskContribute {
                task: id,
                worker,
                hash,
            },
            Effect::TaskConsensus {
                task: id,
                consensus: hash,
            },
            Effect::TaskReveal {
                task: id,
                worker,
                digest,
            },
        ]);
        self.complete(id, task, results, effects);
        Ok(())
    }

    fn complete(
        &mut self,
        id: TaskId,
        task: Task,
        (results, results_callback): Results<'_>,
        effects: &mut Vec<Effect>,
    ) {
        let task = Task {
            status: TaskStatus::Completed,
            results: results.clone(),
            results_callback: results_callback.clone(),
            ..task
        };
        self.tasks.insert(id, task);
        effects.push(Effect::TaskFinalize {
            task: id,
            results: results.clone(),
        });
    }

    pub(super) fn claim(
        &mut self,
        call: Call,
        id: TaskId,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let opened = self.open(id, call.sender);
        opened.situation(id, call).claim()?;
        let deal = &opened.deal;
        let price = deal.price_per_task().ok_or(OVERFLOW)?;
        let stake = self.scheduler_stake(deal)?;
        let kitty = self.rules.kitty_address;
        self.ledger.unlock(deal.sponsor, price, effects)?;
        let scheduler = deal.workerpool.owner;
        self.ledger.seize(scheduler, stake, id, effects)?;
        self.ledger.reward_locked(kitty, stake, id, effects)?;
        if !self.has_flaw(Flaw::ForgetStakes) {
            for worker in &opened.task.contributors {
                self.ledger.unlock(*worker, deal.worker_stake, effects)?;
            }
        }
        let task = Task {
            status: TaskStatus::Failed,
            ..opened.task
        };
        self.tasks.insert(id, task);
        effects.push(Effect::TaskClaimed { task: id });
        Ok(())
    }

    /// Takes the price from the payer, pays app and dataset, frees the scheduler's stake and gives
    /// it its share of the kitty.
    fn pay_resources(
        &mut self,
        id: TaskId,
        deal: &Deal,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let price = deal.price_per_task().ok_or(OVERFLOW)?;
        self.ledger.seize(deal.sponsor, price, id, effects)?;
        for resource in [&deal.app, &deal.dataset] {
            if !resource.price.is_zero() {
                self.ledger
                    .reward(resource.owner, resource.price, id, effects)?;
            }
        }
        let scheduler = deal.workerpool.owner;
        let stake = self.scheduler_stake(deal)?;
        self.ledger.unlock(scheduler, stake, effects)?;
        let kitty = self.rules.kitty_address;
        let held = self.ledger.locked(kitty);
        if !held.is_zero() {
            let draw = reward::kitty_draw(held, &self.rules).ok_or(OVERFLOW)?;
            self.ledger.seize(kitty, draw, id, effects)?;
            self.ledger.reward(scheduler, draw, id, effects)?;
        }
        Ok(())
    }

    /// Pays those who were right out of the price and the stakes of those who were not.
    fn pay_workers(
        &mut self,
        id: TaskId,
        deal: &Deal,
        contributors: &[Address],
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let proved: Vec<Option<u64>> = contributors
            .iter()
            .map(|worker| {
                let contribution = self.contribution(id, *worker);
                let is_paid = contribution.status == ContributionStatus::Proved
                    || self.has_flaw(Flaw::PayUnrevealed) && self.has_won(id, &contribution);
                is_paid.then_some(contribution.weight)
            })
            .collect();
        let shares = reward::share(&terms(deal), &proved).ok_or(OVERFLOW)?;
        let stake = deal.worker_stake;
        for (worker, share) in contributors.iter().copied().zip(shares.workers) {
            let task = id;
            let before = self.score(worker);
            let after = reward::score_after(before, share.is_some(), contributors.len());
            if let Some(share) = share {
                self.ledger.unlock(worker, stake, effects)?;
                self.ledger.reward(worker, share, id, effects)?;
                if contributors.len() > 1 {
                    effects.push(Effect::AccurateContribution { worker, task });
                }
            } else {
                self.ledger.seize(worker, stake, id, effects)?;
                effects.push(Effect::FaultyContribution { worker, task });
            }
            if after != before {
                self.scores.insert(worker, after);
            }
        }
        let scheduler = deal.workerpool.owner;
        self.ledger.reward(scheduler, shares.scheduler, id, effects)
    }

    fn has_won(&self, id: TaskId, contribution: &Contribution) -> bool {
        let task = self.tasks.get(&id);
        task.is_some_and(|task| task.consensus_value == contribution.hash)
    }

    fn scheduler_stake(&self, deal: &Deal) -> Result<U256, Refusal> {
        reward::workerpool_stake(deal.workerpool.price, &self.rules).ok_or(OVERFLOW)
    }
}

const OVERFLOW: Refusal = Refusal::Overflow {
    what: "a task's payments",
};

fn terms(deal: &Deal) -> RewardTerms {
    RewardTerms {
        price: deal.workerpool.price,
        worker_stake: deal.worker_stake,
        scheduler_reward_ratio: deal.scheduler_reward_ratio,
    }
}
