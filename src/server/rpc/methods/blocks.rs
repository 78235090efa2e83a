//! Blocks: by number, by hash, and what can be counted of them.

use std::sync::Arc;

use alloy_eips::BlockId;
use alloy_primitives::{B256, U64};
use alloy_rpc_types::Index;

use crate::{
    chain::{Block, ReadError},
    server::rpc::{
        error::{Answer, RpcError, null, reply},
        method::{Method, compute, read},
        node::Node,
        params::Params,
        render,
    },
};

pub(super) const TABLE: &[Method] = &[
    read(&["eth_blockNumber"], number),
    compute(&["eth_getBlockByNumber"], by_number),
    compute(&["eth_getBlockByHash"], by_hash),
    compute(&["eth_getHeaderByNumber"], header_by_number),
    read(&["eth_getHeaderByHash"], header_by_hash),
    compute(&["eth_getBlockReceipts"], receipts),
    compute(&["eth_getBlockTransactionCountByNumber"], count_by_number),
    read(&["eth_getBlockTransactionCountByHash"], count_by_hash),
    compute(&["eth_getUncleCountByBlockNumber"], uncles_by_number),
    read(&["eth_getUncleCountByBlockHash"], uncles_by_hash),
    read(&["eth_getUncleByBlockHashAndIndex"], |node, mut params| {
        uncle(found_by_hash(node, &mut params)?, params)
    }),
    compute(
        &["eth_getUncleByBlockNumberAndIndex"],
        |node, mut params| uncle(found_by_number(node, &mut params)?, params),
    ),
];

/// Returns the block an id stands for, the pending one built for it; none if there is none.
///
/// # Errors
///
/// When the block is no longer kept, as far as that can be known.
pub(super) fn find(node: &Node, id: BlockId) -> Result<Option<Arc<Block>>, RpcError> {
    let reading = node.reading();
    let chain = &reading.chain;
    match chain.resolve(id) {
        Ok(Some(number)) => Ok(Some(Arc::clone(chain.block_kept(number)?))),
        Ok(None) => {
            let at = node.next_block_time(&reading);
            Ok(Some(Arc::new(chain.pending(at).block)))
        }
        Err(ReadError::UnknownNumber { .. } | ReadError::UnknownHash(_)) => Ok(None),
        Err(error @ (ReadError::BlockUnavailable { .. } | ReadError::StateUnavailable { .. })) => {
            Err(error.into())
        }
    }
}

/// Takes a number or tag and returns its block.
pub(super) fn found_by_number(
    node: &Node,
    params: &mut Params,
) -> Result<Option<Arc<Block>>, RpcError> {
    let number = params.next_number("block number")?;
    find(node, number.into())
}

/// Takes a hash and returns its block.
pub(super) fn found_by_hash(
    node: &Node,
    params: &mut Params,
) -> Result<Option<Arc<Block>>, RpcError> {
    let hash: B256 = params.prefixed("block hash")?;
    find(node, hash.into())
}

fn number(node: &Node, _: Params) -> Answer {
    reply(&U64::from(node.reading().chain.height()))
}

fn by_number(node: &Node, mut params: Params) -> Answer {
    let number = params.next_number("block number")?;
    let full: bool = params.optional("full transactions")?.unwrap_or_default();
    params.end()?;
    let block = find(node, number.into())?;
    node.reply(&block.map(|block| render::block(&block, full)))
}

fn by_hash(node: &Node, mut params: Params) -> Answer {
    let block = found_by_hash(node, &mut params)?;
    let full: bool = params.optional("full transactions")?.unwrap_or_default();
    params.end()?;
    node.reply(&block.map(|block| render::block(&block, full)))
}

fn header_by_number(node: &Node, mut params: Params) -> Answer {
    let block = found_by_number(node, &mut params)?;
    params.end()?;
    reply(&block.map(|block| render::header(&block)))
}

fn header_by_hash(node: &Node, mut params: Params) -> Answer {
    let block = found_by_hash(node, &mut params)?;
    params.end()?;
    reply(&block.map(|block| render::header(&block)))
}

fn receipts(node: &Node, mut params: Params) -> Answer {
    let id = params.next_block("block")?;
    params.end()?;
    match find(node, id)? {
        Some(block) => {
            let reading = node.reading();
            node.reply(&render::receipts(&block, &reading.chain.rules().schedule))
        }
        None => null(),
    }
}

fn count_by_number(node: &Node, mut params: Params) -> Answer {
    count(found_by_number(node, &mut params)?, params)
}

fn count_by_hash(node: &Node, mut params: Params) -> Answer {
    count(found_by_hash(node, &mut params)?, params)
}

fn count(block: Option<Arc<Block>>, params: Params) -> Answer {
    params.end()?;
    reply(&block.map(|block| U64::from(block.transactions.len())))
}

fn uncles_by_number(node: &Node, mut params: Params) -> Answer {
    uncles(found_by_number(node, &mut params)?, params)
}

fn uncles_by_hash(node: &Node, mut params: Params) -> Answer {
    uncles(found_by_hash(node, &mut params)?, params)
}

fn uncles(block: Option<Arc<Block>>, params: Params) -> Answer {
    params.end()?;
    reply(&block.map(|block| U64::from(block.ommers.len())))
}

fn uncle(block: Option<Arc<Block>>, mut params: Params) -> Answer {
    let index: Index = params.next("index")?;
    params.end()?;
    let uncle = block.and_then(|block| block.ommers.get(index.0).cloned());
    reply(&uncle.map(alloy_rpc_types::Block::<alloy_rpc_types::Transaction>::uncle_from_header))
}
