//! Calls without consequences, and what they would cost.

use alloy_eips::BlockId;
use alloy_primitives::U64;
use alloy_rpc_types::{TransactionRequest, simulate::SimulatedBlock, state::StateOverride};

use super::failure::failed;
use crate::{
    chain::{Call, SimulationRequest, View},
    server::rpc::{
        error::{Answer, RpcError, reply},
        method::{Method, compute},
        node::{Node, Reading},
        params::Params,
        render,
        supposed::{Payload, Supposed},
    },
};

pub(super) const TABLE: &[Method] = &[
    compute(&["eth_call"], call),
    compute(&["eth_estimateGas"], estimate),
    compute(&["eth_simulateV1"], simulate),
];

/// Takes a request, a block, the newest if absent, and suppositions.
pub(super) fn take(params: &mut Params) -> Result<Call, RpcError> {
    take_at(params, BlockId::latest())
}

/// As [`take`], with another block if none is named.
fn take_at(params: &mut Params, block: BlockId) -> Result<Call, RpcError> {
    let request: TransactionRequest = params.next("transaction")?;
    let block = params.optional_block("block")?.unwrap_or(block);
    let state_overrides: Option<StateOverride> = params.optional("state overrides")?;
    let block_overrides = Supposed::by_call(params)?;
    Ok(Call {
        request,
        block,
        state_overrides,
        block_overrides,
    })
}

/// Returns what to execute on; the pending block has the time the next one would have.
fn view(node: &Node, reading: &Reading, block: BlockId) -> Result<View, RpcError> {
    match reading.chain.resolve(block)? {
        Some(_) => Ok(reading.chain.at(block)?),
        None => Ok(reading.chain.pending(node.next_block_time(reading)).into()),
    }
}

fn call(node: &Node, mut params: Params) -> Answer {
    let call = take(&mut params)?;
    params.end()?;
    let reading = node.reading();
    let outcome = reading
        .chain
        .call_on(view(node, &reading, call.block)?, &call)?;
    if outcome.failure.is_some() {
        return Err(failed(&outcome));
    }
    node.reply(&outcome.output)
}

fn estimate(node: &Node, mut params: Params) -> Answer {
    let call = take_at(&mut params, BlockId::pending())?;
    params.end()?;
    let reading = node.reading();
    let view = view(node, &reading, call.block)?;
    reply(&U64::from(reading.chain.estimate_gas_on(view, &call)?))
}

fn simulate(node: &Node, mut params: Params) -> Answer {
    let payload: Payload = params.next("payload")?;
    let block = params.optional_block("block")?.unwrap_or_default();
    params.end()?;
    let full = payload.return_full_transactions;
    let reading = node.reading();
    let view = view(node, &reading, block).map_err(|_| RpcError::server("header not found"))?;
    let mut request = SimulationRequest::from(payload);
    request.spacing = reading.pace();
    let simulated = reading.chain.simulate_on(view, request)?;
    let blocks = simulated.into_iter().map(|simulated| SimulatedBlock {
        inner: render::block(&simulated.block, full),
        calls: simulated.calls,
    });
    node.reply(&blocks.collect::<Vec<_>>())
}
