//! `emulate import`: a project file of the SDK turned into a scenario.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Exit, Output, subject, whole};
use crate::scenario::Project;

/// Turn a project file of the iExec SDK into a scenario.
///
/// Reads `iexec.js` and `iexec.json` of every year: the object after `module.exports =`, with
/// comments, unquoted keys and trailing commas; no code is run. The scenario says for every value
/// where it comes from. Fields that mean nothing here are listed with the reason.
#[derive(Clone, Debug, Args)]
pub(super) struct Import {
    /// The project file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write the scenario to this file; to standard output when left out.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file if it is there.
    #[arg(long, requires = "output")]
    force: bool,
}

/// Imports one project file.
pub(super) fn import(arguments: &Import, output: &Output) -> Exit {
    let file = &arguments.file;
    let text = match subject::read(file) {
        Ok(text) => text,
        Err(error) => {
            output.error(&format!(
                "error: {} cannot be read: {error}",
                file.display()
            ));
            return Exit::BadInput;
        }
    };
    let project = match Project::read(&text, file) {
        Ok(project) => project,
        Err(wrong) => {
            output.error(wrong.render(output.is_coloured()).trim_end());
            return Exit::BadInput;
        }
    };
    let scenario = project.to_toml();
    let Some(path) = &arguments.output else {
        // The scenario itself lists what is not used.
        output.result(&scenario);
        return Exit::Success;
    };
    match keep(path, &scenario, arguments.force) {
        Ok(()) => {
            for line in project.ignored_by_reason() {
                output.note(&line);
            }
            let path = path.display();
            output.note(&format!("wrote {path}; run it with `emulate run {path}`"));
            Exit::Success
        }
        Err((message, exit)) => {
            output.error(&message);
            exit
        }
    }
}

/// Writes a scenario to a file that is not there yet, or may be replaced.
///
/// # Errors
///
/// What to tell the user, and the exit code.
pub(super) fn keep(path: &Path, scenario: &str, force: bool) -> Result<(), (String, Exit)> {
    may_write(path, force).map_err(|message| (message, Exit::BadInput))?;
    let shown = path.display();
    whole::write(path, scenario.as_bytes())
        .map(drop)
        .map_err(|error| {
            let message = format!("error: {shown} cannot be written: {error}");
            (message, Exit::Environment)
        })
}

/// Looks whether a file is not there yet, or may be replaced.
///
/// # Errors
///
/// What to tell the user.
pub(super) fn may_write(path: &Path, force: bool) -> Result<(), String> {
    match path.exists() && !force {
        true => Err(format!(
            "error: {} is there already; write --force to replace it",
            path.display()
        )),
        false => Ok(()),
    }
}
