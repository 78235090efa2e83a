//! `emulate export`: a scenario as one file that needs no other scenario and no flags.

use std::path::PathBuf;

use clap::Args;

use super::{Exit, Output, import::keep, run::Changes, subject::Subject};
use crate::scenario::model::Matrix;

/// Print a scenario as one file: what it includes in place, variables filled in, flags applied.
///
/// For a bug report, or to see what a scenario comes to. Defaults are left out; comments are not
/// kept. Of a sweep it is one cell. The files it names, such as datasets and modules, stay where
/// they are.
#[derive(Clone, Debug, Args)]
pub(super) struct Export {
    /// A scenario file, a project file, or the name of a built-in scenario.
    #[arg(value_name = "FILE|NAME")]
    scenario: String,
    #[command(flatten)]
    changes: Changes,
    /// Write it to this file; to standard output when left out.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file if it is there.
    #[arg(long, requires = "output")]
    force: bool,
}

/// Exports one scenario.
pub(super) fn export(arguments: &Export, output: &Output) -> Exit {
    let subject = match Subject::find(&arguments.scenario) {
        Ok(subject) => subject,
        Err(message) => {
            output.error(&message);
            return Exit::BadInput;
        }
    };
    let loaded = match subject.load(&arguments.changes.overrides(), output) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let mut scenario = loaded.scenario;
    // Its variables are filled in: there is nothing left to vary.
    scenario.matrix = Matrix::default();
    let text = scenario.to_toml();
    let Some(path) = &arguments.output else {
        output.result(&text);
        return Exit::Success;
    };
    match keep(path, &text, arguments.force) {
        Ok(()) => {
            output.note(&format!("wrote {}", path.display()));
            Exit::Success
        }
        Err((message, exit)) => {
            output.error(&message);
            exit
        }
    }
}
