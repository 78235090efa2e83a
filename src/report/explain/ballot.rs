//! The votes of a task counted again: what each group weighed after each vote, and who decided.

use alloy_primitives::{B256, U256};

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

    /// The votes of the last round without which its winners had not won: had one of these workers
    /// voted for a result of its own, the votes cast would not have been enough.
    pub(super) fn pivotal(&self) -> Vec<&'a Vote> {
        let votes = self.standing();
        let Some(last) = votes.last() else {
            return Vec::new();
        };
        let decides = |vote: &&&Vote| self.winner(&votes, vote, B256::ZERO).is_none();
        let winners = votes.iter().filter(|vote| vote.hash == last.hash);
        winners.filter(decides).copied().collect()
    }

    /// The votes of the last round that could have turned it: had the worker voted for the result
    /// of this group instead of its own, that result would have won.
    pub(super) fn turning(&self) -> Vec<(&'a Vote, usize)> {
        let votes = self.standing();
        let mut turning = Vec::new();
        for vote in &votes {
            for (group, hash) in self.groups.iter().enumerate() {
                let is_other = *hash != vote.hash;
                if is_other && self.winner(&votes, vote, *hash) == Some(*hash) {
                    turning.push((*vote, group));
                }
            }
        }
        turning
    }

    /// The votes that counted in the end: those of the last round, and those that were not thrown
    /// out before.
    fn standing(&self) -> Vec<&'a Vote> {
        let from = self
            .steps
            .iter()
            .rposition(|step| matches!(step, Step::Reopen { .. }))
            .map_or(0, |at| at + 1);
        let steps = self.steps.iter().enumerate();
        let standing = steps.filter_map(|(at, step)| match step {
            Step::Vote(count) if at >= from || !count.vote.rejected => Some(count.vote),
            Step::Vote(_) | Step::Reopen { .. } => None,
        });
        standing.collect()
    }

    /// The result that wins when the vote `flipped` is for `other` instead.
    fn winner(&self, votes: &[&Vote], flipped: &Vote, other: B256) -> Option<B256> {
        let mut groups = Groups::default();
        votes.iter().find_map(|vote| {
            let is_flipped = vote.seq == flipped.seq;
            let hash = if is_flipped { other } else { vote.hash };
            let fits = groups.vote(hash, weight(vote.score)).is_some();
            (fits && groups.is_reached(&hash, self.trust) == Some(true)).then_some(hash)
        })
    }
}
