//! `emulate run`: scenarios to their end, judged, reported.

mod arguments;
mod once;
mod reports;

pub(super) use arguments::{Changes, How, ReportFile, Run, detail};
pub(super) use once::{Ended, Stage, peak_memory, run_once};
pub(super) use reports::Reports;

use std::io::ErrorKind;

use self::arguments::Format;
use super::{Exit, Output, interrupt::Interrupt, subject::Subject};
use crate::report::{self, JsonLines, Standing, Story, Styles};

/// Runs every scenario named; the worst end counts.
pub(super) fn run(arguments: &Run, output: &Output) -> Exit {
    let interrupt = Interrupt::listen();
    let reports = match Reports::new(
        arguments.out.as_deref(),
        &arguments.reports,
        arguments.scenarios.len() > 1,
    ) {
        Ok(reports) => reports,
        Err(message) => {
            output.error(&message);
            return Exit::Environment;
        }
    };
    let mut worst = Exit::Success;
    for name in &arguments.scenarios {
        let exit = run_named(name, arguments, &reports, &interrupt, output);
        worst = worst.max(exit);
        if let Some(exit) = interrupt.raised() {
            return exit;
        }
    }
    worst
}

fn run_named(
    name: &str,
    arguments: &Run,
    reports: &Reports,
    interrupt: &Interrupt,
    output: &Output,
) -> Exit {
    let subject = match Subject::find(name) {
        Ok(subject) => subject,
        Err(message) => {
            output.error(&message);
            return Exit::BadInput;
        }
    };
    subject.tell_ignored(output);
    let format = arguments.format.resolved();
    let styles = match format {
        Format::Plain | Format::Jsonl | Format::Github => Styles::plain(),
        Format::Auto | Format::Human => Styles::coloured(),
    };
    let mut sinks = crate::log::Sinks::default();
    let told = detail(output.is_quiet(), arguments.verbose);
    match format {
        Format::Jsonl => sinks.add("the story", JsonLines::new(output.stdout())),
        Format::Auto | Format::Human | Format::Plain | Format::Github => {
            sinks.add("the story", Story::new(output.stdout(), told, styles));
        }
    }
    let ended = match run_once(&subject, &arguments.how, &mut sinks, interrupt, output) {
        Ok(ended) => ended,
        Err(exit) => return exit,
    };
    for failure in sinks.finish() {
        // A reader that had enough (`emulate … | head`) is no fault.
        if failure.cause.kind() != ErrorKind::BrokenPipe {
            output.error(&format!("warning: {failure}"));
        }
    }
    let run = ended.report(&subject);
    let told = match format {
        Format::Jsonl => Ok(()),
        Format::Github => report::annotate(&run, &mut output.stdout())
            .and_then(|()| report::write_summary(&run, &styles, &mut output.stdout())),
        Format::Auto | Format::Human | Format::Plain => {
            report::write_summary(&run, &styles, &mut output.stdout())
        }
    };
    if let Err(error) = told
        && error.kind() != ErrorKind::BrokenPipe
    {
        output.error(&format!("warning: the summary cannot be written: {error}"));
    }
    let kept = reports.write(&subject, &ended);
    if let Err(message) = &kept {
        output.error(message);
    }
    let exit = ended.exit(interrupt);
    if kept.is_err() && exit == Exit::Success {
        return Exit::Environment;
    }
    exit
}

impl Ended {
    /// Returns the exit code the run stands for.
    pub(super) fn exit(&self, interrupt: &Interrupt) -> Exit {
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
