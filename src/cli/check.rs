//! `emulate check`: scenarios read and checked, not run.

use clap::Args;

use super::{Exit, Output, subject::Subject};
use crate::scenario::Overrides;

/// Validate scenarios without running them, and warn of what can never happen.
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
    if let Err(wrong) = loaded.cast(&subject.inputs_for_a_look()) {
        output.error(wrong.render(output.is_coloured()).trim_end());
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
