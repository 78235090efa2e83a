//! The hunt: one random scenario after another, each by its number. Rule: the nth attempt of a hunt
//! is the same whoever makes it, and when.

use std::{collections::BTreeSet, time::Duration};

use super::{Bounds, Failure, Play};
use crate::{
    scenario::{Finished, Loaded, StartError},
    seed::Seed,
};

/// For how much longer than the scenario as it is a scenario that is drawn is expected to run.
const AFTER: Duration = Duration::from_secs(10);

/// A hunt within the bounds of one scenario.
pub struct Hunt<'a> {
    base: &'a Loaded,
    bounds: Bounds,
    seed: Seed,
    play: &'a Play<'a>,
    /// What is wrong with the scenario as it is: nobody has to hunt for that.
    known: BTreeSet<Failure>,
    /// The same, with its contracts at hand.
    held: Loaded,
    /// How long faults may begin: as long as it ran, and a little more.
    length: Duration,
}

/// What came of one attempt.
pub enum Attempt {
    /// What was drawn is no scenario: two numbers do not fit together.
    Void,
    /// Nothing is wrong with it.
    Fine,
    /// Something is.
    Found(Box<Find>),
}

/// Something that goes wrong.
pub struct Find {
    /// Which attempt it was, from 0.
    pub nth: u64,
    /// The scenario that was drawn.
    pub loaded: Loaded,
    /// Its run.
    pub finished: Finished,
    /// What is wrong with it, the worst first, and not with the scenario as it is.
    pub failures: BTreeSet<Failure>,
}

impl<'a> Hunt<'a> {
    /// Begins a hunt: the scenario is played as it is, and what is wrong then is not looked for.
    ///
    /// # Errors
    ///
    /// When the scenario cannot be played.
    pub fn new(
        base: &'a Loaded,
        bounds: Bounds,
        seed: Seed,
        play: &'a Play<'a>,
    ) -> Result<Self, StartError> {
        let finished = play(base)?;
        Ok(Self {
            held: base.clone().holding(base.builds()?),
            base,
            bounds,
            seed,
            play,
            known: Failure::all(finished.world.log()),
            length: finished.world.log().view().run.duration() + AFTER,
        })
    }

    /// Returns what is wrong with the scenario as it is.
    pub fn known(&self) -> &BTreeSet<Failure> {
        &self.known
    }

    /// Makes the `nth` attempt, counted from 0.
    pub fn attempt(&self, nth: u64) -> Attempt {
        let mut stream = self.seed.stream(&format!("hunt.{nth}"));
        let drawn = self
            .bounds
            .draw(&self.base.scenario, self.length, &mut stream);
        let Ok(loaded) = Loaded::of(&drawn) else {
            return Attempt::Void;
        };
        let loaded = loaded.beside(&self.held);
        let Ok(finished) = (self.play)(&loaded) else {
            return Attempt::Void;
        };
        let all = Failure::all(finished.world.log());
        let failures: BTreeSet<Failure> = all.difference(&self.known).cloned().collect();
        match failures.is_empty() {
            true => Attempt::Fine,
            false => Attempt::Found(Box::new(Find {
                nth,
                loaded,
                finished,
                failures,
            })),
        }
    }
}
