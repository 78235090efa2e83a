//! Computes and commits, then never reveals.

use super::{Assignment, Character, Context, Phase, Step, clone_boxed};

#[derive(Clone)]
pub(super) struct Mute;

impl Character for Mute {
    fn step(&self, _: &mut Context<'_>, _: &Assignment, phase: Phase) -> Step {
        match phase {
            Phase::Reveal => Step::Skip,
            Phase::Subscribe | Phase::Fetch | Phase::Run | Phase::Contribute | Phase::Upload => {
                Step::Go
            }
        }
    }

    clone_boxed!();
}
