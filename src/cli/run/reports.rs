//! The files a run leaves: each whole or not there at all.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    Ended,
    arguments::{ReportFile, ReportKind},
};
use crate::{
    cli::{Exit, Output, subject::Subject, whole},
    executor::Spent,
    log::{EventLog, Sinks},
    report::{self, JsonLines},
    services::results::ContentId,
};

/// The reports below the folder of `--out`.
const OF_OUT: [(ReportKind, &str); 4] = [
    (ReportKind::Jsonl, "events.jsonl"),
    (ReportKind::Json, "report.json"),
    (ReportKind::Junit, "junit.xml"),
    (ReportKind::Html, "report.html"),
];

/// Where the reports of a command go.
pub(in crate::cli) struct Reports {
    out: Option<PathBuf>,
    files: Vec<ReportFile>,
    /// Whether a file of its own for each scenario is needed.
    several: bool,
}

impl Reports {
    /// Finds out where reports go.
    pub(in crate::cli) fn new(out: Option<&Path>, files: &[ReportFile], several: bool) -> Self {
        Self {
            out: out.map(Path::to_owned),
            files: files.to_vec(),
            several,
        }
    }

    /// Makes the folders they go to.
    ///
    /// # Errors
    ///
    /// What to tell the user.
    pub(in crate::cli) fn make_folders(&self) -> Result<(), String> {
        if let Some(out) = &self.out {
            create(out)?;
        }
        for file in &self.files {
            if let Some(folder) = file
                .path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty())
            {
                create(folder)?;
            }
        }
        Ok(())
    }

    /// Returns where the page for people goes, if one is written.
    pub(super) fn page(&self, subject: &Subject) -> Option<PathBuf> {
        let asked = self.files.iter().find(|file| file.kind == ReportKind::Html);
        let asked = asked.map(|file| self.place(&file.path, subject));
        let kept = || Some(self.out.as_ref()?.join(subject.stem()).join("report.html"));
        asked.or_else(kept)
    }

    /// Writes every report of a run that is over, tells which could not be and why, and returns
    /// whether all are there.
    pub(in crate::cli) fn write(&self, subject: &Subject, ended: &Ended, output: &Output) -> bool {
        let mut kept = Kept::new(output);
        let mut keep = |kind, path: &Path| {
            kept.file(path, render(kind, ended.report(subject)));
        };
        for file in &self.files {
            keep(file.kind, &self.place(&file.path, subject));
        }
        if let Some(out) = &self.out {
            let folder = out.join(subject.stem());
            for (kind, name) in OF_OUT {
                keep(kind, &folder.join(name));
            }
            keep_containers(&folder, &ended.spent, &mut kept);
            keep_results(&folder.join("results"), ended, &mut kept);
        }
        kept.is_all
    }

    /// Returns every report of a scenario: its file, and what asks for it.
    pub(in crate::cli) fn places(&self, subject: &Subject) -> Vec<(PathBuf, String)> {
        let asked = self.files.iter().map(|file| {
            let place = self.place(&file.path, subject);
            (place, file.flag())
        });
        let mut places: Vec<_> = asked.collect();
        if let Some(out) = &self.out {
            let folder = out.join(subject.stem());
            let kept = OF_OUT.iter().map(|(_, name)| {
                let what = format!("--out, which keeps {} there,", subject.name);
                (folder.join(name), what)
            });
            places.extend(kept);
        }
        places
    }

    /// Puts the scenario's name into a report's name where several scenarios share the command.
    fn place(&self, path: &Path, subject: &Subject) -> PathBuf {
        if !self.several {
            return path.to_owned();
        }
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let mut name = format!("{stem}-{}", subject.stem());
        if let Some(ending) = path.extension() {
            name.push('.');
            name.push_str(&ending.to_string_lossy());
        }
        path.with_file_name(name)
    }
}

/// Makes the folders reports go to, or tells why they cannot be.
///
/// # Errors
///
/// [`Exit::Environment`].
pub(in crate::cli) fn make_folders(files: &[ReportFile], output: &Output) -> Result<(), Exit> {
    Reports::new(None, files, false)
        .make_folders()
        .map_err(|message| {
            output.error(&message);
            Exit::Environment
        })
}

fn create(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| {
        format!(
            "error: the folder {} cannot be made: {error}",
            folder.display()
        )
    })
}

/// Returns a report as the bytes of its file.
pub(in crate::cli) fn render(kind: ReportKind, run: report::Run<'_>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match kind {
        ReportKind::Json => report::write_json(&run, &mut bytes)?,
        ReportKind::Junit => report::write_junit(&[report::Suite::Ran(run)], &mut bytes)?,
        ReportKind::Html => report::write_html(&run, &mut bytes)?,
        ReportKind::Jsonl => lines(run.log, &mut bytes)?,
    }
    Ok(bytes)
}

/// Writes a whole log, one record a line.
pub(in crate::cli) fn lines(log: &EventLog, bytes: &mut Vec<u8>) -> io::Result<()> {
    let mut sinks = Sinks::default();
    sinks.add("the log", JsonLines::new(bytes));
    sinks.catch_up(log);
    match sinks.finish().pop() {
        Some(failure) => Err(failure.cause),
        None => Ok(()),
    }
}

/// Keeps where the real time of containers went and what they printed: what may differ from run to
/// run, and so is not in the log.
fn keep_containers(folder: &Path, spent: &[Spent], kept: &mut Kept<'_>) {
    if spent.is_empty() {
        return;
    }
    let mut ordered: Vec<&Spent> = spent.iter().collect();
    ordered.sort_by_key(|one| (&one.task, &one.worker));
    let logs = folder.join("containers");
    let mut lines = Vec::new();
    for one in ordered {
        let seconds = |span: std::time::Duration| span.as_secs_f64();
        let line = serde_json::json!({
            "task": one.task,
            "worker": one.worker,
            "image": one.image,
            "create_s": seconds(one.create),
            "start_s": seconds(one.start),
            "run_s": seconds(one.run),
            "collect_s": seconds(one.collect),
        });
        lines.extend_from_slice(format!("{line}\n").as_bytes());
        for (name, stream) in [("stdout", &one.stdout), ("stderr", &one.stderr)] {
            if !stream.bytes.is_empty() {
                let name = format!("{}.{}.{name}.txt", one.task, one.worker);
                kept.file(&logs.join(name), Ok(stream.bytes.to_vec()));
            }
        }
    }
    kept.file(&folder.join("containers.jsonl"), Ok(lines));
}

/// Keeps the archive of every task under the task's name.
fn keep_results(folder: &Path, ended: &Ended, kept: &mut Kept<'_>) {
    for (name, task) in ended.world.log().view().tasks.iter() {
        let id = task.results.as_deref().and_then(ContentId::from_link);
        let bytes = match id.map(|id| ended.world.results().get(id)) {
            Some(Ok(Some(bytes))) => Ok(bytes.to_vec()),
            Some(Err(error)) => Err(io::Error::other(error)),
            Some(Ok(None)) | None => continue,
        };
        kept.file(&folder.join(format!("{name}.zip")), bytes);
    }
}

/// The files of a run as far as they are written.
struct Kept<'a> {
    output: &'a Output,
    is_all: bool,
}

impl<'a> Kept<'a> {
    fn new(output: &'a Output) -> Self {
        Self {
            output,
            is_all: true,
        }
    }

    /// Writes a file and makes its folder, or tells why that cannot be.
    fn file(&mut self, path: &Path, bytes: io::Result<Vec<u8>>) {
        let folder = path.parent().unwrap_or(Path::new(""));
        let written = bytes.and_then(|bytes| {
            fs::create_dir_all(folder)?;
            whole::write(path, &bytes)
        });
        if let Err(error) = written {
            self.output.unwritten(path.display(), error);
            self.is_all = false;
        }
    }
}
