//! The sharing of a task's reward, as the contract computes it and as the log recorded it.

use std::fmt::Write;

use alloy_primitives::U256;

use crate::{
    amount::{Nrlc, NrlcChange},
    log::{Event, EventLog, TaskView, view::Terms},
    protocol::{
        Name,
        consensus::{reward_weight, weight},
        percentage,
        reward::{RewardTerms, Shares, share},
    },
    report::text,
};

/// How the reward of a task was shared, by the contract's rules.
pub(super) struct Payment<'a> {
    task: &'a TaskView,
    terms: &'a Terms,
    parts: Vec<Option<u64>>,
    shares: Shares,
}

impl<'a> Payment<'a> {
    /// Computes the shares of a finalized task; none when it is not, or has no deal.
    pub(super) fn of(task: &'a TaskView) -> Option<Self> {
        let terms = task.terms.as_deref()?;
        let parts: Vec<Option<u64>> = task
            .votes
            .iter()
            .map(|vote| vote.revealed.map(|_| reward_weight(weight(vote.score))))
            .collect();
        let rules = RewardTerms {
            price: U256::from(terms.pool_price.0),
            worker_stake: U256::from(terms.worker_stake.0),
            scheduler_reward_ratio: terms.fee,
        };
        let shares = share(&rules, &parts)?;
        Some(Self {
            task,
            terms,
            parts,
            shares,
        })
    }

    /// What all workers share.
    fn for_workers(&self) -> Nrlc {
        let percent = U256::from(100_u64.saturating_sub(self.terms.fee));
        nrlc(percentage(self.shares.total, percent).unwrap_or(U256::MAX))
    }

    /// The sum of the parts of all who proved their vote.
    fn all_parts(&self) -> u64 {
        self.parts.iter().flatten().sum()
    }

    /// Where the money to share comes from: `1 RLC + 1 lost stake of 0.3 RLC = 1.3 RLC`.
    pub(super) fn pot(&self) -> String {
        let lost = self.parts.iter().filter(|part| part.is_none()).count() as u64;
        let (price, total) = (self.terms.pool_price, nrlc(self.shares.total));
        match lost {
            0 => format!("the price, {price}"),
            _ => {
                let stakes = text::count(lost, "lost stake");
                format!(
                    "{price} + {stakes} of {} = {total}",
                    self.terms.worker_stake
                )
            }
        }
    }

    /// The rule for the workers' part: `99 % of 1.3 RLC = 1.287 RLC`.
    pub(super) fn workers_part(&self) -> String {
        let percent = 100_u64.saturating_sub(self.terms.fee);
        let total = nrlc(self.shares.total);
        format!("{percent} % of {total} = {}", self.for_workers())
    }

    /// One worker's share: `1.287 RLC × 1 / 4 = 0.32175 RLC`, or the stake it lost.
    pub(super) fn share_of(&self, worker: &str) -> String {
        let at = self
            .task
            .votes
            .iter()
            .position(|vote| &*vote.worker == worker);
        let share = at.and_then(|at| self.shares.workers[at].zip(self.parts[at]));
        match (at, share) {
            (None, _) => "did not vote".to_owned(),
            (Some(_), Some((share, part))) => format!(
                "{} × {part} / {} = {}",
                self.for_workers(),
                self.all_parts(),
                nrlc(share)
            ),
            (Some(at), None) => {
                let vote = &self.task.votes[at];
                let why = match (vote.rejected, Some(vote.hash) == self.task.consensus) {
                    (true, _) => "it did not reveal before the vote was opened again",
                    (false, true) => "it did not reveal",
                    (false, false) => "it voted for a result that lost",
                };
                format!("-{}, its stake: {why}", self.terms.worker_stake)
            }
        }
    }

    /// What the scheduler keeps.
    pub(super) fn scheduler(&self) -> Nrlc {
        nrlc(self.shares.scheduler)
    }
}

/// Writes what was really paid and seized for a task, from the log.
pub(super) fn write_transfers(text: &mut String, log: &EventLog, name: &Name) {
    for (account, change) in paid(log, name) {
        let sign = if change.0 > 0 { "+" } else { "" };
        let account = format!("{account:<20}");
        let _ = writeln!(text, "  {account} {sign}{change}");
    }
}

/// All rewards and seizures for a task, summed by account in order of appearance.
pub(in crate::report) fn paid(log: &EventLog, name: &Name) -> Vec<(Name, NrlcChange)> {
    let mut sums: Vec<(Name, NrlcChange)> = Vec::new();
    for record in log.facts_about(name) {
        let (account, change) = if let Event::Reward {
            account, amount, ..
        } = &record.event
        {
            (account, NrlcChange::from(*amount))
        } else if let Event::Seize {
            account, amount, ..
        } = &record.event
        {
            (account, -NrlcChange::from(*amount))
        } else {
            continue;
        };
        match sums.iter_mut().find(|(known, _)| known == account) {
            Some((_, sum)) => sum.0 = sum.0.saturating_add(change.0),
            None => sums.push((account.clone(), change)),
        }
    }
    sums
}

/// The amount in nRLC; amounts beyond 64 bits cannot occur in a log.
fn nrlc(amount: U256) -> Nrlc {
    Nrlc(amount.saturating_to())
}
