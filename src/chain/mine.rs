//! Makes blocks of what waits, and makes them part of the chain.

use std::sync::Arc;

use alloy_consensus::{Header, Transaction as _};
use alloy_eips::{
    eip1559::{BaseFeeParams, INITIAL_BASE_FEE},
    eip4895::Withdrawals,
};
use alloy_hardforks::EthereumHardforks as _;
use alloy_primitives::{B256, TxHash};

use super::{
    Chain,
    assembly::Assembly,
    block::{Block, Transaction},
    config::BaseFee,
    execute::{Rejection, derived_randomness},
    state::State,
};

/// How many dropped transactions are remembered with the reason.
const DROPPED_MAX: usize = 1024;

/// Above this many wei per gas the base fee stays: the formula would leave its 64 bits.
const BASE_FEE_MAX: u64 = u64::MAX / 2;

/// A transaction that was taken out of the mempool because it could not be executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Which transaction.
    pub hash: TxHash,
    /// Why.
    pub reason: Rejection,
}

/// A block with the state after it, not yet part of the chain.
#[derive(Clone, Debug)]
pub struct Built {
    /// The block.
    pub block: Block,
    /// The state after it.
    pub state: State,
    /// What could not be in it, now or ever.
    pub dropped: Vec<Dropped>,
}

impl Chain {
    /// Makes a block at `at` of the transactions that wait and adds it to the chain.
    ///
    /// `at` is in Unix seconds; a time before the head's becomes the head's. Transactions that
    /// turn out not to be valid are dropped (see [`Chain::dropped`]), those that do not fit or do
    /// not pay the base fee wait on.
    pub fn mine(&mut self, at: u64) -> Arc<Block> {
        self.mine_most(at, usize::MAX)
    }

    /// Adds a block at `at` of at most `most` of the transactions that wait: as if the rest of it
    /// were taken by others who pay more.
    pub fn mine_most(&mut self, at: u64, most: usize) -> Arc<Block> {
        let parent = self.parent_state();
        let built = self.build_most(parent, at, most);
        self.adopt(built)
    }

    /// Adds a block without transactions, whatever waits.
    pub fn mine_empty(&mut self, at: u64) -> Arc<Block> {
        let built = self.build_of(at, Vec::new());
        self.adopt(built)
    }

    /// Adds `count` blocks, the first at `at`, each `interval` seconds after the last; what waits
    /// goes into the first that have room.
    pub fn mine_n(&mut self, count: u64, at: u64, interval: u64) {
        for step in 0..count {
            self.mine(at.saturating_add(step.saturating_mul(interval)));
        }
    }

    /// Adds a block of exactly these transactions, in this order, whatever waits.
    ///
    /// Those that cannot be executed are left out and returned beside the block.
    pub fn mine_with(
        &mut self,
        at: u64,
        transactions: Vec<Transaction>,
    ) -> (Arc<Block>, Vec<Dropped>) {
        let mut built = self.build_of(at, transactions);
        let dropped = std::mem::take(&mut built.dropped);
        (self.adopt(built), dropped)
    }

    /// Returns the block that [`Chain::mine`] would make, and the state after it.
    pub fn build(&self, at: u64) -> Built {
        self.build_most(self.state.clone(), at, usize::MAX)
    }

    /// Returns the state to execute the next block on. Where older states are not kept it is the
    /// only copy, so that what is written there need not be copied first; the chain is without one
    /// until the block is [adopted](Self::adopt).
    fn parent_state(&mut self) -> State {
        if self.settings.history > 1 {
            self.state.clone()
        } else {
            std::mem::take(&mut self.state)
        }
    }

    fn build_most(&self, parent: State, at: u64, most: usize) -> Built {
        let mut room = most;
        let header = self.next_header(at);
        let base_fee = header.base_fee_per_gas.unwrap_or_default();
        let floor = base_fee.max(self.least_price().unwrap_or(0));
        let mut best = self.pool.best(&parent, floor);
        let expected = self.pool.len().min(most);
        self.assemble((parent, header), expected, |assembly, dropped| {
            while assembly.gas_left() > 0
                && room > 0
                && let Some(transaction) = best.next()
            {
                let (sender, nonce) = (transaction.signer(), transaction.nonce());
                let hash = *transaction.inner().tx_hash();
                match assembly.push(transaction.clone()) {
                    Ok(()) => {
                        room -= 1;
                        best.advance(sender, nonce);
                    }
                    Err(Rejection::BlockFull { .. }) => {}
                    Err(reason @ (Rejection::Invalid(_) | Rejection::Machine(_))) => {
                        dropped.push(Dropped { hash, reason });
                    }
                }
            }
        })
    }

    /// Returns the block of exactly these transactions, less those that cannot be executed.
    pub fn build_of(&self, at: u64, transactions: Vec<Transaction>) -> Built {
        let parent = self.state.clone();
        let on = (parent, self.next_header(at));
        self.assemble(on, transactions.len(), |assembly, dropped| {
            for transaction in transactions {
                let hash = *transaction.inner().tx_hash();
                if let Err(reason) = assembly.push(transaction) {
                    dropped.push(Dropped { hash, reason });
                }
            }
        })
    }

    fn assemble(
        &self,
        (mut state, header): (State, Header),
        expected: usize,
        fill: impl FnOnce(&mut Assembly<'_>, &mut Vec<Dropped>),
    ) -> Built {
        let mut dropped = Vec::new();
        let withdrawals = header.withdrawals_root.map(|_| Withdrawals::default());
        let mut assembly = Assembly::open(&self.rules, &mut state, header, false)
            .expect("a lenient assembly tolerates system contracts that fail");
        assembly.expect(expected);
        fill(&mut assembly, &mut dropped);
        let block = assembly
            .close(Vec::new(), withdrawals)
            .expect("a lenient assembly tolerates system contracts that fail");
        Built {
            block,
            state,
            dropped,
        }
    }

    /// Returns the header of the next block with all that is known before it is executed.
    pub fn next_header(&self, at: u64) -> Header {
        let parent = &self.head().header;
        let schedule = &self.rules.schedule;
        let (number, timestamp) = (parent.number + 1, at.max(parent.timestamp));
        let shanghai = schedule.is_shanghai_active_at_timestamp(timestamp);
        let blob_params = schedule.blob_params(timestamp);
        let excess_blob_gas = blob_params.map(|params| {
            parent
                .next_block_excess_blob_gas(params)
                .unwrap_or_default()
        });
        let paris = schedule.is_paris_active_at_block(number);
        let randomness = || derived_randomness(self.head().hash);
        Header {
            parent_hash: self.head().hash,
            beneficiary: self.settings.coinbase,
            number,
            gas_limit: self.settings.gas_limit,
            timestamp,
            mix_hash: if paris {
                self.settings.next_randomness.unwrap_or_else(randomness)
            } else {
                B256::ZERO
            },
            base_fee_per_gas: schedule
                .is_london_active_at_block(number)
                .then_some(self.settings.next_base_fee),
            withdrawals_root: shanghai.then_some(B256::ZERO),
            excess_blob_gas,
            parent_beacon_block_root: blob_params.map(|_| B256::ZERO),
            ..Header::default()
        }
    }

    /// Makes a built block the head.
    pub(crate) fn adopt(&mut self, built: Built) -> Arc<Block> {
        let block = Arc::new(built.block);
        let before = std::mem::replace(&mut self.state, built.state);
        self.remember(before);
        for transaction in &block.transactions {
            self.pool.remove(transaction.inner().tx_hash());
        }
        for dropped in built.dropped {
            self.pool.remove(&dropped.hash);
            if self.dropped.len() >= DROPPED_MAX {
                self.dropped.pop_front();
            }
            self.dropped.push_back(dropped);
        }
        // Nonces also rise by authorizations and by contracts that create.
        self.pool.prune(&self.state);
        self.settings.next_randomness = None;
        self.settings.next_base_fee = self.base_fee_after(&block);
        self.append(Arc::clone(&block));
        block
    }

    /// Keeps the state of the block that was the head until now, and forgets the oldest.
    fn remember(&mut self, before: State) {
        if self.settings.history > 1 {
            self.history.push_back(Arc::new(before));
        }
        self.forget_states();
    }

    /// Keeps the states of so many of the newest blocks from now on, the head's included; at
    /// least one. Where it is but one, snapshots cost time: the next block copies the storage of
    /// the accounts it writes to.
    pub fn keep_states(&mut self, blocks: usize) {
        self.settings.history = blocks;
        self.forget_states();
        if blocks <= 1 {
            self.state.flatten();
        }
    }

    fn forget_states(&mut self) {
        while self.history.len() >= self.settings.history.max(1) {
            self.history.pop_front();
        }
    }

    /// Returns the base fee of the block after `block`.
    pub fn base_fee_after(&self, block: &Block) -> u64 {
        match self.settings.base_fee {
            BaseFee::Fixed(fee) => fee,
            BaseFee::Eip1559 { initial }
                if block.number() == 0 && !self.settings.base_fee_follows_genesis =>
            {
                initial
            }
            // Zero is a choice, which the formula would undo.
            BaseFee::Eip1559 { .. } if block.header.base_fee_per_gas == Some(0) => 0,
            BaseFee::Eip1559 { .. } if block.base_fee() > BASE_FEE_MAX => block.base_fee(),
            BaseFee::Eip1559 { .. } => block
                .header
                .next_block_base_fee(BaseFeeParams::ethereum())
                .unwrap_or(INITIAL_BASE_FEE),
        }
    }

    /// Returns why a transaction was dropped, if it was lately.
    pub fn dropped(&self, hash: &TxHash) -> Option<&Dropped> {
        self.dropped
            .iter()
            .rev()
            .find(|dropped| dropped.hash == *hash)
    }
}
