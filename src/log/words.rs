//! The small closed vocabularies events are written in: kinds, reasons, verdicts.

use serde::{Deserialize, Serialize};

/// Names the variants of a type as the log writes them: a variant that is left out does not compile,
/// and so the list of names is never shorter than the type.
macro_rules! named {
    ($type:ident { $($variant:ident => $name:literal),+ $(,)? }) => {
        impl $type {
            /// Every name there is.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// Returns the name, as the log and scenario files write it.
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $name,)+
                }
            }
        }
    };
}

pub(crate) use named;

/// A law of the economy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Law {
    /// Nobody gives what it does not have.
    NoDebt,
    /// Who is paid for a task has shown its result.
    Reveal,
    /// What is over does not change.
    Final,
    /// Scores are what votes make of them.
    Scores,
    /// Balances change by what is said of them.
    Moves,
    /// What accounts have set aside is there.
    Locked,
    /// Money is neither made nor lost.
    Supply,
}

named! {
    Law {
        NoDebt => "no balance is negative",
        Reveal => "nobody is paid without reveal",
        Final => "a final task stays final",
        Scores => "scores follow from votes",
        Moves => "money moves by transfer, lock, unlock, seize and reward only",
        Locked => "the hub holds what is locked",
        Supply => "RLC is conserved",
    }
}

/// Why a run ended.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndReason {
    /// Every requested task is final and nothing is left to do.
    Complete,
    /// The scenario's `until` was reached.
    Until,
    /// The time limit was reached with work left.
    Timeout,
    /// Somebody stopped it.
    Interrupted,
    /// It was a living network, and is not needed any more.
    Released,
    /// A law of the economy was broken.
    InvariantBroken,
}

/// What the emulator, knowing the truth, says of a finished task.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Completed with the honest result.
    Correct,
    /// Completed with another result.
    Corrupted,
    /// No result at all.
    Starved,
}

/// One expectation and how it came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// What it is about: its name, or the path and matcher.
    pub name: String,
    /// How it came out.
    pub outcome: CheckOutcome,
    /// What was expected, in words.
    pub expected: String,
    /// What was found, in words.
    pub found: String,
    /// Since when it has been so: the record that last changed the value.
    pub since: Option<u64>,
    /// The author's reason, printed on failure.
    pub why: Option<String>,
    /// The line of the scenario file, from 1.
    pub line: Option<u64>,
    /// Whether it is about the machine the run happened on. The log of a run is the same on every
    /// machine, so such a verdict is not in it.
    #[serde(skip)]
    pub is_measured: bool,
}

/// How an expectation came out.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckOutcome {
    /// It holds.
    Passed,
    /// It does not hold, and is only a warning.
    Warned,
    /// It does not hold.
    Failed,
}
