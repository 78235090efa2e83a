//! `debug_trace*`: struct logs and the built-in tracers, of what was mined and of what could be.

use std::sync::Arc;

use alloy_eips::{BlockId, eip2930::AccessListResult};
use alloy_primitives::{B256, U256};
use alloy_rpc_types::{
    BlockOverrides, TransactionRequest,
    trace::{
        common::TraceResult,
        geth::{GethDebugTracingCallOptions, GethDebugTracingOptions, GethTrace},
    },
};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    chain::{Block, Call, Failure, ReadError, revert_message},
    server::rpc::{
        error::{Answer, RpcError},
        method::{Method, compute},
        methods::{call::take, failure::halted},
        node::Node,
        params::Params,
        supposed::Supposed,
        wording,
    },
};

pub(in crate::server::rpc::methods) const TABLE: &[Method] = &[
    compute(&["debug_traceTransaction"], transaction),
    compute(&["debug_traceCall"], call),
    compute(&["debug_traceBlockByHash"], |node, mut params| {
        let hash: B256 = params.prefixed("block hash")?;
        block(node, hash.into(), params)
    }),
    compute(&["debug_traceBlockByNumber"], |node, mut params| {
        let number = params.next_number("block number")?;
        block(node, number.into(), params)
    }),
    compute(&["eth_createAccessList"], access_list),
];

fn transaction(node: &Node, mut params: Params) -> Answer {
    let hash: B256 = params.prefixed("transaction hash")?;
    let options: Option<GethDebugTracingOptions> = params.optional("options")?;
    params.end()?;
    let chain = &node.reading().chain;
    node.reply(&chain.trace_transaction(&hash, &options.unwrap_or_default())?)
}

fn call(node: &Node, mut params: Params) -> Answer {
    let request: TransactionRequest = params.next("transaction")?;
    let block = params.optional_block("block")?;
    let supposed = supposed(params.peek())?;
    let options: Option<GethDebugTracingCallOptions> = params.optional("options")?;
    params.end()?;
    let options = options.unwrap_or_default();
    if options.tx_index.is_some() {
        return Err(RpcError::invalid_params(
            "txIndex is not supported: calls are traced after the block's last transaction",
        ));
    }
    let call = Call {
        request,
        block: block.unwrap_or_default(),
        state_overrides: options.state_overrides,
        block_overrides: supposed,
    };
    let chain = &node.reading().chain;
    if let Err(ReadError::UnknownNumber { requested, .. }) = chain.resolve(call.block) {
        return Err(RpcError::server(format!("block #{requested} not found")));
    }
    node.reply(&chain.trace_call(&call, &options.tracing_options)?)
}

/// Returns what the options of a trace suppose of the block.
fn supposed(options: Option<&RawValue>) -> Result<Option<BlockOverrides>, RpcError> {
    #[derive(Deserialize)]
    struct Options {
        #[serde(rename = "blockOverrides")]
        block: Option<Supposed>,
    }
    let Some(text) = options.map(RawValue::get) else {
        return Ok(None);
    };
    let options: Option<Options> = serde_json::from_str(text).map_err(|error| {
        let complaint = wording::complaint(&error, text);
        RpcError::invalid_params(format!("invalid argument 2 (options): {complaint}"))
    })?;
    let supposed = options.and_then(|options| options.block);
    supposed.map(Supposed::of_call).transpose()
}

/// Returns the mined block of an id.
pub(super) fn mined(node: &Node, id: BlockId) -> Result<Arc<Block>, RpcError> {
    let reading = node.reading();
    let found = match reading.chain.resolve(id) {
        Ok(Some(number)) => Some(Arc::clone(reading.chain.block_kept(number)?)),
        Ok(None) => {
            return Err(RpcError::invalid_params(
                "the pending block is not mined yet",
            ));
        }
        Err(_) => None,
    };
    found.ok_or_else(|| {
        let name = match id {
            BlockId::Hash(hash) => hash.block_hash.to_string(),
            BlockId::Number(number) => number
                .as_number()
                .map_or_else(|| number.to_string(), |number| format!("#{number}")),
        };
        RpcError::server(format!("block {name} not found"))
    })
}

fn block(node: &Node, id: BlockId, mut params: Params) -> Answer {
    let options: Option<GethDebugTracingOptions> = params.optional("options")?;
    params.end()?;
    let block = mined(node, id)?;
    let chain = &node.reading().chain;
    let traces = chain.trace_block(&block, &options.unwrap_or_default())?;
    let results = traces
        .into_iter()
        .map(|(hash, result)| TraceResult::Success {
            result,
            tx_hash: Some(hash),
        });
    node.reply(&results.collect::<Vec<TraceResult<GethTrace, String>>>())
}

fn access_list(node: &Node, mut params: Params) -> Answer {
    let call = take(&mut params)?;
    params.end()?;
    let (access_list, outcome) = node.reading().chain.access_list(&call)?;
    let error = outcome.failure.as_ref().map(|failure| match failure {
        Failure::Revert(data) => revert_message(data),
        Failure::Halt(reason) => halted(reason),
    });
    node.reply(&AccessListResult {
        access_list,
        gas_used: U256::from(outcome.gas_used),
        error,
    })
}
