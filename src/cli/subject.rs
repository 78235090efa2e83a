//! Scenarios as the command line names them: files, project files, and names of built-in ones.

use std::{
    ffi::OsStr,
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use super::{Exit, Output};
use crate::{
    executor::{
        Files,
        inputs::{Inputs, Policy},
    },
    runfile::MAGIC,
    scenario::{BUILTIN, Diagnostics, Loaded, Overrides, Project, builtin, fixtures},
};

/// The most bytes a scenario file may have.
const SCENARIO_BYTES_MAX: u64 = 16 << 20;

/// A scenario somebody named, and how its files are reached.
pub(super) struct Subject {
    /// As it was named.
    pub(super) name: String,
    path: PathBuf,
    text: String,
    fixtures: Option<Files>,
    /// What became of it as a project file, if it is one.
    project: Option<Result<Project, Diagnostics>>,
}

impl Subject {
    /// Finds the scenario called `name`: a file, or a built-in one if there is no such file.
    ///
    /// # Errors
    ///
    /// What to tell the user.
    pub(super) fn find(name: &str) -> Result<Self, String> {
        let path = PathBuf::from(name);
        let (text, fixtures) = match read(&path) {
            Ok(text) => (text, None),
            Err(error) => match builtin(name) {
                Some(found) => (found.text.to_owned(), fixtures().ok()),
                None => return Err(not_found(name, &error)),
            },
        };
        let project = is_project(&path).then(|| Project::read(&text, &path));
        let text = match &project {
            Some(Ok(project)) => project.to_toml(),
            Some(Err(_)) | None => text,
        };
        Ok(Self {
            name: name.to_owned(),
            path,
            text,
            fixtures,
            project,
        })
    }

    /// Tells what of a project file is not used.
    pub(super) fn tell_ignored(&self, output: &Output) {
        if let Some(Ok(project)) = &self.project {
            for line in project.ignored_by_reason() {
                output.note(&line);
            }
        }
    }

    /// Reads and checks the scenario, telling the user everything that is wrong with it.
    ///
    /// # Errors
    ///
    /// [`Exit::BadInput`].
    pub(super) fn load(&self, overrides: &Overrides, output: &Output) -> Result<Loaded, Exit> {
        self.load_or_say(overrides, output)
            .map_err(|_| Exit::BadInput)
    }

    /// Does the same, and returns what the user was told, without colours.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub(super) fn load_or_say(
        &self,
        overrides: &Overrides,
        output: &Output,
    ) -> Result<Loaded, String> {
        let told = |wrong: &Diagnostics| {
            output.error(wrong.render(output.is_coloured()).trim_end());
            wrong.render(false).trim_end().to_owned()
        };
        let mut path = self.path.clone();
        match &self.project {
            Some(Err(wrong)) => return Err(told(wrong)),
            // Places are those of the scenario the project stands for, and it is called so.
            Some(Ok(_)) => path.as_mut_os_string().push(" as a scenario"),
            None => {}
        }
        Loaded::new(&self.text, &path, &read, overrides).map_err(|wrong| told(&wrong))
    }

    /// Returns the file it was read from, if it is none of the built-in ones.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the files it is made of; none where something is wrong with it, which is told when
    /// it is loaded.
    pub(super) fn files(&self, overrides: &Overrides) -> Vec<PathBuf> {
        let loaded = Loaded::new(&self.text, &self.path, &read, overrides);
        let texts = loaded.map(|loaded| loaded.texts()).unwrap_or_default();
        texts.into_iter().map(|(path, _)| path).collect()
    }

    /// Returns where the scenario's input files come from: its own folder, or this program; and the
    /// network unless it is offline.
    pub(super) fn inputs(&self, is_offline: bool) -> Inputs {
        Inputs::new(Policy {
            offline: is_offline,
            cache: cache(),
            ..self.policy()
        })
    }

    /// Returns the same for a look at the scenario without a run: nothing is downloaded.
    pub(super) fn inputs_for_a_look(&self) -> Inputs {
        Inputs::new(Policy {
            dry: true,
            ..self.policy()
        })
    }

    /// Returns the folder the scenario lies in; that of this process for a built-in one.
    pub(super) fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
            Some(folder) => folder,
            None => Path::new("."),
        }
    }

    fn policy(&self) -> Policy {
        let mut policy = Policy::below(self.folder());
        if let Some(fixtures) = &self.fixtures {
            policy.roots.clear();
            policy.embedded = fixtures.clone();
        }
        policy
    }

    /// Returns the name without folder and ending: what its reports are called after.
    pub(super) fn stem(&self) -> String {
        let stem = self.path.file_stem().unwrap_or(self.path.as_os_str());
        stem.to_string_lossy().into_owned()
    }
}

/// Returns where downloads are kept between runs: `EMULATE_CACHE`, or the user's cache folder; none
/// where there is neither.
pub(super) fn cache() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let home = || Some(folder("HOME")?.join(".cache"));
    let user = || folder("XDG_CACHE_HOME").or_else(home);
    let cache = folder("EMULATE_CACHE").or_else(|| Some(user()?.join("emulate")));
    // A relative place would depend on where the command was started.
    cache
        .filter(|cache| cache.is_absolute())
        .map(|cache| cache.join("inputs"))
}

/// Whether a file is a project file of the SDK: scenarios are never called so.
fn is_project(path: &Path) -> bool {
    let name = |part: Option<&OsStr>| part.unwrap_or_default().to_ascii_lowercase();
    match path.extension() {
        // The name of the file of the SDK, whatever has become of its ending.
        None => name(path.file_name()) == "iexec",
        ending => ["js", "json", "json5", "mjs", "cjs"]
            .iter()
            .any(|known| name(ending) == *known),
    }
}

/// Reads a text, never more than a scenario may have: also from a device or a pipe without an end.
pub(super) fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    let file = fs::File::open(path)?;
    file.take(SCENARIO_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > SCENARIO_BYTES_MAX {
        return Err(io::Error::other("it is larger than 16 MiB"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        if bytes.starts_with(&MAGIC) {
            return io::Error::other(
                "it is a saved run and no scenario; `emulate replay`, `report`, `explain` and `diff` read it",
            );
        }
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return io::Error::other("it is not text in UTF-8 but in UTF-16; save it as UTF-8");
        }
        let line = 1 + bytes[..valid].iter().filter(|byte| **byte == b'\n').count();
        io::Error::other(format!(
            "it is not text in UTF-8: line {line} has a byte that belongs to no character"
        ))
    })
}

fn not_found(name: &str, error: &io::Error) -> String {
    if error.kind() != io::ErrorKind::NotFound {
        return format!("error: {name} cannot be read: {error}");
    }
    let names: Vec<&str> = BUILTIN.iter().map(|known| known.name).collect();
    let near = names
        .iter()
        .map(|known| (strsim::damerau_levenshtein(known, name), known))
        .min()
        .filter(|(distance, _)| *distance <= 3);
    let hint = near.map_or_else(String::new, |(_, known)| {
        format!(" Did you mean `{known}`?")
    });
    format!(
        "error: there is no file `{name}` and no built-in scenario of that name.{hint}\nBuilt in are: {}",
        names.join(", ")
    )
}
