//! Vouches for the first hash that appears on chain. The seal it cannot make, so it never reveals.

use alloy_primitives::B256;

use super::{Assignment, Character, Context, Effort, Vote, clone_boxed};

#[derive(Clone)]
pub(super) struct Copycat;

impl Character for Copycat {
    fn effort(&self) -> Effort {
        Effort::Pretend
    }

    fn vote(&self, _: &mut Context<'_>, _: &Assignment, _: Option<B256>) -> Vote {
        Vote::Copy
    }

    clone_boxed!();
}
