//! What happened in one round of changes, as subscribers and filters are told.

use std::sync::Arc;

use crate::chain::{Block, Transaction};

/// The news of one round, in the order it is told: what arrived, what was undone, what is new.
#[derive(Clone, Debug, Default)]
pub struct Notice {
    /// Transactions that were accepted.
    pub submitted: Vec<Transaction>,
    /// Blocks that are no longer part of the chain, the newest first.
    pub removed: Vec<Arc<Block>>,
    /// Blocks that are new, the oldest first.
    pub added: Vec<Arc<Block>>,
}

impl Notice {
    /// Returns whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.submitted.is_empty() && self.removed.is_empty() && self.added.is_empty()
    }
}
