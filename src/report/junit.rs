//! JUnit XML: a suite per scenario, a case per expectation, as CI services read it.

use std::{
    io::{self, Write},
    time::Duration,
};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Run, Standing, text};
use crate::{
    log::{Check, CheckOutcome},
    time::Timestamp,
};

/// A scenario that did not run, because it or what it needs is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused<'a> {
    /// The file, as it was named.
    pub file: &'a str,
    /// Why it did not run, in one line.
    pub why: &'a str,
    /// Everything that was told about it.
    pub details: &'a str,
    /// How long it took to find out.
    pub took: Duration,
}

/// One suite of a JUnit document.
pub enum Suite<'a> {
    /// A scenario that ran.
    Ran(Run<'a>),
    /// A scenario that did not; it is an error.
    Refused(Refused<'a>),
}

/// Writes one JUnit document for all `suites`.
///
/// Each run is a suite. Its first case is the run itself: it fails when a law is broken, the time
/// limit is reached or the run was interrupted. Then follows one case per expectation; a warning
/// passes and says so in its output. A scenario that was refused is a suite of one case, an error.
/// Times are those of the run's own clock, wall time if measured.
///
/// # Errors
///
/// When `out` cannot be written.
pub fn write_junit(suites: &[Suite<'_>], out: &mut dyn Write) -> io::Result<()> {
    let mut report = Report::new("emulate");
    let spent = suites.iter().map(|suite| match suite {
        Suite::Ran(run) => spent(run),
        Suite::Refused(refused) => refused.took,
    });
    report.set_time(spent.sum());
    for one in suites {
        report.add_test_suite(match one {
            Suite::Ran(run) => suite(run),
            Suite::Refused(refused) => refusal(refused),
        });
    }
    report.serialize(out).map_err(io::Error::other)
}

/// What the run cost in real time, if measured, else in its own.
fn spent(run: &Run<'_>) -> Duration {
    let view = run.view();
    view.measured.wall.unwrap_or_else(|| view.run.duration())
}

fn suite(run: &Run<'_>) -> TestSuite {
    let view = run.view();
    let class = run.file.unwrap_or("emulate");
    let mut suite = TestSuite::new(run.title());
    suite.set_time(spent(run));
    let digest = run.log.digest().to_string();
    for (name, value) in [
        ("seed", view.run.seed.to_string()),
        ("version", view.run.version.clone()),
        ("virtual duration", text::span(view.run.duration())),
        ("log digest", digest),
    ] {
        suite.add_property((name, value.as_str()));
    }
    let mut own = TestCase::new("the run", own_status(run));
    own.set_classname(class);
    own.set_time(spent(run));
    suite.add_test_case(own);
    for check in &view.checks {
        let mut case = TestCase::new(check.name.as_str(), status(run, check));
        case.set_classname(class);
        case.set_time(Duration::ZERO);
        if check.outcome == CheckOutcome::Warned {
            let text = format!("warning: {}", explanation(run, check));
            case.set_system_out(text.as_str());
        }
        suite.add_test_case(case);
    }
    suite
}

fn refusal(refused: &Refused<'_>) -> TestSuite {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(refused.why);
    status.set_type("refused");
    status.set_description(refused.details);
    let mut own = TestCase::new("the run", status);
    own.set_classname(refused.file);
    own.set_time(refused.took);
    let mut suite = TestSuite::new(refused.file);
    suite.set_time(refused.took);
    suite.add_test_case(own);
    suite
}

fn own_status(run: &Run<'_>) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    match run.standing() {
        Standing::Passed | Standing::Failed => return TestCaseStatus::success(),
        Standing::Interrupted => status.set_message("the run was interrupted"),
        Standing::TimedOut => status.set_message("the time limit was reached with work left"),
        Standing::Broken => status.set_message("a law of the economy was broken"),
    };
    let breaches = run.view().breaches.iter();
    let lines: Vec<String> = breaches
        .map(|breach| format!("block {}: {}: {}", breach.block, breach.law, breach.detail))
        .collect();
    status.set_description(lines.join("\n").as_str());
    status
}

fn status(run: &Run<'_>, check: &Check) -> TestCaseStatus {
    match check.outcome {
        CheckOutcome::Passed | CheckOutcome::Warned => TestCaseStatus::success(),
        CheckOutcome::Failed => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let message = format!("expected {}, found {}", check.expected, check.found);
            status.set_message(message.as_str());
            status.set_type("expectation");
            status.set_description(explanation(run, check).as_str());
            status
        }
    }
}

fn explanation(run: &Run<'_>, check: &Check) -> String {
    let mut lines = vec![
        format!("expected {}", check.expected),
        format!("found    {}", check.found),
    ];
    if let Some(record) = check.since.and_then(|seq| run.log.records().get(seq)) {
        let (time, block): (Timestamp, u64) = (record.time, record.block);
        lines.push(format!(
            "since    {time}, block {block}, {}",
            record.event.name()
        ));
    }
    if let (Some(file), Some(line)) = (run.file, check.line) {
        lines.push(format!("asked in {file}:{line}"));
    }
    lines.extend(check.why.clone());
    lines.extend(run.again.map(|again| format!("again    {again}")));
    lines.join("\n")
}
