//! Transactions and receipts, mined and waiting.

use alloy_consensus::Transaction as _;
use alloy_eips::eip2718::Encodable2718 as _;
use alloy_primitives::{Address, B256, Bytes, U64};
use alloy_rpc_types::Index;

use super::blocks::{found_by_hash, found_by_number};
use crate::{
    chain::Block,
    server::rpc::{
        error::{Answer, null, reply},
        method::{Method, compute, read},
        node::Node,
        params::Params,
        render,
    },
};

pub(super) const TABLE: &[Method] = &[
    read(&["eth_getTransactionByHash"], by_hash),
    read(&["eth_getTransactionReceipt"], receipt),
    read(
        &["eth_getTransactionByBlockHashAndIndex"],
        |node, mut params| of_block(found_by_hash(node, &mut params)?.as_deref(), params),
    ),
    compute(
        &["eth_getTransactionByBlockNumberAndIndex"],
        |node, mut params| of_block(found_by_number(node, &mut params)?.as_deref(), params),
    ),
    read(
        &["eth_getRawTransactionByHash", "debug_getRawTransaction"],
        raw_by_hash,
    ),
    read(
        &["eth_getRawTransactionByBlockHashAndIndex"],
        |node, mut params| raw_of_block(found_by_hash(node, &mut params)?.as_deref(), params),
    ),
    compute(
        &["eth_getRawTransactionByBlockNumberAndIndex"],
        |node, mut params| raw_of_block(found_by_number(node, &mut params)?.as_deref(), params),
    ),
    compute(&["eth_getTransactionBySenderAndNonce"], by_sender_and_nonce),
];

fn by_hash(node: &Node, mut params: Params) -> Answer {
    let hash: B256 = params.prefixed("transaction hash")?;
    params.end()?;
    let reading = node.reading();
    if let Some(receipt) = reading.chain.receipt(&hash) {
        return node.reply(&render::transaction(receipt.block(), receipt.index()));
    }
    node.reply(&reading.chain.mempool().get(&hash).map(render::waiting))
}

fn receipt(node: &Node, mut params: Params) -> Answer {
    let hash: B256 = params.prefixed("transaction hash")?;
    params.end()?;
    let chain = &node.reading().chain;
    match chain.receipt(&hash) {
        Some(receipt) => node.reply(&render::receipt(&receipt, &chain.rules().schedule)),
        None => null(),
    }
}

fn of_block(block: Option<&Block>, mut params: Params) -> Answer {
    let index: Index = params.next("index")?;
    params.end()?;
    reply(&block.and_then(|block| render::transaction(block, index.0)))
}

fn raw_by_hash(node: &Node, mut params: Params) -> Answer {
    let hash: B256 = params.prefixed("transaction hash")?;
    params.end()?;
    let reading = node.reading();
    if let Some(receipt) = reading.chain.receipt(&hash) {
        return node.reply(&raw(receipt.transaction()));
    }
    node.reply(&reading.chain.mempool().get(&hash).map(raw))
}

fn raw_of_block(block: Option<&Block>, mut params: Params) -> Answer {
    let index: Index = params.next("index")?;
    params.end()?;
    let found = block.and_then(|block| block.transactions.get(index.0));
    reply(&found.map(raw))
}

fn raw(transaction: &crate::chain::Transaction) -> Bytes {
    transaction.inner().encoded_2718().into()
}

fn by_sender_and_nonce(node: &Node, mut params: Params) -> Answer {
    let sender: Address = params.prefixed("sender")?;
    let nonce: U64 = params.next("nonce")?;
    params.end()?;
    let nonce = nonce.to::<u64>();
    let chain = &node.reading().chain;
    if let Some(waiting) = chain.mempool().by_nonce(sender, nonce) {
        return reply(&render::waiting(waiting));
    }
    let found = find_mined(chain, sender, nonce);
    node.reply(&found.and_then(|(block, index)| render::transaction(&block, index)))
}

/// Looks for a sender's transaction in all blocks, the newest first.
pub(super) fn find_mined(
    chain: &crate::chain::Chain,
    sender: Address,
    nonce: u64,
) -> Option<(std::sync::Arc<Block>, usize)> {
    for number in (0..=chain.height()).rev() {
        let block = chain.block(number)?;
        let index = block
            .transactions
            .iter()
            .position(|transaction| transaction.signer() == sender && transaction.nonce() == nonce);
        if let Some(index) = index {
            return Some((std::sync::Arc::clone(block), index));
        }
    }
    None
}
