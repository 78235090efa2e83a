//! The only place that waits: turns a world's deadlines into jumps or sleeps.

use super::World;
use crate::{executor::Executors, log::EndReason};

/// Runs `world` to its end in virtual time, on this thread: deadlines cost nothing, and programs
/// that compute at once are run between two moments.
///
/// Programs that take real time come out as unavailable here; [`drive`](super::drive) waits for
/// them. The run is not finished yet: put verdicts into the log, then call [`World::finish`].
pub fn run_virtual(world: &mut World, executors: &Executors) -> EndReason {
    loop {
        settle_jobs(world, executors);
        let Some(deadline) = world.next_deadline() else {
            return world.ended().unwrap_or(EndReason::Complete);
        };
        world.advance(deadline);
    }
}

/// Runs everything a world has started that computes at once.
pub fn settle_jobs(world: &mut World, executors: &Executors) {
    for started in world.take_jobs() {
        let outcome = executors.run_now(&started.job);
        world.complete(started, outcome);
    }
}
