//! What if: a saved run that differs in one thing, from the start or from a moment on.
//!
//! Rule: both sides are run here and now, so that they differ in that thing alone.

use super::{Player, ReplayError, Stop};
use crate::{
    log::{EventLog, view::Measured},
    runfile::RunFile,
    scenario::{Diagnostics, Finished, Overrides},
};

/// A run and what would have become of it.
pub struct Branch {
    /// The run as it was.
    pub first: EventLog,
    /// The run with the change.
    pub second: Finished,
}

/// Why there is no other run.
#[derive(Debug, thiserror::Error)]
pub enum BranchError {
    /// The saved run cannot be run again.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// What was to change cannot be, then or ever.
    #[error(transparent)]
    Change(Diagnostics),
    /// The run ends before.
    #[error("the run is over before {0} comes")]
    Over(Stop),
}

/// Runs a saved run as it was and with changes: from the start, where anything a file can say can
/// change; or from a moment on, where the living world takes prices, volumes, speeds, behaviours
/// and scores.
///
/// # Errors
///
/// [`BranchError`] says what cannot be run or changed.
pub fn what_if(
    run: &RunFile,
    sets: &[(String, String)],
    from: Option<&Stop>,
) -> Result<Branch, BranchError> {
    let mut player = Player::of(run)?;
    let second = match from {
        None => Player::changed(
            run,
            &Overrides {
                sets: sets.to_vec(),
                ..Overrides::default()
            },
        )?,
        Some(stop) => {
            if !player.go_to(stop) {
                return Err(BranchError::Over(stop.clone()));
            }
            parted(&player, sets, stop)?
        }
    };
    let measured = run.end.as_ref().map(|end| end.measured());
    let first = finish(player, measured.unwrap_or_default())?;
    let second = finish(second, measured.unwrap_or_default())?;
    Ok(Branch {
        first: first.world.log().clone(),
        second,
    })
}

/// Returns a fork of the run in which something changes now.
fn parted(player: &Player, sets: &[(String, String)], stop: &Stop) -> Result<Player, BranchError> {
    let settings = player.loaded().settings(sets, player.inputs());
    let settings = settings.map_err(BranchError::Change)?;
    let mut fork = player.clone();
    let world = fork.world_mut();
    if let Stop::Time(time) = stop {
        // Nothing is due by then any more: the change happens at that very moment.
        world.advance(*time);
    }
    for setting in settings {
        world.change(setting);
    }
    Ok(fork)
}

fn finish(mut player: Player, measured: Measured) -> Result<Finished, ReplayError> {
    let reason = player.play();
    Ok(player.conclude(reason, measured)?)
}
