//! Where saved runs lie: one file per run, found again by name. Rule: a run is never lost for the
//! sake of order, and order is never disturbed where nobody asked for files.

use std::{
    fs::{self, File},
    io::{self, BufReader},
    path::{Path, PathBuf},
    time::SystemTime,
};

use clap::Args;
use tempfile::{NamedTempFile, TempPath};

use super::{Exit, Output, subject::Subject, whole};
use crate::{
    executor::inputs::Inputs,
    log::{self, EventLog, Sink as _},
    report::text,
    runfile::{self, EXTENSION, RunFile, RunWriter},
    scenario::Loaded,
    world::World,
};

/// The folder of saved runs, below the folder one works in.
const FOLDER: &str = ".emulate/runs";

/// The variable that names another folder.
const FOLDER_VARIABLE: &str = "EMULATE_RUNS";

/// How the names of files end whose run goes on, or was killed.
const PARTIAL: &str = ".partial.emu";

/// So many runs are kept in the folder; older ones make room.
const RUNS_MAX: usize = 100;

/// Whether and where runs are kept.
#[derive(Clone, Debug, Args)]
pub(super) struct Keep {
    /// Save the run to this file, for `replay`, `whatif` and `diff`. Without it runs lie in
    /// .emulate/runs (or $EMULATE_RUNS), and with --out as run.emu beside the reports; in CI ($CI)
    /// they are only saved where this is asked for.
    #[arg(long, value_name = "FILE.emu")]
    save: Option<PathBuf>,
    /// Do not save the run.
    #[arg(long, conflicts_with = "save")]
    no_save: bool,
}

/// Where a run is to be kept.
pub(super) struct Place {
    path: PathBuf,
    /// Whether the file's name is made of the run's, and old runs make room.
    on_shelf: bool,
    /// Whether somebody asked for it by name.
    asked: bool,
}

impl Place {
    /// Returns the place somebody asked for.
    pub(super) fn at(path: PathBuf) -> Self {
        Self {
            path,
            on_shelf: false,
            asked: true,
        }
    }

    /// Where a link leads, if it is one. What is no file, such as a device, must not be replaced by one.
    fn led_to(mut self) -> io::Result<Self> {
        if self.on_shelf {
            return Ok(self);
        }
        match fs::metadata(&self.path) {
            Ok(there) if there.is_file() => self.path = fs::canonicalize(&self.path)?,
            Ok(_) => {
                let shown = self.path.display();
                let message = format!("{shown} is there and is no file; a saved run is one");
                return Err(io::Error::other(message));
            }
            // It is not there yet.
            Err(_) => {}
        }
        Ok(self)
    }
}

impl Keep {
    /// Returns the file somebody named.
    pub(super) fn file(&self) -> Option<&Path> {
        self.save.as_deref()
    }

    /// Returns the file a run of the scenario called `stem` is kept in, if its name is known, and
    /// the flag that says so.
    pub(super) fn named(&self, out: Option<&Path>, stem: &str) -> Option<(PathBuf, &'static str)> {
        let flag = match self.save {
            Some(_) => "--save",
            None => "--out, which keeps the run there,",
        };
        let place = self.place(out, stem).filter(|place| !place.on_shelf)?;
        Some((place.path, flag))
    }

    /// Returns where a run of the scenario called `stem` is kept; none when it is not.
    pub(super) fn place(&self, out: Option<&Path>, stem: &str) -> Option<Place> {
        if self.no_save {
            return None;
        }
        if let Some(path) = &self.save {
            return Some(Place::at(path.clone()));
        }
        if let Some(out) = out {
            return Some(Place::at(out.join(stem).join("run.emu")));
        }
        let named = std::env::var_os(FOLDER_VARIABLE).is_some();
        let in_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
        (named || !in_ci).then(|| Place {
            path: folder(),
            on_shelf: true,
            asked: named,
        })
    }
}

fn folder() -> PathBuf {
    std::env::var_os(FOLDER_VARIABLE).map_or_else(|| FOLDER.into(), PathBuf::from)
}

/// Why a run cannot be kept.
pub(super) struct Refused {
    path: PathBuf,
    error: io::Error,
    asked: bool,
}

impl Refused {
    /// Tells it: a file nobody asked for is no reason not to run, and neither is a disk that is
    /// full, which one hears of when the run is over as well.
    pub(super) fn tell(self, output: &Output) -> Result<(), Exit> {
        let has_room = !whole::is_no_room(&self.error);
        match (self.asked, has_room) {
            (true, true) => {
                output.error(&format!("error: {}", self.error));
                Err(Exit::Environment)
            }
            (true, false) => {
                output.unwritten(self.path.display(), self.error);
                Ok(())
            }
            (false, _) => {
                output.note(&format!("note: the run is not saved: {}", self.error));
                Ok(())
            }
        }
    }
}

/// A run that is being kept. Until it ends its file has a name of its own, which stays if the
/// process is killed.
pub(super) struct Keeping {
    /// What the user calls the file.
    named: PathBuf,
    writer: RunWriter<File>,
    file: File,
    partial: TempPath,
    place: Place,
    stem: String,
}

impl Keeping {
    /// Begins the file of a run about to begin.
    pub(super) fn begin(
        place: Place,
        subject: &Subject,
        material: (&Loaded, &Inputs),
    ) -> Result<Self, Refused> {
        let (path, asked) = (place.path.clone(), place.asked);
        Self::try_begin(place, subject, material).map_err(|error| Refused { path, error, asked })
    }

    fn try_begin(
        place: Place,
        subject: &Subject,
        (loaded, inputs): (&Loaded, &Inputs),
    ) -> io::Result<Self> {
        let stem = format!("{}-{}", subject.stem(), loaded.scenario.scenario.seed);
        let named = place.path.clone();
        let place = place.led_to()?;
        let folder = match place.on_shelf {
            true => place.path.as_path(),
            false => parent(&place.path),
        };
        let explained = |error: io::Error| {
            let shown = folder.display();
            io::Error::new(
                error.kind(),
                format!("{shown} is no folder that runs can be kept in: {error}"),
            )
        };
        fs::create_dir_all(folder).map_err(explained)?;
        if place.on_shelf {
            hide_from_git(folder);
        }
        let file = whole::temporary()
            .prefix(&format!("{stem}-"))
            .suffix(PARTIAL)
            .tempfile_in(folder)
            .map_err(explained)?;
        let (file, mut partial) = NamedTempFile::into_parts(file);
        let writer = RunWriter::new(file.try_clone()?, &subject.name, loaded, inputs)?;
        // What a killed or panicking process leaves is what one wants to look at.
        partial.disable_cleanup(true);
        Ok(Self {
            named,
            writer,
            file,
            partial,
            place,
            stem,
        })
    }

    /// Returns what writes the log into the file.
    pub(super) fn sink(&self) -> RunWriter<File> {
        self.writer.clone()
    }

    /// Removes the file of a run that did not begin.
    pub(super) fn discard(mut self) {
        self.partial.disable_cleanup(false);
    }

    /// Closes the file of a living network: only now its log is what it is, for clients may take
    /// back what was in it.
    pub(super) fn end_session(self, world: &World, output: &Output) {
        let mut sink = self.sink();
        let records = world.log().records();
        let written = records.iter().try_for_each(|record| sink.record(record));
        match written {
            Ok(()) => self.end(world, output),
            Err(error) => self.give_up(&error, output),
        }
    }

    /// Removes the file of a run that is over, of which something is missing, and tells why.
    pub(super) fn give_up(mut self, error: &io::Error, output: &Output) {
        self.partial.disable_cleanup(false);
        unsaved((&self.named, self.place.asked), error, output);
    }

    /// Closes the file and gives it its name.
    pub(super) fn end(mut self, world: &World, output: &Output) {
        // Unless it becomes whole, nothing stays: it would take room, and the run is known.
        self.partial.disable_cleanup(false);
        let (named, asked) = (self.named.clone(), self.place.asked);
        match self.try_end(world) {
            Ok((path, on_shelf)) => {
                let shown = path.display();
                let again = match on_shelf {
                    true => " (emulate replay last)",
                    false => "",
                };
                output.note(&format!("saved {shown}{again}"));
            }
            Err(error) => unsaved((&named, asked), &error, output),
        }
    }

    fn try_end(self, world: &World) -> io::Result<(PathBuf, bool)> {
        let log = world.log();
        let head = (world.chain().height(), world.chain().head().hash);
        self.writer.end(log, head, log.view().measured)?;
        self.file.sync_all()?;
        let path = match self.place.on_shelf {
            true => {
                let digest = log.digest();
                let short = alloy_primitives::hex::encode(&digest[..4]);
                let name = format!("{}-{short}.{EXTENSION}", self.stem);
                self.place.path.join(name)
            }
            false => self.place.path,
        };
        self.partial.persist(&path).map_err(|error| error.error)?;
        if self.place.on_shelf {
            make_room(parent(&path));
        }
        Ok((path, self.place.on_shelf))
    }
}

/// Tells that a run that is over is not kept.
fn unsaved((named, asked): (&Path, bool), error: &io::Error, output: &Output) {
    let shown = named.display();
    match asked {
        true => output.unwritten(shown, error),
        false => output.note(&format!("note: the run is not saved: {shown}: {error}")),
    }
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    }
}

/// Keeps the folder out of the user's commits.
pub(super) fn hide_from_git(folder: &Path) {
    let Some(home) = folder.parent().filter(|home| home.ends_with(".emulate")) else {
        return;
    };
    let ignore = home.join(".gitignore");
    if !ignore.exists() {
        // A folder that shows up in `git status` is a nuisance, not a failure.
        let _ = fs::write(ignore, "*\n");
    }
}

/// Returns the saved runs of a folder, newest first.
fn saved(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut runs: Vec<(SystemTime, PathBuf)> = entries
        .filter(|entry| {
            let path = entry.path();
            path.extension().is_some_and(|ending| ending == EXTENSION)
        })
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    runs.sort();
    runs.into_iter().rev().map(|(_, path)| path).collect()
}

/// Removes the oldest runs beyond those that are kept.
fn make_room(folder: &Path) {
    for old in saved(folder).iter().skip(RUNS_MAX) {
        // Another emulate may have removed it.
        let _ = fs::remove_file(old);
    }
}

/// Returns the file of a saved run: a file's name, `last`, `last~1`, or how the name of a run begins (the
/// scenario as a whole, seed and digest as far as one likes), of which the newest is meant. None when there is none.
pub(super) fn find(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(name);
    if path.is_file() && path.extension().is_some_and(|ending| ending == EXTENSION) {
        return Some(path);
    }
    let runs = saved(&folder());
    if let Some(back) = counted_back(name) {
        return runs.into_iter().nth(back);
    }
    let of = |fits: fn(&str, &str) -> bool| {
        let called = |path: &&PathBuf| fits(&shelf_name(path), name);
        runs.iter().find(called).cloned()
    };
    // Whole parts of a name first: `a-4` is seed 4, if there is one, before it begins seed 42.
    of(begins_with_parts).or_else(|| of(begins))
}

fn shelf_name(path: &Path) -> String {
    let file = path.file_name().unwrap_or_default();
    file.to_string_lossy().into_owned()
}

/// Whether whole parts of the name of a run are how it begins, or all of it.
fn begins_with_parts(file: &str, name: &str) -> bool {
    let rest = file.strip_prefix(name);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '.']))
}

/// Whether the name of a run begins so: its scenario as a whole, of seed and digest as much as one
/// cares to write.
fn begins(file: &str, name: &str) -> bool {
    let scenario = file.rsplitn(3, '-').nth(2);
    file.starts_with(name) && scenario.is_some_and(|scenario| name.len() > scenario.len())
}

/// Opens a saved run, telling the user what is wrong with it and what of it is missing.
///
/// # Errors
///
/// [`Exit::BadInput`].
pub(super) fn open(name: &str, output: &Output) -> Result<RunFile, Exit> {
    let wrong = |message: String| {
        output.error(&format!("error: {message}"));
        Exit::BadInput
    };
    let path = match find(name) {
        Some(path) => path,
        None if Path::new(name).exists() => PathBuf::from(name),
        None if counted_back(name).is_some() => {
            let folder = folder();
            let message = format!(
                "there are not that many runs in {}; `emulate run` leaves them there",
                folder.display()
            );
            return Err(wrong(message));
        }
        None => {
            let message = format!(
                "there is no file `{name}` and no run of that name in {}",
                folder().display()
            );
            return Err(wrong(message));
        }
    };
    let shown = path.display();
    let file = File::open(&path).map_err(|error| wrong(format!("{shown}: {error}")))?;
    let run = runfile::read(BufReader::new(file));
    let run = run.map_err(|error| wrong(format!("{shown}: {error}")))?;
    let events = text::count(run.log.records().len() as u64, "event");
    match (run.is_damaged(), &run.end) {
        (true, Some(_)) => output.note(&format!(
            "note: {shown} is damaged, something follows its end; read up to there: {events}"
        )),
        (true, None) => output.note(&format!(
            "note: {shown} is damaged; read up to there: {events}"
        )),
        (false, None) => output.note(&format!(
            "note: {shown} was not closed, its run was killed or the file is cut off; read up to there: {events}"
        )),
        (false, Some(_)) => {}
    }
    let (theirs, ours) = (&run.header.emulate, env!("CARGO_PKG_VERSION"));
    if theirs != ours {
        output.note(&format!(
            "note: this is emulate {ours}, the run is of {theirs}"
        ));
    }
    Ok(run)
}

/// Opens the log of a saved run: a run file or JSON lines. None when `name` is neither.
///
/// # Errors
///
/// [`Exit::BadInput`], after the user was told.
pub(super) fn open_log(name: &str, output: &Output) -> Result<Option<EventLog>, Exit> {
    let path = Path::new(name);
    if path.extension().is_some_and(|ending| ending == "jsonl") {
        let read = File::open(path)
            .map_err(|error| error.to_string())
            .and_then(|file| log::read(BufReader::new(file)).map_err(|error| error.to_string()));
        return match read {
            Ok(saved) => told(name, saved.log, output).map(Some),
            Err(error) => {
                output.error(&format!("error: {}: {error}", path.display()));
                Err(Exit::BadInput)
            }
        };
    }
    match is_run(name) {
        true => told(name, open(name, output)?.log, output).map(Some),
        false => Ok(None),
    }
}

/// Returns a log that tells something; one without an event is an error of whoever names it.
fn told(name: &str, log: EventLog, output: &Output) -> Result<EventLog, Exit> {
    if log.records().is_empty() {
        output.error(&format!("error: {name} holds no event of a run"));
        return Err(Exit::BadInput);
    }
    Ok(log)
}

/// Whether a name means a saved run and nothing else: a file `.emu`, or `last`.
pub(super) fn is_run(name: &str) -> bool {
    let ending = Path::new(name).extension();
    ending.is_some_and(|ending| ending == EXTENSION) || counted_back(name).is_some()
}

/// Reads `last` and `last~2`: how many runs before the newest one.
fn counted_back(name: &str) -> Option<usize> {
    match name.strip_prefix("last")? {
        "" => Some(0),
        rest => rest.strip_prefix('~')?.parse().ok(),
    }
}
