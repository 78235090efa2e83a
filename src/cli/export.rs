//! `emulate export`: a scenario as one file that needs no other scenario and no flags.

use std::{
    fs,
    path::{Path, PathBuf},
};

use alloy_primitives::Bytes;
use clap::Args;

use super::{
    Exit, Output, baggage,
    import::{keep, may_write},
    run::Changes,
    subject::Subject,
    whole,
};
use crate::{
    executor::inputs::Inputs,
    scenario::{Loaded, Scenario, model::Matrix},
};

/// Print a scenario as one file: what it includes in place, variables filled in, flags applied.
///
/// For a bug report, or to see what a scenario comes to. Defaults are left out; comments are not
/// kept. Of a sweep it is one cell. With --output, the files it reads from its folder, such as
/// datasets, modules and records, are copied beside it, so that it runs from there.
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
    /// Replace the file, and what it reads, if they are there.
    #[arg(long, requires = "output")]
    force: bool,
}

/// Exports one scenario.
pub(super) fn export(arguments: &Export, output: &Output) -> Exit {
    match try_export(arguments, output) {
        Ok(()) => Exit::Success,
        Err(exit) => exit,
    }
}

fn try_export(arguments: &Export, output: &Output) -> Result<(), Exit> {
    let wrong = |message: String| {
        output.error(&message);
        Exit::BadInput
    };
    let subject = Subject::find(&arguments.scenario).map_err(wrong)?;
    let loaded = subject.load(&arguments.changes.overrides(), output)?;
    let mut scenario = loaded.scenario.clone();
    // Its variables are filled in: there is nothing left to vary.
    scenario.matrix = Matrix::default();
    let Some(path) = &arguments.output else {
        output.result(&scenario.to_toml());
        return Ok(());
    };
    may_write(path, arguments.force).map_err(wrong)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let luggage = match is_home(folder, &subject) {
        // Everything is there already.
        true => Vec::new(),
        false => pack(&subject, &loaded, &mut scenario, output).map_err(wrong)?,
    };
    let luggage = missing(luggage, folder, arguments.force).map_err(wrong)?;
    // The scenario last: where it is, everything is.
    for (place, content) in luggage {
        let made = fs::create_dir_all(place.parent().unwrap_or(folder));
        if let Err(error) = made.and_then(|()| whole::write(&place, &content)) {
            output.unwritten(place.display(), error);
            return Err(Exit::Environment);
        }
        output.note(&format!("wrote {}, which it reads", place.display()));
    }
    if let Err(error) = fs::create_dir_all(folder) {
        output.unwritten(folder.display(), error);
        return Err(Exit::Environment);
    }
    keep(path, &scenario.to_toml(), arguments.force).map_err(|(message, exit)| {
        output.error(&message);
        exit
    })?;
    output.note(&format!("wrote {}", path.display()));
    Ok(())
}

/// Whether a folder is the one a scenario reads its files from.
fn is_home(folder: &Path, subject: &Subject) -> bool {
    let place = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    let is_same =
        || Some(fs::canonicalize(place).ok()? == fs::canonicalize(subject.folder()).ok()?);
    // The files of a built-in scenario lie in no folder.
    subject.path().is_file() && is_same().unwrap_or(false)
}

/// Returns the files a scenario reads, by the paths it calls them, and makes it find what stays.
fn pack(
    subject: &Subject,
    loaded: &Loaded,
    scenario: &mut Scenario,
    output: &Output,
) -> Result<Vec<(PathBuf, Bytes)>, String> {
    let inputs = read_all(subject, loaded);
    let bound = baggage::bound(scenario, &inputs);
    if !bound.is_empty() {
        let bound = bound.join(", ");
        return Err(format!(
            "error: {bound} cannot come along\nhelp: call files by paths below the scenario's own folder, or write the export into that folder"
        ));
    }
    let files = baggage::files(scenario, &inputs);
    if let Some(place) = baggage::keep_contracts(scenario, loaded.folder()) {
        let place = place.display();
        output.note(&format!(
            "note: its contracts stay where they are, in {place}"
        ));
    }
    if scenario.at.iter().any(|entry| entry.shell.is_some()) {
        output.note(
            "note: its timeline runs commands of this machine; what they use does not come along",
        );
    }
    Ok(files)
}

/// Reads every file of this machine that a run would read. What is not there, a run does not find
/// either, and it is the run that says so.
fn read_all(subject: &Subject, loaded: &Loaded) -> Inputs {
    let inputs = subject.inputs_for_a_look();
    drop(loaded.cast(&inputs));
    drop(loaded.docker_record(&inputs));
    inputs
}

/// Returns what has to be written below `folder`: what is not there in the same words.
fn missing(
    files: Vec<(PathBuf, Bytes)>,
    folder: &Path,
    force: bool,
) -> Result<Vec<(PathBuf, Bytes)>, String> {
    let mut missing = Vec::new();
    for (path, content) in files {
        let place = folder.join(path);
        match fs::read(&place) {
            Ok(there) if there == content => {}
            Ok(_) if !force => {
                let shown = place.display();
                return Err(format!(
                    "error: {shown} is there already and is not what the scenario reads under that name; write --force to replace it"
                ));
            }
            Ok(_) | Err(_) => missing.push((place, content)),
        }
    }
    Ok(missing)
}
