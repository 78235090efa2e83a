//! Vouches for the lie its ring agreed on: the same for all members, another for each task.

use std::sync::Arc;

use alloy_primitives::B256;

use super::{Assignment, Character, Context, Effort, Vote, clone_boxed, shared_lie};

#[derive(Clone)]
pub(super) struct Colluder {
    ring: Arc<str>,
}

impl Colluder {
    pub(super) fn new(ring: &str) -> Self {
        Self { ring: ring.into() }
    }
}

impl Character for Colluder {
    fn effort(&self) -> Effort {
        Effort::Pretend
    }

    fn vote(&self, _: &mut Context<'_>, task: &Assignment, _: Option<B256>) -> Vote {
        Vote::For(shared_lie(&self.ring, &task.task))
    }

    clone_boxed!();
}
