//! The ways in which a run goes wrong. Rule: two runs fail in the same way when the same thing is
//! false in both, whoever it happens to.

use std::{collections::BTreeSet, fmt};

use crate::{
    log::{Check, CheckOutcome, EndReason, EventLog, TaskStatus, Verdict},
    scenario::Finished,
};

/// One thing that is wrong with a run; the worst first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failure {
    /// A law of the economy was broken.
    Law(String),
    /// A task came out with a result that is not the honest one.
    Corrupted,
    /// A task was requested, taken on, and came to no result; or the run did not end in time.
    Starved,
    /// An expectation of the scenario does not hold.
    Expectation(String),
}

/// Why an expectation fails: where nobody works any more, or nothing has happened to what it is
/// about, it fails for another reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reason {
    /// Whether there is anything to do.
    has_work: bool,
    /// The event that made the value what it is.
    since: Option<&'static str>,
}

impl Failure {
    /// Returns everything that is wrong with a run that was judged, the worst first.
    pub fn all(log: &EventLog) -> BTreeSet<Self> {
        let view = log.view();
        let laws = view
            .breaches
            .iter()
            .map(|breach| Self::Law(breach.law.clone()));
        let mut failures: BTreeSet<Self> = laws.collect();
        for task in view.tasks.values() {
            let is_stuck = match task.status {
                TaskStatus::Unset | TaskStatus::Active | TaskStatus::Revealing => {
                    view.run.end == Some(EndReason::Complete)
                }
                TaskStatus::Waiting
                | TaskStatus::Withdrawn
                | TaskStatus::Completed
                | TaskStatus::Failed => false,
            };
            match task.verdict {
                Some(Verdict::Corrupted) => failures.insert(Self::Corrupted),
                Some(Verdict::Starved) => failures.insert(Self::Starved),
                Some(Verdict::Correct) | None => is_stuck && failures.insert(Self::Starved),
            };
        }
        if view.run.end == Some(EndReason::Timeout) {
            failures.insert(Self::Starved);
        }
        let failed = view
            .checks
            .iter()
            .filter(|check| check.outcome == CheckOutcome::Failed);
        failures.extend(failed.map(|check| Self::Expectation(check.name.clone())));
        failures
    }

    /// Returns what a run has to share with another that fails in this way, so that both fail for
    /// the same reason.
    pub(super) fn reason(&self, finished: &Finished) -> Reason {
        let log = finished.world.log();
        let Self::Expectation(name) = self else {
            return Reason::default();
        };
        let failed = |check: &&Check| check.outcome == CheckOutcome::Failed && check.name == *name;
        let check = log.view().checks.iter().find(failed);
        let since = check.and_then(|check| check.since);
        let since = since.and_then(|seq| log.records().get(seq));
        Reason {
            has_work: !finished.world.cast().tasks.is_empty(),
            since: since.map(|record| record.event.name()),
        }
    }

    /// Returns one word for it, for the names of files.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Law(_) => "law",
            Self::Corrupted => "corrupted",
            Self::Starved => "starved",
            Self::Expectation(_) => "expectation",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Law(law) => write!(f, "a law is broken: {law}"),
            Self::Corrupted => f.write_str("a task is corrupted: a wrong result won"),
            Self::Starved => f.write_str("a task is starved: it came to no result"),
            Self::Expectation(name) => write!(f, "an expectation fails: {name}"),
        }
    }
}
