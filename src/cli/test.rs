//! `emulate test`: many scenarios at once, with a summary.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use clap::Args;

use super::{
    Exit, Output,
    claims::Claims,
    failed,
    interrupt::Interrupt,
    parallel,
    run::{Ended, How, NotRun, Session, run_once},
    subject::Subject,
    whole,
};
use crate::{
    log::Sinks,
    report::{self, Refused, Suite},
};

/// Run many scenarios in parallel and judge them all.
#[derive(Clone, Debug, Args)]
pub(super) struct Test {
    /// Scenario files, or folders of them; `scenarios` when left out.
    #[arg(value_name = "FILE|DIR")]
    paths: Vec<PathBuf>,
    /// Only those that did not pass when they were last tested here.
    #[arg(long, value_name = "WHICH", conflicts_with = "paths")]
    rerun: Option<Rerun>,
    #[command(flatten)]
    how: How,
    /// How many run at once; as many as there are cores when left out.
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Write a JUnit report of all of them.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Leave out scenarios with this tag. Can be given again.
    #[arg(long, value_name = "TAG", default_values_t = ["slow".to_owned(), "sweep".to_owned()])]
    skip: Vec<String>,
}

/// Which scenarios are tested again.
#[derive(Copy, Clone, Debug, clap::ValueEnum)]
enum Rerun {
    /// Those that did not pass.
    Failed,
}

/// What became of one scenario.
struct Tried {
    name: String,
    outcome: Outcome,
    took: Duration,
}

enum Outcome {
    Ran(Box<(Subject, Ended)>),
    Skipped(String),
    Refused {
        exit: Exit,
        /// Why, in one line.
        why: String,
        /// All that the user was told.
        details: String,
    },
}

/// Runs every scenario below the paths given; the worst end counts.
pub(super) fn test(arguments: &Test, output: &Output) -> Exit {
    let files = match arguments.rerun {
        None => collect(&arguments.paths),
        Some(Rerun::Failed) => match failed::recall() {
            Ok(failed) if failed.is_empty() => {
                output.note("nothing failed when scenarios were last tested here");
                return Exit::Success;
            }
            Ok(failed) => Ok(failed),
            Err(error) => Err(format!("error: no scenarios were tested here yet: {error}")),
        },
    };
    let files = match files {
        Ok(files) if files.is_empty() => {
            output
                .error("error: there is no scenario here; name a file or a folder of .toml files");
            return Exit::BadInput;
        }
        Ok(files) => files,
        Err(message) => {
            output.error(&message);
            return Exit::BadInput;
        }
    };
    if let Some(wrong) = arguments.how.sources.containers.wrong(files.len()) {
        output.error(&wrong);
        return Exit::BadInput;
    }
    if let Err(exit) = claim(&files, arguments, output) {
        return exit;
    }
    let session = Session::begin();
    let tried = run_all(&files, arguments, &session, output);
    let exit = summarise(&tried, &session.interrupt, output);
    let tested = tried.iter().filter_map(|one| {
        let exit = one.exit(&session.interrupt)?;
        Some((one.name.as_str(), exit == Exit::Success))
    });
    failed::remember(tested, output);
    if let Some(path) = &arguments.junit
        && let Err(error) = write_junit(path, &tried)
    {
        output.unwritten(path.display(), error);
    }
    session.interrupt.raised().unwrap_or(exit)
}

/// Looks that no file has two uses.
fn claim(files: &[String], arguments: &Test, output: &Output) -> Result<(), Exit> {
    let mut claims = Claims::default();
    if let Some(junit) = &arguments.junit {
        // A pipe can be read once only, and is overwritten by nobody.
        let files = files.iter().filter(|name| Path::new(name).is_file());
        for subject in files.filter_map(|name| Subject::find(name).ok()) {
            claims.reads_scenario(&subject, &arguments.how.overrides());
        }
        claims.uses_record(&arguments.how.sources);
        claims.writes(junit, "--junit");
    }
    claims.settle(output)
}

/// Returns the scenario files below the paths, in order.
fn collect(paths: &[PathBuf]) -> Result<Vec<String>, String> {
    let home = [PathBuf::from("scenarios")];
    let paths = if paths.is_empty() { &home[..] } else { paths };
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.display().to_string());
            continue;
        }
        let entries = fs::read_dir(path)
            .and_then(Iterator::collect::<io::Result<Vec<_>>>)
            .map_err(|error| format!("error: {} cannot be read: {error}", path.display()))?;
        let mut found: Vec<String> = entries
            .iter()
            .map(fs::DirEntry::path)
            .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
            .map(|path| path.display().to_string())
            .collect();
        found.sort();
        files.extend(found);
    }
    Ok(files)
}

/// Runs the files on several threads; the results are in the order of the files.
fn run_all(files: &[String], arguments: &Test, session: &Session, output: &Output) -> Vec<Tried> {
    let jobs = parallel::jobs(arguments.jobs, files.len());
    let stop = || session.interrupt.raised().is_some();
    let bar = output.progress(files.len() as u64, "scenarios");
    let tried = parallel::each(
        (files.len(), jobs),
        &stop,
        || (),
        |(), at| {
            let tried = try_one(&files[at], arguments, session, output);
            bar.suspend(|| output.note(&line(&tried)));
            bar.inc(1);
            tried
        },
    );
    bar.finish_and_clear();
    tried.into_iter().flatten().collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a scenario took is told"
)]
fn try_one(file: &str, arguments: &Test, session: &Session, output: &Output) -> Tried {
    let began = Instant::now();
    let outcome = match Subject::find(file) {
        Err(message) => Outcome::refused(Exit::BadInput, message),
        Ok(subject) => outcome_of(subject, arguments, session, output),
    };
    Tried {
        name: file.to_owned(),
        outcome,
        took: began.elapsed(),
    }
}

fn outcome_of(subject: Subject, arguments: &Test, session: &Session, output: &Output) -> Outcome {
    let loaded = match subject.load_or_say(&arguments.how.overrides(), output) {
        Ok(loaded) => loaded,
        Err(details) => {
            return Outcome::Refused {
                exit: Exit::BadInput,
                why: "it cannot be read".to_owned(),
                details,
            };
        }
    };
    let tags = &loaded.scenario.scenario.tags;
    if let Some(tag) = tags
        .iter()
        .find(|tag| arguments.skip.iter().any(|skip| skip == tag.as_str()))
    {
        return Outcome::Skipped(format!("tagged {tag}"));
    }
    match run_once(
        &subject,
        &arguments.how,
        &mut Sinks::default(),
        session,
        output,
    ) {
        Ok(ended) => Outcome::Ran(Box::new((subject, ended))),
        Err(NotRun::Told(exit)) => Outcome::refused(exit, "it cannot be run".to_owned()),
        Err(NotRun::NoDocker(why)) => match arguments.how.sources.containers.are_required() {
            true => Outcome::refused(Exit::Environment, format!("it needs docker: {why}")),
            false => Outcome::Skipped(format!("it needs docker: {why}")),
        },
    }
}

impl Outcome {
    /// A refusal of which one line tells everything.
    fn refused(exit: Exit, why: String) -> Self {
        Self::Refused {
            exit,
            details: why.clone(),
            why,
        }
    }
}

impl Tried {
    /// Returns the exit code it stands for; none when it was skipped.
    fn exit(&self, interrupt: &Interrupt) -> Option<Exit> {
        match &self.outcome {
            Outcome::Skipped(_) => None,
            Outcome::Refused { exit, .. } => Some(*exit),
            Outcome::Ran(ran) => Some(ran.1.exit(interrupt)),
        }
    }
}

/// One line about one scenario.
fn line(tried: &Tried) -> String {
    let took = format!("{:.2}s", tried.took.as_secs_f64());
    match &tried.outcome {
        Outcome::Skipped(why) => format!("skip   {took:>8}  {} ({why})", tried.name),
        Outcome::Refused { why, .. } => format!("refuse {took:>8}  {} ({why})", tried.name),
        Outcome::Ran(ran) => {
            let standing = ran.1.report(&ran.0).standing();
            format!("{:<6} {took:>8}  {}", standing.as_str(), tried.name)
        }
    }
}

/// Tells what failed and how many did; returns the worst end.
fn summarise(tried: &[Tried], interrupt: &Interrupt, output: &Output) -> Exit {
    let mut worst = Exit::Success;
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for one in tried {
        let Some(exit) = one.exit(interrupt) else {
            skipped += 1;
            continue;
        };
        if exit == Exit::Success {
            passed += 1;
            continue;
        }
        failed += 1;
        worst = worst.max(exit);
        if let Outcome::Ran(ran) = &one.outcome {
            let styles = report::Styles::coloured();
            let mut told = Vec::new();
            let run = ran.1.report(&ran.0);
            let written = report::write_summary(&run, &styles, &mut told);
            if let Err(error) = written.and_then(|()| output.show(&told)) {
                output.error(&format!("warning: the summary cannot be written: {error}"));
            }
        }
    }
    output.result_line(&format!(
        "{passed} passed, {failed} failed, {skipped} skipped"
    ));
    worst
}

fn write_junit(path: &Path, tried: &[Tried]) -> io::Result<()> {
    let suites: Vec<Suite<'_>> = tried
        .iter()
        .filter_map(|one| match &one.outcome {
            Outcome::Ran(ran) => Some(Suite::Ran(ran.1.report(&ran.0))),
            Outcome::Refused { why, details, .. } => Some(Suite::Refused(Refused {
                file: &one.name,
                why,
                details,
                took: one.took,
            })),
            Outcome::Skipped(_) => None,
        })
        .collect();
    let mut bytes = Vec::new();
    report::write_junit(&suites, &mut bytes)?;
    whole::write(path, &bytes).map(drop)
}
