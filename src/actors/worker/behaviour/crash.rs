//! Crashes whenever it reaches a certain phase, and stays away until somebody restarts it.

use super::{Assignment, Character, Context, Phase, Step, clone_boxed};

#[derive(Clone)]
pub(super) struct Crash {
    at: Phase,
}

impl Crash {
    pub(super) fn new(at: Phase) -> Self {
        Self { at }
    }
}

impl Character for Crash {
    fn step(&self, _: &mut Context<'_>, _: &Assignment, phase: Phase) -> Step {
        match phase == self.at {
            true => Step::Crash(None),
            false => Step::Go,
        }
    }

    clone_boxed!();
}
