//! Failing scenarios, written down: each with its run and with the files it reads, so that it runs
//! where it was put. Rule: no file that is there already is replaced by one it reads.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use alloy_primitives::Bytes;

use super::{Output, hunt::folder, whole};
use crate::{
    contracts::Build,
    executor::inputs::Inputs,
    hunt::{Failure, Find, Shrunk},
    log::Sink as _,
    report::text,
    runfile::RunWriter,
    scenario::{Finished, Loaded, Scenario},
};

/// A failing scenario to be written down.
pub(super) struct Kept<'a> {
    loaded: &'a Loaded,
    finished: &'a Finished,
    comment: String,
    /// Where the scenario lies that it was made from.
    home: Option<&'a Path>,
}

impl<'a> Kept<'a> {
    /// Returns what shrinking left of a scenario.
    pub(super) fn shrunk(failure: &Failure, whole: &'a Loaded, small: &'a Shrunk) -> Self {
        let (tried, kept) = (small.tried, small.kept);
        Self {
            home: whole.folder(),
            loaded: &small.loaded,
            finished: &small.finished,
            comment: format!(
                "{failure}\nShrunk by emulate {}: {kept} of {tried} smaller scenarios failed in the same way.",
                env!("CARGO_PKG_VERSION")
            ),
        }
    }

    /// Returns what was found within the bounds of a scenario, as it was found.
    pub(super) fn found(failure: &Failure, bounds: &'a Loaded, find: &'a Find) -> Self {
        Self {
            home: bounds.folder(),
            loaded: &find.loaded,
            finished: &find.finished,
            comment: format!(
                "{failure}\nFound by emulate {} in attempt {}.",
                env!("CARGO_PKG_VERSION"),
                find.nth
            ),
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for line in self.comment.lines() {
            text.push_str(&format!("# {line}\n"));
        }
        text.push('\n');
        text.push_str(&self.scenario().to_toml());
        text
    }

    /// The scenario as it reads from another folder: its contracts are where they were.
    fn scenario(&self) -> Scenario {
        let mut scenario = self.loaded.scenario.clone();
        let contracts = &mut scenario.protocol.contracts;
        if contracts != Build::BUILT_IN
            && let Some(home) = self.home
            && let Ok(place) = std::path::absolute(home.join(&*contracts))
        {
            *contracts = place.display().to_string();
        }
        scenario
    }

    /// The files the scenario reads, by the paths it calls them: those below its folder, which are
    /// looked for beside wherever it is.
    fn files(&self, inputs: &Inputs) -> Vec<(PathBuf, Bytes)> {
        let scenario = &self.loaded.scenario;
        let mut named = Vec::new();
        let written = toml::Value::try_from(scenario);
        written.iter().for_each(|whole| words(whole, &mut named));
        let mut files = Vec::new();
        for (uri, fetched) in inputs.fetched() {
            let bare = uri.split("#sha256=").next().unwrap_or(&uri);
            if named.contains(&uri) && is_below(bare) {
                files.push((PathBuf::from(bare), fetched.content.clone()));
            }
            // What stands in for something on the network is read instead of it.
            let datasets = scenario.dataset.values();
            let datasets = datasets.map(|one| (one.url.as_ref(), one.offline.as_ref()));
            let tasks = scenario.task.values();
            let tasks = tasks.flat_map(|one| one.dirinuri.iter().zip(&one.offline));
            let tasks = tasks.map(|(uri, offline)| (Some(uri), Some(offline)));
            for (_, offline) in datasets.chain(tasks).filter(|(url, _)| *url == Some(&uri)) {
                if let Some(offline) = offline.filter(|offline| is_below(offline)) {
                    files.push((PathBuf::from(offline), fetched.content.clone()));
                }
            }
        }
        files
    }

    fn run_file(&self, name: &str, inputs: &Inputs) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let world = &self.finished.world;
        let writer = RunWriter::new(&mut bytes, name, self.loaded, inputs)?;
        let mut sink = writer.clone();
        for record in world.log().records().iter() {
            sink.record(record)?;
        }
        let head = (world.chain().height(), world.chain().head().hash);
        writer.end(world.log(), head, world.log().view().measured)?;
        drop((sink, writer));
        Ok(bytes)
    }
}

/// Writes a failing scenario and its run, and tells where, or which of them cannot be written.
pub(super) fn keep(kept: &Kept<'_>, out: &Path, name: &str, inputs: &Inputs, output: &Output) {
    let scenario = out.join(format!("{name}.toml"));
    let run = out.join(format!("{name}.emu"));
    let shown = scenario.to_string_lossy();
    let files = [
        (&scenario, Ok(kept.text().into_bytes())),
        (&run, kept.run_file(&shown, inputs)),
    ];
    let mut is_whole = true;
    for (path, bytes) in files {
        let written = bytes.and_then(|bytes| {
            folder(out)?;
            whole::write(path, &bytes)
        });
        if let Err(error) = written {
            output.unwritten(path.display(), error);
            is_whole = false;
        }
    }
    if !is_whole {
        return;
    }
    for (path, content) in kept.files(inputs) {
        bring(&out.join(path), &content, output);
    }
    let cast = kept.finished.world.cast();
    let parts = [
        text::count(cast.workers.len() as u64, "worker"),
        text::count(cast.tasks.len() as u64, "task"),
        text::count(cast.timeline.len() as u64, "fault"),
    ];
    output.result_line(&format!(
        "  {}\n  {}  ({})\n  emulate run {0}",
        scenario.display(),
        run.display(),
        parts.join(", ")
    ));
}

/// Puts a file a scenario reads where it looks for it; what cannot be done is told, and the run file
/// has it all the same.
fn bring(place: &Path, content: &[u8], output: &Output) {
    let shown = place.display();
    match fs::read(place) {
        Ok(there) if there == content => return,
        Ok(_) => {
            output.note(&format!(
                "note: the scenario reads {shown}, which is there already and is another file; the run has the right one"
            ));
            return;
        }
        Err(_) => {}
    }
    let folder = place.parent().unwrap_or(Path::new(""));
    let written = fs::create_dir_all(folder).and_then(|()| whole::write(place, content));
    match written {
        Ok(_) => output.note(&format!("written: {shown}, which the scenario reads")),
        Err(error) => output.unwritten(shown, error),
    }
}

/// Whether a URI is a path that leads to no place above where it begins.
fn is_below(uri: &str) -> bool {
    let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    !uri.contains(':') && Path::new(uri).components().all(is_plain)
}

/// Every text within a value.
fn words(value: &toml::Value, found: &mut Vec<String>) {
    match value {
        toml::Value::String(text) => found.push(text.clone()),
        toml::Value::Array(items) => items.iter().for_each(|item| words(item, found)),
        toml::Value::Table(entries) => entries.values().for_each(|entry| words(entry, found)),
        toml::Value::Integer(_)
        | toml::Value::Float(_)
        | toml::Value::Boolean(_)
        | toml::Value::Datetime(_) => {}
    }
}
