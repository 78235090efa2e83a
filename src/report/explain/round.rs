//! One round of voting played again with one vote lost or changed.

use alloy_primitives::{B256, U256};

use crate::protocol::consensus::Groups;

/// The votes of a round in the order they were cast: what each is for, and its weight.
pub(super) struct Round {
    pub(super) votes: Vec<(B256, u64)>,
    /// How many of them are from before the vote was opened again. They weigh, but the contract
    /// looks for a consensus only when a vote comes in.
    pub(super) kept: usize,
    pub(super) trust: U256,
}

impl Round {
    /// Returns the votes without which the result that won had not won, and what then had won
    /// instead, if anything.
    pub(super) fn pivotal(&self) -> Vec<(usize, Option<B256>)> {
        let won = self.result();
        if won.is_none() {
            return Vec::new();
        }
        let without = (0..self.votes.len()).map(|at| (at, self.winner_without(at)));
        without.filter(|(_, winner)| *winner != won).collect()
    }

    /// Returns the result that won, if any did.
    pub(super) fn result(&self) -> Option<B256> {
        self.winner(|_, hash| Some(hash))
    }

    /// Returns the result that wins when vote `at` was not cast.
    fn winner_without(&self, at: usize) -> Option<B256> {
        self.winner(|of, hash| (of != at).then_some(hash))
    }

    /// Returns the result that wins when vote `at` is for `other`.
    pub(super) fn winner_if(&self, at: usize, other: B256) -> Option<B256> {
        self.winner(|of, hash| Some(if of == at { other } else { hash }))
    }

    /// Returns the first result that is beyond the threshold when it gets a vote, each vote being
    /// for what `cast` makes of it, or not cast at all.
    fn winner(&self, cast: impl Fn(usize, B256) -> Option<B256>) -> Option<B256> {
        let mut groups = Groups::default();
        let mut votes = self.votes.iter().enumerate();
        votes.find_map(|(at, (hash, weight))| {
            let hash = cast(at, *hash)?;
            // A vote whose weight does not fit is refused.
            groups.vote(hash, *weight)?;
            let counts = at >= self.kept && groups.is_reached(&hash, self.trust) == Some(true);
            counts.then_some(hash)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::protocol::consensus::weight;

    fn hash(result: u8) -> B256 {
        B256::with_last_byte(result)
    }

    fn round(votes: &[(u8, u64)], kept: usize, trust: u64) -> Round {
        let votes = votes
            .iter()
            .map(|(result, score)| (hash(*result), weight(*score)));
        Round {
            votes: votes.collect(),
            kept,
            trust: U256::from(trust),
        }
    }

    /// The winner by plain numbers, each count begun anew; a vote without a result is not cast.
    fn brute(votes: &[(Option<u8>, u64)], kept: usize, trust: u128) -> Option<B256> {
        (kept..votes.len()).find_map(|last| {
            let result = votes[last].0?;
            let group = |wanted: u8| {
                let votes = votes[..=last].iter();
                let mut weights = votes
                    .filter(|(result, _)| *result == Some(wanted))
                    .map(|(_, score)| u128::from((*score / 3).max(3) - 1))
                    .peekable();
                weights.peek()?;
                Some(weights.product::<u128>())
            };
            let total = 1 + (0..=4).filter_map(group).sum::<u128>();
            (group(result)? * trust > total * (trust - 1)).then(|| hash(result))
        })
    }

    /// Votes up to the one that decides, as the contract takes no more of them.
    fn until_decided(votes: &mut Vec<(u8, u64)>, kept: usize, trust: u64) {
        let decided = (kept + 1..=votes.len()).find(|count| {
            let cast: Vec<_> = votes[..*count]
                .iter()
                .map(|(result, score)| (Some(*result), *score))
                .collect();
            brute(&cast, kept, trust.into()).is_some()
        });
        if let Some(count) = decided {
            votes.truncate(count);
        }
    }

    proptest! {
        #[test]
        fn who_decided_is_what_counting_anew_without_each_says(
            mut votes in prop::collection::vec((0_u8..4, 0_u64..70), 0..12),
            kept in 0_usize..4,
            trust in 1_u64..120,
        ) {
            let kept = kept.min(votes.len());
            until_decided(&mut votes, kept, trust);
            let round = round(&votes, kept, trust);
            let cast: Vec<_> = votes.iter().map(|(result, score)| (Some(*result), *score)).collect();
            let won = brute(&cast, kept, trust.into());
            let mut expected = Vec::new();
            for at in 0..votes.len() {
                let mut without = cast.clone();
                without[at].0 = None;
                let winner = brute(&without, kept, trust.into());
                if won.is_some() && winner != won {
                    expected.push((at, winner));
                }
                for other in 0..5 {
                    let mut changed = cast.clone();
                    changed[at].0 = Some(other);
                    let winner = brute(&changed, kept, trust.into());
                    prop_assert_eq!(round.winner_if(at, hash(other)), winner);
                }
            }
            prop_assert_eq!(round.pivotal(), expected);
        }
    }

    #[test]
    fn the_only_vote_decides() {
        assert_eq!(round(&[(0, 0)], 0, 1).pivotal(), [(0, None)]);
        assert_eq!(round(&[(0, 60)], 0, 19).pivotal(), [(0, None)]);
    }

    #[test]
    fn a_vote_that_comes_after_the_others_would_do_without_it() {
        // 2 × 19 = 38, total 39: 38 × 20 = 760 > 39 × 19 = 741, whichever newcomer is missing.
        let votes = [(0, 0), (0, 0), (0, 60)];
        assert_eq!(round(&votes, 0, 20).pivotal(), [(2, None)]);
    }

    #[test]
    fn a_vote_may_have_kept_another_result_from_winning() {
        // Without the first vote, 1 has 4 of 5 after the third: 4 × 3 = 12 > 5 × 2 = 10.
        let votes = [(0, 0), (1, 0), (1, 0), (0, 60)];
        assert_eq!(
            round(&votes, 0, 3).pivotal(),
            [(0, Some(hash(1))), (3, None)]
        );
    }

    #[test]
    fn votes_kept_from_an_earlier_round_decide_with_a_new_one_only() {
        let votes = [(0, 0), (0, 0), (0, 0)];
        assert_eq!(
            round(&votes, 2, 5).pivotal(),
            [(0, None), (1, None), (2, None)]
        );
        assert_eq!(round(&votes, 2, 3).pivotal(), [(2, None)]);
    }
}
