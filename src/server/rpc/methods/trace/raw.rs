//! `debug_getRaw*` and `debug_codeByHash`: blocks, their parts and code, as bytes; and whom blocks
//! changed.

use alloy_eips::{BlockId, eip2718::Encodable2718 as _};
use alloy_primitives::{B256, Bytes};

use super::geth::mined;
use crate::{
    chain::Chain,
    server::rpc::{
        error::{Answer, RpcError, null, reply},
        method::{Method, compute, read},
        node::Node,
        params::Params,
    },
};

pub(in crate::server::rpc::methods) const TABLE: &[Method] = &[
    compute(&["debug_getRawHeader"], header),
    compute(&["debug_getRawBlock"], block),
    compute(&["debug_getRawReceipts"], receipts),
    compute(&["debug_getRawTransactions"], transactions),
    read(&["debug_codeByHash"], code_by_hash),
    compute(&["debug_getModifiedAccountsByNumber"], changed_by_number),
    compute(&["debug_getModifiedAccountsByHash"], changed_by_hash),
    // Blocks are made here or verified before they are taken: there are no bad ones.
    read(&["debug_getBadBlocks"], |_, _| reply::<[(); 0]>(&[])),
];

fn take(node: &Node, params: &mut Params) -> Result<std::sync::Arc<crate::chain::Block>, RpcError> {
    let id = params.next_block("block")?;
    params.end()?;
    mined(node, id)
}

fn header(node: &Node, mut params: Params) -> Answer {
    let block = take(node, &mut params)?;
    reply(&Bytes::from(alloy_rlp::encode(&block.header)))
}

fn block(node: &Node, mut params: Params) -> Answer {
    let block = take(node, &mut params)?;
    node.reply(&Bytes::from(alloy_rlp::encode(block.to_consensus())))
}

fn receipts(node: &Node, mut params: Params) -> Answer {
    let block = take(node, &mut params)?;
    let receipts = block.receipts.iter();
    let encoded = receipts.map(|receipt| Bytes::from(receipt.encoded_2718()));
    node.reply(&encoded.collect::<Vec<_>>())
}

fn transactions(node: &Node, mut params: Params) -> Answer {
    let block = take(node, &mut params)?;
    let transactions = block.transactions.iter();
    let encoded = transactions.map(|transaction| Bytes::from(transaction.inner().encoded_2718()));
    node.reply(&encoded.collect::<Vec<_>>())
}

/// Answers the code of that hash, whoever has it; nothing if no account ever had. Code does not
/// change, so the block some clients name makes no difference, but that it must be there.
fn code_by_hash(node: &Node, mut params: Params) -> Answer {
    let hash: B256 = params.prefixed("code hash")?;
    let block = params.optional_block("block")?;
    params.end()?;
    let chain = &node.reading().chain;
    if let Some(block) = block {
        chain.resolve(block)?;
    }
    let code = chain.state().code_of_hash(&hash);
    node.reply(&code.map(|code| code.original_bytes()))
}

/// Answers who changed after one block up to another, or in one block if no other is named.
fn changed_by_number(node: &Node, mut params: Params) -> Answer {
    let first = params.next_number("block")?;
    let last = params.optional_block("last block")?;
    params.end()?;
    let chain = &node.reading().chain;
    let number = |id: BlockId| Ok::<_, RpcError>(chain.resolve(id)?.unwrap_or(chain.height()));
    let last = last.map(number).transpose()?;
    changed(node, chain, number(first.into())?, last)
}

/// As by number; nothing if there is no block of such a hash.
fn changed_by_hash(node: &Node, mut params: Params) -> Answer {
    let first: B256 = params.next("block hash")?;
    let last: Option<B256> = params.optional("last block hash")?;
    params.end()?;
    let chain = &node.reading().chain;
    let number = |hash: B256| chain.resolve(hash.into()).ok().flatten();
    match (number(first), last.map(number)) {
        (Some(first), None) => changed(node, chain, first, None),
        (Some(first), Some(Some(last))) => changed(node, chain, first, Some(last)),
        (None, _) | (_, Some(None)) => null(),
    }
}

fn changed(node: &Node, chain: &Chain, first: u64, last: Option<u64>) -> Answer {
    let (from, to) = match last {
        Some(last) => (first, last),
        None => (first.saturating_sub(1), first),
    };
    if from > to {
        let message = format!("block {from} is not before block {to}");
        return Err(RpcError::invalid_params(message));
    }
    node.reply(&chain.accounts_changed(from, to)?)
}
