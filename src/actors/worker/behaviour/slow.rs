//! Takes longer than it could, and contributes whether or not it is still asked to.

use super::{Character, Effort, clone_boxed};

#[derive(Clone)]
pub(super) struct Slow {
    stretch_permille: u64,
}

impl Slow {
    pub(super) fn new(stretch_permille: u64) -> Self {
        Self { stretch_permille }
    }
}

impl Character for Slow {
    fn effort(&self) -> Effort {
        Effort::Compute {
            stretch_permille: self.stretch_permille,
        }
    }

    fn heeds_the_clock(&self) -> bool {
        false
    }

    clone_boxed!();
}
