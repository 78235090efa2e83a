//! A committed block, and what is known of each of its transactions. Never changes once made.

use std::sync::Arc;

use alloy_consensus::{
    BlockBody, Header, ReceiptEnvelope, Transaction as _, TxEnvelope, transaction::Recovered,
};
use alloy_eips::eip4895::Withdrawals;
use alloy_primitives::{Address, B256, Bytes, Log, TxHash};
use revm::context_interface::result::HaltReason;
use serde::{Deserialize, Serialize};

/// A transaction with its sender.
pub type Transaction = Recovered<TxEnvelope>;

/// A block with everything that was computed with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The header, all roots true.
    pub header: Header,
    /// The header's hash.
    pub hash: B256,
    /// In the order executed.
    pub transactions: Vec<Transaction>,
    /// One per transaction.
    pub receipts: Vec<ReceiptEnvelope>,
    /// One per transaction: what the receipt leaves out.
    pub outcomes: Vec<Outcome>,
    /// Headers of ommers; none since Paris.
    pub ommers: Vec<Header>,
    /// Withdrawals from the consensus layer; absent before Shanghai.
    pub withdrawals: Option<Withdrawals>,
}

/// What a transaction did besides its logs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Gas paid for by this transaction alone.
    pub gas_used: u64,
    /// The contract it created.
    pub created: Option<Address>,
    /// Why it failed, if it did.
    pub failure: Option<Failure>,
}

/// Why an execution undid what it had done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// The code reverted with these bytes.
    Revert(Bytes),
    /// The machine stopped: out of gas, invalid opcode and the like.
    Halt(HaltReason),
}

impl Block {
    /// Returns the block's number.
    pub fn number(&self) -> u64 {
        self.header.number
    }

    /// Returns the block's time in Unix seconds.
    pub fn timestamp(&self) -> u64 {
        self.header.timestamp
    }

    /// Returns the base fee in wei per gas, zero before London.
    pub fn base_fee(&self) -> u64 {
        self.header.base_fee_per_gas.unwrap_or_default()
    }

    /// Returns the block as it is encoded for the network.
    pub fn to_consensus(&self) -> alloy_consensus::Block<TxEnvelope> {
        self.header.clone().into_block(BlockBody {
            transactions: self
                .transactions
                .iter()
                .map(|transaction| transaction.inner().clone())
                .collect(),
            ommers: self.ommers.clone(),
            withdrawals: self.withdrawals.clone(),
        })
    }

    /// Returns how many logs the transactions before `index` wrote.
    pub fn logs_before(&self, index: usize) -> usize {
        self.receipts
            .iter()
            .take(index)
            .map(|receipt| receipt.logs().len())
            .sum()
    }
}

/// A transaction that is in a block, with its receipt.
#[derive(Clone, Debug)]
pub struct Receipt {
    block: Arc<Block>,
    index: usize,
}

impl Receipt {
    /// Returns the receipt of the `index`th transaction of `block`, if it has so many.
    pub fn new(block: Arc<Block>, index: usize) -> Option<Self> {
        (index < block.transactions.len()).then_some(Self { block, index })
    }

    /// Returns the block it is in.
    pub fn block(&self) -> &Arc<Block> {
        &self.block
    }

    /// Returns its place in the block.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Returns the transaction.
    pub fn transaction(&self) -> &Transaction {
        &self.block.transactions[self.index]
    }

    /// Returns the transaction's hash.
    pub fn hash(&self) -> TxHash {
        *self.transaction().inner().tx_hash()
    }

    /// Returns the receipt as it is hashed into the block.
    pub fn envelope(&self) -> &ReceiptEnvelope {
        &self.block.receipts[self.index]
    }

    /// Returns whether the transaction did what it was sent for.
    pub fn is_success(&self) -> bool {
        self.outcome().failure.is_none()
    }

    /// Returns gas used, contract created and reason of failure.
    pub fn outcome(&self) -> &Outcome {
        &self.block.outcomes[self.index]
    }

    /// Returns the contract it created.
    pub fn created(&self) -> Option<Address> {
        self.outcome().created
    }

    /// Returns the logs it wrote.
    pub fn logs(&self) -> &[Log] {
        self.envelope().logs()
    }

    /// Returns the place of its first log among all of the block.
    pub fn first_log_index(&self) -> usize {
        self.block.logs_before(self.index)
    }

    /// Returns the wei per gas it paid.
    pub fn effective_gas_price(&self) -> u128 {
        self.transaction()
            .effective_gas_price(self.block.header.base_fee_per_gas)
    }
}
