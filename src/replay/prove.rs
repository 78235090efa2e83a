//! The proof that a saved run repeats: played again, it is compared record by record.

use std::cmp::min;

use super::{Divergence, Player, ReplayError, first_divergence};
use crate::{
    log::{EndReason, EventLog, Records, view::Measured},
    runfile::RunFile,
};

/// What came of running a saved run again.
#[derive(Clone, Debug)]
pub enum Proof {
    /// Every record is the same, and so is the last block, if the file tells it.
    Same {
        /// The log of the replay; it may go on where the saved one was cut off.
        log: Box<EventLog>,
        /// Whether the saved run has an end.
        whole: bool,
    },
    /// They part here: the saved run is the first.
    Differs(Box<Divergence>),
    /// Every record is the same, and the chain is not.
    OtherChain {
        /// The hash of the last block then.
        saved: alloy_primitives::B256,
        /// The hash of the last block now.
        ours: alloy_primitives::B256,
    },
}

/// Runs a saved run again and compares, to its end or to where its file was cut off.
///
/// # Errors
///
/// [`ReplayError`] when it cannot be run again.
pub fn prove(run: &RunFile) -> Result<Proof, ReplayError> {
    let saved = run.log.records();
    let mut player = Player::of(run)?;
    player.forget_states();
    let differs = |divergence| Ok(Proof::Differs(Box::new(divergence)));
    let reason = run.log.view().run.end;
    if player.is_session() {
        // What clients took back was in no log at the end, so logs are compared there.
        player.play();
    } else if let Some(divergence) = play_along(&mut player, saved, reason) {
        return differs(divergence);
    }
    let Some(reason) = reason else {
        // What was cut off may have been in the middle of the verdicts.
        let left = player.world().log().records().len() < saved.len();
        let world = match left {
            true => end(player, EndReason::Complete, Measured::default())?,
            false => player.world().clone(),
        };
        let log = Box::new(world.log().clone());
        let differs_at = first_divergence(saved, log.records(), 0);
        let within = differs_at.filter(|divergence| divergence.first.is_some());
        return match within {
            Some(divergence) => differs(divergence),
            None => Ok(Proof::Same { log, whole: false }),
        };
    };
    let measured = run.end.as_ref().map(|end| end.measured());
    let world = end(player, reason, measured.unwrap_or_default())?;
    if let Some(divergence) = first_divergence(saved, world.log().records(), 0) {
        return differs(divergence);
    }
    let ours = world.chain().head().hash;
    if let Some(end) = run.end.as_ref().filter(|end| end.head != ours) {
        let saved = end.head;
        return Ok(Proof::OtherChain { saved, ours });
    }
    let log = Box::new(world.log().clone());
    Ok(Proof::Same { log, whole: true })
}

/// Plays as far as the saved records reach; returns where they part from what is recorded now.
///
/// A run that was interrupted or killed ended between two things due, so it is followed no further
/// than its records go.
fn play_along(
    player: &mut Player,
    saved: &Records,
    reason: Option<EndReason>,
) -> Option<Divergence> {
    let total = saved.len();
    let until = match reason {
        Some(EndReason::Interrupted) => total - 1,
        Some(_) => usize::MAX,
        None => total,
    };
    let mut compared = 0;
    loop {
        // What programs made is part of what was done so far.
        player.next_moment();
        let ours = player.world().log().records();
        let known = min(ours.len(), total);
        for seq in compared..known {
            if ours[seq] != saved[seq] {
                return first_divergence(saved, ours, seq as u64);
            }
        }
        compared = known;
        if ours.len() >= until || !player.step() {
            break;
        }
    }
    if reason == Some(EndReason::Interrupted) {
        follow_silence(player, saved);
    }
    None
}

/// Carries out what was still done before an interruption without leaving a record.
fn follow_silence(player: &mut Player, saved: &Records) {
    let Some(last) = saved.last() else { return };
    let grew = |ahead: &Player| ahead.world().log().records().len() >= saved.len();
    loop {
        let mut ahead = player.clone();
        let next = ahead.next_moment();
        if grew(&ahead) {
            return;
        }
        let is_over = next.is_none_or(|next| next > last.time) || !ahead.step();
        if grew(&ahead) {
            return;
        }
        *player = ahead;
        if is_over {
            return;
        }
    }
}

/// Closes the log as the saved run closed its own.
fn end(
    mut player: Player,
    reason: EndReason,
    measured: Measured,
) -> Result<crate::world::World, ReplayError> {
    if reason == EndReason::Interrupted {
        player.world_mut().finish(reason);
        return Ok(player.world().clone());
    }
    let ended = player.ended();
    Ok(player.conclude(ended, measured)?.world)
}
