//! The chain's own types in the words of JSON-RPC.

use std::sync::Arc;

use alloy_consensus::{
    Receipt as ConsensusReceipt, ReceiptEnvelope, ReceiptWithBloom, Transaction as _,
    TxReceipt as _,
};
use alloy_primitives::{B256, Log as InnerLog, U256};
use alloy_rpc_types::{
    Block as RpcBlock, BlockTransactions, Filter, Header, Log, Transaction as RpcTransaction,
    TransactionReceipt,
};

use serde::Serialize;

use crate::chain::{Block, ForkSchedule, Receipt, Transaction};

/// Renders a header, its size included.
pub(super) fn header(block: &Block) -> Header {
    let size = alloy_rlp::Encodable::length(&block.to_consensus());
    Header {
        hash: block.hash,
        inner: block.header.clone(),
        total_difficulty: None,
        size: Some(U256::from(size)),
    }
}

/// Renders a block with its transactions, in full or as hashes.
pub(super) fn block(block: &Block, full: bool) -> RpcBlock {
    let transactions = if full {
        let all = (0..block.transactions.len()).filter_map(|index| transaction(block, index));
        BlockTransactions::Full(all.collect())
    } else {
        let hashes = block.transactions.iter().map(hash);
        BlockTransactions::Hashes(hashes.collect())
    };
    RpcBlock {
        header: header(block),
        uncles: block.ommers.iter().map(|ommer| ommer.hash_slow()).collect(),
        transactions,
        withdrawals: block.withdrawals.clone(),
    }
}

/// Returns a transaction's hash.
pub(super) fn hash(transaction: &Transaction) -> B256 {
    *transaction.inner().tx_hash()
}

/// Renders the transaction of that index, if the block has so many.
pub(super) fn transaction(block: &Block, index: usize) -> Option<RpcTransaction> {
    let transaction = block.transactions.get(index)?;
    Some(RpcTransaction {
        inner: transaction.clone(),
        block_hash: Some(block.hash),
        block_number: Some(block.number()),
        transaction_index: Some(index as u64),
        effective_gas_price: Some(
            transaction
                .inner()
                .effective_gas_price(block.header.base_fee_per_gas),
        ),
        block_timestamp: Some(block.timestamp()),
    })
}

/// A transaction that waits for a block. What the block will say of it is `null`, its time too.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Waiting {
    #[serde(flatten)]
    transaction: RpcTransaction,
    block_timestamp: (),
}

/// Renders a transaction that waits for a block; its gas price is the most it may pay, for no block
/// has said less yet.
pub(super) fn waiting(transaction: &Transaction) -> Waiting {
    Waiting {
        transaction: RpcTransaction {
            inner: transaction.clone(),
            block_hash: None,
            block_number: None,
            transaction_index: None,
            effective_gas_price: Some(transaction.max_fee_per_gas()),
            block_timestamp: None,
        },
        block_timestamp: (),
    }
}

/// Renders a receipt with its logs in place. A contract's address is told though its creation
/// failed, as geth does: `status` says which.
pub(super) fn receipt(receipt: &Receipt, schedule: &ForkSchedule) -> TransactionReceipt {
    let (block, index) = (receipt.block(), receipt.index());
    let transaction = receipt.transaction();
    let to = transaction.to();
    let created = || transaction.signer().create(transaction.nonce());
    let blob_gas_used = transaction.blob_gas_used();
    let blobs = schedule.blob_params(block.timestamp());
    let blob_fee = blobs.and_then(|blobs| block.header.blob_fee(blobs));
    let envelope = receipt.envelope();
    let first = receipt.first_log_index();
    let logs = receipt.logs().iter().enumerate();
    let logs = logs
        .map(|(offset, log)| located(block, index, first + offset, log, false))
        .collect();
    let inner = ReceiptWithBloom {
        receipt: ConsensusReceipt {
            status: envelope.status_or_post_state(),
            cumulative_gas_used: envelope.cumulative_gas_used(),
            logs,
        },
        logs_bloom: envelope.bloom(),
    };
    TransactionReceipt {
        inner: match envelope {
            ReceiptEnvelope::Legacy(_) => ReceiptEnvelope::Legacy(inner),
            ReceiptEnvelope::Eip2930(_) => ReceiptEnvelope::Eip2930(inner),
            ReceiptEnvelope::Eip1559(_) => ReceiptEnvelope::Eip1559(inner),
            ReceiptEnvelope::Eip4844(_) => ReceiptEnvelope::Eip4844(inner),
            ReceiptEnvelope::Eip7702(_) => ReceiptEnvelope::Eip7702(inner),
        },
        transaction_hash: receipt.hash(),
        transaction_index: Some(index as u64),
        block_hash: Some(block.hash),
        block_number: Some(block.number()),
        gas_used: receipt.outcome().gas_used,
        effective_gas_price: receipt.effective_gas_price(),
        blob_gas_used,
        blob_gas_price: blob_fee.filter(|_| blob_gas_used.is_some()),
        from: transaction.signer(),
        to,
        contract_address: to.is_none().then(created),
    }
}

/// Renders one log at its place.
pub(super) fn located(
    block: &Block,
    transaction: usize,
    index: usize,
    log: &InnerLog,
    removed: bool,
) -> Log {
    Log {
        inner: log.clone(),
        block_hash: Some(block.hash),
        block_number: Some(block.number()),
        block_timestamp: Some(block.timestamp()),
        transaction_hash: block.transactions.get(transaction).map(hash),
        transaction_index: Some(transaction as u64),
        log_index: Some(index as u64),
        removed,
    }
}

/// Renders the logs of a block that `filter` wants by address and topics.
pub(super) fn matching_logs(block: &Block, filter: &Filter, removed: bool) -> Vec<Log> {
    let mut found = Vec::new();
    if !filter.matches_bloom(block.header.logs_bloom) {
        return found;
    }
    let mut index = 0;
    for (transaction, receipt) in block.receipts.iter().enumerate() {
        for log in receipt.logs() {
            if filter.matches_address(log.address) && filter.matches_topics(log.topics()) {
                found.push(located(block, transaction, index, log, removed));
            }
            index += 1;
        }
    }
    found
}

/// Renders all receipts of a block.
pub(super) fn receipts(block: &Arc<Block>, schedule: &ForkSchedule) -> Vec<TransactionReceipt> {
    (0..block.transactions.len())
        .filter_map(|index| Receipt::new(Arc::clone(block), index))
        .map(|found| receipt(&found, schedule))
        .collect()
}
