//! Vouches for a fresh wrong result; a lie costs no computing, so it answers at once.

use alloy_primitives::B256;

use super::{Assignment, Character, Context, Effort, Vote, clone_boxed, made_up};

#[derive(Clone)]
pub(super) struct Liar;

impl Character for Liar {
    fn effort(&self) -> Effort {
        Effort::Pretend
    }

    fn vote(&self, cx: &mut Context<'_>, _: &Assignment, _: Option<B256>) -> Vote {
        Vote::For(made_up(cx))
    }

    clone_boxed!();
}
