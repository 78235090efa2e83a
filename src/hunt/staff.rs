//! Whether there are workers enough. Rule: too few of them starve a task whatever else goes wrong, so
//! nothing is drawn, and nothing shrunk, to too few.

use std::collections::BTreeMap;

use crate::{
    protocol::Name,
    scenario::{
        POOL, Scenario,
        model::{Task, Worker},
    },
};

/// How many newcomers must agree on the most demanding task that each pool may have to compute.
pub(super) fn needed(scenario: &Scenario) -> BTreeMap<Name, u64> {
    let mut pools: Vec<Name> = scenario.pool.keys().cloned().collect();
    if pools.is_empty() {
        pools.push(POOL.into());
    }
    let most = |pool: &Name| {
        let tasks = scenario.task.values();
        let here = tasks.filter(|task| task.pool.as_ref().is_none_or(|only| bare(only) == *pool));
        here.map(Task::newcomers).max().unwrap_or(0)
    };
    pools
        .iter()
        .map(|pool| (pool.clone(), most(pool)))
        .collect()
}

/// The pool a worker belongs to: without a word of its own, the first.
pub(super) fn pool_of(scenario: &Scenario, worker: &Worker) -> Name {
    let first = || scenario.pool.keys().next().cloned();
    let pool = worker.pool.as_ref().map(bare).or_else(first);
    pool.unwrap_or_else(|| POOL.into())
}

/// Whether there are as many workers as newcomers must agree on any task, wherever they are.
pub(super) fn is_staffed(scenario: &Scenario) -> bool {
    let needed = scenario.task.values().map(Task::newcomers);
    let needed = needed.max().unwrap_or(1);
    let workers = scenario.worker.values();
    workers.map(|worker| worker.count.unwrap_or(1)).sum::<u64>() >= needed
}

/// Whether each pool has as many workers as newcomers must agree on any task it may have to compute.
pub(super) fn is_each_pool_staffed(scenario: &Scenario) -> bool {
    let mut missing = needed(scenario);
    for worker in scenario.worker.values() {
        if let Some(missing) = missing.get_mut(&pool_of(scenario, worker)) {
            *missing = missing.saturating_sub(worker.count.unwrap_or(1));
        }
    }
    missing.values().all(|missing| *missing == 0)
}

fn bare(pool: &Name) -> Name {
    pool.split_kind()
        .map_or_else(|| pool.clone(), |(_, bare)| Name::from(bare))
}
