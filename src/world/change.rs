//! A world changed by hand in the middle of its run: values of the cast, and whole actors.
//!
//! Rule: what is changed is told in the log, so that no run looks like another by accident.

use super::{World, cast::Setting};
use crate::{actors::Actor, log::Event, protocol::Name};

impl World {
    /// Changes something of the cast from now on, as an entry of the timeline with `set` would.
    pub fn change(&mut self, setting: Setting) {
        let event = Event::FaultInjected {
            verb: "set".into(),
            targets: vec![setting.told()],
            note: Some("what if".into()),
        };
        self.append(None, event);
        self.set(setting);
    }

    /// Puts another actor in the place of the one called `name`, which may live on inside of it:
    /// for schedulers and workers of one's own. False when there is nobody of that name.
    pub fn replace_actor(
        &mut self,
        name: &Name,
        make: impl FnOnce(Box<dyn Actor>) -> Box<dyn Actor>,
    ) -> bool {
        let Some(&place) = self.places.get(name) else {
            return false;
        };
        let slot = &mut self.slots[place];
        let inner = slot.actor.box_clone();
        slot.actor = make(inner);
        true
    }

    /// Gives a worker another score, on the chain and in the books.
    pub(super) fn change_score(&mut self, worker: &Name, score: u64) {
        if self.store_score(worker, score).is_none() {
            return;
        }
        self.scores.insert(worker.clone(), score);
        let worker = worker.clone();
        self.append(None, Event::ScoreChanged { worker, score });
    }
}
