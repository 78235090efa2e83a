//! Lies like a liar, and opens a new account each time it was caught: no score to lose.

use alloy_primitives::B256;

use super::{Assignment, Character, Context, Effort, Vote, clone_boxed, made_up};

#[derive(Clone)]
pub(super) struct Whitewasher;

impl Character for Whitewasher {
    fn effort(&self) -> Effort {
        Effort::Pretend
    }

    fn vote(&self, cx: &mut Context<'_>, _: &Assignment, _: Option<B256>) -> Vote {
        Vote::For(made_up(cx))
    }

    fn sheds_identity(&self) -> bool {
        true
    }

    clone_boxed!();
}
