//! `trace_*`: calls as Parity listed them.

use alloy_eips::BlockId;
use alloy_primitives::B256;
use alloy_rpc_types::trace::{filter::TraceFilter, parity::LocalizedTransactionTrace};

use super::geth::mined;
use crate::server::rpc::{
    error::{Answer, RpcError, null, reply},
    method::{Method, compute},
    node::Node,
    params::Params,
};

pub(in crate::server::rpc::methods) const TABLE: &[Method] = &[
    compute(&["trace_transaction"], transaction),
    compute(&["trace_block"], block),
    compute(&["trace_filter"], filter),
];

/// Most blocks one filter covers: each is executed again.
const BLOCKS_MAX: u64 = 1_000;

fn transaction(node: &Node, mut params: Params) -> Answer {
    let hash: B256 = params.next("transaction hash")?;
    params.end()?;
    let chain = &node.reading().chain;
    let Some(receipt) = chain.receipt(&hash) else {
        return null();
    };
    let mut traces = chain.parity_traces(receipt.block())?;
    traces.retain(|trace| trace.transaction_hash == Some(hash));
    reply(&traces)
}

fn block(node: &Node, mut params: Params) -> Answer {
    let id: BlockId = params.next("block")?;
    params.end()?;
    let block = mined(node, id)?;
    reply(&node.reading().chain.parity_traces(&block)?)
}

fn filter(node: &Node, mut params: Params) -> Answer {
    let filter: TraceFilter = params.next("filter")?;
    params.end()?;
    let chain = &node.reading().chain;
    let from = filter.from_block.unwrap_or(0);
    let to = filter.to_block.unwrap_or(u64::MAX).min(chain.height());
    if from > to {
        return Err(RpcError::invalid_params("invalid block range params"));
    }
    if to - from >= BLOCKS_MAX {
        let message = format!("block range too large: at most {BLOCKS_MAX} blocks");
        return Err(RpcError::invalid_params(message));
    }
    let matcher = filter.matcher();
    let mut found: Vec<LocalizedTransactionTrace> = Vec::new();
    for block in (from..=to).filter_map(|number| chain.block(number)) {
        let traces = chain.parity_traces(block)?;
        found.extend(
            traces
                .into_iter()
                .filter(|trace| matcher.matches(&trace.trace)),
        );
    }
    let skipped = usize::try_from(filter.after.unwrap_or(0)).unwrap_or(usize::MAX);
    let wanted = usize::try_from(filter.count.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
    reply(
        &found
            .into_iter()
            .skip(skipped)
            .take(wanted)
            .collect::<Vec<_>>(),
    )
}
