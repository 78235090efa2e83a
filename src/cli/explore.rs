//! `emulate explore`: every order in which a few workers can do one task, and what holds in all of them.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use clap::{Args, ValueEnum};

use super::{Exit, Output, whole};
use crate::explorer::{Exploration, Flaw, Promise, SmallWorld};

/// Try every order in which a few workers can do one task, and tell which promises hold in all.
///
/// Votes, reveals, reopening, finalizing, claiming and time are tried in every order on a model of
/// the hub. Liars vote and reveal as they like, the scheduler does everything or nothing. A promise
/// that is broken is told with the shortest way to break it. Exit code 5 if a promise is broken whose
/// condition is given.
#[derive(Clone, Debug, Args)]
pub(super) struct Explore {
    /// How many workers there are, all newcomers.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=SmallWorld::WORKERS_MAX as u64))]
    workers: u64,
    /// How many of them may lie, and keep silent when they should reveal.
    #[arg(long, value_name = "N", default_value_t = 2)]
    liars: u64,
    /// How many different lies there are.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u64).range(..=SmallWorld::LIES_MAX as u64))]
    lies: u64,
    /// The trust the requester asks for.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    trust: u64,
    /// Let honest workers miss the deadline of their reveal.
    #[arg(long)]
    late: bool,
    /// Break a rule of the protocol on purpose, to see what it is good for.
    #[arg(long, value_enum)]
    flaw: Option<Broken>,
    /// Write every counterexample into this folder, as a scenario that `emulate run` takes.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// The rules that can be broken.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
enum Broken {
    /// Winners are paid whether they revealed or not.
    PayUnrevealed,
    /// A claim frees the requester's money, and forgets the workers' stakes.
    ForgetStakes,
    /// The scheduler may open the vote again whenever it likes.
    ReopenUnchecked,
}

impl From<Broken> for Flaw {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::PayUnrevealed => Self::PayUnrevealed,
            Broken::ForgetStakes => Self::ForgetStakes,
            Broken::ReopenUnchecked => Self::ReopenUnchecked,
        }
    }
}

/// Explores a small world and tells what was found.
pub(super) fn explore(arguments: &Explore, output: &Output) -> Exit {
    if arguments.liars > arguments.workers {
        let (liars, workers) = (arguments.liars, arguments.workers);
        output.error(&format!(
            "error: {liars} of {workers} workers cannot lie; give --liars a number up to {workers}"
        ));
        return Exit::BadInput;
    }
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let world = SmallWorld {
        workers: number(arguments.workers),
        liars: number(arguments.liars),
        lies: number(arguments.lies),
        trust: arguments.trust,
        honest_may_be_late: arguments.late,
        flaw: arguments.flaw.map(Flaw::from),
        tells_equals_apart: false,
    };
    output.result_line(&format!(
        "{} workers, of whom {} may lie, {} different lies, trust {}, one task",
        world.workers, world.liars, world.lies, world.trust
    ));
    if let Some(flaw) = world.flaw {
        output.result_line(&format!("a rule is broken on purpose: {}", flaw.words()));
    }
    let began = now();
    let explored = world.explore();
    let took = now().saturating_duration_since(began);
    for promise in Promise::ALL {
        tell(promise, &explored, output);
    }
    output.result_line(&figures(&explored, took));
    if let Some(folder) = &arguments.keep {
        keep(folder, &explored, output);
    }
    match explored.is_as_promised() {
        true => Exit::Success,
        false => Exit::InvariantBroken,
    }
}

/// Tells how one promise came out.
fn tell(promise: Promise, explored: &Exploration, output: &Output) {
    let condition = promise
        .condition()
        .map_or_else(String::new, |condition| format!(", {condition}"));
    let excuse = promise.excuse(&explored.world);
    let Some(found) = explored.counterexample(promise) else {
        let remark = match excuse {
            Some(excuse) => format!(" - not promised here ({excuse}), and true all the same"),
            None => String::new(),
        };
        output.result_line(&format!("  holds   {promise}{condition}{remark}"));
        return;
    };
    let remark = match excuse {
        Some(excuse) => format!("not promised here: {excuse}"),
        None => "this must not be".to_owned(),
    };
    output.result_line(&format!("  BROKEN  {promise}{condition} - {remark}"));
    for (number, step) in found.moves.iter().enumerate() {
        output.result_line(&format!("          {:>2}. {step}", number + 1));
    }
}

fn figures(explored: &Exploration, took: Duration) -> String {
    let figures = explored.figures;
    let seconds = took.as_secs_f64();
    let rate = figures.states as f64 / seconds.max(1e-6);
    format!(
        "{} states, {} moves between them, {} moves refused, the farthest state {} moves away; {seconds:.1} s, {rate:.0} states/s",
        figures.states, figures.transitions, figures.refused, figures.depth
    )
}

/// Writes the counterexamples as scenarios.
fn keep(folder: &Path, explored: &Exploration, output: &Output) {
    for found in &explored.counterexamples {
        let name = found.promise.words().replace(' ', "-").to_lowercase();
        let path = folder.join(format!("{name}.toml"));
        let text = found.scenario(&explored.world);
        let made = std::fs::create_dir_all(folder);
        match made.and_then(|()| whole::write(&path, text.as_bytes())) {
            Ok(_) => output.result_line(&format!("written: {}", path.display())),
            Err(error) => output.unwritten(path.display(), error),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long the exploration took is told"
)]
fn now() -> Instant {
    Instant::now()
}
