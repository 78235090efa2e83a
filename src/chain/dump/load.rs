//! From a document back to a chain.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use alloy_consensus::{TxEnvelope, TypedTransaction, transaction::SignerRecoverable as _};
use alloy_primitives::{Address, TxHash, U256};
use imbl::Vector;
use revm::bytecode::Bytecode;

use super::{AccountFields, BlockRecord, Dump, Extra, Sent, TransactionRecord, VERSION};
use crate::chain::{
    Chain,
    block::{Block, Failure, Outcome, Transaction},
    logs::LogIndex,
    state::State,
};

/// Why a document cannot become a chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// It is no dump.
    #[error("this is no dump of a chain's state: {0}")]
    Malformed(String),
    /// It was written by a later version.
    #[error("the dump has version {0}; this program reads versions up to {VERSION}")]
    TooNew(u32),
    /// It belongs to another chain.
    #[error("the dump is of chain {found}, this is chain {expected}")]
    OtherChain {
        /// This chain's id.
        expected: u64,
        /// The dump's.
        found: u64,
    },
    /// Its blocks do not follow one another.
    #[error("block {0} is missing from the dump, or does not follow the one before it")]
    Gap(u64),
    /// A transaction is in a block, but nothing says what it did.
    #[error("the dump has no receipt of transaction {0}")]
    NoReceipt(TxHash),
    /// Nobody can have sent a transaction.
    #[error("the sender of transaction {0} cannot be recovered")]
    NoSender(TxHash),
    /// An account's code is no code.
    #[error("the code of {address} is malformed: {reason}")]
    Code {
        /// Whose code.
        address: Address,
        /// What is wrong with it.
        reason: String,
    },
}

/// What the document says of each transaction, by block and place: anvil gives impersonated
/// transactions hashes of its own, which their bytes do not have.
type Records = HashMap<(u64, u64), TransactionRecord>;

impl Chain {
    /// Becomes what the document says: its state, blocks, receipts and what waits.
    ///
    /// A document without blocks, as older tools write it, only sets the accounts it names.
    /// Snapshots are forgotten. On an error nothing has changed.
    ///
    /// # Errors
    ///
    /// [`LoadError`] if the document is of another chain or contradicts itself.
    pub fn load(&mut self, dump: Dump) -> Result<(), LoadError> {
        if let Some(extra) = &dump.emulate {
            if extra.version > VERSION {
                return Err(LoadError::TooNew(extra.version));
            }
            let (expected, found) = (self.chain_id(), extra.chain_id);
            if expected != found {
                return Err(LoadError::OtherChain { expected, found });
            }
        }
        if dump.blocks.is_empty() {
            let mut state = self.state().clone();
            set_accounts(&mut state, dump.accounts)?;
            self.write(|current| *current = state);
            return Ok(());
        }
        let mut loaded = self.clone();
        loaded.replace(dump)?;
        *self = loaded;
        Ok(())
    }

    /// Forgets everything but the rules and becomes what the document says.
    fn replace(&mut self, dump: Dump) -> Result<(), LoadError> {
        let records = dump.transactions.into_iter();
        let records: Records = records
            .map(|record| ((record.block_number, record.info.transaction_index), record))
            .collect();
        let mut extra = dump.emulate;
        let mut state = State::default();
        set_accounts(&mut state, dump.accounts)?;
        self.clear();
        for block in blocks(dump.blocks, &records, extra.as_mut())? {
            state.push_block_hash(block.number(), block.hash);
            self.append(Arc::new(block));
        }
        state.root();
        self.state = state;
        self.settings.next_base_fee = self.base_fee_after(self.head());
        if let Some(extra) = extra {
            self.restore(extra)?;
        }
        Ok(())
    }

    fn clear(&mut self) {
        self.blocks = Vector::new();
        self.numbers.clear();
        self.transactions.clear();
        self.history = Vector::new();
        self.pool.clear();
        self.dropped = Vector::new();
        self.logs = LogIndex::default();
        self.snapshots = Vector::new();
    }

    /// Restores what only our own documents say.
    fn restore(&mut self, extra: Extra) -> Result<(), LoadError> {
        self.settings.next_base_fee = extra.next_base_fee;
        self.settings.gas_limit = extra.gas_limit;
        self.settings.coinbase = extra.coinbase;
        for waiting in extra.pool {
            self.pool.insert(recovered(waiting, None)?);
        }
        let mut older = self.state.clone();
        for difference in extra.history {
            for (address, account) in difference.0 {
                match account {
                    None => older.remove(address),
                    Some(fields) => set_account(&mut older, address, fields)?,
                }
            }
            older.root();
            self.history.push_front(Arc::new(older.clone()));
            if self.history.len() + 1 >= self.settings.history {
                break;
            }
        }
        Ok(())
    }
}

/// Puts the blocks in order and each together with its receipts.
fn blocks(
    records: Vec<BlockRecord>,
    receipts: &Records,
    mut extra: Option<&mut Extra>,
) -> Result<Vec<Block>, LoadError> {
    let mut ordered = BTreeMap::new();
    for record in records {
        ordered.insert(record.header.number, record);
    }
    let mut blocks: Vec<Block> = Vec::with_capacity(ordered.len());
    // A chain that keeps its newest blocks only begins later than at the genesis.
    let first = ordered.keys().next().copied().unwrap_or_default();
    for (expected, (number, record)) in (first..).zip(ordered) {
        let parent = blocks.last().map(|block| block.hash);
        let follows = parent.is_none_or(|parent| parent == record.header.parent_hash);
        if number != expected || !follows {
            return Err(LoadError::Gap(expected));
        }
        blocks.push(block_of(record, receipts, extra.as_deref_mut())?);
    }
    Ok(blocks)
}

fn block_of(
    record: BlockRecord,
    receipts: &Records,
    mut extra: Option<&mut Extra>,
) -> Result<Block, LoadError> {
    let mut block = Block {
        hash: record.header.hash_slow(),
        // Documents of old leave out empty withdrawals; the header tells that there were some.
        withdrawals: record
            .withdrawals
            .or_else(|| record.header.withdrawals_root.map(|_| Default::default())),
        header: record.header,
        transactions: Vec::with_capacity(record.transactions.len()),
        receipts: Vec::with_capacity(record.transactions.len()),
        outcomes: Vec::with_capacity(record.transactions.len()),
        ommers: record.ommers,
    };
    for (index, sent) in (0..).zip(record.transactions) {
        let known = receipts
            .get(&(block.number(), index))
            .ok_or_else(|| LoadError::NoReceipt(*sent.transaction.tx_hash()))?;
        let hash = known.info.transaction_hash;
        let outcome = extra
            .as_mut()
            .and_then(|extra| extra.outcomes.remove(&hash))
            .unwrap_or_else(|| outcome_of(known));
        let transaction = Sent {
            transaction: with_hash(sent.transaction, hash),
            ..sent
        };
        block
            .transactions
            .push(recovered(transaction, Some(known.info.from))?);
        block.receipts.push(known.receipt.clone());
        block.outcomes.push(outcome);
    }
    Ok(block)
}

/// Returns the transaction under the hash it was known by.
fn with_hash(transaction: TxEnvelope, hash: TxHash) -> TxEnvelope {
    if *transaction.tx_hash() == hash {
        return transaction;
    }
    let signature = *transaction.signature();
    TxEnvelope::new_unchecked(TypedTransaction::from(transaction), signature, hash)
}

/// What a transaction did, as far as a document of anvil's says.
fn outcome_of(record: &TransactionRecord) -> Outcome {
    let reverted = || Failure::Revert(record.info.out.clone().unwrap_or_default());
    Outcome {
        gas_used: record.info.gas_used,
        created: record.info.contract_address,
        failure: (!record.receipt.status()).then(reverted),
    }
}

/// Returns a transaction with its sender: as the document says, else as the signature does.
fn recovered(sent: Sent, known: Option<Address>) -> Result<Transaction, LoadError> {
    let hash = *sent.transaction.tx_hash();
    let sender = match sent.impersonated_sender.or(known) {
        Some(sender) => sender,
        None => sent
            .transaction
            .recover_signer()
            .map_err(|_| LoadError::NoSender(hash))?,
    };
    Ok(Transaction::new_unchecked(sent.transaction, sender))
}

fn set_accounts(
    state: &mut State,
    accounts: BTreeMap<Address, AccountFields>,
) -> Result<(), LoadError> {
    for (address, fields) in accounts {
        set_account(state, address, fields)?;
    }
    Ok(())
}

fn set_account(
    state: &mut State,
    address: Address,
    fields: AccountFields,
) -> Result<(), LoadError> {
    let code = Bytecode::new_raw_checked(fields.code).map_err(|error| LoadError::Code {
        address,
        reason: error.to_string(),
    })?;
    state.set_balance(address, fields.balance);
    state.set_nonce(address, fields.nonce);
    state.set_code(address, code);
    for (slot, value) in fields.storage {
        let value = U256::from_be_bytes(value.0);
        state.set_slot(address, U256::from_be_bytes(slot.0), value);
    }
    Ok(())
}
