//! `emulate shrink`: a failing run, reduced to the least that still fails in the same way.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{
    Exit, Output,
    hunt::{at_once, exit_of},
    interrupt::Interrupt,
    kept::{Kept, keep},
    replay::refuse,
    run::{Changes, explain},
    shelf,
    subject::Subject,
};
use crate::{
    executor::inputs::Inputs,
    hunt::{Failure, shrink},
    replay::ReplayError,
    scenario::Loaded,
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
        &Kept::shrunk(failure, &loaded, &small),
        &arguments.out,
        &name,
        &inputs,
        output,
    );
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
