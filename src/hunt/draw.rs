//! Random casts and faults within the bounds a scenario sets. Rule: a scenario that is drawn asks
//! for nothing its file does not allow, and every fault in it ends.

use std::time::Duration;

use indexmap::IndexMap;
use rand::Rng as _;

use super::staff::{needed, pool_of};
use crate::{
    amount::Nrlc,
    protocol::Name,
    scenario::{
        POOL, Scenario, WORKERS,
        expect::EventPattern,
        model::{At, Worker, WorkerBehaviour},
    },
    seed::Stream,
};

/// Events a fault may wait for: those between which money and memory are at risk.
const MOMENTS: [&str; 6] = [
    "OrdersMatched",
    "TaskInitialize",
    "TaskContribute",
    "TaskConsensus",
    "TaskReveal",
    "ExecutionStarted",
];

/// How long a run may take when its file does not say: beyond any final deadline.
const TIMEOUT: Duration = Duration::from_secs(30 * 24 * 3600);

/// A fault that may be drawn.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// A worker or a scheduler loses its memory, and comes back.
    Crash,
    /// A worker or a scheduler stops, and goes on.
    Pause,
    /// A worker and its scheduler do not reach each other for a while.
    Partition,
    /// Somebody or the chain is late for a while.
    Slow,
}

impl FaultKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Crash, Self::Pause, Self::Partition, Self::Slow];

    /// Returns it as scenarios write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::Pause => "pause_actor",
            Self::Partition => "partition",
            Self::Slow => "slow",
        }
    }
}

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
    /// Draws a scenario within the bounds of `base`.
    pub(super) fn draw(&self, base: &Scenario, stream: &mut Stream) -> Scenario {
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
        let faults = match self.faults.is_empty() {
            true => 0,
            false => stream.random_range(0..=self.faults_max),
        };
        for _ in 0..faults {
            let kind = self.faults[stream.random_range(0..self.faults.len())];
            let fault = fault(kind, &drawn, stream);
            drawn.at.push(fault);
        }
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

fn fault(kind: FaultKind, scenario: &Scenario, stream: &mut Stream) -> At {
    let mut at = At::default();
    match stream.random_bool(0.5) {
        true => at.time = Some(Duration::from_secs(stream.random_range(0..120))),
        false => {
            at.on = Some(EventPattern {
                name: MOMENTS[stream.random_range(0..MOMENTS.len())].to_owned(),
                fields: IndexMap::new(),
            });
            at.nth = stream.random_range(1..=4);
            at.after = Duration::from_secs(stream.random_range(0..5));
        }
    }
    at.r#for = Some(Duration::from_secs(stream.random_range(5..=300)));
    let (worker, pool) = (somebody(scenario, stream), some_pool(scenario, stream));
    let one = match stream.random_bool(0.4) {
        true => pool.clone(),
        false => worker.clone(),
    };
    match kind {
        FaultKind::Crash => at.crash = Some(vec![one]),
        FaultKind::Pause => at.pause_actor = Some(vec![one]),
        FaultKind::Partition => at.partition = Some(vec![worker, pool]),
        FaultKind::Slow => {
            let whom = match stream.random_bool(0.3) {
                true => Name::from("chain"),
                false => one,
            };
            at.slow = Some(vec![whom]);
            at.by = Some(Duration::from_secs(stream.random_range(1..=20)));
        }
    }
    at
}

/// Draws one worker: a member of a group, if it is drawn from one.
fn somebody(scenario: &Scenario, stream: &mut Stream) -> Name {
    let at = stream.random_range(0..scenario.worker.len().max(1));
    let Some((name, worker)) = scenario.worker.get_index(at) else {
        return Name::from(WORKERS).member(0).of_kind("worker");
    };
    let member = worker.count.filter(|count| *count > 0).map(|count| {
        let index = stream.random_range(0..count);
        name.member(usize::try_from(index).unwrap_or(0))
    });
    member.unwrap_or_else(|| name.clone()).of_kind("worker")
}

fn some_pool(scenario: &Scenario, stream: &mut Stream) -> Name {
    let at = stream.random_range(0..scenario.pool.len().max(1));
    let named = scenario.pool.get_index(at).map(|(name, _)| name.clone());
    named.unwrap_or_else(|| POOL.into()).of_kind("pool")
}
