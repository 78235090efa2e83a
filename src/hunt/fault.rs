//! Faults at random. Rule: each ends by itself, and none is longer or larger than a file whose
//! deadlines are as short as this one's can bear, so that what goes wrong is worth a look.

use std::time::Duration;

use indexmap::IndexMap;
use rand::{Rng as _, seq::IndexedRandom as _};

use crate::{
    log::VerbKind,
    protocol::{DEFAULT_CATEGORIES, Name, default_category},
    scenario::{
        POOL, Scenario, WORKERS,
        expect::EventPattern,
        model::{At, Outage, Task, Wei},
        unit::Percent,
    },
    seed::Stream,
};

/// Events a fault may wait for: those between which money and memory are at risk. The first come
/// once for each task, those of votes for each vote.
const OF_TASKS: [&str; 5] = [
    "OrdersMatched",
    "TaskInitialize",
    "TaskConsensus",
    "ResultUploaded",
    "TaskFinalize",
];
const OF_VOTES: [&str; 3] = ["ExecutionStarted", "TaskContribute", "TaskReveal"];

/// The shortest and the longest fault, in seconds.
const SHORTEST: u64 = 5;
const LONGEST: u64 = 300;

/// The most blocks a reorganisation takes back. Blocks are mined when there is something to mine, so
/// many of them may be hours, and a deadline in between is then past for good.
const DEPTH: u64 = 3;

/// A fault that may be drawn.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// A worker or a scheduler loses its memory, and restarts with what it had stored.
    Crash,
    /// A worker or a scheduler stops, and goes on.
    Pause,
    /// A worker and its scheduler do not reach each other for a while.
    Partition,
    /// Somebody or the chain is late for a while.
    Slow,
    /// A part of somebody's messages is lost for a while.
    Lose,
    /// Somebody's clock is ahead for a while.
    Ahead,
    /// Somebody's clock is behind for a while.
    Behind,
    /// Blocks are full of other people's business for a while.
    Crowd,
    /// Gas has a price for a while.
    GasPrice,
    /// Registry, input server or store of results do not answer for a while.
    Down,
    /// A worker's disk is full for a while.
    FillDisk,
    /// The newest blocks are replaced by others.
    Reorg,
}

impl FaultKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::Crash,
        Self::Pause,
        Self::Partition,
        Self::Slow,
        Self::Lose,
        Self::Ahead,
        Self::Behind,
        Self::Crowd,
        Self::GasPrice,
        Self::Down,
        Self::FillDisk,
        Self::Reorg,
    ];

    /// Returns it as scenarios write it.
    pub const fn as_str(self) -> &'static str {
        self.verb().as_str()
    }

    const fn verb(self) -> VerbKind {
        match self {
            Self::Crash => VerbKind::Crash,
            Self::Pause => VerbKind::PauseActor,
            Self::Partition => VerbKind::Partition,
            Self::Slow => VerbKind::Slow,
            Self::Lose => VerbKind::Lose,
            Self::Ahead => VerbKind::Ahead,
            Self::Behind => VerbKind::Behind,
            Self::Crowd => VerbKind::Crowd,
            Self::GasPrice => VerbKind::GasPrice,
            Self::Down => VerbKind::Down,
            Self::FillDisk => VerbKind::FillDisk,
            Self::Reorg => VerbKind::Reorg,
        }
    }
}

/// What a scenario can bear.
pub(super) struct Bearing<'a> {
    scenario: &'a Scenario,
    /// Before which second faults begin.
    end: u64,
    /// The longest fault, in seconds.
    longest: u64,
}

impl<'a> Bearing<'a> {
    /// Finds out what `scenario` can bear, one like which took so long.
    pub(super) fn of(scenario: &'a Scenario, length: Duration) -> Self {
        let about = &scenario.scenario;
        let over = about.until.into_iter().chain(about.timeout).min();
        let end = over.map_or(length, |over| over.min(length)).as_secs();
        let units = scenario.task.values().map(|task| unit(scenario, task));
        let unit = units.min().unwrap_or(LONGEST);
        let rules = &scenario.protocol;
        // Several faults in a row leave time to vote and to reveal.
        let longest = (unit.saturating_mul(rules.contribution_deadline.0) / 7)
            .min(unit.saturating_mul(rules.reveal_deadline.0) / 2);
        Self {
            scenario,
            end: end.max(1),
            longest: longest.clamp(SHORTEST, LONGEST),
        }
    }

    /// Draws up to so many faults of these kinds; now and then two at the same moment.
    pub(super) fn draw(&self, kinds: &[FaultKind], most: usize, stream: &mut Stream) -> Vec<At> {
        let kinds: Vec<FaultKind> = kinds
            .iter()
            .copied()
            .filter(|kind| self.bears(*kind))
            .collect();
        if kinds.is_empty() {
            return Vec::new();
        }
        let number = stream.random_range(0..=most);
        let mut faults: Vec<At> = Vec::new();
        for _ in 0..number {
            let Some(kind) = kinds.choose(stream) else {
                break;
            };
            // A block that was just mined is taken back, not one of long ago.
            let needs_event = *kind == FaultKind::Reorg && !self.scenario.task.is_empty();
            let last = faults.last();
            let last = last.filter(|last| !needs_event || last.on.is_some());
            let moment = match last {
                Some(last) if stream.random_range(0..3) == 0 => moment_of(last),
                _ => self.moment(needs_event, stream),
            };
            faults.push(self.fault(*kind, moment, stream));
        }
        faults
    }

    fn bears(&self, kind: FaultKind) -> bool {
        match kind {
            // Without work nobody needs a service or a disk.
            FaultKind::Down | FaultKind::FillDisk => !self.scenario.task.is_empty(),
            // Who was given little ether for gas cannot pay for dear gas.
            FaultKind::GasPrice => {
                let mut accounts = self.scenario.account.values();
                !accounts.any(|account| account.eth.is_some())
            }
            FaultKind::Crash
            | FaultKind::Pause
            | FaultKind::Partition
            | FaultKind::Slow
            | FaultKind::Lose
            | FaultKind::Ahead
            | FaultKind::Behind
            | FaultKind::Crowd
            | FaultKind::Reorg => true,
        }
    }

    /// Draws a moment: a second, or an event as often as there may be such.
    fn moment(&self, needs_event: bool, stream: &mut Stream) -> At {
        let tasks = self.scenario.task.values();
        let (mut ends, mut votes) = (0_u64, 0_u64);
        for task in tasks {
            let count = task.count.unwrap_or(1);
            ends = ends.saturating_add(count);
            votes = votes.saturating_add(count.saturating_mul(task.newcomers()));
        }
        let mut at = At::default();
        if ends == 0 || !(needs_event || stream.random_bool(0.5)) {
            at.time = Some(Duration::from_secs(stream.random_range(0..self.end)));
            return at;
        }
        let which = stream.random_range(0..OF_TASKS.len() + OF_VOTES.len());
        let (name, most) = match OF_TASKS.get(which) {
            Some(name) => (*name, ends),
            None => (OF_VOTES[which - OF_TASKS.len()], votes),
        };
        at.on = Some(EventPattern {
            name: name.to_owned(),
            fields: IndexMap::new(),
        });
        at.nth = stream.random_range(1..=most);
        at.after = Duration::from_secs(stream.random_range(0..5));
        at
    }

    fn fault(&self, kind: FaultKind, moment: At, stream: &mut Stream) -> At {
        let mut at = moment;
        let lasting = stream.random_range(SHORTEST..=self.longest);
        at.r#for = kind
            .verb()
            .can_be_undone()
            .then_some(Duration::from_secs(lasting));
        let (worker, pool) = (self.somebody(stream), self.some_pool(stream));
        let one = match stream.random_bool(0.4) {
            true => pool.clone(),
            false => worker.clone(),
        };
        // Delays and errors stay small beside the deadlines.
        let part = |most: u64| (self.longest * most / LONGEST).max(1);
        let mut span = |most| Some(Duration::from_secs(stream.random_range(1..=part(most))));
        match kind {
            FaultKind::Crash => at.crash = Some(vec![one]),
            FaultKind::Pause => at.pause_actor = Some(vec![one]),
            FaultKind::Partition => at.partition = Some(vec![worker, pool]),
            FaultKind::Slow => {
                at.by = span(20);
                at.slow = Some(vec![match stream.random_bool(0.3) {
                    true => Name::from("chain"),
                    false => one,
                }]);
            }
            FaultKind::Lose => {
                at.share = Some(Percent(stream.random_range(10..=60) * 1_000));
                at.lose = Some(vec![one]);
            }
            FaultKind::Ahead => {
                at.by = span(30);
                at.ahead = Some(vec![one]);
            }
            FaultKind::Behind => {
                at.by = span(30);
                at.behind = Some(vec![one]);
            }
            FaultKind::Crowd => at.crowd = Some(stream.random_range(1..=3)),
            FaultKind::GasPrice => {
                let gwei: u64 = stream.random_range(1..=200);
                at.gas_price = Some(Wei(u128::from(gwei) * 1_000_000_000));
            }
            FaultKind::Down => at.down = Some(self.outages(stream)),
            FaultKind::FillDisk => at.fill_disk = Some(vec![worker]),
            FaultKind::Reorg => at.reorg = Some(stream.random_range(1..=DEPTH)),
        }
        at
    }

    /// Draws services: one, or all of those that this file needs.
    fn outages(&self, stream: &mut Stream) -> Vec<Outage> {
        let mut needed = vec![Outage::Registry, Outage::Results];
        let mut tasks = self.scenario.task.values();
        if tasks.any(|task| task.dataset.is_some() || !task.dirinuri.is_empty()) {
            needed.push(Outage::Inputs);
        }
        match needed.get(stream.random_range(0..=needed.len())) {
            Some(one) => vec![*one],
            None => needed,
        }
    }

    /// Draws one worker: a member of a group, if it is drawn from one.
    fn somebody(&self, stream: &mut Stream) -> Name {
        let workers = &self.scenario.worker;
        let at = stream.random_range(0..workers.len().max(1));
        let Some((name, worker)) = workers.get_index(at) else {
            return Name::from(WORKERS).member(0).of_kind("worker");
        };
        let member = worker.count.filter(|count| *count > 0).map(|count| {
            let index = stream.random_range(0..count);
            name.member(usize::try_from(index).unwrap_or(0))
        });
        member.unwrap_or_else(|| name.clone()).of_kind("worker")
    }

    fn some_pool(&self, stream: &mut Stream) -> Name {
        let pools = &self.scenario.pool;
        let at = stream.random_range(0..pools.len().max(1));
        let named = pools.get_index(at).map(|(name, _)| name.clone());
        named.unwrap_or_else(|| POOL.into()).of_kind("pool")
    }
}

/// The unit of a task's deadlines, in seconds.
fn unit(scenario: &Scenario, task: &Task) -> u64 {
    let own = scenario.category.get(&task.category);
    let known = default_category(&task.category).and_then(|at| DEFAULT_CATEGORIES.get(at));
    let own = own.map(|category| category.time.as_secs());
    own.or_else(|| known.map(|(_, seconds)| *seconds))
        .unwrap_or(LONGEST)
}

/// An entry for the moment of another.
fn moment_of(entry: &At) -> At {
    At {
        time: entry.time,
        on: entry.on.clone(),
        nth: entry.nth,
        after: entry.after,
        ..At::default()
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::Path};

    use super::*;
    use crate::{
        scenario::{Loaded, Overrides},
        seed::Seed,
    };

    const SCENARIO: &str = r#"
[worker.w]
count = 4
[app.hello]
run = { builtin = "hello" }
[dataset.iris]
file = "fixtures/iris.csv"
[app.wc]
run = { builtin = "wc" }
[task.job]
app = "wc"
dataset = "iris"
replication = 2
count = 3
[task.other]
app = "hello"
args = "world"
"#;

    fn loaded(text: &str) -> Loaded {
        let nothing = |_: &Path| Err(std::io::Error::other("nothing"));
        Loaded::new(
            text,
            Path::new("base.toml"),
            &nothing,
            &Overrides::default(),
        )
        .unwrap_or_else(|wrong| panic!("{}", wrong.render(false)))
    }

    fn draws(scenario: &Scenario, length: u64) -> Vec<Vec<At>> {
        let bearing = Bearing::of(scenario, Duration::from_secs(length));
        let draw = |nth| {
            let mut stream = Seed(1).stream(&format!("draw.{nth}"));
            bearing.draw(&FaultKind::ALL, 3, &mut stream)
        };
        (0..300).map(draw).collect()
    }

    #[test]
    fn every_kind_of_fault_is_drawn_and_checks_without_a_doubt() {
        let base = loaded(SCENARIO);
        assert!(base.doubts().is_empty());
        let (mut words, mut down) = (BTreeSet::new(), BTreeSet::new());
        let (mut at_once, mut on_chain) = (0, 0);
        for faults in draws(&base.scenario, 60) {
            let mut drawn = base.scenario.clone();
            drawn.at.clone_from(&faults);
            let text = drawn.to_toml();
            let doubts = loaded(&text).doubts();
            assert!(doubts.is_empty(), "{}\n{text}", doubts.render(false));
            for fault in &faults {
                words.extend(fault.verb().map(crate::scenario::model::Verb::word));
                down.extend(fault.down.iter().flatten().map(|one| one.as_str()));
                on_chain += usize::from(fault.slow == Some(vec!["chain".into()]));
                assert!(fault.time.is_none_or(|time| time.as_secs() < 60), "{text}");
            }
            at_once += faults
                .windows(2)
                .filter(|pair| moment_of(&pair[0]) == moment_of(&pair[1]))
                .count();
        }
        let known: BTreeSet<&str> = FaultKind::ALL.map(FaultKind::as_str).into();
        assert_eq!(words, known);
        assert_eq!(down, BTreeSet::from(["inputs", "registry", "results"]));
        assert!(at_once > 10 && on_chain > 2, "{at_once} {on_chain}");
    }

    #[test]
    fn faults_are_no_longer_than_the_deadlines_of_the_file_can_bear() {
        let short = "[category.quick]\ntime = \"30s\"\n";
        let text = SCENARIO.replace("count = 3\n", "count = 3\ncategory = \"quick\"\n");
        let base = loaded(&format!("{text}{short}"));
        let faults = draws(&base.scenario, 60).concat();
        let longest = |of: fn(&At) -> Option<Duration>| faults.iter().filter_map(of).max().unwrap();
        assert_eq!(longest(|at| at.r#for), Duration::from_secs(30));
        assert_eq!(longest(|at| at.by), Duration::from_secs(3));
        let usual = loaded(SCENARIO);
        let faults = draws(&usual.scenario, 60).concat();
        let longest = faults.iter().filter_map(|at| at.r#for).max().unwrap();
        assert!(longest > Duration::from_secs(250), "{longest:?}");
    }

    #[test]
    fn what_a_file_has_no_use_for_is_not_drawn() {
        let mut scenario = loaded(SCENARIO).scenario;
        scenario.task.shift_remove("job");
        scenario.scenario.until = Some(Duration::from_secs(20));
        for fault in draws(&scenario, 60).concat() {
            let down = fault.down.unwrap_or_default();
            assert!(!down.contains(&Outage::Inputs), "no task has an input");
            assert!(fault.nth <= 1, "one task with one vote");
            assert!(fault.time.is_none_or(|time| time.as_secs() < 20));
        }
        scenario.task.clear();
        for fault in draws(&scenario, 60).concat() {
            assert!(fault.on.is_none(), "without tasks no event ever comes");
            assert!(fault.down.is_none() && fault.fill_disk.is_none());
        }
    }
}
