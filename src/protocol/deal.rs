//! Deals: four orders that met, and the bag of tasks they agreed on.

use alloy_primitives::{Address, Keccak256, U256};

use super::{DealId, OrderHash, Tag};

/// One priced thing of a deal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Resource {
    /// Its entry contract; zero for a dataset that is not there.
    pub pointer: Address,
    /// Who owned it when the orders met, and is paid.
    pub owner: Address,
    /// Its price per task in nRLC.
    pub price: U256,
}

/// What the hub stores of four orders that met.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Deal {
    /// The application.
    pub app: Resource,
    /// The dataset; its pointer is zero when there is none.
    pub dataset: Resource,
    /// The workerpool; its owner is the scheduler.
    pub workerpool: Resource,
    /// The trust a consensus must reach; at least 1.
    pub trust: U256,
    /// The category's id.
    pub category: U256,
    /// Everything any of the orders asked for.
    pub tag: Tag,
    /// Who wanted the work.
    pub requester: Address,
    /// Who may read the result.
    pub beneficiary: Address,
    /// The contract that is told of the result; zero for none.
    pub callback: Address,
    /// The parameters of the tasks, by custom JSON.
    pub params: String,
    /// When the orders met, in Unix seconds.
    pub start_time: u64,
    /// The index of the first task.
    pub bot_first: U256,
    /// The number of tasks.
    pub bot_size: U256,
    /// What a contributor locks, in nRLC.
    pub worker_stake: U256,
    /// Percent of the reward the scheduler keeps; at most 100.
    pub scheduler_reward_ratio: u64,
    /// Who pays.
    pub sponsor: Address,
}

impl DealId {
    /// Returns the id of the deal made of a request order of which `consumed` tasks were used before.
    pub fn of(request: OrderHash, consumed: U256) -> Self {
        let mut hasher = Keccak256::new();
        hasher.update(request.0);
        hasher.update(consumed.to_be_bytes::<32>());
        Self(hasher.finalize())
    }
}

impl Deal {
    /// Returns what one task costs its sponsor, in nRLC; none when the sum does not fit.
    pub fn price_per_task(&self) -> Option<U256> {
        let sum = self.app.price.checked_add(self.dataset.price)?;
        sum.checked_add(self.workerpool.price)
    }

    /// Returns the dataset, if the deal has one.
    pub fn dataset(&self) -> Option<&Resource> {
        (self.dataset.pointer != Address::ZERO).then_some(&self.dataset)
    }

    /// Returns whether a task of this index belongs to the deal.
    pub fn has_index(&self, index: U256) -> bool {
        index
            .checked_sub(self.bot_first)
            .is_some_and(|offset| offset < self.bot_size)
    }

    /// Returns the indexes of the tasks, in order; those beyond `u64::MAX` are left out.
    pub fn indexes(&self) -> impl Iterator<Item = u64> + use<> {
        let end = self.bot_first.saturating_add(self.bot_size);
        self.bot_first.saturating_to()..end.saturating_to()
    }

    /// Returns whether its workers must prove that they computed in an enclave.
    pub fn needs_enclave(&self) -> bool {
        self.tag.contains(Tag::TEE)
    }
}

/// Returns `percent` hundredths of `amount`, rounded down; none when the product does not fit.
pub fn percentage(amount: U256, percent: U256) -> Option<U256> {
    Some(amount.checked_mul(percent)? / U256::from(100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bag_holds_consecutive_indexes() {
        let deal = Deal {
            bot_first: U256::from(3),
            bot_size: U256::from(2),
            ..Deal::default()
        };
        assert_eq!(deal.indexes().collect::<Vec<_>>(), [3, 4]);
        let inside = |index| deal.has_index(U256::from(index));
        assert_eq!([2, 3, 4, 5].map(inside), [false, true, true, false]);
    }
}
