//! Which blocks the chain holds: all, or the newest so many, each with its transactions and logs.

use std::sync::Arc;

use super::{Chain, block::Block};

impl Chain {
    /// Returns the number of the oldest block held; those before are unknown.
    pub fn oldest(&self) -> u64 {
        self.blocks.front().map_or(0, |block| block.number())
    }

    /// Returns the number of the oldest block whose state is kept.
    pub fn oldest_state(&self) -> u64 {
        self.height() - self.history.len() as u64
    }

    /// Returns how many blocks are held at most; none if all are.
    pub fn blocks_kept(&self) -> Option<u64> {
        self.settings.blocks_kept
    }

    /// Returns of how many blocks the state is kept at most.
    pub fn states_kept(&self) -> u64 {
        self.settings.history.max(1) as u64
    }

    /// Adds a block that was executed, and forgets the oldest if that is one too many.
    pub(super) fn append(&mut self, block: Arc<Block>) {
        for (index, transaction) in block.transactions.iter().enumerate() {
            let hash = *transaction.inner().tx_hash();
            self.transactions.insert(hash, (block.number(), index));
        }
        self.logs.add(&block);
        self.numbers.insert(block.hash, block.number());
        self.blocks.push_back(block);
        let kept = self.settings.blocks_kept.unwrap_or(u64::MAX).max(1);
        while self.blocks.len() as u64 > kept
            && let Some(block) = self.blocks.pop_front()
        {
            self.forget(&block);
        }
    }

    fn forget(&mut self, block: &Block) {
        self.numbers.remove(&block.hash);
        for transaction in &block.transactions {
            self.transactions.remove(transaction.inner().tx_hash());
        }
        self.logs.forget_oldest(block);
    }
}
