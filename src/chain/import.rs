//! Blocks made elsewhere: executed, verified root by root, and only then part of the chain.

use std::sync::Arc;

use alloy_consensus::{
    Block as ConsensusBlock, Header, TxEnvelope,
    transaction::{Recovered, SignerRecoverable as _},
};
use alloy_eips::eip1559::{BaseFeeParams, INITIAL_BASE_FEE};
use alloy_hardforks::EthereumHardforks as _;
use alloy_primitives::{B256, Bloom, Bytes, U256};
use alloy_rlp::{Decodable as _, Encodable as _};

use super::{Chain, assembly::Assembly, block::Block, execute::Rejection, mine::Built};

/// Why a block made elsewhere is refused. The chain is as before it.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The bytes are no block.
    #[error("byte {offset}: this is no RLP-encoded block: {reason}")]
    Malformed {
        /// Where the block begins in the file.
        offset: usize,
        /// What is wrong with it.
        reason: alloy_rlp::Error,
    },
    /// A transaction's signature is no signature.
    #[error("block {number}, transaction {index}: the sender cannot be recovered")]
    Sender {
        /// The block.
        number: u64,
        /// The transaction's place.
        index: usize,
    },
    /// A transaction is not valid where it stands.
    #[error("block {number}, transaction {index}: {reason}")]
    Transaction {
        /// The block.
        number: u64,
        /// The transaction's place.
        index: usize,
        /// Why.
        reason: Rejection,
    },
    /// A system contract failed.
    #[error("block {number}: {reason}")]
    System {
        /// The block.
        number: u64,
        /// Why.
        reason: String,
    },
    /// The header says something else than the execution.
    #[error("block {number}: {field} is {found}, but {expected} was expected")]
    Mismatch {
        /// The block.
        number: u64,
        /// The field of the header.
        field: &'static str,
        /// What the execution gives.
        expected: String,
        /// What the header says.
        found: String,
    },
}

impl Chain {
    /// Executes the blocks of geth's `chain.rlp`, one RLP list after another, verifies every root
    /// and appends them. Returns how many; a genesis at the start is compared and skipped.
    ///
    /// # Errors
    ///
    /// [`ImportError`] at the first block refused; those before it stay.
    pub fn import_rlp(&mut self, bytes: &[u8]) -> Result<u64, ImportError> {
        let mut rest = bytes;
        let mut count = 0;
        while !rest.is_empty() {
            let offset = bytes.len() - rest.len();
            let block = ConsensusBlock::<TxEnvelope>::decode(&mut rest)
                .map_err(|reason| ImportError::Malformed { offset, reason })?;
            if block.header.number == 0 {
                let genesis = self.block(0).map_or(B256::ZERO, |genesis| genesis.hash);
                let found = block.header.hash_slow();
                expect(0, "the genesis hash", genesis, found)?;
                continue;
            }
            self.import(block)?;
            count += 1;
        }
        Ok(count)
    }

    /// Returns all blocks after the genesis as geth's `chain.rlp`.
    pub fn export_rlp(&self) -> Bytes {
        let mut bytes = Vec::new();
        for number in 1..=self.height() {
            if let Some(block) = self.block(number) {
                block.to_consensus().encode(&mut bytes);
            }
        }
        bytes.into()
    }

    /// Executes a block made elsewhere, verifies it and makes it the head.
    ///
    /// # Errors
    ///
    /// [`ImportError`] if it does not follow the head, or is not what its header says.
    pub fn import(&mut self, block: ConsensusBlock<TxEnvelope>) -> Result<Arc<Block>, ImportError> {
        let (header, body) = (block.header, block.body);
        self.merge_if_due(&header);
        self.verify_before(&header)?;
        let number = header.number;
        let mut state = self.state().clone();
        let system = |error: super::SystemCallFailed| ImportError::System {
            number,
            reason: error.to_string(),
        };
        let mut assembly =
            Assembly::open(self.rules(), &mut state, header.clone(), true).map_err(system)?;
        assembly.expect(body.transactions.len());
        for (index, transaction) in body.transactions.into_iter().enumerate() {
            // Frontier took signatures whose s is high.
            let signer = transaction
                .recover_signer_unchecked()
                .map_err(|_| ImportError::Sender { number, index })?;
            assembly
                .push(Recovered::new_unchecked(transaction, signer))
                .map_err(|reason| ImportError::Transaction {
                    number,
                    index,
                    reason,
                })?;
        }
        let made = assembly
            .close(body.ommers, body.withdrawals)
            .map_err(system)?;
        verify_after(&made.header, &header)?;
        self.follow(&header);
        self.settings.imported = number;
        Ok(self.adopt(Built {
            block: made,
            state,
            dropped: Vec::new(),
        }))
    }

    /// Marks the merge at the first block without difficulty, once enough work was done.
    fn merge_if_due(&mut self, header: &Header) {
        let schedule = &self.rules().schedule;
        let waiting = schedule.terminal_difficulty().filter(|_| {
            header.difficulty.is_zero() && !schedule.is_paris_active_at_block(header.number)
        });
        let Some(terminal) = waiting else { return };
        let mut total = U256::ZERO;
        for number in 0..=self.height() {
            if let Some(block) = self.block(number) {
                total = total.saturating_add(block.header.difficulty);
            }
        }
        if total >= terminal {
            self.rules_mut()
                .schedule
                .set_merge(terminal, Some(header.number));
        }
    }

    /// Verifies what a header must be before anything is executed.
    fn verify_before(&self, header: &Header) -> Result<(), ImportError> {
        let parent = self.head();
        let number = header.number;
        expect(number, "number", parent.number() + 1, number)?;
        expect(number, "parentHash", parent.hash, header.parent_hash)?;
        if header.timestamp <= parent.timestamp() {
            return Err(ImportError::Mismatch {
                number,
                field: "timestamp",
                expected: format!("one later than {}", parent.timestamp()),
                found: header.timestamp.to_string(),
            });
        }
        let schedule = &self.rules().schedule;
        let london = schedule.is_london_active_at_block(number);
        let base_fee = london.then(|| {
            let next = parent.header.next_block_base_fee(BaseFeeParams::ethereum());
            next.unwrap_or(INITIAL_BASE_FEE)
        });
        expect(number, "baseFeePerGas", base_fee, header.base_fee_per_gas)?;
        let excess = schedule.blob_params(header.timestamp).map(|params| {
            let excess = parent.header.next_block_excess_blob_gas(params);
            excess.unwrap_or_default()
        });
        expect(number, "excessBlobGas", excess, header.excess_blob_gas)?;
        if schedule.is_paris_active_at_block(number) {
            expect(number, "difficulty", U256::ZERO, header.difficulty)?;
        }
        Ok(())
    }
}

/// Verifies a header against the one that the execution gives.
fn verify_after(made: &Header, header: &Header) -> Result<(), ImportError> {
    let number = header.number;
    expect(number, "gasUsed", made.gas_used, header.gas_used)?;
    expect(
        number,
        "receiptsRoot",
        made.receipts_root,
        header.receipts_root,
    )?;
    expect(number, "logsBloom", made.logs_bloom, header.logs_bloom)?;
    expect(number, "stateRoot", made.state_root, header.state_root)?;
    expect(
        number,
        "transactionsRoot",
        made.transactions_root,
        header.transactions_root,
    )?;
    expect(number, "sha3Uncles", made.ommers_hash, header.ommers_hash)?;
    expect(
        number,
        "withdrawalsRoot",
        made.withdrawals_root,
        header.withdrawals_root,
    )?;
    expect(
        number,
        "blobGasUsed",
        made.blob_gas_used,
        header.blob_gas_used,
    )?;
    expect(
        number,
        "requestsHash",
        made.requests_hash,
        header.requests_hash,
    )?;
    expect(number, "hash", made.hash_slow(), header.hash_slow())
}

fn expect<T: PartialEq + Shown>(
    number: u64,
    field: &'static str,
    expected: T,
    found: T,
) -> Result<(), ImportError> {
    if expected == found {
        return Ok(());
    }
    Err(ImportError::Mismatch {
        number,
        field,
        expected: expected.shown(),
        found: found.shown(),
    })
}

/// A field of a header, in words.
trait Shown {
    fn shown(&self) -> String;
}

impl Shown for u64 {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Shown for U256 {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Shown for B256 {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Shown for Bloom {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl<T: Shown> Shown for Option<T> {
    fn shown(&self) -> String {
        self.as_ref().map_or_else(|| "absent".to_owned(), T::shown)
    }
}
