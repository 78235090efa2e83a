//! `emulate hunt`: random casts and faults until the budget is spent; what goes wrong is kept.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use clap::Args;

use super::{
    Exit, Output,
    interrupt::Interrupt,
    kept::{Kept, keep},
    parallel,
    run::{Changes, explain},
    shelf,
    subject::Subject,
};
use crate::{
    executor::{Executors, inputs::Inputs},
    hunt::{Attempt, Bounds, Failure, FaultKind, Find, Hunt, shrink},
    report::text,
    scenario::{Loaded, model::WorkerBehaviour, unit::Unit},
    seed::Seed,
};

/// Look for a broken law, a corrupted or starved task, or a failed expectation: random seeds, casts
/// and faults within the scenario's bounds, until the budget is spent.
///
/// The file's own numbers are the bounds: members of groups, tasks, replication, scores and prices
/// are at most what it says, and in no pool are fewer workers than must agree on a task. Faults are
/// those of scenario files: crash, pause_actor, partition, slow, lose, ahead, behind, crowd,
/// gas_price, down, fill_disk and reorg. They strike at random moments while the scenario runs, now
/// and then two at once, end by themselves, and are no longer than its deadlines can bear. What is
/// wrong with the scenario as it is, is not looked for. Every find is shrunk, and written as a scenario and as
/// a run file.
#[derive(Clone, Debug, Args)]
pub(super) struct HuntArguments {
    /// A scenario file, or the name of a built-in scenario.
    #[arg(value_name = "FILE|NAME")]
    scenario: String,
    #[command(flatten)]
    changes: Changes,
    /// How long to look for, such as 60s; without it and without --runs, a minute.
    #[arg(long, value_name = "TIME", value_parser = span)]
    budget: Option<Duration>,
    /// How many attempts to make.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    runs: Option<u64>,
    /// How many run at once; as many as there are cores when left out.
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Behaviours groups of workers may take on besides their own: mute,flaky,late.
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = behaviour)]
    behaviours: Vec<WorkerBehaviour>,
    /// The faults there may be, such as crash,reorg,lose; all, or none.
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "all"
    )]
    faults: Vec<String>,
    /// The most faults in one attempt.
    #[arg(long, value_name = "N", default_value_t = 3)]
    faults_max: usize,
    /// Leave the cast as it is: only seeds and faults vary.
    #[arg(long, conflicts_with = "behaviours")]
    keep_cast: bool,
    /// Do not shrink what is found.
    #[arg(long)]
    no_shrink: bool,
    /// Where finds are written.
    #[arg(long, value_name = "DIR", default_value = ".emulate/finds")]
    out: PathBuf,
}

fn span(text: &str) -> Result<Duration, String> {
    match <Duration as Unit>::parse(text) {
        Ok(Duration::ZERO) => Err("no time finds nothing; write for example 60s".to_owned()),
        read => read.map_err(|error| error.to_string()),
    }
}

fn behaviour(text: &str) -> Result<WorkerBehaviour, String> {
    WorkerBehaviour::from_word(text).ok_or_else(|| {
        let known = WorkerBehaviour::WORDS.join(", ");
        format!("no worker behaves like that; known are {known}")
    })
}

/// Reads one word of a list of faults.
fn fault(word: &str) -> Result<FaultKind, String> {
    let known = FaultKind::ALL
        .into_iter()
        .find(|kind| kind.as_str() == word);
    known.ok_or_else(|| match word {
        "none" | "all" => {
            format!("`{word}` and a fault contradict each other; write one or the other")
        }
        _ => {
            let known = FaultKind::ALL.map(FaultKind::as_str).join(", ");
            format!("`{word}` is no fault to draw; write {known}, all or none")
        }
    })
}

impl HuntArguments {
    fn bounds(&self) -> Result<Bounds, String> {
        let faults = match self.faults.as_slice() {
            [one] if one == "none" => Vec::new(),
            [one] if one == "all" => FaultKind::ALL.to_vec(),
            several => several
                .iter()
                .map(|word| fault(word))
                .collect::<Result<_, _>>()?,
        };
        Ok(Bounds {
            behaviours: self.behaviours.clone(),
            faults,
            faults_max: self.faults_max,
            cast: !self.keep_cast,
        })
    }
}

/// Hunts; the worst find counts.
pub(super) fn hunt(arguments: &HuntArguments, output: &Output) -> Exit {
    match try_hunt(arguments, output) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn try_hunt(arguments: &HuntArguments, output: &Output) -> Result<Exit, Exit> {
    let wrong = |message: String| {
        output.error(&message);
        Exit::BadInput
    };
    let subject = Subject::find(&arguments.scenario).map_err(wrong)?;
    let bounds = arguments
        .bounds()
        .map_err(|message| wrong(format!("error: {message}")))?;
    let loaded = subject.load(&arguments.changes.overrides(), output)?;
    let inputs = subject.inputs(true);
    let executors = at_once(&loaded, &inputs, output)?;
    let play = |loaded: &Loaded| loaded.run(&inputs, &executors);
    let seed = Seed(loaded.scenario.scenario.seed);
    let hunt = Hunt::new(&loaded, bounds, seed, &play);
    let hunt = hunt.map_err(|error| explain(&error, output))?;
    for failure in hunt.known() {
        output.note(&format!(
            "note: as it is, {failure}; that is not looked for"
        ));
    }
    let interrupt = Interrupt::listen();
    let search = Search::new(arguments);
    search.run(&hunt, &interrupt, output);
    let (made, void) = (search.made.into_inner(), search.void.into_inner());
    let took = search.began.elapsed().as_secs_f64();
    let finds = search.finds.into_inner().unwrap_or_default();
    let per_second = made as f64 / took.max(0.001);
    output.result_line(&format!(
        "{} in {took:.1} s, {per_second:.1} a second, {void} of them void; {}",
        text::count(made, "attempt"),
        match finds.len() {
            0 => "nothing found".to_owned(),
            1 => "1 way to fail found".to_owned(),
            more => format!("{more} ways to fail found"),
        }
    ));
    let mut worst = Exit::Success;
    for (failure, find) in &finds {
        worst = worst.max(exit_of(failure));
        output.result_line(&format!(
            "\n{failure}\n  found in attempt {} of seed {}",
            find.nth, seed.0
        ));
        let small = match arguments.no_shrink {
            true => None,
            false => shrink(&find.loaded, failure, &play, &|| {
                interrupt.raised().is_none()
            }),
        };
        let kept = match &small {
            Some(small) => Kept::shrunk(failure, &loaded, small),
            None => Kept::found(failure, &loaded, find),
        };
        let name = format!("{}-{}-{}", subject.stem(), failure.word(), find.nth);
        keep(&kept, &arguments.out, &name, &inputs, output);
    }
    Ok(interrupt.raised().unwrap_or(worst))
}

/// Returns executors for a scenario that is played again and again, which containers are not.
///
/// # Errors
///
/// The exit code, after the user was told what cannot be had.
pub(super) fn at_once(
    loaded: &Loaded,
    inputs: &Inputs,
    output: &Output,
) -> Result<Executors, Exit> {
    let executors = Executors::new();
    let cast = loaded.cast(inputs);
    let cast = cast.map_err(|wrong| explain(&wrong.into(), output))?;
    let mut apps = cast.apps.iter();
    match apps.find_map(|app| executors.missing_for(&app.program)) {
        None => Ok(executors),
        Some(missing) => {
            output.error(&format!("error: {missing}"));
            Err(Exit::Environment)
        }
    }
}

/// Returns the exit code a way to fail stands for.
pub(super) fn exit_of(failure: &Failure) -> Exit {
    match failure {
        Failure::Law(_) => Exit::InvariantBroken,
        Failure::Corrupted | Failure::Starved | Failure::Expectation(_) => Exit::ExpectationFailed,
    }
}

/// Attempts under way on several threads.
struct Search<'a> {
    arguments: &'a HuntArguments,
    began: Instant,
    made: AtomicU64,
    void: AtomicU64,
    /// The find of the lowest number for each way to fail: the same however many threads hunt.
    finds: Mutex<BTreeMap<Failure, Find>>,
}

impl<'a> Search<'a> {
    #[expect(clippy::disallowed_methods, reason = "the budget is real time")]
    fn new(arguments: &'a HuntArguments) -> Self {
        Self {
            arguments,
            began: Instant::now(),
            made: AtomicU64::new(0),
            void: AtomicU64::new(0),
            finds: Mutex::default(),
        }
    }

    fn run(&self, hunt: &Hunt<'_>, interrupt: &Interrupt, output: &Output) {
        let jobs = parallel::jobs(self.arguments.jobs, usize::MAX);
        let stop = || !self.goes_on(interrupt);
        let attempt = |(): &mut (), nth: usize| {
            let nth = nth as u64;
            if self.arguments.runs.is_some_and(|runs| nth >= runs) {
                return false;
            }
            let attempt = hunt.attempt(nth);
            self.made.fetch_add(1, Ordering::Relaxed);
            self.take(attempt, output);
            true
        };
        parallel::until(jobs, &stop, || (), attempt);
    }

    fn goes_on(&self, interrupt: &Interrupt) -> bool {
        let budget = match (self.arguments.budget, self.arguments.runs) {
            (Some(budget), _) => Some(budget),
            (None, Some(_)) => None,
            (None, None) => Some(Duration::from_secs(60)),
        };
        let spent = budget.is_some_and(|budget| self.began.elapsed() >= budget);
        !spent && interrupt.raised().is_none()
    }

    fn take(&self, attempt: Attempt, output: &Output) {
        let find = match attempt {
            Attempt::Fine => return,
            Attempt::Void => {
                self.void.fetch_add(1, Ordering::Relaxed);
                return;
            }
            Attempt::Found(find) => *find,
        };
        // The worst thing that is wrong names the find: the rest may follow from it.
        let Some(worst) = find.failures.first().cloned() else {
            return;
        };
        let Ok(mut finds) = self.finds.lock() else {
            return;
        };
        let is_first = finds.get(&worst).is_none_or(|known| find.nth < known.nth);
        if !finds.contains_key(&worst) {
            output.note(&format!("attempt {}: {worst}", find.nth));
        }
        if is_first {
            finds.insert(worst, find);
        }
    }
}

/// Makes the folder finds are written to.
///
/// # Errors
///
/// When it cannot be made.
pub(super) fn folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    shelf::hide_from_git(path);
    Ok(())
}
