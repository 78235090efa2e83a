//! `emulate replay`: a saved run, run again: proven, stopped anywhere, stepped through, served.

mod serve;
mod step;

use clap::Args;

use super::{
    Exit, Output,
    run::{explain, parting},
    shelf,
};
use crate::{
    log::Sinks,
    replay::{Player, Proof, ReplayError, Stop, first_divergence, prove},
    report::{self, Detail, Run, Story, Styles, text},
    runfile::RunFile,
    scenario::StartError,
};

/// Run a saved run again and prove that it is the same to the byte (exit code 6 if it is not), or
/// stop in the middle of it and look around.
#[derive(Clone, Debug, Args)]
pub(super) struct Replay {
    /// A saved run: a file, `last`, `last~1` for the one before, or how its name begins (the newest is meant).
    #[arg(value_name = "RUN")]
    run: String,
    /// Stop at this moment of the run's own time, such as 12m, and show how everything stands.
    #[arg(long, value_name = "TIME", value_parser = at, group = "stop")]
    at: Option<Stop>,
    /// Stop after the block of this number.
    #[arg(long, value_name = "NUMBER", value_parser = Stop::block, group = "stop")]
    block: Option<Stop>,
    /// Stop after this event: TaskConsensus, or TaskConsensus#3 for the third.
    #[arg(long, value_name = "EVENT#N", value_parser = Stop::event, group = "stop")]
    event: Option<Stop>,
    /// Step on from there: Enter for the next event, `h` for what else there is.
    #[arg(long)]
    step: bool,
    /// Serve the chain as it is there to any Ethereum client, on this port or any free one.
    #[arg(long, value_name = "PORT", num_args = 0..=1, default_missing_value = "0")]
    serve: Option<u16>,
    /// Tell the story on the way.
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
}

fn at(text: &str) -> Result<Stop, String> {
    Stop::at(text).map_err(|error| error.to_string())
}

/// Runs a saved run again.
pub(super) fn replay(arguments: &Replay, output: &Output) -> Exit {
    let run = match shelf::open(&arguments.run, output) {
        Ok(run) => run,
        Err(exit) => return exit,
    };
    let stops = [&arguments.at, &arguments.block, &arguments.event];
    let stop = stops.into_iter().flatten().next();
    let done = match (stop, arguments.step || arguments.serve.is_some()) {
        (None, false) => proven(&run, arguments, output),
        (stop, _) => stopped(&run, stop, arguments, output),
    };
    done.unwrap_or_else(|exit| exit)
}

/// Tells why a saved run cannot be run again.
pub(super) fn refuse(error: ReplayError, output: &Output) -> Exit {
    match error {
        ReplayError::Scenario(wrong) => explain(&StartError::Scenario(wrong), output),
        ReplayError::Start(error) => explain(&error, output),
        ReplayError::Input(error) => {
            output.error(&format!("error: an input of the run: {error}"));
            Exit::BadInput
        }
    }
}

/// Runs it to its end and compares.
fn proven(run: &RunFile, arguments: &Replay, output: &Output) -> Result<Exit, Exit> {
    match prove(run).map_err(|error| refuse(error, output))? {
        Proof::Same { whole, .. } => Ok(same(run, whole, arguments, output)),
        Proof::Differs(divergence) => {
            output.error("error: the replay is not the run that was saved");
            output.error(&parting(&divergence, ["saved", "replayed"]));
            Ok(Exit::DeterminismLost)
        }
        Proof::OtherChain { saved, ours } => {
            output.error(&format!(
                "error: every event is the same, and the last block is not\n  saved    {saved}\n  replayed {ours}"
            ));
            Ok(Exit::DeterminismLost)
        }
    }
}

/// Tells how much of a saved run was found again: of what its file has, not of what the replay made
/// beyond it.
fn same(run: &RunFile, whole: bool, arguments: &Replay, output: &Output) -> Exit {
    let log = &run.log;
    if log.records().is_empty() {
        output.error("error: the file has no event that can be compared, so nothing is proven");
        return Exit::BadInput;
    }
    tell(log, arguments, output);
    let events = text::count(log.records().len() as u64, "event");
    let end = match (whole, run.is_damaged()) {
        (true, _) => format!("digest {}", log.digest()),
        (false, true) => "up to where the saved run is damaged".to_owned(),
        (false, false) => "up to where the saved run was cut off".to_owned(),
    };
    let block = log.view().chain.head;
    output.result_line(&format!(
        "the same to the byte: {events}, block {block}, {end}"
    ));
    if run.is_damaged() {
        output.error(&format!(
            "error: the file is damaged; of it {events} could be read and came out equal, no more is proven"
        ));
        return Exit::BadInput;
    }
    Exit::Success
}

fn tell(log: &crate::log::EventLog, arguments: &Replay, output: &Output) {
    if arguments.verbose == 0 {
        return;
    }
    let detail = Detail::of(output.is_quiet(), arguments.verbose - 1);
    let mut sinks = Sinks::default();
    sinks.add(
        "the story",
        Story::new(output.stdout(), detail, Styles::coloured()),
    );
    sinks.catch_up(log);
    // Nothing to do about a terminal that is gone.
    drop(sinks.finish());
}

/// Runs it to a moment, and looks around there.
fn stopped(
    run: &RunFile,
    stop: Option<&Stop>,
    arguments: &Replay,
    output: &Output,
) -> Result<Exit, Exit> {
    let mut player = Player::of(run).map_err(|error| refuse(error, output))?;
    let reached = match stop {
        Some(stop) => player.go_to(stop),
        // Without a moment, stepping begins at the beginning and serving at the end.
        None if arguments.step => true,
        None => {
            player.play();
            true
        }
    };
    same_so_far(&player, run, output)?;
    tell(player.world().log(), arguments, output);
    if let Some(stop) = stop.filter(|_| !reached) {
        output.error(&format!("error: the run is over before {stop} comes"));
        show(&player, output);
        return Err(Exit::BadInput);
    }
    if arguments.step {
        return step::walk(player, run, output);
    }
    show(&player, output);
    match arguments.serve {
        Some(port) => serve::serve(player.world(), port, output),
        None => Ok(Exit::Success),
    }
}

/// Compares what was replayed so far with what was saved.
fn same_so_far(player: &Player, run: &RunFile, output: &Output) -> Result<(), Exit> {
    if player.goes_back() {
        return Ok(());
    }
    let (saved, ours) = (run.log.records(), player.world().log().records());
    let divergence = first_divergence(saved, ours, 0);
    // Either may go on where the other ends: the replay was stopped, or the saved run was.
    let Some(divergence) = divergence.filter(|at| at.first.is_some() && at.second.is_some()) else {
        return Ok(());
    };
    output.error("error: the replay is not the run that was saved");
    output.error(&parting(&divergence, ["saved", "replayed"]));
    Err(Exit::DeterminismLost)
}

/// Shows how everything stands.
fn show(player: &Player, output: &Output) {
    let run = Run {
        log: player.world().log(),
        file: None,
        again: None,
    };
    let mut told = Vec::new();
    let written = report::write_state(&run, &Styles::coloured(), &mut told);
    if let Err(error) = written.and_then(|()| output.show(&told)) {
        output.error(&format!("warning: the state cannot be shown: {error}"));
    }
}
