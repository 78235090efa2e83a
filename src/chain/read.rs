//! What can be read: blocks, transactions, receipts, and the state at any block kept.

use std::sync::Arc;

use alloy_eips::{BlockId, BlockNumberOrTag, RpcBlockHash};
use alloy_primitives::{Address, B256, TxHash, U256};

use super::{
    Chain,
    block::{Block, Receipt},
    mempool::{Content, Mempool},
    mine::Built,
    state::{AccountProof, State},
};

/// Why something cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is no block of this number yet.
    #[error("block height is {height} but requested was {requested}")]
    UnknownNumber {
        /// The number asked for.
        requested: u64,
        /// The number of the head.
        height: u64,
    },
    /// There is no block of this hash.
    #[error("no block has the hash {0}")]
    UnknownHash(B256),
    /// The block is forgotten, with its transactions and logs.
    #[error(
        "pruned history unavailable: block {requested} is no longer kept, the oldest kept is {oldest}"
    )]
    BlockUnavailable {
        /// The number asked for.
        requested: u64,
        /// The number of the oldest block kept.
        oldest: u64,
    },
    /// The block's state is forgotten.
    #[error("the state of block {number} is no longer kept; the oldest kept is that of {oldest}")]
    StateUnavailable {
        /// The block asked for.
        number: u64,
        /// The oldest block whose state is kept.
        oldest: u64,
    },
}

/// A block with the state after it.
#[derive(Clone, Debug)]
pub struct View {
    /// The block.
    pub block: Arc<Block>,
    /// The state after it, including what was set by hand since.
    pub state: State,
    /// Whether the block is not part of the chain yet.
    pub pending: bool,
}

impl From<Built> for View {
    /// Returns the view of a block that is not part of the chain yet.
    fn from(built: Built) -> Self {
        Self {
            block: Arc::new(built.block),
            state: built.state,
            pending: true,
        }
    }
}

impl Chain {
    /// Returns the newest block.
    pub fn head(&self) -> &Arc<Block> {
        self.blocks.last().expect("a chain has its genesis")
    }

    /// Returns the number of the newest block.
    pub fn height(&self) -> u64 {
        self.head().number()
    }

    /// Returns the newest state.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Returns what waits for a block.
    pub fn mempool(&self) -> &Mempool {
        &self.pool
    }

    /// Returns what waits for a block, ready and queued.
    pub fn mempool_content(&self) -> Content {
        self.pool.content(&self.state)
    }

    /// Returns the block of a number, if it is there.
    pub fn block(&self, number: u64) -> Option<&Arc<Block>> {
        let place = number.checked_sub(self.oldest())?;
        self.blocks.get(usize::try_from(place).ok()?)
    }

    /// Returns the block of a number.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if there is none yet, or it is no longer kept.
    pub fn block_kept(&self, number: u64) -> Result<&Arc<Block>, ReadError> {
        let (oldest, height) = (self.oldest(), self.height());
        let requested = number;
        if number < oldest {
            return Err(ReadError::BlockUnavailable { requested, oldest });
        }
        self.block(number)
            .ok_or(ReadError::UnknownNumber { requested, height })
    }

    /// Returns the block of a hash, if it is part of the chain.
    pub fn block_by_hash(&self, hash: &B256) -> Option<&Arc<Block>> {
        self.block(*self.numbers.get(hash)?)
    }

    /// Returns a mined transaction with its receipt.
    pub fn receipt(&self, hash: &TxHash) -> Option<Receipt> {
        let (number, index) = self.transactions.get(hash)?;
        Receipt::new(Arc::clone(self.block(*number)?), *index)
    }

    /// Returns the accounts that are not the same after block `to` as after block `from`, in the
    /// order of their addresses.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if there is no such block or its state is no longer kept.
    pub fn accounts_changed(&self, from: u64, to: u64) -> Result<Vec<Address>, ReadError> {
        let (older, newer) = (self.state_after(from)?, self.state_after(to)?);
        let mut unbounded = usize::MAX;
        let differences = older.differences(newer, &mut unbounded).unwrap_or_default();
        // What was written but is as before is no change.
        let changed = differences.into_iter().filter(|(address, account)| {
            let slots = account.as_ref().map(|account| account.storage.is_empty());
            slots != Some(true)
                || older.nonce(*address) != newer.nonce(*address)
                || older.balance(*address) != newer.balance(*address)
                || older.code(*address) != newer.code(*address)
        });
        Ok(changed.map(|(address, _)| address).collect())
    }

    /// Returns the block made of what waits now, not part of the chain, with the state after it.
    pub fn pending(&self, at: u64) -> Built {
        self.build(at)
    }

    /// Returns the number a block id stands for; none for the pending block. The earliest is the
    /// oldest that is kept; a number may be of a block that is not kept any more.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if there is no such block.
    pub fn resolve(&self, id: BlockId) -> Result<Option<u64>, ReadError> {
        let height = self.height();
        let number = match id {
            BlockId::Hash(RpcBlockHash { block_hash, .. }) => *self
                .numbers
                .get(&block_hash)
                .ok_or(ReadError::UnknownHash(block_hash))?,
            BlockId::Number(BlockNumberOrTag::Pending) => return Ok(None),
            BlockId::Number(BlockNumberOrTag::Latest) => height,
            BlockId::Number(BlockNumberOrTag::Earliest) => self.oldest(),
            BlockId::Number(BlockNumberOrTag::Safe) => self.behind(1),
            BlockId::Number(BlockNumberOrTag::Finalized) => self.behind(2),
            BlockId::Number(BlockNumberOrTag::Number(requested)) => {
                if requested > height {
                    return Err(ReadError::UnknownNumber { requested, height });
                }
                requested
            }
        };
        Ok(Some(number))
    }

    /// Returns the number of the block so many epochs before the head, or of the newest that came
    /// from elsewhere, or of the oldest kept: the highest of them.
    fn behind(&self, epochs: u64) -> u64 {
        let height = self.height();
        let blocks = self.settings.epoch_slots.saturating_mul(epochs);
        let imported = self.settings.imported.min(height);
        height
            .saturating_sub(blocks)
            .max(imported)
            .max(self.oldest())
    }

    /// Returns a block with the state after it.
    ///
    /// A pending one is built for the head's time; who knows a better one asks
    /// [`Chain::pending`], whose answer is also a view.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if there is no such block or its state is no longer kept.
    pub fn at(&self, id: BlockId) -> Result<View, ReadError> {
        let Some(number) = self.resolve(id)? else {
            return Ok(self.build(self.head().timestamp()).into());
        };
        let state = self.state_after(number)?.clone();
        Ok(View {
            block: Arc::clone(self.block_kept(number)?),
            state,
            pending: false,
        })
    }

    /// Returns the state after a block of the chain.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if there is no such block or its state is no longer kept.
    pub fn state_after(&self, number: u64) -> Result<&State, ReadError> {
        let height = self.height();
        if number == height {
            return Ok(&self.state);
        }
        let oldest = self.oldest_state();
        if number > height {
            let requested = number;
            return Err(ReadError::UnknownNumber { requested, height });
        }
        number
            .checked_sub(oldest)
            .and_then(|place| self.history.get(usize::try_from(place).ok()?))
            .map(AsRef::as_ref)
            .ok_or(ReadError::StateUnavailable { number, oldest })
    }

    /// Returns a balance in wei.
    pub fn balance(&self, address: Address) -> U256 {
        self.state.balance(address)
    }

    /// Returns the nonce of an account's next transaction, those that wait counted.
    pub fn next_nonce(&self, address: Address) -> u64 {
        self.pool.next_nonce(address, self.state.nonce(address))
    }

    /// Proves an account and some of its slots against the state root of a block.
    ///
    /// # Errors
    ///
    /// As [`Chain::at`].
    pub fn proof(
        &self,
        address: Address,
        slots: &[U256],
        id: BlockId,
    ) -> Result<AccountProof, ReadError> {
        Ok(self.at(id)?.state.proof(address, slots))
    }
}
