//! `emulate check`: scenarios read and checked, not run.

use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;

use super::{Exit, Output, parallel, subject::Subject};
use crate::{
    executor::inputs::Inputs,
    scenario::{Impossible, Loaded, Overrides, sweep::Sweep},
};

/// Validate scenarios without running them, every cell of their matrix and the second runs of
/// `whatif` included, and warn of what can never happen.
#[derive(Clone, Debug, Args)]
pub(super) struct Check {
    /// Scenario files, project files (iexec.js, iexec.json), or names of built-in scenarios.
    #[arg(required = true, value_name = "FILE|NAME")]
    scenarios: Vec<String>,
    /// Take warnings for errors.
    #[arg(long)]
    strict: bool,
}

/// Checks every scenario named; the worst finding counts.
pub(super) fn check(arguments: &Check, output: &Output) -> Exit {
    let mut worst = Exit::Success;
    for name in &arguments.scenarios {
        worst = worst.max(check_one(name, arguments.strict, output));
    }
    worst
}

fn check_one(name: &str, strict: bool, output: &Output) -> Exit {
    let subject = match Subject::find(name) {
        Ok(subject) => subject,
        Err(message) => {
            output.error(&message);
            return Exit::BadInput;
        }
    };
    let loaded = match subject.load(&Overrides::default(), output) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let inputs = subject.inputs_for_a_look();
    if let Err(wrong) = loaded.cast(&inputs) {
        output.error(wrong.render(output.is_coloured()).trim_end());
        return Exit::BadInput;
    }
    if !is_whole(&loaded, &inputs, output) {
        return Exit::BadInput;
    }
    subject.tell_ignored(output);
    let doubts = loaded.doubts();
    if doubts.is_empty() {
        output.result_line(&format!("{name}: ok"));
        return Exit::Success;
    }
    output.error(doubts.render(output.is_coloured()).trim_end());
    let count = doubts.list().len();
    output.result_line(&format!("{name}: {count} doubtful"));
    if strict {
        Exit::BadInput
    } else {
        Exit::Success
    }
}

/// Whether every cell of the matrix, and every run it would be compared with, can be run; tells the
/// first that cannot.
fn is_whole(loaded: &Loaded, inputs: &Inputs, output: &Output) -> bool {
    let coloured = output.is_coloured();
    let impossible = |found: Impossible| {
        let (wrong, asked) = (found.wrong.render(coloured), found.asked.render(coloured));
        format!("{}\n{}", wrong.trim_end(), asked.trim_end())
    };
    if let Some(found) = loaded.impossible(inputs) {
        output.error(&impossible(found));
        return false;
    }
    let plan = Sweep::of(loaded, None);
    // Without a matrix the only cell is the scenario itself.
    let cells = if plan.axes().is_empty() {
        0
    } else {
        plan.cells()
    };
    let failed = AtomicBool::new(false);
    let stop = || failed.load(Ordering::Relaxed);
    let tried = parallel::each(
        (cells, parallel::jobs(None, cells)),
        &stop,
        || (),
        |(), cell| {
            let tried = plan.load(cell).and_then(|loaded| {
                loaded.cast(inputs)?;
                Ok(loaded.impossible(inputs).map(impossible))
            });
            let wrong =
                tried.unwrap_or_else(|wrong| Some(wrong.render(coloured).trim_end().to_owned()));
            failed.fetch_or(wrong.is_some(), Ordering::Relaxed);
            wrong
        },
    );
    let first = tried.into_iter().enumerate();
    let first = first
        .filter_map(|(cell, wrong)| Some((cell, wrong.flatten()?)))
        .next();
    if let Some((cell, wrong)) = &first {
        let cell = plan.words(*cell);
        output.error(&format!("{wrong}\nerror: so the cell {cell} cannot be run"));
    }
    first.is_none()
}
