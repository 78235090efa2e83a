//! What gas costs, cost, and may cost next.

use alloy_consensus::Transaction as _;
use alloy_primitives::{U64, U256};
use alloy_rpc_types::FeeHistory;

use crate::{
    chain::{Block, Chain},
    server::rpc::{
        error::{Answer, RpcError, reply},
        method::{Method, compute, read},
        node::Node,
        params::Params,
    },
};

pub(super) const TABLE: &[Method] = &[
    read(&["eth_gasPrice"], gas_price),
    read(&["eth_maxPriorityFeePerGas"], priority_fee),
    read(&["eth_baseFee"], base_fee),
    read(&["eth_blobBaseFee"], blob_base_fee),
    compute(&["eth_feeHistory"], history),
];

/// The tip that always suffices: nobody competes for blocks here. One gwei.
const TIP: u64 = 1_000_000_000;

/// Most blocks one fee history covers.
const BLOCKS_MAX: u64 = 1_024;

/// Most percentiles one fee history may ask for.
const PERCENTILES_MAX: usize = 100;

/// Returns the tip to suggest, in wei per gas; none on a chain without fees.
pub(super) fn suggested_tip(chain: &Chain) -> u64 {
    if usual_fee(chain) == 0 { 0 } else { TIP }
}

/// Returns what a price is made of besides the tip: the base fee, or before there is one what it
/// would begin with.
fn usual_fee(chain: &Chain) -> u64 {
    if chain.has_base_fee() {
        chain.next_base_fee()
    } else {
        chain.initial_base_fee()
    }
}

/// Returns the price to suggest, in wei per gas.
pub(super) fn suggested_price(chain: &Chain) -> u64 {
    if let Some(least) = chain.least_price() {
        return least;
    }
    usual_fee(chain).saturating_add(suggested_tip(chain))
}

fn gas_price(node: &Node, _: Params) -> Answer {
    reply(&U256::from(suggested_price(&node.reading().chain)))
}

fn priority_fee(node: &Node, _: Params) -> Answer {
    reply(&U256::from(suggested_tip(&node.reading().chain)))
}

fn base_fee(node: &Node, _: Params) -> Answer {
    reply(&U256::from(node.reading().chain.next_base_fee()))
}

fn blob_base_fee(node: &Node, _: Params) -> Answer {
    let reading = node.reading();
    let header = reading.chain.next_header(node.next_block_time(&reading));
    let params = reading.chain.rules().schedule.blob_params(header.timestamp);
    let fee = params.and_then(|params| header.blob_fee(params));
    reply(&U256::from(fee.unwrap_or(1)))
}

fn history(node: &Node, mut params: Params) -> Answer {
    let count: U64 = params.next("block count")?;
    let newest = params.next_number("newest block")?;
    let percentiles: Vec<f64> = params.optional("reward percentiles")?.unwrap_or_default();
    params.end()?;
    check_percentiles(&percentiles)?;
    let reading = node.reading();
    let chain = &reading.chain;
    let (newest, pending) = match chain.resolve(newest.into()) {
        Ok(Some(number)) => (number, None),
        Ok(None) => {
            let pending = chain.pending(node.next_block_time(&reading)).block;
            (chain.height() + 1, Some(pending))
        }
        Err(_) => return Err(RpcError::server("request beyond head block")),
    };
    chain.block_kept(newest.min(chain.height()))?;
    let kept = newest + 1 - chain.oldest();
    let count = count.to::<u64>().min(BLOCKS_MAX).min(kept);
    // Of nothing there is no oldest; geth says 0.
    let oldest = if count == 0 { 0 } else { newest + 1 - count };
    let mut history = FeeHistory {
        oldest_block: oldest,
        ..FeeHistory::default()
    };
    let mut rewards = Vec::new();
    let at = |number: u64| match &pending {
        Some(pending) if number == newest => Some(pending),
        _ => chain.block(number).map(AsRef::as_ref),
    };
    for block in (oldest..oldest + count).filter_map(at) {
        let limit = block.header.gas_limit.max(1);
        history.base_fee_per_gas.push(block.base_fee().into());
        history
            .gas_used_ratio
            .push(block.header.gas_used as f64 / limit as f64);
        let blobs = chain.rules().schedule.blob_params(block.timestamp());
        let blob_fee = blobs.and_then(|blobs| block.header.blob_fee(blobs));
        history.base_fee_per_blob_gas.push(blob_fee.unwrap_or(0));
        let most = blobs.map_or(0, |blobs| blobs.max_blob_gas_per_block());
        let used = block.header.blob_gas_used.unwrap_or(0) as f64;
        let ratio = if most == 0 { 0.0 } else { used / most as f64 };
        history.blob_gas_used_ratio.push(ratio);
        rewards.push(rewards_of(block, &percentiles));
    }
    let after = match (&pending, chain.block(newest + 1)) {
        (Some(pending), _) => chain.base_fee_after(pending),
        (None, Some(block)) => block.base_fee(),
        (None, None) => chain.next_base_fee(),
    };
    if count > 0 {
        history.base_fee_per_gas.push(after.into());
        let after = at(newest).and_then(|block| {
            let blobs = chain.rules().schedule.blob_params(block.timestamp())?;
            block.header.next_block_blob_fee(blobs)
        });
        history.base_fee_per_blob_gas.push(after.unwrap_or(0));
    }
    history.reward = (!percentiles.is_empty()).then_some(rewards);
    reply(&history)
}

fn check_percentiles(percentiles: &[f64]) -> Result<(), RpcError> {
    if percentiles.len() > PERCENTILES_MAX {
        let message = format!("over the query limit {PERCENTILES_MAX}");
        return Err(RpcError::invalid_params(message));
    }
    let mut before = 0.0;
    for &percentile in percentiles {
        if !(0.0..=100.0).contains(&percentile) {
            let message = format!("invalid reward percentile: {percentile}");
            return Err(RpcError::invalid_params(message));
        }
        if percentile < before {
            let message = format!("invalid reward percentile: {percentile} comes after {before}");
            return Err(RpcError::invalid_params(message));
        }
        before = percentile;
    }
    Ok(())
}

/// Returns the tips at the percentiles of the gas used, cheapest first; zero in an empty block.
fn rewards_of(block: &Block, percentiles: &[f64]) -> Vec<u128> {
    let base_fee = block.base_fee();
    let mut tips: Vec<(u128, u64)> = block
        .transactions
        .iter()
        .zip(&block.outcomes)
        .map(|(transaction, outcome)| {
            let tip = transaction.effective_tip_per_gas(base_fee);
            (tip.unwrap_or_default(), outcome.gas_used)
        })
        .collect();
    tips.sort_unstable();
    percentiles
        .iter()
        .map(|percentile| {
            let threshold = block.header.gas_used as f64 * percentile / 100.0;
            let mut gas = 0;
            let found = tips.iter().find(|(_, used)| {
                gas += used;
                gas as f64 >= threshold
            });
            found.or(tips.last()).map_or(0, |(tip, _)| *tip)
        })
        .collect()
}
