//! `emulate init`: a first scenario to change. Rule: nothing that exists is overwritten.

use std::{
    fs,
    io::{self, Write as _},
    path::PathBuf,
};

use clap::Args;

use super::{Exit, Output};

/// What the file says. It is a scenario that runs and holds.
const STARTER: &str = include_str!("init.toml");

/// Write a first scenario, with comments, to begin from.
#[derive(Debug, Args)]
pub(super) struct Init {
    /// The file to write; it must not exist.
    #[arg(default_value = "scenario.toml")]
    file: PathBuf,
}

/// Runs the command; says how it ended.
pub(super) fn init(arguments: &Init, output: &Output) -> Exit {
    let place = arguments.file.display();
    let written = fs::File::create_new(&arguments.file).and_then(|mut file| {
        let written = file.write_all(STARTER.as_bytes());
        // Half a scenario is none.
        written.inspect_err(|_| drop(fs::remove_file(&arguments.file)))
    });
    match written {
        Ok(()) => {
            output.note(&format!("wrote {place}; now: emulate run {place}"));
            Exit::Success
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            output.error(&format!(
                "error: {place} exists and is left as it is; name another file"
            ));
            Exit::BadInput
        }
        Err(error) => {
            output.error(&format!("error: {place} cannot be written: {error}"));
            Exit::Environment
        }
    }
}
