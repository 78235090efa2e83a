//! Computes in time, then sits on its result until contributions no longer count.

use super::{Assignment, Character, Context, Phase, Step, clone_boxed};

#[derive(Clone)]
pub(super) struct Late;

impl Character for Late {
    fn step(&self, cx: &mut Context<'_>, task: &Assignment, phase: Phase) -> Step {
        match phase {
            Phase::Contribute => Step::Wait(task.contribution_deadline - cx.now),
            Phase::Subscribe | Phase::Fetch | Phase::Run | Phase::Reveal | Phase::Upload => {
                Step::Go
            }
        }
    }

    fn heeds_the_clock(&self) -> bool {
        false
    }

    clone_boxed!();
}
