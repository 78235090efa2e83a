//! The ways in which a run goes wrong. Rule: two runs fail in the same way when the same thing is
//! false in both, whoever it happens to.

use std::{collections::BTreeSet, fmt};

use crate::log::{CheckOutcome, EndReason, EventLog, TaskStatus, Verdict};

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
