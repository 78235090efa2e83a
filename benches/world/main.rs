//! What a whole network costs: how wall time and memory grow with tasks and workers, and how much
//! of it the EVM alone would take for the same transactions (`EVM wall`, `EVM cpu`, in seconds; `wall x`
//! and `cpu x` are how many times as much the whole run takes).
//!
//! `cargo bench --bench world` prints two tables. `BENCH_SCALE=0.1` shrinks every count for a quick
//! look; `BENCH_ONLY=tasks` or `workers` or `hello` prints that part alone. Every cell is a process of its own, so that
//! memory is that of one run.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints its table"
)]

mod cell;
mod replay;

use std::{
    io,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use cell::{Cell, Figures};

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Tells a child process which cell it is to play: `WORKERS TASKS`.
const CELL: &str = "EMULATE_BENCH_CELL";

/// How often `hello` is run; the median is told.
const HELLOS: usize = 21;

fn main() {
    // `cargo test --benches` and `cargo bench -- --list` want a harness; this is a plain program.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    if let Ok(cell) = std::env::var(CELL) {
        let figures = cell.parse().map(|cell: Cell| cell.play());
        match figures {
            Ok(figures) => println!("{figures}"),
            Err(error) => eprintln!("{error}"),
        }
        return;
    }
    let only = std::env::var("BENCH_ONLY").ok();
    let wanted = |part: &str| only.as_deref().is_none_or(|only| only == part);
    if wanted("hello") {
        match hello() {
            Ok(median) => println!(
                "emulate run hello, start to exit, median of {HELLOS}: {:.1} ms\n",
                millis(median)
            ),
            Err(error) => eprintln!("emulate run hello: {error}"),
        }
    }
    if wanted("tasks") {
        let cells =
            [1_000, 3_000, 10_000, 30_000, 100_000].map(|tasks| Cell::of(1_000, scaled(tasks)));
        print_table("more tasks, 1,000 workers", &cells);
    }
    if wanted("workers") {
        let cells = [100, 300, 1_000, 3_000, 10_000]
            .map(|workers| Cell::of(scaled(workers), scaled(3_000)));
        print_table(
            "more workers, 3,000 tasks (arriving as fast as the crowd can do them)",
            &cells,
        );
    }
}

/// Starts the built program on the first scenario of the README until it exits.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn hello() -> io::Result<Duration> {
    let mut spans = Vec::new();
    for _ in 0..HELLOS {
        let began = Instant::now();
        let status = Command::new(env!("CARGO_BIN_EXE_emulate"))
            .args(["run", "hello"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        if !status.success() {
            return Err(io::Error::other(format!("it ended with {status}")));
        }
        spans.push(began.elapsed());
    }
    spans.sort();
    Ok(spans[spans.len() / 2])
}

fn print_table(title: &str, cells: &[Cell]) {
    println!("{title}");
    println!(
        "{:>8} {:>8} {:>8} {:>8} {:>9} {:>8} {:>8} {:>9} {:>8} {:>8} {:>8} {:>6} {:>6}",
        "workers",
        "tasks",
        "wall s",
        "cpu s",
        "txs",
        "tx/s",
        "tasks/s",
        "peak MiB",
        "us/task",
        "EVM wall",
        "EVM cpu",
        "wall x",
        "cpu x"
    );
    for cell in cells {
        match cell.measure() {
            Ok(figures) => println!("{}", figures.row(cell)),
            Err(error) => eprintln!("{:>8} {:>8} {error}", cell.workers, cell.tasks),
        }
    }
    println!();
}

impl Cell {
    /// Plays the cell in a process of its own.
    fn measure(&self) -> io::Result<Figures> {
        let output = Command::new(std::env::current_exe()?)
            .env(CELL, self.to_string())
            .stderr(Stdio::inherit())
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.trim()
            .parse()
            .map_err(|()| io::Error::other(format!("no figures: it ended with {}", output.status)))
    }
}

/// A count shrunk by `BENCH_SCALE`.
fn scaled(count: u64) -> u64 {
    let scale: f64 = std::env::var("BENCH_SCALE")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1.0);
    ((count as f64 * scale) as u64).max(1)
}

fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}
