//! Tasks: their ids, their states, and the deadlines of their lives.

use std::fmt;

use alloy_primitives::{Address, B256, Bytes, Keccak256, U256};
use serde::{Deserialize, Serialize};

use super::{DealId, Rules, TaskId};

/// Where a task stands on chain.
#[derive(
    Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum TaskStatus {
    /// Nobody initialised it.
    #[default]
    Unset = 0,
    /// Workers may contribute.
    Active = 1,
    /// A result won; its voters must show it.
    Revealing = 2,
    /// Done and paid.
    Completed = 3,
    /// Claimed back after its final deadline.
    Failed = 4,
}

impl TaskStatus {
    /// Returns whether nothing can change any more.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }
}

/// A number that is no state.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{0} is not the number of a status")]
pub struct UnknownStatus(pub u8);

impl TryFrom<u8> for TaskStatus {
    type Error = UnknownStatus;

    fn try_from(number: u8) -> Result<Self, UnknownStatus> {
        Ok(match number {
            0 => Self::Unset,
            1 => Self::Active,
            2 => Self::Revealing,
            3 => Self::Completed,
            4 => Self::Failed,
            other => return Err(UnknownStatus(other)),
        })
    }
}

impl fmt::Display for TaskStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Unset => "unset",
            Self::Active => "active",
            Self::Revealing => "revealing",
            Self::Completed => "completed",
            Self::Failed => "failed",
        })
    }
}

/// What the hub stores of a task; times in Unix seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Task {
    /// Where it stands.
    pub status: TaskStatus,
    /// Its deal.
    pub deal: DealId,
    /// Its index in the request order.
    pub index: U256,
    /// The unit of its deadlines, in seconds.
    pub timeref: u64,
    /// Contributions count before this second.
    pub contribution_deadline: u64,
    /// Reveals count before this second; zero while there is no consensus.
    pub reveal_deadline: u64,
    /// The task can be finalized before this second and claimed from it on.
    pub final_deadline: u64,
    /// The result hash that won; zero while there is none.
    pub consensus_value: B256,
    /// How many winners revealed.
    pub reveal_counter: u64,
    /// How many contributors voted for the result that won.
    pub winner_counter: u64,
    /// Who contributed, in order; those rejected by a reopening included.
    pub contributors: Vec<Address>,
    /// The digest that was revealed last.
    pub result_digest: B256,
    /// Where the result lies, as the scheduler put it.
    pub results: Bytes,
    /// What the callback contract was given.
    pub results_callback: Bytes,
}

impl TaskId {
    /// Returns the id of the task of this index in a deal.
    pub fn of(deal: DealId, index: U256) -> Self {
        let mut hasher = Keccak256::new();
        hasher.update(deal.0);
        hasher.update(index.to_be_bytes::<32>());
        Self(hasher.finalize())
    }
}

/// The deadlines a task has from its deal, in Unix seconds; both are the first second too late.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Deadlines {
    /// Contributions count before it.
    pub contribution: u64,
    /// Finalizing counts before it, claiming from it on.
    pub final_: u64,
}

impl Deadlines {
    /// Returns the deadlines of a deal made at `start` in a category of `timeref` seconds.
    ///
    /// They run from the deal, however late the task is initialised.
    pub fn of(start: u64, timeref: u64, rules: &Rules) -> Self {
        let after = |ratio: u64| start.saturating_add(timeref.saturating_mul(ratio));
        Self {
            contribution: after(rules.contribution_deadline_ratio),
            final_: after(rules.final_deadline_ratio),
        }
    }
}

/// Returns the second before which winners must reveal, for a consensus reached at `now`.
///
/// It may lie beyond the final deadline; finalizing must still be done before that.
pub fn reveal_deadline(now: u64, timeref: u64, rules: &Rules) -> u64 {
    now.saturating_add(timeref.saturating_mul(rules.reveal_deadline_ratio))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_are_multiples_of_the_category_from_the_deal() {
        let rules = Rules::default();
        let deadlines = Deadlines::of(1_000, 300, &rules);
        assert_eq!(deadlines.contribution, 1_000 + 7 * 300);
        assert_eq!(deadlines.final_, 1_000 + 10 * 300);
        assert_eq!(reveal_deadline(1_050, 300, &rules), 1_050 + 2 * 300);
    }

    #[test]
    fn statuses_have_the_numbers_of_the_contract() {
        for number in 0..5 {
            assert_eq!(TaskStatus::try_from(number).unwrap() as u8, number);
        }
        assert_eq!(TaskStatus::try_from(5), Err(UnknownStatus(5)));
    }
}
