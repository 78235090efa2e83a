//! An actor in its place: its name, its streams, and whether it can be reached.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    actors::{Actor, Input, Submission},
    log::Event,
    protocol::{Account, Name},
    seed::Stream,
    time::Timestamp,
};

/// An actor's place in the world.
#[derive(Clone)]
pub(super) struct Slot {
    pub(super) name: Name,
    pub(super) account: Account,
    pub(super) actor: Box<dyn Actor>,
    /// What the actor draws from.
    pub(super) stream: Stream,
    /// What the delays of its messages are drawn from.
    pub(super) link: Stream,
    pub(super) state: State,
    /// Counts crashes: timers and programs of a former life are void.
    pub(super) life: u32,
    /// Inputs held back while it is paused or cut off from the chain; while it is down or has not come
    /// yet, what the market and its user want of it, who ask until they are heard, and what became of
    /// its transactions.
    pub(super) held: Vec<Input>,
    /// Chain events it slept through.
    pub(super) missed: Vec<Arc<Event>>,
    /// Transactions held back while it is cut off from the chain.
    pub(super) outbox: Vec<Submission>,
    /// When the newest message of everybody by place, or of the chain, arrives: none overtakes another.
    pub(super) arrivals: BTreeMap<Option<usize>, Timestamp>,
    /// When the newest transaction from here reaches the chain.
    pub(super) newest_sent: Timestamp,
    /// How often it changed its identity.
    pub(super) identities: u32,
    /// By how many seconds its clock is ahead; behind when negative.
    pub(super) skew: i64,
    /// Its place among the workers of the cast, if it is one.
    pub(super) worker: Option<usize>,
}

/// Whether an actor can be reached.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It is not there yet.
    Absent,
    /// It takes part.
    Up,
    /// It works but cannot be reached: messages are lost, the chain has to wait.
    Offline,
    /// It is stopped and misses nothing.
    Paused,
    /// It has lost its memory and is silent.
    Crashed,
    /// It has left for good.
    Gone,
}

/// What becomes of an input.
#[derive(Clone, Debug)]
pub(super) enum Reception {
    /// The actor takes it in now.
    Now(Input),
    /// It is kept for later, or does not matter any more.
    Dealt,
    /// It was a message, and is lost.
    Lost(Input),
}

impl Slot {
    /// Returns when something arrives here that `from`, or the chain, sends to be here `at` this
    /// moment: not before what it sent earlier.
    pub(super) fn in_line(&mut self, from: Option<usize>, at: Timestamp) -> Timestamp {
        let newest = self.arrivals.entry(from).or_default();
        *newest = at.max(*newest);
        *newest
    }

    /// Returns when a transaction reaches the chain that would be there `at` this moment: not before
    /// what was sent earlier, which has the nonce before it.
    pub(super) fn in_nonce_order(&mut self, at: Timestamp) -> Timestamp {
        self.newest_sent = at.max(self.newest_sent);
        self.newest_sent
    }

    /// Decides what becomes of an input that arrives now.
    pub(super) fn receive(&mut self, input: Input) -> Reception {
        match self.state {
            State::Up => Reception::Now(input),
            State::Paused => {
                self.held.push(input);
                Reception::Dealt
            }
            State::Offline => match input {
                Input::Message { .. } => Reception::Lost(input),
                Input::Chain { .. }
                | Input::Mined { .. }
                | Input::TakenBack
                | Input::Filled(_)
                | Input::Stored { .. } => {
                    self.held.push(input);
                    Reception::Dealt
                }
                Input::Start
                | Input::Restart { .. }
                | Input::Reconnected
                | Input::Leave
                | Input::ClockSet
                | Input::Executed { .. }
                | Input::Timer(_)
                | Input::NewIdentity(_)
                | Input::Order(_) => Reception::Now(input),
            },
            State::Crashed | State::Absent | State::Gone => match input {
                Input::Message { .. } => Reception::Lost(input),
                Input::Chain { event, .. } if self.state == State::Crashed => {
                    self.missed.push(event);
                    Reception::Dealt
                }
                // It looks after what it has sent.
                Input::Mined { .. } if self.state == State::Crashed => {
                    self.held.push(input);
                    Reception::Dealt
                }
                // Money is on its way to the new account already.
                Input::NewIdentity(_) | Input::Filled(_) | Input::Order(_)
                    if self.state != State::Gone =>
                {
                    self.held.push(input);
                    Reception::Dealt
                }
                Input::Start
                | Input::Restart { .. }
                | Input::Reconnected
                | Input::Leave
                | Input::Chain { .. }
                | Input::Mined { .. }
                // Who comes back looks at the chain and at its clock as they are then.
                | Input::TakenBack
                | Input::ClockSet
                | Input::Executed { .. }
                | Input::Stored { .. }
                | Input::Timer(_)
                | Input::Filled(_)
                | Input::NewIdentity(_)
                | Input::Order(_) => Reception::Dealt,
            },
        }
    }
}
