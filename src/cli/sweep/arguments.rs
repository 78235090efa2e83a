//! What `emulate sweep` can be told.

use std::path::PathBuf;

use clap::Args;

use crate::cli::run::How;

/// Run every cell of a scenario's [matrix] with every seed, and plot what comes out.
///
/// What is done is kept beside the CSV, run by run: the same command goes on where an earlier one
/// was stopped, and after a change of the scenario it starts anew.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct Sweep {
    /// A scenario file, or the name of a built-in scenario.
    #[arg(value_name = "FILE|NAME")]
    pub(super) scenario: String,
    #[command(flatten)]
    pub(super) how: How,
    /// How many runs at once; as many as there are cores when left out.
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) jobs: Option<u16>,
    /// Write one line per run, in an order that does not depend on --jobs.
    #[arg(long, value_name = "FILE.csv")]
    pub(super) out: Option<PathBuf>,
    /// Write one page with plots, to be opened in a browser.
    #[arg(long, value_name = "FILE.html")]
    pub(super) plot: Option<PathBuf>,
    /// Run only these cells: `--only liars=3,replication=5`. Can be given again for others.
    #[arg(long, value_name = "AXIS=VALUE,…")]
    pub(super) only: Vec<String>,
    /// Run each cell with so many seeds, whatever the scenario says.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(super) seeds: Option<u64>,
    /// Forget what an earlier sweep has left beside the CSV.
    #[arg(long)]
    pub(super) fresh: bool,
}
