//! Which scenarios did not pass when they were last tested. Rule: the list is a convenience; that it
//! cannot be kept spoils no test.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use super::{Output, whole};

/// Where the list lies, one file a line, below the folder one works in.
const LIST: &str = ".emulate/failed.txt";

/// Returns the scenarios that did not pass last time, in their order.
///
/// # Errors
///
/// When there is no list, or it cannot be read.
pub(super) fn recall() -> io::Result<Vec<String>> {
    let list = fs::read_to_string(LIST)?;
    Ok(list.lines().map(str::to_owned).collect())
}

/// Remembers which of the scenarios just tested did not pass; those not tested now stay as they were.
///
/// In CI (`$CI`) nothing is kept, unless there is a list already.
pub(super) fn remember<'a>(tested: impl Iterator<Item = (&'a str, bool)>, output: &Output) {
    let list = Path::new(LIST);
    let in_ci = env::var_os("CI").is_some_and(|value| !value.is_empty());
    if in_ci && !list.exists() {
        return;
    }
    if let Err(error) = update(list, tested) {
        output.note(&format!("note: {LIST} cannot be kept: {error}"));
    }
}

fn update<'a>(list: &Path, tested: impl Iterator<Item = (&'a str, bool)>) -> io::Result<()> {
    let mut failed = match recall() {
        Ok(failed) => failed,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    let before = failed.clone();
    for (name, passed) in tested {
        failed.retain(|one| one != name);
        if !passed {
            failed.push(name.to_owned());
        }
    }
    if failed == before {
        return Ok(());
    }
    fs::create_dir_all(list.parent().map_or_else(PathBuf::new, Path::to_path_buf))?;
    let text: String = failed.iter().map(|name| format!("{name}\n")).collect();
    whole::write(list, text.as_bytes()).map(drop)
}
