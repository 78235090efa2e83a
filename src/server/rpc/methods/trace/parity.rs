//! `trace_*`: calls as Parity listed them.

use alloy_eips::BlockNumberOrTag;
use alloy_primitives::B256;
use alloy_rpc_types::{
    Index,
    trace::{filter::TraceFilter, parity::LocalizedTransactionTrace},
};

use serde_json::Value;

use super::geth::mined;
use crate::{
    chain::Chain,
    server::rpc::{
        error::{Answer, RpcError},
        method::{Method, compute},
        node::Node,
        params::Params,
        wording,
    },
};

pub(in crate::server::rpc::methods) const TABLE: &[Method] = &[
    compute(&["trace_transaction"], transaction),
    compute(&["trace_block"], block),
    compute(&["trace_filter"], filter),
    compute(&["trace_get"], get),
];

/// Most blocks one filter covers: each is executed again.
const BLOCKS_MAX: u64 = 1_000;

/// Returns the calls inside a mined transaction, or nothing if there is no such transaction.
pub(in crate::server::rpc::methods) fn traces_of(
    node: &Node,
    hash: B256,
) -> Result<Option<Vec<LocalizedTransactionTrace>>, RpcError> {
    let chain = &node.reading().chain;
    let Some(receipt) = chain.receipt(&hash) else {
        return Ok(None);
    };
    let mut traces = chain.parity_traces(receipt.block())?;
    traces.retain(|trace| trace.transaction_hash == Some(hash));
    Ok(Some(traces))
}

fn transaction(node: &Node, mut params: Params) -> Answer {
    let hash: B256 = params.prefixed("transaction hash")?;
    params.end()?;
    node.reply(&traces_of(node, hash)?)
}

/// Answers the one call at a place in the tree: `["0x0", "0x2"]` is the third made by the first.
fn get(node: &Node, mut params: Params) -> Answer {
    let hash: B256 = params.prefixed("transaction hash")?;
    let place: Vec<Index> = params.next("trace address")?;
    params.end()?;
    let place: Vec<usize> = place.into_iter().map(usize::from).collect();
    let traces = traces_of(node, hash)?.unwrap_or_default();
    let mut at_place = traces.iter();
    node.reply(&at_place.find(|found| found.trace.trace_address == place))
}

fn block(node: &Node, mut params: Params) -> Answer {
    let id = params.next_block("block")?;
    params.end()?;
    let block = mined(node, id)?;
    node.reply(&node.reading().chain.parity_traces(&block)?)
}

/// Takes a filter whose blocks may be named by tags as well as by numbers.
fn take_filter(params: &mut Params, chain: &Chain) -> Result<TraceFilter, RpcError> {
    let mut given: Value = params.next("filter")?;
    for name in ["fromBlock", "toBlock"] {
        let Some(text) = given.get(name).and_then(Value::as_str) else {
            continue;
        };
        if let Ok(tag) = text.parse::<BlockNumberOrTag>()
            && !tag.is_number()
        {
            let number = chain.resolve(tag.into())?.unwrap_or(chain.height());
            given[name] = number.into();
        }
    }
    let text = given.to_string();
    serde_json::from_str(&text).map_err(|error| {
        let complaint = wording::complaint(&error, &text);
        RpcError::invalid_params(format!("invalid argument 0 (filter): {complaint}"))
    })
}

fn filter(node: &Node, mut params: Params) -> Answer {
    let chain = &node.reading().chain;
    let filter = take_filter(&mut params, chain)?;
    params.end()?;
    let from = filter.from_block.unwrap_or(chain.oldest());
    let to = filter.to_block.unwrap_or(chain.height());
    if to > chain.height() {
        let newest = chain.height();
        let message = format!("toBlock 0x{to:x} does not exist: the newest block is 0x{newest:x}");
        return Err(RpcError::invalid_params(message));
    }
    if from > to {
        return Err(RpcError::invalid_params("invalid block range params"));
    }
    chain.block_kept(from)?;
    if to - from >= BLOCKS_MAX {
        let message = format!("block range too large: at most {BLOCKS_MAX} blocks");
        return Err(RpcError::invalid_params(message));
    }
    let matcher = filter.matcher();
    let mut skipped = filter.after.unwrap_or(0);
    let mut wanted = filter.count.unwrap_or(u64::MAX);
    let mut list = node.list();
    for block in (from..=to).filter_map(|number| chain.block(number)) {
        if wanted == 0 {
            break;
        }
        let traces = chain.parity_traces(block)?.into_iter();
        for trace in traces.filter(|trace| matcher.matches(&trace.trace)) {
            if skipped > 0 {
                skipped -= 1;
            } else if wanted > 0 {
                wanted -= 1;
                list.push(&trace)?;
            }
        }
    }
    list.end()
}
