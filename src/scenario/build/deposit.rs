//! What somebody has in the hub when the file does not say. Rule: enough for what the file asks of
//! them, so that a short file works, and finite, so that lies cost something.

use crate::{
    amount::Nrlc,
    scenario::{
        model::{Pool, Scenario, Task},
        names,
    },
};

/// The least a requester or a pool has.
const LEAST: Nrlc = Nrlc::from_rlc(1_000);

/// The least a worker has.
const LEAST_OF_WORKER: Nrlc = Nrlc::from_rlc(10);

/// How many stakes a worker has.
const STAKES_OF_WORKER: u64 = 10;

/// Returns what an account has: as written; else twice what its tasks can cost and what the pools
/// it owns can stake, and at least 1,000 RLC when it has any; else nothing.
pub(crate) fn of_account(scenario: &Scenario, name: &str) -> Nrlc {
    if let Some(deposit) = scenario
        .account
        .get(name)
        .and_then(|account| account.deposit)
    {
        return deposit;
    }
    let own = || scenario.task.values().filter(|task| &*task.by == name);
    let pools = scenario.pool.values();
    let pools = pools.filter(|pool| pool.owner.as_deref() == Some(name));
    let stakes: Vec<Nrlc> = pools.map(|pool| stakes_of(scenario, pool)).collect();
    if own().next().is_none() && stakes.is_empty() && name != names::REQUESTER {
        return Nrlc::ZERO;
    }
    let cost: Nrlc = own().map(|task| cost_of(scenario, task)).sum();
    let stakes = stakes.into_iter().fold(Nrlc::ZERO, Nrlc::saturating_add);
    LEAST.max(cost.saturating_add(cost).saturating_add(stakes))
}

/// Returns twice what a pool stakes for all it can sell here.
pub(crate) fn stakes_of(scenario: &Scenario, pool: &Pool) -> Nrlc {
    let tasks = pool.volume.unwrap_or(u64::MAX).min(tasks_of(scenario));
    let stake = pool.price.percent(scenario.protocol.pool_stake.0);
    let stakes = stake.checked_mul(tasks.saturating_mul(2));
    stakes.unwrap_or(Nrlc(u64::MAX))
}

/// Returns the most a task, or all tasks of a bag, can cost at the prices of the file.
pub(crate) fn cost_of(scenario: &Scenario, task: &Task) -> Nrlc {
    let app = scenario
        .app
        .get(&task.app)
        .map_or(Nrlc::ZERO, |app| app.price);
    let dataset = task
        .dataset
        .as_ref()
        .and_then(|name| scenario.dataset.get(name));
    let dataset = dataset.map_or(Nrlc::ZERO, |dataset| dataset.price);
    let dearest = scenario.pool.values().map(|pool| pool.price).max();
    let dearest = dearest.unwrap_or(Nrlc::from_rlc(1));
    let pool = task.max_price.map_or(dearest, |most| most.min(dearest));
    let each = app.saturating_add(dataset).saturating_add(pool);
    let all = each.checked_mul(task.count.unwrap_or(1));
    all.unwrap_or(Nrlc(u64::MAX))
}

/// Returns what a worker of `pool` has: as written, or 10 RLC or ten of its stakes.
pub(crate) fn of_worker(written: Option<Nrlc>, pool: &Pool) -> Nrlc {
    written.unwrap_or_else(|| {
        let stakes = stake_of(pool).checked_mul(STAKES_OF_WORKER);
        LEAST_OF_WORKER.max(stakes.unwrap_or(Nrlc(u64::MAX)))
    })
}

/// Returns what a worker stakes for each of a pool's tasks.
pub(crate) fn stake_of(pool: &Pool) -> Nrlc {
    pool.price.percent(pool.worker_stake.0)
}

/// Returns what a pool has: as written, or twice the stakes for all it can sell here, and at least
/// 1,000 RLC.
pub(crate) fn of_pool(scenario: &Scenario, pool: &Pool) -> Nrlc {
    pool.deposit
        .unwrap_or_else(|| LEAST.max(stakes_of(scenario, pool)))
}

/// Returns for how many tasks a pool offers itself: as written, or for all there are, and at least
/// 1,000.
pub(crate) fn volume_of(scenario: &Scenario, pool: &Pool) -> u64 {
    pool.volume.unwrap_or_else(|| tasks_of(scenario).max(1_000))
}

/// Returns how many tasks there are.
pub(crate) fn tasks_of(scenario: &Scenario) -> u64 {
    let counts = scenario.task.values().map(|task| task.count.unwrap_or(1));
    counts.fold(0, u64::saturating_add)
}
