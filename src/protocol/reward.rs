//! Rewards: who is paid, who is seized, what the scheduler keeps, what the kitty adds.
//!
//! Integers only, rounded down where the contract rounds down; the scheduler gets all dust, so the
//! parts always sum up to the whole. Amounts are nRLC. `None` is where the contract panics.

use alloy_primitives::U256;

use super::{Rules, deal::percentage};

/// What of a deal decides how a task's reward is shared.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct RewardTerms {
    /// The workerpool's price.
    pub price: U256,
    /// What each contributor locked.
    pub worker_stake: U256,
    /// Percent of the reward the scheduler keeps.
    pub scheduler_reward_ratio: u64,
}

/// How the reward of a task is shared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shares {
    /// The price plus the stakes of those who were wrong.
    pub total: U256,
    /// What each contributor is paid, in their order; none for those who lose their stake.
    pub workers: Vec<Option<U256>>,
    /// What is left for the scheduler: its ratio and all dust.
    pub scheduler: U256,
}

/// Shares the reward of a finalized task among its contributors.
///
/// `proved` holds, for each contributor in order, the reward weight of its vote if it revealed the
/// result that won.
pub fn share(terms: &RewardTerms, proved: &[Option<u64>]) -> Option<Shares> {
    let wrong = proved.iter().filter(|weight| weight.is_none()).count();
    let seized = terms.worker_stake.checked_mul(U256::from(wrong))?;
    let total = terms.price.checked_add(seized)?;
    let for_workers = percentage(total, worker_percent(terms))?;
    let weights = proved.iter().flatten().copied().map(U256::from);
    let all_weights = weights.fold(U256::ZERO, U256::saturating_add);
    let mut scheduler = total;
    let mut workers = Vec::with_capacity(proved.len());
    for weight in proved {
        let Some(weight) = weight else {
            workers.push(None);
            continue;
        };
        let product = for_workers.checked_mul(U256::from(*weight))?;
        let reward = product.checked_div(all_weights)?;
        scheduler -= reward;
        workers.push(Some(reward));
    }
    Some(Shares {
        total,
        workers,
        scheduler,
    })
}

/// Returns what worker and scheduler get when one worker contributes and finalizes at once.
pub fn share_at_once(terms: &RewardTerms) -> Option<(U256, U256)> {
    let worker = percentage(terms.price, worker_percent(terms))?;
    Some((worker, terms.price - worker))
}

fn worker_percent(terms: &RewardTerms) -> U256 {
    U256::from(100_u64.saturating_sub(terms.scheduler_reward_ratio))
}

/// Returns what the kitty adds to the scheduler's earnings of a successful task.
///
/// A share of the kitty, but no less than the minimum, but no more than there is.
pub fn kitty_draw(kitty: U256, rules: &Rules) -> Option<U256> {
    let share = percentage(kitty, U256::from(rules.kitty_ratio))?;
    Some(share.max(rules.kitty_min).min(kitty))
}

/// Returns what a pool's owner locks for one task at this price.
pub fn workerpool_stake(price: U256, rules: &Rules) -> Option<U256> {
    percentage(price, U256::from(rules.workerpool_stake_ratio))
}

/// Returns a worker's score after a task with this many contributors was finalized.
///
/// Being right counts only if others could have disagreed; being wrong costs a third, rounded up.
pub fn score_after(score: u64, proved: bool, contributors: usize) -> u64 {
    match (proved, contributors) {
        (true, 0 | 1) => score,
        (true, _) => score.saturating_add(1),
        // Two thirds without doubling first, which might not fit.
        (false, _) => score / 3 * 2 + score % 3 * 2 / 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(price: u64, worker_stake: u64, scheduler_reward_ratio: u64) -> RewardTerms {
        RewardTerms {
            price: U256::from(price),
            worker_stake: U256::from(worker_stake),
            scheduler_reward_ratio,
        }
    }

    fn shared(terms: RewardTerms, proved: &[Option<u64>]) -> (Vec<Option<u64>>, u64) {
        let shares = share(&terms, proved).unwrap();
        let paid = |amount: &Option<U256>| amount.map(|amount| amount.to::<u64>());
        let workers = shares.workers.iter().map(paid).collect();
        (workers, shares.scheduler.to())
    }

    #[test]
    fn four_winners_share_the_price_and_the_stake_of_a_liar() {
        // (1 + 0.3) × 99 % / 4 = 0.32175; the rest of 1.3 is 0.013
        let proved = [Some(1), Some(1), None, Some(1), Some(1)];
        let (workers, scheduler) = shared(terms(1_000_000_000, 300_000_000, 1), &proved);
        let each = Some(321_750_000);
        assert_eq!(workers, [each, each, None, each, each]);
        assert_eq!(scheduler, 13_000_000);
    }

    #[test]
    fn experience_weighs_more_and_dust_goes_to_the_scheduler() {
        // Two of score 18 (weight 5, reward weight 2) and a wrong newcomer:
        // 25 + 8 = 33; ⌊33 × 95 %⌋ = 31; ⌊31 × 2 / 4⌋ = 15 each; 33 − 30 = 3
        let proved = [Some(2), None, Some(2)];
        let (workers, scheduler) = shared(terms(25, 8, 5), &proved);
        assert_eq!(workers, [Some(15), None, Some(15)]);
        assert_eq!(scheduler, 3);
        // Four newcomers, one wrong: 31 / 3 = 10 each; 33 − 30 = 3
        let proved = [Some(1), None, Some(1), Some(1)];
        let (workers, scheduler) = shared(terms(25, 8, 5), &proved);
        assert_eq!(workers, [Some(10), None, Some(10), Some(10)]);
        assert_eq!(scheduler, 3);
    }

    #[test]
    fn those_rejected_by_a_reopening_pay_those_who_were_right() {
        // 25 + 8 + 8 = 41; ⌊41 × 95 %⌋ = 38; 19 each; 41 − 38 = 3
        let proved = [None, None, Some(1), Some(1)];
        let (workers, scheduler) = shared(terms(25, 8, 5), &proved);
        assert_eq!(workers, [None, None, Some(19), Some(19)]);
        assert_eq!(scheduler, 3);
    }

    #[test]
    fn a_worker_alone_gets_all_but_the_schedulers_share() {
        // ⌊25 × 95 %⌋ = 23; 25 − 23 = 2
        let two = (U256::from(23), U256::from(2));
        assert_eq!(share_at_once(&terms(25, 8, 5)), Some(two));
        assert_eq!(shared(terms(25, 8, 5), &[Some(1)]), (vec![Some(23)], 2));
    }

    #[test]
    fn the_kitty_pays_a_tenth_then_one_rlc_then_what_is_left() {
        let rules = Rules::default();
        let draw = |kitty: u64| kitty_draw(U256::from(kitty), &rules).unwrap().to::<u64>();
        assert_eq!(draw(30_000_000_000), 3_000_000_000);
        assert_eq!(draw(27_000_000_000), 2_700_000_000);
        assert_eq!(draw(9_414_317_883), 1_000_000_000);
        assert_eq!(draw(7), 7);
        assert_eq!(draw(0), 0);
    }

    #[test]
    fn scores_rise_by_one_and_fall_by_a_third() {
        assert_eq!(score_after(18, true, 3), 19);
        assert_eq!(score_after(18, true, 1), 18);
        let fallen: Vec<u64> = (0..7).map(|score| score_after(score, false, 3)).collect();
        assert_eq!(fallen, [0, 0, 1, 2, 2, 3, 4]);
        assert_eq!(score_after(u64::MAX, false, 1), u64::MAX / 3 * 2);
    }

    #[test]
    fn the_pools_stake_is_a_third_of_the_price_or_so() {
        // ⌊25 × 30 %⌋ = 7
        let stake = workerpool_stake(U256::from(25), &Rules::default());
        assert_eq!(stake, Some(U256::from(7)));
    }

    #[test]
    fn sums_that_do_not_fit_are_told_apart() {
        let huge = RewardTerms {
            price: U256::MAX,
            worker_stake: U256::ONE,
            scheduler_reward_ratio: 1,
        };
        assert_eq!(share(&huge, &[None, Some(1)]), None);
        assert_eq!(share_at_once(&huge), None);
    }
}
