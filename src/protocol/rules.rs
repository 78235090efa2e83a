//! The constants of PoCo 6.2: the real ones unless a scenario deviates on purpose.

use alloy_primitives::{Address, U256, address};

use super::Tag;
use crate::amount::NRLC_PER_RLC;

/// The numbers the contracts are compiled with; [`Rules::default`] holds those of the real network.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rules {
    /// Category times from the deal's start within which contributions count.
    pub contribution_deadline_ratio: u64,
    /// Category times from the consensus within which winners reveal.
    pub reveal_deadline_ratio: u64,
    /// Category times from the deal's start within which a task must be final.
    pub final_deadline_ratio: u64,
    /// Percent of the pool's price its owner locks for each task.
    pub workerpool_stake_ratio: u64,
    /// Percent of the kitty a successful task pays to the scheduler.
    pub kitty_ratio: u64,
    /// The least the kitty pays while it holds that much, in nRLC.
    pub kitty_min: U256,
    /// The account whose locked balance is the kitty.
    pub kitty_address: Address,
    /// Bits of a dataset order's tag that matching ignores: [`Tag::FRAMEWORKS`] since PoCo 6.2, none
    /// before.
    pub dataset_tag_ignored: Tag,
}

/// (The first 20 bytes of keccak256("iExecKitty")) − 1.
pub const KITTY_ADDRESS: Address = address!("99c2268479b93fDe36232351229815DF80837e23");

/// The ERC-734 purpose of the members of a group an order is restricted to.
pub const GROUPMEMBER_PURPOSE: u64 = 4;

/// Percent of the price a worker stakes in a pool that never changed its policy.
pub const DEFAULT_WORKER_STAKE_RATIO: u64 = 30;

/// Percent of the reward the scheduler keeps in a pool that never changed its policy.
pub const DEFAULT_SCHEDULER_REWARD_RATIO: u64 = 1;

impl Default for Rules {
    fn default() -> Self {
        Self {
            contribution_deadline_ratio: 7,
            reveal_deadline_ratio: 2,
            final_deadline_ratio: 10,
            workerpool_stake_ratio: 30,
            kitty_ratio: 10,
            kitty_min: U256::from(NRLC_PER_RLC),
            kitty_address: KITTY_ADDRESS,
            dataset_tag_ignored: Tag::FRAMEWORKS,
        }
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::keccak256;

    use super::*;

    #[test]
    fn the_kitty_lives_below_the_hash_of_its_name() {
        let hash = keccak256("iExecKitty");
        let mut bytes = [0; 32];
        bytes[12..].copy_from_slice(&hash[..20]);
        let below = U256::from_be_bytes(bytes) - U256::from(1);
        assert_eq!(Address::from_word(below.into()), KITTY_ADDRESS);
    }
}
