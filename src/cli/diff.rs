//! `emulate diff`: where two runs part, and what came of it.

use clap::Args;

use super::{Exit, Output, shelf};
use crate::{
    log::EventLog,
    report::{Run, Styles, write_diff},
};

/// Compare two saved runs: the first event at which they part, then money, scores and tasks side by
/// side. The exit code is 1 when they differ, as with diff(1).
#[derive(Clone, Debug, Args)]
pub(super) struct Diff {
    /// A saved run: a file (.emu or .jsonl), `last`, or how its name begins (the newest
    /// is meant).
    #[arg(value_name = "A")]
    first: String,
    /// Another one.
    #[arg(value_name = "B")]
    second: String,
}

/// Compares two runs.
pub(super) fn diff(arguments: &Diff, output: &Output) -> Exit {
    let both = log(&arguments.first, output)
        .and_then(|first| Ok([first, log(&arguments.second, output)?]));
    match both {
        Ok(logs) => compare(&logs, output),
        Err(exit) => exit,
    }
}

fn log(name: &str, output: &Output) -> Result<EventLog, Exit> {
    match shelf::open_log(name, output)? {
        Some(log) => Ok(log),
        None => shelf::open(name, output).map(|run| run.log),
    }
}

/// Writes the comparison of two logs.
pub(super) fn compare(logs: &[EventLog; 2], output: &Output) -> Exit {
    let [first, second] = logs.each_ref().map(|log| Run {
        log,
        file: None,
        again: None,
    });
    let mut told = Vec::new();
    let sides = [("first", &first), ("second", &second)];
    let compared = write_diff(sides, &Styles::coloured(), &mut told);
    match compared.and_then(|same| output.show(&told).map(|()| same)) {
        Ok(true) => Exit::Success,
        Ok(false) => Exit::ExpectationFailed,
        Err(error) => {
            output.error(&format!("error: the comparison cannot be written: {error}"));
            Exit::Environment
        }
    }
}
