//! Our node against anvil: the same client, the same work, the same machine, one run.
//!
//! `ANVIL=/path/to/anvil cargo bench --bench node` prints a table; without `ANVIL` only our own
//! column. `BENCH_SCALE=0.1` shrinks every count for a quick look, `BENCH_ROWS=wait` measures only
//! the rows with that word in their name.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints its table"
)]

mod http;
mod inside;
mod load;
mod logs;
mod peer;

use std::{io, path::Path, process::Command, time::Duration};

use peer::Peer;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// One line of the table: what was measured, a value per peer, and whether more is better.
struct Row {
    what: &'static str,
    unit: &'static str,
    more_is_better: bool,
    values: Vec<Option<f64>>,
}

type Measure = fn(&Peer) -> io::Result<Option<f64>>;

const ROWS: &[(&str, &str, bool, Measure)] = &[
    ("start to first eth_chainId", "ms", false, start),
    (
        "send and wait, first 1,500 blocks",
        "tx/s",
        true,
        sequential,
    ),
    (
        "send and wait, blocks 8,000 to 10,000",
        "tx/s",
        true,
        long_chain,
    ),
    ("batches of 100", "tx/s", true, batched),
    ("bulk: 16 connections, then mine", "tx/s", true, bulk),
    ("ethers v6 send and wait(), median", "ms", false, ethers),
    (
        "getLogs, rare topic among 1,000,000 logs",
        "ms",
        false,
        logs::rare_topic,
    ),
    ("memory idle", "MiB", false, idle),
    (
        "memory after 10,000 blocks",
        "MiB",
        false,
        ten_thousand_blocks,
    ),
    (
        "memory after 100,000 transactions",
        "MiB",
        false,
        hundred_thousand,
    ),
    ("disk used after 10,000 blocks", "MiB", false, disk),
];

/// The row without a peer: our chain as a library.
const IN_PROCESS: &str = "in process, no HTTP: send and wait";

fn main() {
    // `cargo test --benches` and `cargo bench -- --list` want a harness; this is a plain program.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    let peers: Vec<Peer> = [Some(Peer::ours()), Peer::anvil()]
        .into_iter()
        .flatten()
        .collect();
    let mut rows = Vec::new();
    let wanted = std::env::var("BENCH_ROWS").unwrap_or_default();
    let rows_wanted = ROWS.iter().filter(|(what, ..)| what.contains(&wanted));
    for (what, unit, more_is_better, measure) in rows_wanted {
        eprintln!("measuring: {what}");
        let values = peers.iter().map(|peer| measured(peer, *measure)).collect();
        rows.push(Row {
            what,
            unit,
            more_is_better: *more_is_better,
            values,
        });
    }
    if IN_PROCESS.contains(&wanted) {
        rows.push(Row {
            what: IN_PROCESS,
            unit: "tx/s",
            more_is_better: true,
            values: vec![Some(inside::send_and_wait(scaled(5_000)))],
        });
    }
    print(&peers, &rows);
}

/// Runs one measurement; a failure is a hole in the table, with its reason on standard error.
fn measured(peer: &Peer, measure: Measure) -> Option<f64> {
    match measure(peer) {
        Ok(value) => value,
        Err(error) => {
            eprintln!("  {}: {error}", peer.name);
            None
        }
    }
}

/// `count` as `BENCH_SCALE` wants it.
fn scaled(count: u64) -> u64 {
    let scale: f64 = std::env::var("BENCH_SCALE")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1.0);
    ((count as f64 * scale) as u64).max(10)
}

fn rate(count: u64, took: Duration) -> Option<f64> {
    Some(count as f64 / took.as_secs_f64())
}

fn start(peer: &Peer) -> io::Result<Option<f64>> {
    let mut samples = Vec::new();
    for _ in 0..5 {
        samples.push(peer.start(&[])?.ready_after.as_secs_f64() * 1000.0);
    }
    samples.sort_by(f64::total_cmp);
    Ok(Some(samples[2]))
}

fn sequential(peer: &Peer) -> io::Result<Option<f64>> {
    let count = scaled(1_500);
    let node = peer.start(&[])?;
    let raw = load::transfers(0, 0, count);
    let took = load::send_and_wait(&mut node.connect()?, &raw)?;
    Ok(rate(count, took))
}

fn long_chain(peer: &Peer) -> io::Result<Option<f64>> {
    let count = scaled(2_000);
    let node = peer.start(&[])?;
    let mut http = node.connect()?;
    mine(&mut http, scaled(8_000))?;
    let took = load::send_and_wait(&mut http, &load::transfers(0, 0, count))?;
    Ok(rate(count, took))
}

fn batched(peer: &Peer) -> io::Result<Option<f64>> {
    let count = scaled(3_200);
    let node = peer.start(&[])?;
    let raw = load::transfers(0, 0, count);
    let took = load::batches(&node, &raw, Duration::from_secs(20))?;
    if took.is_none() {
        eprintln!("  {}: transactions left behind in the pool", peer.name);
    }
    Ok(took.and_then(|took| rate(count, took)))
}

fn bulk(peer: &Peer) -> io::Result<Option<f64>> {
    let each = scaled(200);
    let node = peer.start(&[])?;
    Ok(rate(16 * each, load::bulk(&node, each)?))
}

fn ethers(peer: &Peer) -> io::Result<Option<f64>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/wait.mjs");
    if !script.with_file_name("node_modules").exists() {
        return Err(io::Error::other("run `npm ci` in tests/clients first"));
    }
    let node = peer.start(&[])?;
    let output = Command::new("node")
        .arg(script)
        .env("EMULATE_RPC", format!("http://{}", node.host))
        .output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().parse().ok())
}

fn idle(peer: &Peer) -> io::Result<Option<f64>> {
    let node = peer.start(&[])?;
    Ok(Some(node.memory_mib()))
}

fn ten_thousand_blocks(peer: &Peer) -> io::Result<Option<f64>> {
    let node = peer.start(&[])?;
    mine(&mut node.connect()?, scaled(10_000))?;
    Ok(Some(node.memory_mib()))
}

fn hundred_thousand(peer: &Peer) -> io::Result<Option<f64>> {
    let node = peer.start(&["--gas-limit", "1000000000"])?;
    for round in 0..10 {
        let raw = load::transfers(0, round * scaled(10_000), scaled(10_000));
        if load::batches(&node, &raw, Duration::from_secs(120))?.is_none() {
            eprintln!("  {}: transactions left behind in the pool", peer.name);
            return Ok(None);
        }
    }
    Ok(Some(node.memory_mib()))
}

fn disk(peer: &Peer) -> io::Result<Option<f64>> {
    let node = peer.start(&[])?;
    mine(&mut node.connect()?, scaled(10_000))?;
    let used = peer::disk_used(node.home.path());
    Ok(Some(used as f64 / (1024.0 * 1024.0)))
}

/// Mines `count` empty blocks, a thousand at a time.
fn mine(http: &mut http::Http, count: u64) -> io::Result<()> {
    let mut left = count;
    while left > 0 {
        let now = left.min(1_000);
        http.call("anvil_mine", &format!("\"{now:#x}\""))?;
        left -= now;
    }
    Ok(())
}

fn print(peers: &[Peer], rows: &[Row]) {
    let names: Vec<String> = peers
        .iter()
        .map(|peer| format!("{:>12}", peer.name))
        .collect();
    println!("{:<44}{} {:>8}", "", names.join(""), "ahead");
    for row in rows {
        let cells: Vec<String> = (0..peers.len())
            .map(|at| match row.values.get(at).copied().flatten() {
                Some(value) => format!("{value:>12.1}"),
                None => format!("{:>12}", "–"),
            })
            .collect();
        let ahead = match row.values[..] {
            [Some(ours), Some(theirs)] if row.more_is_better => format!("{:>7.1}x", ours / theirs),
            [Some(ours), Some(theirs)] => format!("{:>7.1}x", theirs / ours),
            _ => String::new(),
        };
        let what = format!("{}, {}", row.what, row.unit);
        println!("{what:<44}{} {ahead}", cells.join(""));
    }
}
