//! How a run stands, in one word: the worst thing that can be said of it.

use serde::{Deserialize, Serialize};

use crate::log::{CheckOutcome, EndReason, View};

/// How a run stands. The worst thing that is true counts.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It ended and every expectation holds.
    Passed,
    /// An expectation does not hold.
    Failed,
    /// It was stopped before its end.
    Interrupted,
    /// The time limit was reached with work left.
    TimedOut,
    /// A law of the economy was broken.
    Broken,
}

impl Standing {
    /// Returns how the run folded into `view` stands. A log without an end was interrupted.
    pub fn of(view: &View) -> Self {
        let failed = |outcome| outcome == CheckOutcome::Failed;
        if !view.breaches.is_empty() {
            return Self::Broken;
        }
        match view.run.end {
            Some(EndReason::InvariantBroken) => Self::Broken,
            Some(EndReason::Timeout) => Self::TimedOut,
            Some(EndReason::Interrupted) | None => Self::Interrupted,
            Some(EndReason::Complete | EndReason::Until | EndReason::Released) => {
                if view.checks.iter().any(|check| failed(check.outcome)) {
                    Self::Failed
                } else {
                    Self::Passed
                }
            }
        }
    }

    /// Returns the word a heading shows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::TimedOut => "timed out",
            Self::Broken => "broken",
        }
    }
}
