//! `emulate run`: scenarios to their end, judged, reported.

mod arguments;
mod containers;
mod missed;
mod once;
mod reports;

pub(super) use arguments::{Changes, How, ReportFile, Run, detail, is_told, pair};
pub(super) use containers::{Session, Sources};
pub(super) use once::{Ended, NotRun, Stage, Staged, explain, parting, peak_memory, run_once};
pub(super) use reports::{Reports, make_folders, render};

use std::{
    io,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use self::arguments::Format;
use super::{Exit, Output, claims::Claims, interrupt::Interrupt, shelf::Keeping, subject::Subject};
use crate::{
    ahead::aside,
    log::Sinks,
    report::{self, JsonLines, Standing, Story, Styles},
    scenario::{Loaded, sweep::Sweep},
};

/// What the sink that keeps the run is called when it fails.
const RUN_FILE: &str = "the run file";

/// Runs every scenario named; the worst end counts.
pub(super) fn run(arguments: &Run, output: &Output) -> Exit {
    let session = Session::begin();
    let containers = &arguments.how.sources.containers;
    if let Some(wrong) = containers.wrong(arguments.scenarios.len()) {
        output.error(&wrong);
        return Exit::BadInput;
    }
    let several = arguments.scenarios.len() > 1;
    let reports = Reports::new(arguments.out.as_deref(), &arguments.reports, several);
    let subjects = arguments.scenarios.iter().map(|name| Subject::find(name));
    let subjects: Vec<_> = subjects.collect();
    if let Err(exit) = arguments.claim(&subjects, &reports, output) {
        return exit;
    }
    if let Err(message) = reports.make_folders() {
        output.error(&message);
        return Exit::Environment;
    }
    let has_page = arguments.out.is_some() || arguments.reports.iter().any(ReportFile::is_page);
    if arguments.open && !has_page {
        output.error("error: --open opens the HTML report: add --report html=FILE or --out DIR");
        return Exit::BadInput;
    }
    let mut worst = Exit::Success;
    for subject in subjects {
        let exit = match subject {
            Ok(subject) => run_found(&subject, arguments, &reports, &session, output),
            Err(message) => {
                output.error(&message);
                Exit::BadInput
            }
        };
        worst = worst.max(exit);
        if let Some(exit) = session.interrupt.raised() {
            return exit;
        }
    }
    worst
}

fn run_found(
    subject: &Subject,
    arguments: &Run,
    reports: &Reports,
    session: &Session,
    output: &Output,
) -> Exit {
    subject.tell_ignored(output);
    let format = arguments.format.resolved();
    let styles = match format {
        Format::Plain | Format::Jsonl | Format::Github => Styles::plain(),
        Format::Auto | Format::Human => Styles::coloured(),
    };
    let mut sinks = Sinks::default();
    let told = detail(output.is_quiet(), arguments.verbose);
    match format {
        Format::Jsonl => sinks.add("the story", JsonLines::new(output.stdout())),
        Format::Auto | Format::Human | Format::Plain | Format::Github => {
            sinks.add("the story", Story::new(output.stdout(), told, styles));
        }
    }
    let staged = Staged::new(subject, &arguments.how, session, output).and_then(|mut stage| {
        if let Some(note) = about_matrix(subject, stage.material().0, arguments) {
            output.note(&note);
        }
        let keeping = arguments.keep(subject, &stage, output);
        let keeping = keeping.map_err(NotRun::Told)?;
        if let Some(keeping) = &keeping {
            sinks.add(RUN_FILE, keeping.sink());
            stage.wrap_images(|images| Arc::new(keeping.sink().recorder(images)));
        }
        match stage.run(&mut sinks, &session.interrupt, output) {
            Ok(ended) => Ok((ended, keeping)),
            Err(exit) => {
                keeping.into_iter().for_each(Keeping::discard);
                Err(exit)
            }
        }
    });
    let (ended, keeping) = match staged {
        Ok(staged) => staged,
        Err(not_run) => return not_run.tell(&subject.name, output),
    };
    let lost = lost(sinks);
    summarise(&ended.report(subject), format, &styles, output);
    missed::tell(&ended.world, output);
    if let Some(keeping) = keeping {
        match lost {
            None => keeping.end(&ended.world, output),
            Some(cause) => keeping.give_up(&cause, output),
        }
    }
    let written = reports.write(subject, &ended, output);
    if written
        && arguments.open
        && let Some(page) = reports.page(subject)
    {
        open(&page, output);
    }
    let exit = ended.exit(&session.interrupt);
    // A large world takes a while to take down, and nobody need wait for it.
    aside(move || drop(ended));
    exit
}

/// Shows a page to the person who watches; does nothing but say so when nobody does.
fn open(page: &Path, output: &Output) {
    if !output.is_interactive() {
        output.note(&format!("nobody watches; {} is not opened", page.display()));
        return;
    }
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let opened = Command::new(opener)
        .arg(page)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if let Err(error) = opened {
        let page = page.display();
        output.error(&format!(
            "warning: {page} cannot be opened by {opener}: {error}"
        ));
    }
}

/// Tells how a run came out, the way somebody wants to be told.
fn summarise(run: &report::Run<'_>, format: Format, styles: &Styles, output: &Output) {
    let told = match format {
        Format::Jsonl => Ok(()),
        Format::Github => report::annotate(run, &mut output.stdout())
            .and_then(|()| report::write_summary(run, styles, &mut output.stdout())),
        Format::Auto | Format::Human | Format::Plain => {
            report::write_summary(run, styles, &mut output.stdout())
        }
    };
    // That standard output takes no more was told when it began, and a reader that had enough
    // (`emulate … | head`) is no fault.
    drop(told);
}

/// Lets the readers of the log come to their end; returns why the run file could not.
fn lost(sinks: Sinks<'_>) -> Option<io::Error> {
    let mut failures = sinks.finish().into_iter();
    // What became of the story was told when it happened.
    let file = failures.find(|failure| failure.sink == RUN_FILE);
    file.map(|failure| failure.cause)
}

impl Run {
    /// Looks that no file has two uses.
    ///
    /// # Errors
    ///
    /// The exit code, after the user was told which has.
    fn claim(
        &self,
        subjects: &[Result<Subject, String>],
        reports: &Reports,
        output: &Output,
    ) -> Result<(), Exit> {
        if let (Some(save), true) = (self.keep.file(), subjects.len() > 1) {
            output.error(&format!(
                "error: --save {} is one file for {} scenarios; give one scenario, or --out DIR",
                save.display(),
                subjects.len()
            ));
            return Err(Exit::BadInput);
        }
        let mut claims = Claims::default();
        let is_written = self.out.is_some() || !self.reports.is_empty();
        if is_written || self.keep.file().is_some() {
            for subject in subjects.iter().flatten() {
                claims.reads_scenario(subject, &self.how.overrides());
            }
        }
        claims.uses_record(&self.how.sources);
        for subject in subjects.iter().flatten() {
            claims.writes_reports(reports, subject);
            let kept = self.keep.named(self.out.as_deref(), &subject.stem());
            if let Some((path, flag)) = kept {
                claims.writes(&path, flag);
            }
        }
        claims.settle(output)
    }

    /// Begins the file the run is kept in, if it is.
    ///
    /// # Errors
    ///
    /// The exit code, after the user was told why a file that was asked for cannot be.
    fn keep(
        &self,
        subject: &Subject,
        stage: &Staged<'_>,
        output: &Output,
    ) -> Result<Option<Keeping>, Exit> {
        let Some(place) = self.keep.place(self.out.as_deref(), &subject.stem()) else {
            return Ok(None);
        };
        match Keeping::begin(place, subject, stage.material()) {
            Ok(keeping) => Ok(Some(keeping)),
            Err(refused) => refused.tell(output).map(|()| None),
        }
    }
}

/// What to tell who runs a single cell of a sweep without having said which.
fn about_matrix(subject: &Subject, loaded: &Loaded, arguments: &Run) -> Option<String> {
    let overrides = arguments.how.overrides();
    let plan = Sweep::of(loaded, None);
    let given = |name: &str| {
        let mut all = overrides.vars.iter().chain(&overrides.sets);
        all.any(|(known, _)| known == name)
    };
    let axes = plan.axes();
    let names: Vec<&str> = axes.iter().map(|axis| axis.name.as_str()).collect();
    if names.iter().all(|name| given(name)) {
        return None;
    }
    let varied = report::text::list(names);
    let cells = report::text::count(plan.cells() as u64, "cell");
    let name = &subject.name;
    Some(format!(
        "note: {name} varies {varied}; this is one run of one cell, `emulate sweep {name}` runs all {cells}"
    ))
}

/// What to do about it.
const NO_DOCKER: &str = "help: start docker, or say where it is with DOCKER_HOST; where somebody \
                         has recorded the run, `--docker replay` needs none";

impl NotRun {
    /// Tells the user, if that was not done yet, and returns the exit code.
    pub(super) fn tell(self, name: &str, output: &Output) -> Exit {
        match self {
            Self::Told(exit) => exit,
            Self::NoDocker(why) => {
                output.error(&format!("error: `{name}` needs docker: {why}\n{NO_DOCKER}"));
                Exit::Environment
            }
        }
    }
}

impl Ended {
    /// Returns the exit code the run stands for.
    pub(super) fn exit(&self, interrupt: &Interrupt) -> Exit {
        if self.trouble.is_some() && interrupt.raised().is_none() {
            return Exit::Environment;
        }
        if !self.repeats {
            return Exit::DeterminismLost;
        }
        let verdict = self.verdict();
        let raised = interrupt.raised().filter(|_| verdict == Exit::Interrupted);
        raised.unwrap_or(verdict)
    }

    /// Returns the exit code its last verdict stands for.
    pub(super) fn verdict(&self) -> Exit {
        match Standing::of(self.world.log().view()) {
            Standing::Passed => Exit::Success,
            Standing::Failed => Exit::ExpectationFailed,
            Standing::TimedOut => Exit::TimeLimit,
            Standing::Broken => Exit::InvariantBroken,
            Standing::Interrupted => Exit::Interrupted,
        }
    }
}
