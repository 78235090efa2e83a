//! The only place that waits: turns a world's deadlines into jumps or sleeps.
//!
//! Virtual, wall and manual time drive the same machinery; what happens, and in which order, is
//! the world's business alone.

use std::time::Duration;

use futures_util::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use tokio::{sync::mpsc, time::Instant};

use super::{
    Call, Programs, Started, World,
    deed::What,
    handle::{Memory, Request},
};
use crate::{
    executor::{Executors, Outcome},
    log::EndReason,
    time::Timestamp,
};

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
/// Programs that take real time run beside each other, on the threads of their executor; time waits
/// for them. The run is not finished yet: put verdicts into the log, then call [`World::finish`].
pub fn run_virtual(world: &mut World, executors: &Executors) -> EndReason {
    let mut programs = Programs::new(executors);
    loop {
        programs.take_up(world);
        if let Some(reason) = programs.turn(world) {
            return reason;
        }
    }
}

/// Lets `span` pass in a world nobody drives, and everything happen that is due meanwhile.
pub fn warp(world: &mut World, span: Duration, executors: &Executors) {
    let target = world.now() + span;
    let mut programs = Programs::new(executors);
    loop {
        programs.take_up(world);
        let due = world.next_due().filter(|due| *due < target);
        if programs.wait_before(world, due.unwrap_or(target)) {
            continue;
        }
        world.advance(due.unwrap_or(target));
        if due.is_none() {
            break;
        }
    }
    programs.take_up(world);
    programs.finish(world);
}

/// Runs `world` until it ends, or until nothing is due, no program runs and nobody can ask.
///
/// Requests come through a [`WorldHandle`](super::WorldHandle); a run nobody talks to is given the
/// mailbox of a handle that was dropped. As long as somebody can ask, time on the wall clock and
/// by hand passes for idle timers too. After everything that happens, `watch` looks at the world.
/// As with [`run_virtual`], the caller finishes the run.
pub async fn drive(
    world: &mut World,
    clock: Clock,
    executors: &Executors,
    mut requests: mpsc::Receiver<Request>,
    watch: &mut (dyn FnMut(&World) + Send),
) -> EndReason {
    let mut driver = Driver::new(clock, executors, world.now());
    let mut is_open = true;
    loop {
        driver.start_jobs(world);
        world.send_off();
        watch(world);
        if let Some(reason) = world.ended() {
            return reason;
        }
        let deadline = driver.deadline(world, is_open);
        let waits = deadline.is_some() || !driver.running.is_empty();
        let is_over = !waits || clock == Clock::Virtual && world.is_idle();
        if is_over && !is_open {
            return EndReason::Complete;
        }
        let (origin, pace) = (driver.origin, driver.pace());
        tokio::select! {
            biased;
            request = requests.recv(), if is_open && driver.warp.is_none() => match request {
                Some(request) => driver.carry_out(world, request),
                None => is_open = false,
            },
            Some((place, outcome)) = driver.running.next() => {
                if let Some(started) = driver.take(place) {
                    world.complete(started, outcome);
                }
            }
            due = origin.wait(pace, deadline), if deadline.is_some() => {
                driver.advance(world, due);
            }
        }
    }
}

/// What is under way besides the world itself.
struct Driver<'a> {
    clock: Clock,
    executors: &'a Executors,
    origin: Origin,
    /// Outcomes to come, by the number of the program.
    running: FuturesUnordered<BoxFuture<'a, (u64, Outcome)>>,
    /// The programs they are of.
    started: Vec<(u64, Started)>,
    next: u64,
    /// How often the world was remembered.
    remembered: u64,
    /// Until when time passes at once, and what follows.
    warp: Option<(Timestamp, Call)>,
}

impl<'a> Driver<'a> {
    fn new(clock: Clock, executors: &'a Executors, now: Timestamp) -> Self {
        Self {
            clock,
            executors,
            origin: Origin::of(now),
            running: FuturesUnordered::new(),
            started: Vec::new(),
            next: 0,
            remembered: 0,
            warp: None,
        }
    }

    fn start_jobs(&mut self, world: &mut World) {
        // A command may ask this very world for something, so nobody waits for it.
        for line in world.take_commands() {
            self.executors.commands().begin(&line);
        }
        for started in world.take_jobs() {
            let (place, executors, job) = (self.next, self.executors, started.job.clone());
            self.next += 1;
            self.started.push((place, started));
            self.running.push(Box::pin(
                async move { (place, executors.execute(&job).await) },
            ));
        }
    }

    /// Takes the program of that number out of the books.
    fn take(&mut self, place: u64) -> Option<Started> {
        let at = self.started.iter().position(|(of, _)| *of == place)?;
        Some(self.started.remove(at).1)
    }

    /// When to move the world next, if time moves at all.
    fn deadline(&self, world: &World, is_open: bool) -> Option<Timestamp> {
        // Time stands still for a program only once what comes of it is needed.
        let goes_on = |next: &Timestamp| {
            let mut started = self.started.iter();
            started.all(|(_, one)| one.needed_at().is_some_and(|needed| needed > *next))
        };
        if let Some((target, _)) = &self.warp {
            let next = world.next_due().unwrap_or(*target).min(*target);
            return Some(next).filter(goes_on);
        }
        match self.clock {
            Clock::Virtual => world.next_deadline().filter(goes_on),
            Clock::Wall { .. } if is_open => world.next_due(),
            Clock::Wall { .. } => world.next_deadline(),
            // What is due already happens; nothing else does.
            Clock::Manual => world.next_due().filter(|due| *due <= world.now()),
        }
    }

    fn advance(&mut self, world: &mut World, due: Timestamp) {
        world.advance(due);
        self.origin.follow(world.now(), self.clock);
        let arrived = |(target, _): &mut (Timestamp, Call)| {
            due >= *target && world.next_due().is_none_or(|next| next > *target)
        };
        // What ended by now may have started programs: they are waited for.
        if world.has_jobs() {
            return;
        }
        if let Some((_, then)) = self.warp.take_if(arrived) {
            then(world);
        }
    }

    fn carry_out(&mut self, world: &mut World, request: Request) {
        // Whoever speaks to a world on the wall clock speaks of now.
        match self.clock {
            Clock::Wall { speed_permille } => world.advance(self.origin.now(speed_permille)),
            Clock::Manual => world.advance(world.now()),
            Clock::Virtual => {}
        }
        match request {
            Request::Call(call) => call(world),
            Request::Warp(span, then) => self.warp = Some((world.now() + span, then)),
            Request::Remember(reply) => {
                self.remembered += 1;
                let id = self.remembered;
                world.note(|| What::Remembered { id });
                let running = self.started.iter().map(|(_, started)| started);
                // Whoever asked may have gone away.
                drop(reply.send(Memory::of(world, running, id)));
            }
            Request::Restore(memory, then) => {
                let id = memory.id();
                world.note(|| What::Restored { id });
                *world = memory.into_world();
                self.running.clear();
                self.started.clear();
                self.origin = Origin::of(world.now());
                then(world);
            }
        }
        self.origin.follow(world.now(), self.clock);
    }

    /// How many thousandths as fast as the wall clock time passes now; none when it jumps.
    fn pace(&self) -> Option<u64> {
        match self.clock {
            Clock::Wall { speed_permille } if self.warp.is_none() => Some(speed_permille),
            Clock::Wall { .. } | Clock::Virtual | Clock::Manual => None,
        }
    }
}

/// Where the world's clock and the wall clock met.
#[derive(Copy, Clone, Debug)]
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

    /// Lets the clocks meet anew when the world has jumped ahead.
    fn follow(&mut self, world: Timestamp, clock: Clock) {
        if let Clock::Wall { speed_permille } = clock
            && world > self.now(speed_permille)
        {
            *self = Self::of(world);
        }
    }

    /// Returns `deadline` once it is due; never when there is none.
    #[expect(clippy::disallowed_methods, reason = "here waiting happens")]
    async fn wait(self, pace: Option<u64>, deadline: Option<Timestamp>) -> Timestamp {
        let Some(due) = deadline else {
            return std::future::pending().await;
        };
        if let Some(speed_permille) = pace {
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
