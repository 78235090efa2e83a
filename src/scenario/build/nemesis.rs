//! A nemesis: faults nobody wrote down. Rule: what it does depends on the seed and on the names of
//! the cast, and everything it does ends by itself.

use std::time::Duration;

use rand::{Rng, seq::IndexedRandom as _};

use super::Builder;
use crate::{
    protocol::Name,
    scenario::names,
    seed::Stream,
    time::Timestamp,
    world::cast::{Fault, Service, Trigger, Verb},
};

/// How long it is at work where nothing says when the run ends.
const HORIZON: Duration = Duration::from_secs(1800);

/// The most faults of a run, however long it is.
const FAULTS_MAX: usize = 1_000;

/// From one fault to the next, in seconds.
const PAUSE: std::ops::RangeInclusive<u64> = 10..=50;

/// How long a fault lasts, in seconds.
const LASTING: std::ops::RangeInclusive<u64> = 5..=60;

impl Builder<'_> {
    /// Draws faults for the whole length of the run.
    pub(super) fn nemesis(&self) -> Vec<Fault> {
        let about = &self.scenario.scenario;
        let ends = about.until.into_iter().chain(about.timeout);
        let end = Timestamp::START + ends.min().unwrap_or(HORIZON);
        let mut stream = self.seed.stream("nemesis");
        let (workers, pools) = self.everybody();
        let mut faults = Vec::new();
        let mut at = Timestamp::START + Duration::from_secs(stream.random_range(PAUSE));
        while at < end && faults.len() < FAULTS_MAX {
            let lasting = Duration::from_secs(stream.random_range(LASTING));
            if let Some(verb) = draw(&mut stream, &workers, &pools) {
                faults.push(Fault {
                    trigger: Trigger::At(at),
                    verb,
                    lasting: Some(lasting),
                    note: Some("nemesis".to_owned()),
                });
            }
            at = at + Duration::from_secs(stream.random_range(PAUSE));
        }
        faults
    }

    /// The workers and the pools, qualified, in the order of the file.
    fn everybody(&self) -> (Vec<Name>, Vec<Name>) {
        let or_default = |written: Vec<Name>, default: &str| match written.is_empty() {
            true => vec![Name::from(default)],
            false => written,
        };
        let workers = self.scenario.worker.keys().cloned().collect();
        let workers = or_default(workers, names::WORKERS);
        let pools = self.scenario.pool.keys().cloned().collect();
        let pools = or_default(pools, names::POOL);
        let qualified = |names: Vec<Name>, kind: &str| -> Vec<Name> {
            names.iter().map(|name| name.of_kind(kind)).collect()
        };
        (
            self.actors(&qualified(workers, "worker"), &["worker"]),
            qualified(pools, "pool"),
        )
    }
}

/// Draws one fault; all kinds are equally likely.
fn draw(stream: &mut Stream, workers: &[Name], pools: &[Name]) -> Option<Verb> {
    let worker = workers.choose(stream)?.clone();
    let pool = pools.choose(stream)?.clone();
    let anybody = match stream.random_range(0..3) {
        0 => pool.clone(),
        _ => worker.clone(),
    };
    let seconds = stream.random_range(1..=20);
    Some(match stream.random_range(0..12) {
        0 => Verb::Crash(vec![worker]),
        1 => Verb::Crash(vec![pool]),
        2 => Verb::Partition(vec![vec![worker], vec![pool]]),
        3 => Verb::Pause(vec![anybody]),
        4 => Verb::Slow {
            targets: vec![anybody],
            by: Duration::from_secs(seconds),
        },
        5 => Verb::Slow {
            targets: vec!["chain".into()],
            by: Duration::from_secs(seconds),
        },
        6 => Verb::Lose {
            targets: vec![anybody],
            per_million: stream.random_range(100_000..=600_000),
        },
        7 => Verb::Skew {
            targets: vec![anybody],
            seconds: stream.random_range(-30..=30),
        },
        8 => Verb::Crowd(stream.random_range(1..=3)),
        9 => Verb::GasPrice(stream.random_range(1..=200) * 1_000_000_000),
        10 => {
            let services = [Service::Registry, Service::Inputs, Service::Results];
            Verb::Down(services.choose(stream).into_iter().copied().collect())
        }
        _ => Verb::FillDisk(vec![worker]),
    })
}
