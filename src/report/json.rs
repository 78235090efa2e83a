//! The view and the verdicts as one JSON document.
//!
//! Shape, version 1 (amounts are integers of nRLC, times milliseconds of the run's own clock,
//! names those of the scenario, hashes hexadecimal):
//!
//! ```json
//! {
//!   "version": 1,
//!   "file": "scenarios/01-hello.toml",
//!   "standing": "passed",
//!   "digest": "0x…",
//!   "run": {"title": "…", "seed": 42, "version": "…", "now": 7000, "end": "complete", …},
//!   "measured": {"wall_ms": 412, "memory": 31457280},
//!   "expectations": [{"name": "…", "outcome": "passed", "expected": "…", "found": "…", …}],
//!   "breaches": [{"block": 12, "law": "…", "detail": "…", …}],
//!   "chain": {"blocks": 7, "txs": 12, "gas": 3600000, "reverts": 0, …},
//!   "book": {…},
//!   "kitty": 0,
//!   "tasks": [{"name": "greet", "status": "COMPLETED", "latency_ms": 6000, "votes": […], …}],
//!   "workers": [{"name": "w-0", "state": "idle", "score": 1, "earned": 330000000, …}],
//!   "pools": […], "apps": […], "datasets": […], "accounts": […],
//!   "faults": […], "outages": […]
//! }
//! ```
//!
//! Fields may be added within a version; none is renamed, removed or given another meaning.

use std::io::{self, Write};

use serde::Serialize;

use super::{Run, Standing};
use crate::{
    amount::Nrlc,
    log::{
        Check, Table, TaskView, WorkerState, WorkerView,
        view::{
            AccountView, BookView, Breach, ChainView, FaultView, Named, Outage, PoolView,
            ResourceView, RunView,
        },
    },
    protocol::Name,
    time::millis,
};

/// The version of the document's shape.
pub const DOCUMENT_VERSION: u64 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u64,
    file: Option<&'a str>,
    standing: Standing,
    digest: alloy_primitives::B256,
    run: &'a RunView,
    measured: MeasuredRow,
    expectations: &'a [Check],
    breaches: &'a [Breach],
    chain: &'a ChainView,
    book: &'a BookView,
    kitty: Nrlc,
    tasks: Vec<TaskRow<'a>>,
    workers: Vec<WorkerRow<'a>>,
    pools: Vec<Named<'a, PoolView>>,
    apps: Vec<Named<'a, ResourceView>>,
    datasets: Vec<Named<'a, ResourceView>>,
    accounts: Vec<Named<'a, AccountView>>,
    faults: &'a [FaultView],
    outages: &'a [Outage],
}

#[derive(Serialize)]
struct MeasuredRow {
    wall_ms: Option<u64>,
    memory: Option<u64>,
}

#[derive(Serialize)]
struct TaskRow<'a> {
    #[serde(flatten)]
    task: &'a TaskView,
    groups: u64,
    contributions: u64,
    correct: Option<bool>,
    corrupted: Option<bool>,
    latency_ms: Option<u64>,
    output: Option<&'a str>,
    outputs: Option<&'a [String]>,
}

#[derive(Serialize)]
struct WorkerRow<'a> {
    name: &'a Name,
    state: WorkerState,
    #[serde(flatten)]
    worker: &'a WorkerView,
}

/// Writes the document about `run`, indented, with a newline at its end.
///
/// # Errors
///
/// When `out` cannot be written.
pub fn write_json(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let view = run.view();
    let document = Document {
        version: DOCUMENT_VERSION,
        file: run.file,
        standing: run.standing(),
        digest: run.log.digest(),
        run: &view.run,
        measured: MeasuredRow {
            wall_ms: view.measured.wall.map(millis),
            memory: view.measured.memory,
        },
        expectations: &view.checks,
        breaches: &view.breaches,
        chain: &view.chain,
        book: &view.book,
        kitty: view.kitty(),
        tasks: view.tasks.values().map(task).collect(),
        workers: view.workers.iter().map(worker).collect(),
        pools: named(&view.pools),
        apps: named(&view.apps),
        datasets: named(&view.datasets),
        accounts: named(&view.accounts),
        faults: &view.faults,
        outages: &view.outages,
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn named<T>(table: &Table<T>) -> Vec<Named<'_, T>> {
    table
        .iter()
        .map(|(name, row)| Named { name, row })
        .collect()
}

fn task(task: &TaskView) -> TaskRow<'_> {
    TaskRow {
        task,
        groups: task.groups(),
        contributions: task.contributions(),
        correct: task.correct(),
        corrupted: task.corrupted(),
        latency_ms: task.latency().map(millis),
        output: task.output(),
        outputs: task.outputs(),
    }
}

fn worker<'a>((name, worker): (&'a Name, &'a WorkerView)) -> WorkerRow<'a> {
    WorkerRow {
        name,
        state: worker.state(),
        worker,
    }
}
