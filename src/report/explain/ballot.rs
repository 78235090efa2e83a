//! The votes of a task counted again: what each group weighed after each vote, and who decided.

use alloy_primitives::{B256, U256};

use super::round::Round;
use crate::{
    log::{Event, EventLog, TaskView, view::Vote},
    protocol::{
        Name,
        consensus::{Groups, weight},
    },
};

/// What happened to a vote's count, in order.
pub(super) enum Step<'a> {
    /// A vote was cast.
    Vote(Count<'a>),
    /// The winners were thrown out.
    Reopen {
        /// What the group that won had weighed.
        lost: U256,
    },
}

/// A vote and what its group and all groups weighed after it.
pub(super) struct Count<'a> {
    pub(super) vote: &'a Vote,
    pub(super) weight: u64,
    pub(super) group: usize,
    pub(super) group_weight: U256,
    pub(super) total: U256,
    /// Whether the consensus was reached; none when the numbers outgrow 256 bits.
    pub(super) reached: Option<bool>,
}

/// All votes of a task, counted.
pub(super) struct Ballot<'a> {
    pub(super) steps: Vec<Step<'a>>,
    pub(super) groups: Vec<B256>,
    pub(super) trust: U256,
}

impl<'a> Ballot<'a> {
    /// Counts the votes of `task` as the contract did.
    pub(super) fn count(log: &EventLog, name: &Name, task: &'a TaskView) -> Self {
        let trust = task.terms.as_ref().map_or(task.trust, |terms| terms.trust);
        let mut ballot = Self {
            steps: Vec::new(),
            groups: Vec::new(),
            trust: U256::from(trust.max(1)),
        };
        let mut groups = Groups::default();
        let mut consensus = None;
        for record in log.facts_about(name) {
            let is_vote = matches!(record.event, Event::TaskContribute { .. });
            let is_reopen = matches!(record.event, Event::TaskReopen { .. });
            if is_reopen && let Some(won) = consensus.take() {
                let lost = groups.weight(&won);
                groups.reject(&won);
                ballot.steps.push(Step::Reopen { lost });
            }
            let vote = task
                .votes
                .iter()
                .find(|vote| is_vote && vote.seq == record.seq);
            if let Some(vote) = vote {
                let count = ballot.cast(&mut groups, vote);
                if count.reached == Some(true) {
                    consensus = Some(vote.hash);
                }
                ballot.steps.push(Step::Vote(count));
            }
        }
        ballot
    }

    fn cast(&mut self, groups: &mut Groups, vote: &'a Vote) -> Count<'a> {
        let weight = weight(vote.score);
        let group_weight = groups.vote(vote.hash, weight).unwrap_or(U256::MAX);
        let group = self.group_of(vote.hash);
        Count {
            vote,
            weight,
            group,
            group_weight,
            total: groups.total(),
            reached: groups.is_reached(&vote.hash, self.trust),
        }
    }

    /// The index of a result among those voted for, in order of appearance.
    pub(super) fn group_of(&mut self, hash: B256) -> usize {
        let known = self.groups.iter().position(|known| *known == hash);
        known.unwrap_or_else(|| {
            self.groups.push(hash);
            self.groups.len() - 1
        })
    }

    /// The votes of the last round that decided it, each with what had come of the others alone:
    /// no consensus, or another result's group.
    pub(super) fn pivotal(&self) -> Vec<(&'a Vote, Option<usize>)> {
        let (votes, round) = self.last_round();
        let pivotal = round.pivotal().into_iter();
        let told = pivotal.map(|(at, other)| {
            let group = |hash| self.groups.iter().position(|known| *known == hash);
            (votes[at], other.and_then(group))
        });
        told.collect()
    }

    /// The votes of the last round that could have turned it: had the worker voted for the result
    /// of this group instead of its own, that result would have won, which it did not.
    pub(super) fn turning(&self) -> Vec<(&'a Vote, usize)> {
        let (votes, round) = self.last_round();
        let mut turning = Vec::new();
        let won = round.result();
        for (at, vote) in votes.iter().enumerate() {
            for (group, hash) in self.groups.iter().enumerate() {
                let is_other = *hash != vote.hash && Some(*hash) != won;
                if is_other && round.winner_if(at, *hash) == Some(*hash) {
                    turning.push((*vote, group));
                }
            }
        }
        turning
    }

    /// The votes that counted in the end: those of the last round, and before them those that were
    /// not thrown out when it was opened.
    fn last_round(&self) -> (Vec<&'a Vote>, Round) {
        let from = self
            .steps
            .iter()
            .rposition(|step| matches!(step, Step::Reopen { .. }))
            .map_or(0, |at| at + 1);
        let mut votes = Vec::new();
        let mut kept = 0;
        for (at, step) in self.steps.iter().enumerate() {
            if let Step::Vote(count) = step
                && (at >= from || !count.vote.rejected)
            {
                kept += usize::from(at < from);
                votes.push(count.vote);
            }
        }
        let cast = votes.iter().map(|vote| (vote.hash, weight(vote.score)));
        let round = Round {
            votes: cast.collect(),
            kept,
            trust: self.trust,
        };
        (votes, round)
    }
}
