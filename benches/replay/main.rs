//! What it costs to keep a run, to run it again, and to part from it, against the size of the world.
//!
//! `cargo bench --bench replay` prints a table. `BENCH_SCALE=0.1` shrinks every world.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures time and prints its table"
)]

use std::{
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use emulate::{
    executor::{
        Executors,
        inputs::{Inputs, Policy},
    },
    log::{Sink as _, view::Measured},
    replay::{Player, Proof, prove},
    runfile::{RunWriter, read},
    scenario::{Loaded, Overrides},
    time::Timestamp,
};

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Workers and tasks of each world.
const WORLDS: [(u64, u64); 4] = [(3, 1), (30, 100), (100, 1_000), (300, 3_000)];

/// Forks taken of each world, to measure one.
const FORKS: u32 = 200;

fn main() {
    let scale = std::env::var("BENCH_SCALE");
    let scale: f64 = scale.ok().and_then(|text| text.parse().ok()).unwrap_or(1.0);
    println!(
        "workers  tasks    events   run      saved   size      replay   against  fork     first step of a fork"
    );
    for (workers, tasks) in WORLDS {
        let scaled = |number: u64| ((number as f64 * scale) as u64).max(3);
        measure(scaled(workers), scaled(tasks));
    }
}

fn scenario(workers: u64, tasks: u64) -> Loaded {
    let text = format!(
        "[pool.main]\nvolume = {tasks}\n\
         [account.alice]\ndeposit = \"20_000 RLC\"\n\
         [worker.w]\ncount = {workers}\ndeposit = \"1_000 RLC\"\n\
         [app.hello]\nrun = {{ builtin = \"hello\" }}\n\
         [task.job]\napp = \"hello\"\nargs = \"world\"\ncount = {tasks}\n\
         arrival = \"every 1s\"\nreplication = 3\n"
    );
    let read = |_: &Path| Err(std::io::Error::other("nothing is included"));
    Loaded::new(&text, Path::new("bench.toml"), &read, &Overrides::default())
        .expect("a scenario as it should be")
}

fn player(loaded: &Loaded) -> Player {
    let inputs = Inputs::new(Policy::below("."));
    Player::new(loaded.clone(), inputs, Executors::new()).expect("a world")
}

fn timed<T>(what: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    let made = what();
    (made, began.elapsed())
}

fn measure(workers: u64, tasks: u64) {
    let loaded = scenario(workers, tasks);
    let (finished, run) = timed(|| {
        let mut player = player(&loaded);
        let reason = player.play();
        let finished = player.conclude(reason, Measured::default());
        finished.expect("a run to its end")
    });
    let world = &finished.world;
    let (bytes, saved) = timed(|| {
        let mut bytes = Vec::new();
        let inputs = Inputs::new(Policy::below("."));
        let writer = RunWriter::new(&mut bytes, "bench", &loaded, &inputs).expect("memory");
        let mut sink = writer.clone();
        for record in world.log().records().iter() {
            sink.record(record).expect("memory");
        }
        let head = (world.chain().height(), world.chain().head().hash);
        let ended = writer.end(world.log(), head, Measured::default());
        ended.expect("memory");
        drop((sink, writer));
        bytes
    });
    let (proof, replay) = timed(|| {
        let run = read(bytes.as_slice()).expect("what was written");
        prove(&run).expect("a run")
    });
    assert!(matches!(proof, Proof::Same { whole: true, .. }));
    let (fork, step) = fork(&loaded, world.now());
    println!(
        "{workers:>7} {tasks:>6} {:>9} {:>7.2}s {:>7.0}ms {:>6.1}KiB {:>8.2}s {:>6.2}x {:>8.1}µs {:>8.1}µs",
        world.log().records().len(),
        run.as_secs_f64(),
        saved.as_secs_f64() * 1e3,
        bytes.len() as f64 / 1024.0,
        replay.as_secs_f64(),
        run.as_secs_f64() / replay.as_secs_f64(),
        fork.as_secs_f64() * 1e6,
        step.as_secs_f64() * 1e6,
    );
}

/// What a fork in the middle of the run costs, and the first thing that happens in it, which copies
/// what it changes.
fn fork(loaded: &Loaded, end: Timestamp) -> (Duration, Duration) {
    let mut player = player(loaded);
    let middle = Timestamp::from_millis(end.as_millis() / 2);
    player.go_to(&emulate::replay::Stop::Time(middle));
    let ((), forks) = timed(|| {
        for _ in 0..FORKS {
            black_box(player.clone());
        }
    });
    let mut all: Vec<Player> = (0..FORKS).map(|_| player.clone()).collect();
    let ((), steps) = timed(|| {
        for fork in &mut all {
            black_box(fork.step());
        }
    });
    (forks / FORKS, steps / FORKS)
}
