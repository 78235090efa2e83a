//! Consensus: how much a vote weighs, when one result outweighs the others, and how many workers
//! a scheduler asks before it can expect that.
//!
//! All tests are the contract's integer inequalities, without rounding of our own.

use std::collections::BTreeMap;

use alloy_primitives::{B256, U256};

/// Returns the weight a worker's vote multiplies its group with.
///
/// `score` counts accurate contributions less penalties; a newcomer (0 to 11) weighs 2.
pub fn weight(score: u64) -> u64 {
    (score / 3).max(3) - 1
}

/// Returns the worker's part of the reward for a vote of this weight: ⌊log₂ weight⌋.
pub fn reward_weight(weight: u64) -> u64 {
    weight.checked_ilog2().unwrap_or(0).into()
}

/// Returns the trust for which exactly `workers` agreeing newcomers are needed: 2ⁿ⁻¹ + 1.
///
/// At most `u64::MAX`, reached at 65; no worker at all needs a trust of 1.
pub fn trust_for_replication(workers: u32) -> u64 {
    let Some(exponent) = workers.checked_sub(1) else {
        return 1;
    };
    let power = 1_u64.checked_shl(exponent).unwrap_or(u64::MAX);
    power.saturating_add(1)
}

/// Returns whether a group of this weight outweighs all others: `group · trust > total · (trust − 1)`.
///
/// `total` is 1 plus the weight of all groups, this one included; a `trust` of 0 counts as 1.
/// None when a product does not fit, where the contract panics.
pub fn is_reached(group: U256, total: U256, trust: U256) -> Option<bool> {
    let trust = trust.max(U256::ONE);
    let others = total.checked_mul(trust - U256::ONE)?;
    Some(group.checked_mul(trust)? > others)
}

/// The votes of a task, weighed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Groups {
    weights: BTreeMap<B256, U256>,
    total: U256,
}

impl Default for Groups {
    fn default() -> Self {
        Self {
            weights: BTreeMap::new(),
            total: U256::ONE,
        }
    }
}

impl Groups {
    /// Returns the weight of the group that voted for `hash`; zero when nobody did.
    pub fn weight(&self, hash: &B256) -> U256 {
        self.weights.get(hash).copied().unwrap_or_default()
    }

    /// Returns 1 plus the weight of all groups.
    pub fn total(&self) -> U256 {
        self.total
    }

    /// Adds a vote: the group's weight is multiplied with the vote's.
    ///
    /// Returns the group's new weight; none, and nothing is changed, when it does not fit.
    pub fn vote(&mut self, hash: B256, weight: u64) -> Option<U256> {
        let before = self.weight(&hash);
        let after = before.max(U256::ONE).checked_mul(U256::from(weight))?;
        self.total = (self.total - before).checked_add(after)?;
        self.weights.insert(hash, after);
        Some(after)
    }

    /// Takes out the group that won and did not reveal.
    pub fn reject(&mut self, hash: &B256) {
        if let Some(weight) = self.weights.remove(hash) {
            self.total -= weight;
        }
    }

    /// Returns whether the group that voted for `hash` outweighs the others; none where the
    /// contract panics.
    pub fn is_reached(&self, hash: &B256, trust: U256) -> Option<bool> {
        is_reached(self.weight(hash), self.total, trust)
    }
}

/// A worker the scheduler asked, whose answer came or is still awaited.
///
/// One that failed, or whose time is up, is left out.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Replica {
    /// The weight of its vote.
    pub weight: u64,
    /// The result hash it voted for; none while it computes.
    pub vote: Option<B256>,
}

/// Returns whether the scheduler must ask one more worker.
///
/// It expects those who still compute to agree with the best group; if even then the trust is not
/// reached, one more is asked. Source: iexec-core's prediction, which mirrors the contract.
pub fn needs_replica(trust: U256, replicas: &[Replica]) -> bool {
    let mut groups: BTreeMap<B256, U256> = BTreeMap::new();
    let mut pending = U256::ZERO;
    for replica in replicas {
        let weight = U256::from(replica.weight);
        let product = match replica.vote {
            Some(hash) => groups.entry(hash).or_default(),
            None => &mut pending,
        };
        *product = product.saturating_mul_nonzero(weight);
    }
    let best = groups.values().copied().max().unwrap_or_default();
    let sum = groups
        .values()
        .copied()
        .fold(U256::ZERO, U256::saturating_add);
    let prediction = best.saturating_mul_nonzero(pending);
    let total = (sum - best)
        .saturating_add(prediction)
        .saturating_add(U256::ONE);
    let trust = trust.max(U256::ONE);
    let expected = prediction.saturating_mul(trust);
    expected <= total.saturating_mul(trust - U256::ONE)
}

/// Returns how many more newcomers the scheduler must ask, if those asked so far behave as expected.
pub fn replicas_needed(trust: U256, replicas: &[Replica]) -> usize {
    // 256 newcomers outweigh every trust that fits a word.
    const MOST: usize = 256;
    let newcomer = Replica {
        weight: weight(0),
        vote: None,
    };
    let mut asked = replicas.to_vec();
    let mut more = 0;
    while more < MOST && needs_replica(trust, &asked) {
        asked.push(newcomer);
        more += 1;
    }
    more
}

/// A product in which zero stands for "no factor yet".
trait SaturatingMulNonzero {
    fn saturating_mul_nonzero(self, other: Self) -> Self;
}

impl SaturatingMulNonzero for U256 {
    fn saturating_mul_nonzero(self, other: Self) -> Self {
        match (self.is_zero(), other.is_zero()) {
            (true, _) => other,
            (_, true) => self,
            (false, false) => self.saturating_mul(other),
        }
    }
}

#[cfg(test)]
mod tests;
