//! Crashes now and then while computing, and comes back after a while.

use std::time::Duration;

use rand::Rng;

use super::{Assignment, Character, Context, Phase, Step, clone_boxed};

#[derive(Clone)]
pub(super) struct Flaky {
    fail_permille: u32,
    back_after: Duration,
}

impl Flaky {
    pub(super) fn new(fail_permille: u32, back_after: Duration) -> Self {
        Self {
            fail_permille: fail_permille.min(1000),
            back_after,
        }
    }
}

impl Character for Flaky {
    fn step(&self, cx: &mut Context<'_>, _: &Assignment, phase: Phase) -> Step {
        match phase {
            Phase::Run if cx.stream.random_ratio(self.fail_permille, 1000) => {
                Step::Crash(Some(self.back_after))
            }
            Phase::Subscribe
            | Phase::Fetch
            | Phase::Run
            | Phase::Contribute
            | Phase::Reveal
            | Phase::Upload => Step::Go,
        }
    }

    clone_boxed!();
}
