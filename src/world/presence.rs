//! Who is there and who is not: crashes, pauses, hours, leaving and joining.

use std::time::Duration;

use super::{World, decode::bare, deliver::Delivery, network::CHAIN, slot::State};
use crate::{actors::Input, log::Event, protocol::Name};

impl World {
    /// An actor loses its memory and falls silent.
    pub(super) fn crash(&mut self, place: usize) {
        let slot = &mut self.slots[place];
        if matches!(slot.state, State::Crashed | State::Gone | State::Absent) {
            return;
        }
        slot.state = State::Crashed;
        slot.life += 1;
        slot.actor.crash();
        // What the market found for it is asked for again, as long as it has not left its house. A
        // worker has written down what it sends before it sends it.
        let unsent = match slot.worker {
            Some(_) => Vec::new(),
            None => std::mem::take(&mut slot.outbox),
        };
        let unsent = unsent.iter().filter_map(|unsent| unsent.call.fill());
        let mut held = std::mem::take(&mut slot.held);
        held.extend(unsent.map(|fill| Input::Filled(fill.clone())));
        for input in held {
            // In its new state it keeps what it will hear of all the same.
            drop(slot.receive(input));
        }
        let actor = slot.name.clone();
        self.append(Some(actor.clone()), Event::Crashed { actor });
    }

    pub(super) fn crash_for(&mut self, place: usize, back_after: Option<Duration>) {
        self.crash(place);
        if let Some(span) = back_after {
            let (to, life) = (place, self.slots[place].life);
            self.push(self.now + span, Delivery::Restart { to, life });
        }
    }

    /// A crashed actor comes back with what it had stored.
    pub(super) fn restart(&mut self, place: usize) {
        let slot = &mut self.slots[place];
        if slot.state != State::Crashed {
            return;
        }
        slot.state = State::Up;
        let missed = std::mem::take(&mut slot.missed);
        let actor = slot.name.clone();
        self.append(Some(actor.clone()), Event::Restarted { actor });
        self.receive(place, Input::Restart { missed });
        self.release_held(place);
    }

    pub(super) fn pause(&mut self, place: usize) {
        let slot = &mut self.slots[place];
        if slot.state == State::Up {
            slot.state = State::Paused;
        }
    }

    pub(super) fn resume(&mut self, place: usize) {
        let slot = &mut self.slots[place];
        if slot.state == State::Paused {
            slot.state = State::Up;
            self.release_held(place);
        }
    }

    pub(super) fn join(&mut self, place: usize) {
        if self.slots[place].state != State::Absent {
            return;
        }
        self.slots[place].state = State::Up;
        self.record_joined(place);
        self.receive(place, Input::Start);
        self.release_held(place);
    }

    pub(super) fn leave(&mut self, place: usize) {
        let slot = &mut self.slots[place];
        if matches!(slot.state, State::Gone | State::Absent) {
            return;
        }
        slot.state = State::Gone;
        slot.life += 1;
        let worker = bare(&slot.name);
        let cast = slot.worker.and_then(|index| self.cast.workers.get(index));
        if let Some(pool) = cast.map(|cast| cast.pool.clone()) {
            self.append(None, Event::WorkerLeft { worker, pool });
        }
    }

    /// An actor's hours begin or end.
    pub(super) fn set_reachable(&mut self, place: usize, online: bool) {
        let slot = &mut self.slots[place];
        match (online, slot.state) {
            (false, State::Up) => slot.state = State::Offline,
            (true, State::Offline) => {
                slot.state = State::Up;
                self.release_held(place);
                self.receive(place, Input::Reconnected);
            }
            (_, State::Up | State::Offline | State::Absent | State::Paused)
            | (_, State::Crashed | State::Gone) => {}
        }
    }

    /// Everybody who was cut off and is not any more catches up.
    pub(super) fn reconnect(&mut self) {
        let chain = Name::from(CHAIN);
        for place in 0..self.slots.len() {
            let slot = &self.slots[place];
            let waits = !slot.held.is_empty() || !slot.outbox.is_empty();
            if slot.state == State::Up && waits && !self.network.is_cut(&chain, &slot.name) {
                self.release_held(place);
                self.receive(place, Input::Reconnected);
            }
        }
    }

    /// Hands over what was held back, in the order it came.
    fn release_held(&mut self, place: usize) {
        let slot = &mut self.slots[place];
        let (held, outbox) = (
            std::mem::take(&mut slot.held),
            std::mem::take(&mut slot.outbox),
        );
        for submission in outbox {
            self.dispatch(place, submission);
        }
        for input in held {
            self.receive(place, input);
        }
    }
}
