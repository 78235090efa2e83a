//! Runs per second: small scenarios, one after the other on a core and on several at once.
//!
//! `cargo bench --bench sweep` prints a table. `BENCH_SECONDS=10` measures longer than the usual
//! two seconds a line.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads the machine's clock"
)]

use std::{
    env, fs,
    num::NonZeroUsize,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use emulate::{
    executor::{
        Executors,
        inputs::{Inputs, Policy},
    },
    scenario::{Loaded, Overrides},
};

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SCENARIOS: [&str; 3] = [
    "01-hello.toml",
    "03-byzantine-minority.toml",
    "12-attack-cost.toml",
];

/// Worlds set up each way, to measure one.
const WORLDS: u32 = 50;

fn main() {
    let seconds = env::var("BENCH_SECONDS").ok();
    let seconds = seconds.and_then(|text| text.parse().ok()).unwrap_or(2);
    let length = Duration::from_secs(seconds);
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut jobs = vec![1];
    while let Some(next) = jobs
        .last()
        .map(|last| last * 2)
        .filter(|next| *next <= cores)
    {
        jobs.push(next);
    }
    println!(
        "{:<28} {:>5} {:>10} {:>16} {:>14} {:>14}",
        "scenario", "jobs", "runs/s", "runs/s per core", "set up, ms", "set up anew, ms"
    );
    for name in SCENARIOS {
        let Some(loaded) = load(name) else {
            println!("{name:<28} cannot be read");
            continue;
        };
        let [shared, anew] = set_up(&loaded);
        for jobs in &jobs {
            let rate = rate(&loaded, *jobs, length);
            let each = rate / *jobs as f64;
            println!("{name:<28} {jobs:>5} {rate:>10.1} {each:>16.1} {shared:>14.2} {anew:>14.2}");
        }
    }
}

fn load(name: &str) -> Option<Loaded> {
    let path = Path::new("scenarios").join(name);
    let text = fs::read_to_string(&path).ok()?;
    let read = |path: &Path| fs::read_to_string(path);
    Loaded::new(&text, &path, &read, &Overrides::default()).ok()
}

/// Returns how many milliseconds a world takes to be set up on a chain that is there already, and on
/// one made for it; taken in turns, so that whatever else the machine does concerns both.
fn set_up(loaded: &Loaded) -> [f64; 2] {
    let inputs = Inputs::new(Policy::below("scenarios"));
    let mut spent = [Duration::ZERO; 2];
    for _ in 0..WORLDS {
        let alone = Loaded::of(&loaded.scenario).expect("what was read can be read again");
        for (spent, loaded) in spent.iter_mut().zip([loaded, &alone]) {
            let began = Instant::now();
            let world = loaded.world(&inputs);
            *spent += began.elapsed();
            assert!(world.is_ok());
        }
    }
    spent.map(|spent| spent.as_secs_f64() * 1e3 / f64::from(WORLDS))
}

/// Runs a scenario with one seed after the other on so many threads, and returns runs per second.
fn rate(loaded: &Loaded, jobs: usize, length: Duration) -> f64 {
    let next = AtomicU64::new(0);
    let done = AtomicU64::new(0);
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                let mut own = loaded.clone();
                let (inputs, executors) =
                    (Inputs::new(Policy::below("scenarios")), Executors::new());
                while began.elapsed() < length {
                    own.scenario.scenario.seed = next.fetch_add(1, Ordering::Relaxed);
                    if own.run(&inputs, &executors).is_ok() {
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    done.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64()
}
