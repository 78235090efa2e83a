//! The only place that waits: turns a world's deadlines into jumps or sleeps.
//!
//! Virtual, wall and manual time drive the same machinery; what happens, and in which order, is
//! the world's business alone.

use std::time::Duration;

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use tokio::{sync::mpsc, time::Instant};

use super::{Call, World};
use crate::{executor::Executors, log::EndReason, time::Timestamp};

/// How time passes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Clock {
    /// It jumps to the next deadline, and stands still while a program really runs.
    Virtual,
    /// It follows the wall clock, so many thousandths as fast.
    Wall {
        /// 1000 is as fast as the wall clock.
        speed_permille: u64,
    },
    /// It passes when somebody asks for it through a [`WorldHandle`](super::WorldHandle).
    Manual,
}

/// Runs `world` to its end in virtual time, on this thread: deadlines cost nothing, and programs
/// that compute at once are run between two moments.
///
/// Programs that take real time come out as unavailable here; [`drive`] waits for them. The run is
/// not finished yet: put verdicts into the log, then call [`World::finish`].
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

/// Runs `world` until it ends, or until nothing is due, no program runs and nobody can call.
///
/// Calls come through a [`WorldHandle`](super::WorldHandle); a run nobody talks to is given the
/// mailbox of a handle that was dropped. As with [`run_virtual`], the caller finishes the run.
pub async fn drive(
    world: &mut World,
    clock: Clock,
    executors: &Executors,
    mut calls: mpsc::Receiver<Call>,
) -> EndReason {
    let origin = Origin::of(world.now());
    let mut running = FuturesUnordered::new();
    let mut is_open = true;
    loop {
        for started in world.take_jobs() {
            running.push(async move {
                let outcome = executors.execute(&started.job).await;
                (started, outcome)
            });
        }
        if let Some(reason) = world.ended() {
            return reason;
        }
        let deadline = match clock {
            Clock::Virtual if !running.is_empty() => None,
            Clock::Virtual | Clock::Wall { .. } => world.next_deadline(),
            Clock::Manual => None,
        };
        if deadline.is_none() && running.is_empty() && !is_open {
            return EndReason::Complete;
        }
        tokio::select! {
            biased;
            call = calls.recv(), if is_open => match call {
                Some(call) => {
                    // Whoever calls a world on the wall clock speaks of now.
                    if let Clock::Wall { speed_permille } = clock {
                        world.advance(origin.now(speed_permille));
                    }
                    call(world);
                }
                None => is_open = false,
            },
            Some((started, outcome)) = running.next() => world.complete(started, outcome),
            due = origin.wait(clock, deadline), if deadline.is_some() => world.advance(due),
        }
    }
}

/// Where the world's clock and the wall clock met.
struct Origin {
    world: Timestamp,
    wall: Instant,
}

impl Origin {
    #[expect(clippy::disallowed_methods, reason = "here the wall clock enters")]
    fn of(world: Timestamp) -> Self {
        let wall = Instant::now();
        Self { world, wall }
    }

    fn now(&self, speed_permille: u64) -> Timestamp {
        self.world + scale(self.wall.elapsed(), speed_permille, 1000)
    }

    /// Returns `deadline` once it is due; never when there is none.
    #[expect(clippy::disallowed_methods, reason = "here waiting happens")]
    async fn wait(&self, clock: Clock, deadline: Option<Timestamp>) -> Timestamp {
        let Some(due) = deadline else {
            return std::future::pending().await;
        };
        if let Clock::Wall { speed_permille } = clock {
            let left = due - self.now(speed_permille);
            tokio::time::sleep(scale(left, 1000, speed_permille.max(1))).await;
        }
        due
    }
}

/// `span` times `by` over `of`.
fn scale(span: Duration, by: u64, of: u64) -> Duration {
    let nanos = span.as_nanos() * u128::from(by) / u128::from(of);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}
