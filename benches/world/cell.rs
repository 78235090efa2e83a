//! One cell of the tables: the shipped scale scenario with other numbers, played and measured.

use std::{fmt, path::Path, str::FromStr, time::Instant};

use emulate::{
    executor::{
        Executors,
        inputs::{Inputs, Policy},
    },
    log::{EndReason, TaskStatus, TaskView},
    scenario::{Loaded, Overrides},
    world::run_virtual,
};

use super::replay;

/// How many tasks a second one worker of the crowd can do, in thousandths: three replicas of half
/// a minute each, and some room.
const TASKS_PER_WORKER_PERMILLE: u64 = 8;

/// How large a network is, and how much it is given to do.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) workers: u64,
    pub(crate) tasks: u64,
}

/// What a cell cost.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Figures {
    /// Seconds from the scenario's text to its last verdict.
    wall: f64,
    /// Seconds of processor time of the same, on all threads.
    busy: f64,
    transactions: u64,
    /// Peak resident memory in MiB, before anything is replayed.
    memory: f64,
    /// What the EVM alone takes for the same transactions.
    bare: Bare,
}

/// Seconds the EVM alone takes.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Bare {
    pub(crate) wall: f64,
    /// Of processor time.
    pub(crate) busy: f64,
}

impl Cell {
    pub(crate) fn of(workers: u64, tasks: u64) -> Self {
        Self { workers, tasks }
    }

    /// Plays the cell here, and its transactions again through the EVM alone.
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
    pub(crate) fn play(self) -> Figures {
        let (began, was_busy) = (Instant::now(), busy());
        let loaded = self.scenario();
        let inputs = Inputs::new(Policy::below(Path::new(".")));
        let executors = Executors::new();
        let mut world = loaded.world(&inputs).expect("a world");
        world.forget_states();
        let before = world.chain().clone();
        let reason = run_virtual(&mut world, &executors);
        assert_eq!(reason, EndReason::Complete, "every task ends");
        let finished = loaded
            .conclude(world, reason, Default::default(), (&inputs, &executors))
            .expect("a verdict");
        let (wall, busy) = (began.elapsed().as_secs_f64(), busy() - was_busy);
        let tasks = &finished.world.log().view().tasks;
        let is_done = |task: &TaskView| task.status == TaskStatus::Completed;
        let done = tasks.iter().filter(|(_, task)| is_done(task)).count() as u64;
        assert!(
            done * 1000 >= self.tasks * 995,
            "{done} of {} tasks were done",
            self.tasks
        );
        let memory = peak_mib();
        let chain = finished.world.chain();
        let (transactions, bare) = replay::bare(&before, chain);
        Figures {
            wall,
            busy,
            transactions,
            memory,
            bare,
        }
    }

    /// The shipped scenario with this many workers, and tasks that come as fast as they can do.
    fn scenario(self) -> Loaded {
        let text = include_str!("../../scenarios/09-scale.toml");
        let rate = (self.workers * TASKS_PER_WORKER_PERMILLE) as f64 / 1000.0;
        let sets = [
            ("worker.crowd.count", self.workers.to_string()),
            ("task.burst.count", self.tasks.to_string()),
            ("task.burst.arrival", format!("\"poisson {rate}/s\"")),
            ("pool.main.volume", self.tasks.to_string()),
            (
                "account.alice.deposit",
                format!("\"{} RLC\"", 2 * self.tasks),
            ),
        ];
        let overrides = Overrides {
            sets: sets.map(|(path, value)| (path.to_owned(), value)).to_vec(),
            ..Overrides::default()
        };
        let alone = |_: &Path| Err(std::io::Error::other("nothing is included"));
        match Loaded::new(text, Path::new("09-scale.toml"), &alone, &overrides) {
            Ok(loaded) => loaded,
            Err(wrong) => panic!("{}", wrong.render(false)),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.workers, self.tasks)
    }
}

impl FromStr for Cell {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "a cell is two numbers: workers and tasks";
        let (workers, tasks) = text.split_once(' ').ok_or(wrong)?;
        Ok(Self {
            workers: workers.parse().map_err(|_| wrong)?,
            tasks: tasks.parse().map_err(|_| wrong)?,
        })
    }
}

impl Figures {
    pub(crate) fn row(self, cell: &Cell) -> String {
        let Cell { workers, tasks } = *cell;
        let (wall, busy, bare) = (self.wall, self.busy, self.bare);
        format!(
            "{workers:>8} {tasks:>8} {wall:>8.2} {busy:>8.2} {:>9} {:>8.0} {:>8.0} {:>9.0} {:>8.0} {:>8.2} {:>8.2} {:>6.2} {:>6.2}",
            self.transactions,
            self.transactions as f64 / wall,
            tasks as f64 / wall,
            self.memory,
            wall / tasks as f64 * 1e6,
            bare.wall,
            bare.busy,
            wall / bare.wall,
            busy / bare.busy,
        )
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            wall,
            busy,
            transactions,
            memory,
            bare,
        } = self;
        let (alone, alone_busy) = (bare.wall, bare.busy);
        write!(
            formatter,
            "{wall} {busy} {transactions} {memory} {alone} {alone_busy}"
        )
    }
}

impl FromStr for Figures {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let numbers: Result<Vec<f64>, _> = text.split(' ').map(str::parse).collect();
        match numbers.as_deref() {
            Ok(&[wall, busy, transactions, memory, alone, alone_busy]) => Ok(Self {
                wall,
                busy,
                transactions: transactions as u64,
                memory,
                bare: Bare {
                    wall: alone,
                    busy: alone_busy,
                },
            }),
            Ok(_) | Err(_) => Err(()),
        }
    }
}

/// Seconds of processor time this process has had, those of threads that are over included.
pub(crate) fn busy() -> f64 {
    /// The kernel tells in hundredths of a second, on every machine it runs on.
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name in brackets may hold anything; user and system time are the 12th and 13th after it.
    let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
    let mut times = after.split_whitespace().skip(11);
    let mut next = || times.next().and_then(|text| text.parse::<f64>().ok());
    let ticks = next().zip(next()).map(|(user, system)| user + system);
    ticks.unwrap_or(f64::NAN) / TICKS_PER_SECOND
}

/// Peak resident memory of this process.
fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) / 1024.0
}
