//! Blocks as the explorer lists them: counted, paged, and without what it does not show.

use alloy_primitives::{Address, U256};
use alloy_rpc_types::trace::otterscan::{BlockDetails, InternalIssuance};
use serde_json::{Value, json};

use crate::{
    chain::Block,
    server::rpc::{
        error::{Answer, RpcError, reply},
        method::{Method, compute, read},
        methods::{
            blocks::{found_by_hash, found_by_number},
            state::state_at,
        },
        node::Node,
        number::size,
        params::Params,
        render,
    },
};

pub(in crate::server::rpc::methods) const TABLE: &[Method] = &[
    read(&["ots_getApiLevel"], |_, _| reply(&API_LEVEL)),
    read(&["ots_hasCode"], has_code),
    compute(&["erigon_getHeaderByNumber"], header),
    compute(&["ots_getBlockDetails"], details_by_number),
    compute(&["ots_getBlockDetailsByHash"], details_by_hash),
    compute(&["ots_getBlockTransactions"], transactions),
];

/// The version of the explorer's interface.
const API_LEVEL: u64 = 8;

/// Hex characters of a transaction's input that are shown in lists: the selector.
const INPUT_SHOWN: usize = 10;

fn has_code(node: &Node, mut params: Params) -> Answer {
    let address: Address = params.prefixed("address")?;
    let block = params.optional_block("block")?.unwrap_or_default();
    params.end()?;
    reply(&!state_at(node, block)?.code(address).is_empty())
}

fn header(node: &Node, mut params: Params) -> Answer {
    let block = found_by_number(node, &mut params)?;
    params.end()?;
    reply(&block.map(|block| render::header(&block)))
}

fn details_by_number(node: &Node, mut params: Params) -> Answer {
    let block = found_by_number(node, &mut params)?;
    params.end()?;
    node.reply(&block.map(|block| details(&block)))
}

fn details_by_hash(node: &Node, mut params: Params) -> Answer {
    let block = found_by_hash(node, &mut params)?;
    params.end()?;
    node.reply(&block.map(|block| details(&block)))
}

/// Returns a block with the fees paid in it; nothing is issued on a development chain.
fn details(block: &Block) -> BlockDetails {
    let base_fee = block.header.base_fee_per_gas;
    let paid = block
        .transactions
        .iter()
        .zip(&block.outcomes)
        .map(|(transaction, outcome)| {
            let price =
                alloy_consensus::Transaction::effective_gas_price(transaction.inner(), base_fee);
            U256::from(price) * U256::from(outcome.gas_used)
        });
    BlockDetails::new(
        render::block(block, false),
        InternalIssuance::default(),
        paid.sum(),
    )
}

/// Answers one page of a block's transactions, the first page holding the last transactions.
fn transactions(node: &Node, mut params: Params) -> Answer {
    let block = found_by_number(node, &mut params)?;
    let page = size(&mut params, "page")?;
    let size = size(&mut params, "page size")?;
    params.end()?;
    let Some(block) = block else {
        return reply(&());
    };
    let count = block.transactions.len();
    let end = count.saturating_sub(page.saturating_mul(size));
    let shown = end.saturating_sub(size)..end;
    let unshown = |error: serde_json::Error| RpcError::internal(error.to_string());
    let mut full = serde_json::to_value(render::block(&block, false)).map_err(unshown)?;
    let mut transactions = Vec::new();
    let mut receipts = Vec::new();
    let all = render::receipts(&block, &node.reading().chain.rules().schedule);
    for index in shown {
        let mut transaction =
            serde_json::to_value(render::transaction(&block, index)).map_err(unshown)?;
        if let Some(Value::String(input)) = transaction.get_mut("input") {
            input.truncate(INPUT_SHOWN);
        }
        transactions.push(transaction);
        let mut receipt = serde_json::to_value(all.get(index)).map_err(unshown)?;
        receipt["logs"] = Value::Null;
        receipt["logsBloom"] = Value::Null;
        receipts.push(receipt);
    }
    full["transactions"] = json!(transactions);
    full["transactionCount"] = json!(count);
    node.reply(&json!({"fullblock": full, "receipts": receipts}))
}
