//! Random casts within the bounds a scenario sets, and faults. Rule: a scenario that is drawn asks
//! for nothing its file does not allow.

use std::time::Duration;

use rand::Rng as _;

use super::{
    fault::{Bearing, FaultKind},
    staff::{needed, pool_of},
};
use crate::{
    amount::Nrlc,
    protocol::Name,
    scenario::{
        Scenario, WORKERS,
        model::{Worker, WorkerBehaviour},
    },
    seed::Stream,
};

/// How long a run may take when its file does not say: beyond any final deadline.
const TIMEOUT: Duration = Duration::from_secs(30 * 24 * 3600);

/// What may be drawn. The numbers of the file are the most there may be: members of groups, tasks,
/// replication, scores, prices. Never fewer workers in a pool than newcomers must agree on a
/// task there.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Behaviours groups of workers may take on besides their own.
    pub behaviours: Vec<WorkerBehaviour>,
    /// Faults.
    pub faults: Vec<FaultKind>,
    /// The most faults at once.
    pub faults_max: usize,
    /// Whether numbers of the cast vary; if not, only the seed and the faults do.
    pub cast: bool,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            behaviours: Vec::new(),
            faults: FaultKind::ALL.to_vec(),
            faults_max: 3,
            cast: true,
        }
    }
}

impl Bounds {
    /// Draws a scenario within the bounds of `base`, whose run took so long.
    pub(super) fn draw(&self, base: &Scenario, length: Duration, stream: &mut Stream) -> Scenario {
        let mut drawn = base.clone();
        drawn.scenario.seed = stream.random_range(0..=u64::from(u32::MAX));
        drawn.scenario.timeout.get_or_insert(TIMEOUT);
        name_workers(&mut drawn);
        if self.cast {
            draw_tasks(&mut drawn, stream);
            draw_workers(&mut drawn, stream);
            for pool in drawn.pool.values_mut() {
                let part = [1, 1, 2, 10][stream.random_range(0..4)];
                pool.price = Nrlc((pool.price.0 / part).max(1));
            }
        }
        for worker in drawn.worker.values_mut() {
            if !self.behaviours.is_empty() && stream.random_range(0..3) == 0 {
                let one = stream.random_range(0..self.behaviours.len());
                worker.behaviour = self.behaviours[one];
                worker.mix.clear();
            }
        }
        let bearing = Bearing::of(&drawn, length);
        let faults = bearing.draw(&self.faults, self.faults_max, stream);
        drawn.at.extend(faults);
        drawn
    }
}

/// Writes down the workers a file leaves to the defaults, so that there is something to change.
pub(super) fn name_workers(scenario: &mut Scenario) {
    if scenario.worker.is_empty() {
        let worker = Worker {
            count: Some(3),
            ..Worker::default()
        };
        scenario.worker.insert(WORKERS.into(), worker);
    }
}

fn draw_tasks(scenario: &mut Scenario, stream: &mut Stream) {
    for task in scenario.task.values_mut() {
        task.count = task.count.map(|count| fewer(count, 1, stream));
        if task.trust.is_none() {
            task.replication = task.replication.map(|most| fewer(most, 1, stream));
        }
    }
}

fn draw_workers(scenario: &mut Scenario, stream: &mut Stream) {
    let mut all = needed(scenario);
    let pools = scenario.worker.values();
    let pools: Vec<Name> = pools.map(|worker| pool_of(scenario, worker)).collect();
    for (worker, pool) in scenario.worker.values_mut().zip(pools) {
        let missing = all.entry(pool).or_default();
        worker.score = fewer(worker.score, 0, stream);
        let Some(count) = worker.count else {
            *missing = missing.saturating_sub(1);
            continue;
        };
        // Whoever comes first must be enough: the groups after it may be no help.
        let least = (*missing).clamp(1, count.max(1));
        let drawn = fewer(count, least, stream);
        *missing = missing.saturating_sub(drawn);
        worker.count = Some(drawn);
    }
}

/// Draws a number from `least` to `most`; `most` as often as all others together.
fn fewer(most: u64, least: u64, stream: &mut Stream) -> u64 {
    match most <= least || stream.random_bool(0.5) {
        true => most,
        false => stream.random_range(least..=most),
    }
}
