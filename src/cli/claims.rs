//! What a command reads and will write, held against each other before it begins. Rule: no file
//! that was named is overwritten by another use of the same command.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    path::{Component, Path, PathBuf},
};

use super::{
    Exit, Output,
    run::{ReportFile, Reports, Sources},
    shelf,
    subject::Subject,
};
use crate::scenario::Overrides;

/// The files a command uses, each with what for.
#[derive(Debug, Default)]
pub(super) struct Claims {
    uses: BTreeMap<PathBuf, String>,
    clashes: Vec<String>,
}

impl Claims {
    /// Returns what a command uses that makes reports of a saved run.
    pub(super) fn of_saved(run: &str, reports: &[ReportFile]) -> Self {
        let mut claims = Self::default();
        let path = shelf::find(run).unwrap_or_else(|| PathBuf::from(run));
        claims.reads(&path, "the saved run");
        for report in reports {
            claims.writes(&report.path, &report.flag());
        }
        claims
    }

    /// Takes in a file that is read.
    pub(super) fn reads(&mut self, path: &Path, what: &str) {
        if let Some(place) = place(path).filter(|place| place.is_file()) {
            self.uses.entry(place).or_insert_with(|| what.to_owned());
        }
    }

    /// Takes in the files a scenario is read from.
    pub(super) fn reads_scenario(&mut self, subject: &Subject, overrides: &Overrides) {
        let name = &subject.name;
        self.reads(subject.path(), &format!("the scenario {name}"));
        for file in subject.files(overrides) {
            self.reads(&file, &format!("a file that {name} includes"));
        }
    }

    /// Takes in a file that will be written; all that is read is to be named first.
    pub(super) fn writes(&mut self, path: &Path, what: &str) {
        let Some(place) = place(path) else { return };
        match self.uses.get(&place) {
            Some(other) => self.clashes.push(format!(
                "{} is {other}, and {what} would overwrite it",
                path.display()
            )),
            None => {
                self.uses.insert(place, what.to_owned());
            }
        }
    }

    /// Takes in all the reports of a scenario.
    pub(super) fn writes_reports(&mut self, reports: &Reports, subject: &Subject) {
        for (path, what) in reports.places(subject) {
            self.writes(&path, &what);
        }
    }

    /// Takes in the record of containers, where it is one file.
    pub(super) fn uses_record(&mut self, sources: &Sources) {
        match sources.containers.record_file() {
            Some((path, true)) => self.writes(path, "--record"),
            Some((path, false)) => self.reads(path, "the record that is replayed"),
            None => {}
        }
    }

    /// Returns whether every file has one use.
    ///
    /// # Errors
    ///
    /// What to tell the user, without the word `error`.
    pub(super) fn judge(self) -> Result<(), String> {
        if self.clashes.is_empty() {
            return Ok(());
        }
        let clashes = self.clashes.join("\n       ");
        Err(format!("{clashes}\nhelp: give every output its own file"))
    }

    /// Tells the user which files have two uses.
    ///
    /// # Errors
    ///
    /// [`Exit::BadInput`].
    pub(super) fn settle(self, output: &Output) -> Result<(), Exit> {
        self.judge().map_err(|message| {
            output.error(&format!("error: {message}"));
            Exit::BadInput
        })
    }
}

/// Returns which file a path means, by whatever name; none for what can be written to twice, a
/// device or a pipe.
fn place(path: &Path) -> Option<PathBuf> {
    if path == Path::new("-") {
        return None;
    }
    if let Ok(there) = fs::metadata(path) {
        let is_kept = there.is_file() || there.is_dir();
        return is_kept.then(|| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()));
    }
    // What is not there yet lies in a folder that is, or in one that will be made there.
    let whole = std::path::absolute(path).ok()?;
    let mut missing: Vec<OsString> = Vec::new();
    let mut folder = whole.as_path();
    let mut found = loop {
        match (fs::canonicalize(folder), folder.parent()) {
            (Ok(found), _) => break found,
            (Err(_), None) => return Some(whole),
            (Err(_), Some(parent)) => {
                let last = folder.components().next_back();
                missing.extend(last.map(|last| last.as_os_str().to_owned()));
                folder = parent;
            }
        }
    };
    for part in missing.iter().rev() {
        match Path::new(part).components().next() {
            Some(Component::ParentDir) => _ = found.pop(),
            _ => found.push(part),
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_file_is_known_by_every_name_and_a_device_by_none() {
        let folder = TempDir::new().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("a"), "").unwrap();
        assert_eq!(place(&at("a")), place(&at("./no/../a")));
        assert_eq!(place(&at("new/b")), place(&at("new/c/../b")));
        assert_ne!(place(&at("new/b")), place(&at("b")));
        assert_eq!(place(Path::new("-")), None);
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("a"), at("link")).unwrap();
            std::os::unix::fs::symlink(folder.path(), at("home")).unwrap();
            assert_eq!(place(&at("a")), place(&at("link")));
            assert_eq!(place(&at("new")), place(&at("home/new")));
            assert_eq!(place(Path::new("/dev/null")), None);
        }
    }
}
