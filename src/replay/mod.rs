//! Saved runs, run again: to prove that they repeat, to stop anywhere, and to part from there.
//!
//! Rule: a replay is the run itself, not a film of it. The world is made anew from what the file
//! says and moved on one delivery at a time; the saved log only tells whether it is still the same.

mod branch;
mod compare;
mod player;
mod prove;
mod session;
mod stop;

pub use branch::{Branch, BranchError, what_if};
pub use compare::{Divergence, first_divergence};
pub use player::Player;
pub use prove::{Proof, prove};
pub use stop::{Stop, StopError};

use crate::{executor::inputs::InputError, scenario::Diagnostics, scenario::StartError};

/// Why a saved run cannot be run again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// Its scenario is not one, to this `emulate`.
    #[error(transparent)]
    Scenario(#[from] Diagnostics),
    /// One of its inputs is not one.
    #[error("an input of the run: {0}")]
    Input(#[from] InputError),
    /// Its world cannot begin.
    #[error(transparent)]
    Start(StartError),
}

impl From<StartError> for ReplayError {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Scenario(wrong) => Self::Scenario(wrong),
            error @ StartError::World(_) => Self::Start(error),
        }
    }
}
