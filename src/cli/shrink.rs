//! `emulate shrink`: a failing run, reduced to the least that still fails in the same way.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{
    Exit, Output,
    hunt::{at_once, exit_of, folder},
    interrupt::Interrupt,
    replay::refuse,
    run::{Changes, explain},
    shelf,
    subject::Subject,
    whole,
};
use crate::{
    executor::inputs::Inputs,
    hunt::{Failure, Find, Shrunk, shrink},
    log::Sink as _,
    replay::ReplayError,
    report::text,
    runfile::RunWriter,
    scenario::{Finished, Loaded},
};

/// Reduce a run that fails to the fewest actors, tasks and faults and the smallest numbers that
/// still fail in the same way, and write that scenario.
#[derive(Clone, Debug, Args)]
pub(super) struct ShrinkArguments {
    /// A saved run (.emu, or `last`), a scenario file, or the name of a built-in scenario.
    #[arg(value_name = "RUN|FILE|NAME")]
    run: String,
    #[command(flatten)]
    changes: Changes,
    /// Where the small scenario and its run are written.
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
}

/// Shrinks a run; the exit code is that of the failure.
pub(super) fn shrink_run(arguments: &ShrinkArguments, output: &Output) -> Exit {
    match try_shrink(arguments, output) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn try_shrink(arguments: &ShrinkArguments, output: &Output) -> Result<Exit, Exit> {
    let (loaded, inputs, stem) = find(arguments, output)?;
    let executors = at_once(&loaded, &inputs, output)?;
    let play = |loaded: &Loaded| loaded.run(&inputs, &executors);
    let finished = play(&loaded).map_err(|error| explain(&error, output))?;
    let failures = Failure::all(finished.world.log());
    let Some(failure) = failures.first() else {
        output.error("error: nothing is wrong with this run: no law is broken, no task corrupted or starved, every expectation holds");
        return Err(Exit::BadInput);
    };
    for other in failures.iter().skip(1) {
        output.note(&format!("note: also, {other}"));
    }
    let interrupt = Interrupt::listen();
    let small = shrink(&loaded, failure, &play, &|| interrupt.raised().is_none());
    let Some(small) = small else {
        output.error("error: the failure does not come back when the scenario is written anew");
        return Err(Exit::BadInput);
    };
    output.result_line(&failure.to_string());
    let name = format!("{stem}.shrunk");
    keep(
        &Kept::shrunk(failure, &small),
        &arguments.out,
        &name,
        &inputs,
        output,
    )?;
    Ok(interrupt.raised().unwrap_or_else(|| exit_of(failure)))
}

/// Returns the scenario that fails, its inputs, and what its files are called after.
fn find(arguments: &ShrinkArguments, output: &Output) -> Result<(Loaded, Inputs, String), Exit> {
    let overrides = arguments.changes.overrides();
    if shelf::is_run(&arguments.run) {
        let run = shelf::open(&arguments.run, output)?;
        let refused = |error: ReplayError| refuse(error, output);
        let loaded = run
            .load_with(&overrides)
            .map_err(|wrong| refused(wrong.into()))?;
        let inputs = run.fetched().map_err(|error| refused(error.into()))?;
        let name = Path::new(&run.header.scenario).file_stem();
        let stem = name.unwrap_or_default().to_string_lossy().into_owned();
        return Ok((loaded, inputs, stem));
    }
    let subject = Subject::find(&arguments.run).map_err(|message| {
        output.error(&message);
        Exit::BadInput
    })?;
    let loaded = subject.load(&overrides, output)?;
    Ok((loaded, subject.inputs(true), subject.stem()))
}

/// A failing scenario to be written down.
pub(super) struct Kept<'a> {
    loaded: &'a Loaded,
    finished: &'a Finished,
    comment: String,
}

impl<'a> Kept<'a> {
    /// Returns what shrinking left.
    pub(super) fn shrunk(failure: &Failure, small: &'a Shrunk) -> Self {
        let (tried, kept) = (small.tried, small.kept);
        Self {
            loaded: &small.loaded,
            finished: &small.finished,
            comment: format!(
                "{failure}\nShrunk by emulate {}: {kept} of {tried} smaller scenarios failed in the same way.",
                env!("CARGO_PKG_VERSION")
            ),
        }
    }

    /// Returns what was found, as it was found.
    pub(super) fn found(failure: &Failure, find: &'a Find) -> Self {
        Self {
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
        text.push_str(&self.loaded.scenario.to_toml());
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

/// Writes a failing scenario and its run, and tells where.
///
/// # Errors
///
/// [`Exit::Environment`], after the user was told.
pub(super) fn keep(
    kept: &Kept<'_>,
    out: &Path,
    name: &str,
    inputs: &Inputs,
    output: &Output,
) -> Result<(), Exit> {
    folder(out, output)?;
    let scenario = out.join(format!("{name}.toml"));
    let run = out.join(format!("{name}.emu"));
    let written = whole::write(&scenario, kept.text().as_bytes())
        .and_then(|_| whole::write(&run, &kept.run_file(&scenario.to_string_lossy(), inputs)?));
    written.map_err(|error| {
        output.error(&format!(
            "error: {} cannot be written: {error}",
            scenario.display()
        ));
        Exit::Environment
    })?;
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
    Ok(())
}
