//! A sweep, rendered: a table for terminals, CSV for programs, a page to look at. Rule: what is
//! shown follows from the rows alone, and rows have one order, whoever ran them.

mod csv;
mod estimate;
mod finding;
mod frame;
mod heat;
mod ink;
mod marks;
mod page;
mod plot;
mod summary;
mod value;

use std::{collections::BTreeMap, time::Duration};

use alloy_primitives::B256;
pub use csv::write_csv;
pub use estimate::Estimate;
pub use page::write_sweep_html;
use serde::{Deserialize, Serialize};
pub use summary::write_sweep_summary;
pub use value::{Unit, Value};

use super::Standing;

/// A sweep to report on.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// What the scenario is called.
    pub title: String,
    /// What it shows.
    pub description: String,
    /// The scenario file, as the user named it.
    pub file: String,
    /// What varies.
    pub axes: Vec<Axis>,
    /// The columns.
    pub measures: Vec<Measure>,
    /// The cells that were run, by their place in the whole matrix.
    pub cells: BTreeMap<usize, Cell>,
    /// The runs, by cell and seed.
    pub rows: Vec<Row>,
    /// What the expectations come to over all runs they are about.
    pub verdicts: Vec<Verdict>,
    /// What it took.
    pub effort: Effort,
}

/// One thing that varies.
#[derive(Clone, Debug)]
pub struct Axis {
    /// The variable, or the path into the scenario.
    pub name: String,
    /// Its values, as people read them.
    pub labels: Vec<String>,
    /// Its values as numbers, where all of them are.
    pub numbers: Option<Vec<f64>>,
}

/// One column.
#[derive(Clone, Debug)]
pub struct Measure {
    /// What it is called.
    pub name: String,
    /// What it means.
    pub note: Option<String>,
    /// What its values are.
    pub unit: Unit,
}

/// One combination of the axes.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Which value of each axis.
    pub place: Vec<usize>,
    /// The command that shows a run of it again, all but the seed.
    pub again: String,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The place of its cell in the whole matrix.
    pub cell: usize,
    /// Its seed.
    pub seed: u64,
    /// A value for each measure.
    pub values: Vec<Value>,
    /// How it ended. An expectation that allows for some failures (`rate`) fails no run.
    pub standing: Standing,
    /// Whether each expectation of the scenario holds in it; none for those of other cells.
    pub held: Vec<Option<bool>>,
    /// The digest of its event log.
    pub digest: B256,
}

/// How an expectation fares over a sweep.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It holds.
    Passed,
    /// None of the cells it is about was run.
    Left,
    /// It does not hold, which was declared to be no failure.
    Warned,
    /// It does not hold.
    Failed,
}

/// What an expectation comes to over all runs it is about.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// What the expectation is called.
    pub name: String,
    /// Whether it holds.
    pub outcome: Outcome,
    /// What was expected.
    pub expected: String,
    /// What was found, and how sure one may be of it.
    pub found: String,
    /// Why it should hold.
    pub why: Option<String>,
    /// The run that shows best what is wrong: cell and seed.
    pub example: Option<(usize, u64)>,
}

/// What a sweep took.
#[derive(Copy, Clone, Debug, Default)]
pub struct Effort {
    /// Runs made now.
    pub ran: usize,
    /// Runs an earlier sweep had made.
    pub kept: usize,
    /// How many ran at once.
    pub jobs: usize,
    /// How long it took.
    pub took: Duration,
}

impl Effort {
    /// Returns how many runs were made each second.
    pub fn per_second(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
        let ran = self.ran as f64;
        ran / self.took.as_secs_f64().max(1e-9)
    }
}

impl Sheet {
    /// Returns the runs of a cell, in the order of their seeds.
    pub fn rows_of(&self, cell: usize) -> &[Row] {
        let start = self.rows.partition_point(|row| row.cell < cell);
        let end = self.rows.partition_point(|row| row.cell <= cell);
        &self.rows[start..end]
    }

    /// Returns what a measure comes to in a cell; none when it has no number there.
    pub fn estimate(&self, cell: usize, measure: usize) -> Option<Estimate> {
        let unit = self.measures.get(measure)?.unit;
        Estimate::of(
            unit,
            self.rows_of(cell).iter().map(|row| &row.values[measure]),
        )
    }

    /// Returns the label of a cell on every axis: `liars=3 replication=5`.
    pub fn label(&self, cell: usize) -> String {
        let Some(cell) = self.cells.get(&cell) else {
            return String::new();
        };
        let pairs = self.axes.iter().zip(&cell.place);
        let pairs = pairs.map(|(axis, at)| format!("{}={}", axis.name, axis.labels[*at]));
        pairs.collect::<Vec<_>>().join(" ")
    }

    /// Returns the command that shows a run again.
    pub fn again(&self, (cell, seed): (usize, u64)) -> String {
        let command = self.cells.get(&cell).map_or("", |cell| cell.again.as_str());
        format!("{command} --seed {seed}")
    }

    /// Returns the worst that can be said of the sweep: laws and limits count run by run,
    /// expectations over all of them.
    pub fn standing(&self) -> Standing {
        let ends = self.rows.iter().map(|row| row.standing);
        let worst = ends.filter(|end| *end != Standing::Failed).max();
        let failed = self
            .verdicts
            .iter()
            .any(|one| one.outcome == Outcome::Failed);
        let judged = if failed {
            Standing::Failed
        } else {
            Standing::Passed
        };
        worst.map_or(judged, |worst| worst.max(judged))
    }
}
