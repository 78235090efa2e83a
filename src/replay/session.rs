//! A living network, lived through once more: what was done to it from outside is done again, each
//! deed at its moment. Rule: between two deeds time passes as in any run.

use super::Player;
use crate::{
    time::Timestamp,
    world::{
        Memory, Started,
        deed::{Deed, What},
    },
};

impl Player {
    /// Whether the run was that of a living network.
    pub fn is_session(&self) -> bool {
        !self.stage.deeds.is_empty()
    }

    /// Whether the world is made what it was before later on: what happened until then is in no log
    /// at the end.
    pub fn goes_back(&self) -> bool {
        let mut rest = self.stage.deeds.iter().skip(self.done);
        rest.any(|deed| matches!(deed.what, What::Restored { .. }))
    }

    fn deed(&self) -> Option<&Deed> {
        self.stage.deeds.get(self.done)
    }

    /// Returns when something is next due, or done from outside.
    pub(super) fn next_of_session(&self) -> Option<Timestamp> {
        let deed = self.deed()?;
        let due = self.world.next_due().filter(|due| *due <= deed.time);
        Some(due.filter(|_| deed.settled).unwrap_or(deed.time))
    }

    /// Carries out the next thing due, or the next deed; false when nothing is left.
    pub(super) fn step_session(&mut self) -> bool {
        let Some(deed) = self.deed().cloned() else {
            return false;
        };
        if deed.settled && self.world.advance_one(deed.time) {
            self.take_up();
            return true;
        }
        self.done += 1;
        self.act(&deed.what);
        self.take_up();
        true
    }

    fn act(&mut self, what: &What) {
        match what {
            What::Completed { ticket } => {
                let ended = |started: &Started| started.number() == *ticket;
                if let Some(place) = self.pending.iter().position(ended) {
                    let started = self.pending.remove(place);
                    self.complete(started);
                }
            }
            What::Remembered { id } => {
                let memory = Memory::of(&self.world, &self.pending, *id);
                self.memories.insert(*id, memory);
            }
            What::Restored { id } => {
                if let Some(memory) = self.memories.get(id).cloned() {
                    self.world = memory.into_world();
                    self.pending.clear();
                }
            }
            What::Transaction { .. }
            | What::State { .. }
            | What::Crash { .. }
            | What::Restart { .. }
            | What::Mine
            | What::Over => self.world.redo(what),
        }
    }

    /// Programs that began wait for the deed that ends them; in a world that parted from the one
    /// they were told of, they end at once.
    fn take_up(&mut self) {
        self.world.send_off();
        let began = self.world.take_jobs();
        self.pending.extend(began);
        if !self.is_original {
            self.end_pending();
        }
    }

    /// Ends every program that is under way.
    pub(super) fn end_pending(&mut self) {
        for started in std::mem::take(&mut self.pending) {
            self.complete(started);
        }
    }

    fn complete(&mut self, started: Started) {
        let outcome = self.outcome(&started);
        self.world.complete(started, outcome);
    }
}
