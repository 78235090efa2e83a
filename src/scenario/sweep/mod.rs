//! A sweep taken apart: the cells of the matrix, the seeds, and what each run of them yields.
//! Rule: a cell is nothing but the same scenario with other values on top, so that a run of it can
//! be had by anybody who writes those values on a command line.

mod row;
mod verdict;

use alloy_primitives::{B256, keccak256};
pub use row::row;
pub use verdict::verdicts;

use super::{
    Diagnostic, Diagnostics, Loaded, Node, Overrides, document::listed, expect::Kind,
    model::Measure,
};
use crate::{
    protocol::Name,
    report::sweep::{Axis, Measure as Column, Unit},
};

/// Every cell of a matrix, and the seeds each is run with.
pub struct Sweep<'a> {
    loaded: &'a Loaded,
    axes: Vec<(Name, Vec<Node>)>,
    seeds: u64,
}

impl<'a> Sweep<'a> {
    /// Returns the sweep a scenario describes; `seeds` goes before what it says.
    pub fn of(loaded: &'a Loaded, seeds: Option<u64>) -> Self {
        let matrix = &loaded.scenario.matrix;
        let axes = matrix.axes.iter();
        Self {
            loaded,
            axes: axes
                .map(|(name, axis)| (name.clone(), axis.values()))
                .collect(),
            seeds: seeds.unwrap_or(matrix.seeds),
        }
    }

    /// Returns how many cells there are; one where nothing varies but the seed.
    pub fn cells(&self) -> usize {
        self.axes.iter().map(|(_, values)| values.len()).product()
    }

    /// Returns the seeds each cell is run with: from the scenario's own upwards.
    pub fn seeds(&self) -> impl Iterator<Item = u64> + use<> {
        let first = self.loaded.scenario.scenario.seed;
        // Seeds are written in TOML, whose integers have a sign.
        (0..self.seeds).map(move |at| first.wrapping_add(at) & (u64::MAX >> 1))
    }

    /// Returns which value of each axis a cell has; the last axis varies fastest.
    pub fn place(&self, cell: usize) -> Vec<usize> {
        let mut rest = cell;
        let mut place = vec![0; self.axes.len()];
        for (at, (_, values)) in place.iter_mut().zip(&self.axes).rev() {
            *at = rest % values.len().max(1);
            rest /= values.len().max(1);
        }
        place
    }

    /// Returns what a cell changes.
    pub fn overrides(&self, cell: usize) -> Overrides {
        let mut overrides = Overrides::default();
        for ((name, values), at) in self.axes.iter().zip(self.place(cell)) {
            let pair = (name.to_string(), values[at].to_outside());
            match name.contains('.') {
                true => overrides.sets.push(pair),
                false => overrides.vars.push(pair),
            }
        }
        overrides
    }

    /// Returns what a cell is called: its values as a command line has them.
    pub fn words(&self, cell: usize) -> String {
        let changed = self.overrides(cell);
        let pairs = changed.vars.iter().chain(&changed.sets);
        let pairs = pairs.map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join(" ")
    }

    /// Returns the scenario of a cell.
    ///
    /// # Errors
    ///
    /// What is wrong with the scenario there.
    pub fn load(&self, cell: usize) -> Result<Loaded, Diagnostics> {
        self.loaded.with(&self.overrides(cell))
    }

    /// Returns the cells a choice such as `liars=3,replication=5` means.
    ///
    /// # Errors
    ///
    /// What is wrong with the choice, and what would be right.
    pub fn choose(&self, choice: &str) -> Result<Vec<usize>, String> {
        let axes = self.axes();
        let mut wanted: Vec<(usize, usize)> = Vec::new();
        for part in choice.split(',') {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| format!("`{part}` has no `=`; write AXIS=VALUE"))?;
            let (name, value) = (name.trim(), value.trim());
            let at = axes.iter().position(|axis| axis.name == name);
            let at = at.ok_or_else(|| {
                let names: Vec<&str> = axes.iter().map(|axis| axis.name.as_str()).collect();
                format!(
                    "nothing called `{name}` varies; there is {}",
                    listed(&names)
                )
            })?;
            let labels = &axes[at].labels;
            let value_at = labels.iter().position(|label| label == value);
            let value_at = value_at.ok_or_else(|| {
                let few: Vec<&str> = labels.iter().take(12).map(String::as_str).collect();
                format!("`{name}` is never {value}; it is {}", listed(&few))
            })?;
            wanted.push((at, value_at));
        }
        let fits = |cell: &usize| {
            let place = self.place(*cell);
            wanted.iter().all(|(axis, value)| place[*axis] == *value)
        };
        Ok((0..self.cells()).filter(fits).collect())
    }

    /// Returns the axes as reports show them.
    pub fn axes(&self) -> Vec<Axis> {
        let axes = self.axes.iter().map(|(name, values)| Axis {
            name: name.to_string(),
            labels: values.iter().map(Node::to_outside).collect(),
            numbers: values.iter().map(Node::as_number).collect(),
        });
        axes.collect()
    }

    /// Returns the columns as reports show them.
    pub fn columns(&self) -> Vec<Column> {
        let column = |measure: &Measure| Column {
            name: measure.name.clone(),
            note: measure.note.clone(),
            unit: unit(measure.value.kind),
        };
        self.loaded.scenario.measure.iter().map(column).collect()
    }

    /// Returns what identifies the sweep's runs: everything the files say but the number of seeds,
    /// and the version of this program. A run is known by this, its cell and its seed.
    pub fn digest(&self) -> B256 {
        let mut scenario = self.loaded.scenario.clone();
        scenario.matrix.seeds = 1;
        let text = [env!("CARGO_PKG_VERSION"), &scenario.to_toml()].join("\n");
        keccak256(text)
    }

    /// Returns what forbids the sweep: nothing that varies, columns that are of this machine.
    pub fn refusals(&self) -> Diagnostics {
        let document = &self.loaded.document;
        let mut wrong = Vec::new();
        if self.axes.is_empty() && self.seeds <= 1 {
            let message = "nothing varies here: a sweep needs a [matrix] or several seeds";
            let help =
                "write `[matrix]` with `seeds = 50`, or an axis such as `liars = \"0 .. 7\"`";
            wrong.push(Diagnostic::error(document.span(&["matrix"]), message).help(help));
        }
        for (at, measure) in self.loaded.scenario.measure.iter().enumerate() {
            if measure.value.is_measured() {
                let span = document.span(&["measure", &at.to_string(), "value"]);
                let message = format!("`{}` is of this machine, not of the run", measure.value);
                let help =
                    "columns are the same on every machine; the summary tells runs per second";
                wrong.push(Diagnostic::error(span, message).help(help));
            }
        }
        Diagnostics::new(document.sources.clone(), wrong)
    }
}

fn unit(kind: Kind) -> Unit {
    match kind {
        Kind::Number => Unit::Count,
        Kind::Money => Unit::Rlc,
        Kind::Duration => Unit::Seconds,
        Kind::Share | Kind::Flag => Unit::Share,
        Kind::Size => Unit::Bytes,
        Kind::Text | Kind::Status | Kind::State | Kind::Texts => Unit::Words,
    }
}
