//! Failing scenarios, written down: each with its run and with the files it reads, so that it runs
//! where it was put. Rule: no file that is there already is replaced by one it reads.

use std::{fs, path::Path};

use super::{Output, baggage, hunt::folder, whole};
use crate::{
    executor::inputs::Inputs,
    hunt::{Failure, Find, Shrunk},
    log::Sink as _,
    report::text,
    runfile::RunWriter,
    scenario::{Finished, Loaded},
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
        let mut scenario = self.loaded.scenario.clone();
        baggage::keep_contracts(&mut scenario, self.home);
        text.push_str(&scenario.to_toml());
        text
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
    for (path, content) in baggage::files(&kept.loaded.scenario, inputs) {
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
