//! `trace_replay*`, `trace_call*` and gas by opcode: what was mined, and what could be, once more.

use alloy_eips::BlockId;
use alloy_primitives::{B256, Bytes};
use alloy_rpc_types::{
    TransactionRequest,
    trace::{
        opcode::{BlockOpcodeGas, TransactionOpcodeGas},
        parity::TraceResults,
    },
};

use super::geth::mined;
use crate::{
    chain::{TraceTypes, recover},
    server::rpc::{
        error::{Answer, RpcError, null, reply},
        method::{Method, compute},
        node::Node,
        params::Params,
    },
};

pub(in crate::server::rpc::methods) const TABLE: &[Method] = &[
    compute(&["trace_replayTransaction"], transaction),
    compute(&["trace_replayBlockTransactions"], block),
    compute(&["trace_call"], call),
    compute(&["trace_callMany"], calls),
    compute(&["trace_rawTransaction"], raw),
    compute(&["trace_transactionOpcodeGas"], transaction_gas),
    compute(&["trace_blockOpcodeGas"], block_gas),
];

/// Most calls traced at once.
const CALLS_MAX: usize = 1_000;

fn transaction(node: &Node, mut params: Params) -> Answer {
    let hash: B256 = params.prefixed("transaction hash")?;
    let wanted: TraceTypes = params.next("trace types")?;
    params.end()?;
    let chain = &node.reading().chain;
    if chain.receipt(&hash).is_none() {
        return null();
    }
    node.reply(&chain.parity_replay(&hash, &wanted)?)
}

fn block(node: &Node, mut params: Params) -> Answer {
    let id = params.next_block("block")?;
    let wanted: TraceTypes = params.next("trace types")?;
    params.end()?;
    let block = mined(node, id)?;
    node.reply(&node.reading().chain.parity_replay_block(&block, &wanted)?)
}

fn call(node: &Node, mut params: Params) -> Answer {
    let request: TransactionRequest = params.next("transaction")?;
    let wanted: TraceTypes = params.next("trace types")?;
    let block = params.optional_block("block")?;
    params.end()?;
    node.reply(&one(node, request, wanted, block)?)
}

fn calls(node: &Node, mut params: Params) -> Answer {
    let requests: Vec<(TransactionRequest, TraceTypes)> = params.next("calls")?;
    let block = params.optional_block("block")?;
    params.end()?;
    if requests.len() > CALLS_MAX {
        let message = format!("too many calls: at most {CALLS_MAX} are traced at once");
        return Err(RpcError::invalid_params(message));
    }
    let chain = &node.reading().chain;
    node.reply(&chain.parity_calls(requests, block.unwrap_or_default())?)
}

fn raw(node: &Node, mut params: Params) -> Answer {
    let raw: Bytes = params.next("raw transaction")?;
    let wanted: TraceTypes = params.next("trace types")?;
    let block = params.optional_block("block")?;
    params.end()?;
    let request = TransactionRequest::from_recovered_transaction(recover(&raw)?);
    node.reply(&one(node, request, wanted, block)?)
}

fn one(
    node: &Node,
    request: TransactionRequest,
    wanted: TraceTypes,
    block: Option<BlockId>,
) -> Result<Option<TraceResults>, RpcError> {
    let chain = &node.reading().chain;
    let traced = chain.parity_calls(vec![(request, wanted)], block.unwrap_or_default())?;
    Ok(traced.into_iter().next())
}

fn transaction_gas(node: &Node, mut params: Params) -> Answer {
    let hash: B256 = params.prefixed("transaction hash")?;
    params.end()?;
    let chain = &node.reading().chain;
    let Some(receipt) = chain.receipt(&hash) else {
        return null();
    };
    let all = chain.opcode_gas(receipt.block())?;
    let found: Option<&TransactionOpcodeGas> = all.get(receipt.index());
    reply(&found)
}

fn block_gas(node: &Node, mut params: Params) -> Answer {
    let id = params.next_block("block")?;
    params.end()?;
    let block = mined(node, id)?;
    node.reply(&BlockOpcodeGas {
        block_hash: block.hash,
        block_number: block.number(),
        transactions: node.reading().chain.opcode_gas(&block)?,
    })
}
