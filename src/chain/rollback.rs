//! Taking blocks back, as a reorganisation does.

use std::sync::Arc;

use super::{Chain, block::Block, read::ReadError};

impl Chain {
    /// Takes the newest `depth` blocks back and returns them, the newest first.
    ///
    /// State and base fee are as they were after the block that is the head then; what was set by
    /// hand since is undone. Their transactions are not put back to wait. Snapshots remain.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if there are not so many blocks, or the state to return to is forgotten;
    /// nothing has changed then.
    pub fn rollback(&mut self, depth: u64) -> Result<Vec<Arc<Block>>, ReadError> {
        let height = self.height();
        if depth == 0 {
            return Ok(Vec::new());
        }
        let target = height.checked_sub(depth).ok_or(ReadError::UnknownNumber {
            requested: depth,
            height,
        })?;
        let state = self.state_after(target)?.clone();
        let mut undone = Vec::new();
        while self.height() > target
            && let Some(block) = self.blocks.pop_back()
        {
            self.numbers.remove(&block.hash);
            for transaction in &block.transactions {
                self.transactions.remove(transaction.inner().tx_hash());
            }
            self.history.pop_back();
            undone.push(block);
        }
        self.logs.truncate(&undone);
        self.state = state;
        self.settings.next_randomness = None;
        self.settings.next_base_fee = self.base_fee_after(self.head());
        Ok(undone)
    }
}
