//! Programs under way in real time, while the run's own time waits for them.
//!
//! A program's end is needed when the scenario says it is over, not when it began: until then time
//! may pass, and other programs may begin and run beside it. So containers run in parallel, and the
//! log is the same whichever is over first.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::Thread,
};

use futures_util::{StreamExt as _, stream::FuturesUnordered};

use super::{Started, World, queue::Ticket};
use crate::{
    executor::{Executors, Outcome},
    log::EndReason,
    time::Timestamp,
};

/// A program that runs.
type Running<'a> = Pin<Box<dyn Future<Output = (Started, Outcome)> + Send + 'a>>;

/// The programs of a world that are under way. Dropping it ends them.
pub struct Programs<'a> {
    executors: &'a Executors,
    running: FuturesUnordered<Running<'a>>,
    /// When what comes of each is needed.
    needed: BTreeMap<Ticket, Timestamp>,
}

impl<'a> Programs<'a> {
    /// Returns none yet; they are run by `executors`.
    pub fn new(executors: &'a Executors) -> Self {
        Self {
            executors,
            running: FuturesUnordered::new(),
            needed: BTreeMap::new(),
        }
    }

    /// Returns whether nothing runs.
    pub fn is_empty(&self) -> bool {
        self.needed.is_empty()
    }

    /// Starts everything the world has started since the last time; what computes at once is done
    /// when this returns, and so is whatever was over in the meantime.
    pub fn take_up(&mut self, world: &mut World) {
        let executors = self.executors;
        for line in world.take_commands() {
            executors.commands().run(&line);
        }
        for started in world.take_jobs() {
            let Some(needed) = started.needed_at() else {
                let outcome = executors.run_now(&started.job);
                world.complete(started, outcome);
                continue;
            };
            self.needed.insert(started.ticket(), needed);
            self.running.push(Box::pin(async move {
                let outcome = executors.execute(&started.job).await;
                (started, outcome)
            }));
        }
        // What nobody has looked at yet has not begun.
        let mut context = Context::from_waker(Waker::noop());
        while let Poll::Ready(Some(done)) = self.running.poll_next_unpin(&mut context) {
            self.complete(world, done);
        }
    }

    /// Returns the next moment time may jump to; none while a program runs that is needed before,
    /// or when nothing is due.
    pub fn deadline(&self, world: &World) -> Option<Timestamp> {
        let next = world.next_deadline()?;
        let first = self.needed.values().min();
        first.is_none_or(|needed| *needed > next).then_some(next)
    }

    /// Waits for the next program that is over, and hands the world what came of it; returns at
    /// once when none runs.
    pub async fn next(&mut self) -> Option<Done> {
        self.running.next().await.map(Done)
    }

    /// Hands the world what came of a program.
    pub fn hand_over(&mut self, world: &mut World, done: Done) {
        self.complete(world, done.0);
    }

    fn complete(&mut self, world: &mut World, (started, outcome): (Started, Outcome)) {
        self.needed.remove(&started.ticket());
        world.complete(started, outcome);
    }

    /// Waits on this thread for a program that is needed by then, if there is one.
    pub fn wait_before(&mut self, world: &mut World, moment: Timestamp) -> bool {
        if !self.needed.values().any(|needed| *needed <= moment) {
            return false;
        }
        let done = block_on(self.next());
        done.map(|done| self.hand_over(world, done)).is_some()
    }

    /// Moves the world on by one step, on this thread: to the next thing that is due, or to the end
    /// of a program that is needed first. Returns why the run is over, if it is.
    pub fn turn(&mut self, world: &mut World) -> Option<EndReason> {
        if let Some(reason) = world.ended() {
            return Some(reason);
        }
        if world.is_idle() {
            return Some(EndReason::Complete);
        }
        if let Some(deadline) = self.deadline(world) {
            world.advance(deadline);
            return None;
        }
        match block_on(self.next()) {
            Some(done) => self.hand_over(world, done),
            None => return Some(EndReason::Complete),
        }
        None
    }

    /// Waits on this thread for everything that runs.
    pub fn finish(&mut self, world: &mut World) {
        while let Some(done) = block_on(self.next()) {
            self.hand_over(world, done);
        }
    }
}

/// A program that is over, and what came of it.
pub struct Done((Started, Outcome));

/// Waits on this thread for something other threads do.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        std::thread::park();
    }
}
