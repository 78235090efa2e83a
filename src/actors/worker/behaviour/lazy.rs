//! Vouches for the digest of an empty result, without computing and without imagination.

use alloy_primitives::B256;
use sha2::{Digest, Sha256};

use super::{Assignment, Character, Context, Effort, Vote, clone_boxed};

#[derive(Clone)]
pub(super) struct Lazy;

impl Character for Lazy {
    fn effort(&self) -> Effort {
        Effort::Pretend
    }

    fn vote(&self, _: &mut Context<'_>, _: &Assignment, _: Option<B256>) -> Vote {
        Vote::For(B256::from_slice(&Sha256::digest(b"")))
    }

    clone_boxed!();
}
