//! Traces: what a transaction or a call did, step by step, in geth's and in Parity's forms.

use std::sync::Arc;

use alloy_eips::eip2930::AccessList;
use alloy_primitives::TxHash;
use alloy_rpc_types::{
    TransactionInfo,
    trace::{
        geth::{GethDebugTracingOptions, GethTrace},
        parity::LocalizedTransactionTrace,
    },
};
use revm_inspectors::{
    access_list::AccessListInspector,
    tracing::{DebugInspector, TracingInspector, TracingInspectorConfig, TransactionContext},
};

use super::{
    Chain,
    block::{Block, Receipt},
    call::{Call, CallOutcome},
    replay::{Inspected, ReplayError},
};

impl Chain {
    /// Traces a mined transaction in geth's form: struct logs, or a built-in tracer by name.
    ///
    /// # Errors
    ///
    /// [`ReplayError`] if it cannot be executed again or the tracer is none of the built-in ones.
    pub fn trace_transaction(
        &self,
        hash: &TxHash,
        options: &GethDebugTracingOptions,
    ) -> Result<GethTrace, ReplayError> {
        let receipt = self
            .receipt(hash)
            .ok_or(ReplayError::UnknownTransaction(*hash))?;
        let inspected = self.inspect_transaction(hash, tracer(options)?)?;
        geth_trace(inspected, Some(context_of(&receipt)))
    }

    /// Traces every transaction of a block in geth's form.
    ///
    /// # Errors
    ///
    /// As [`Chain::trace_transaction`]; the genesis cannot be traced.
    pub fn trace_block(
        &self,
        block: &Arc<Block>,
        options: &GethDebugTracingOptions,
    ) -> Result<Vec<(TxHash, GethTrace)>, ReplayError> {
        self.inspect_block(
            block,
            || tracer(options),
            |receipt, inspected| {
                let trace = geth_trace(inspected, Some(context_of(receipt)))?;
                Ok((receipt.hash(), trace))
            },
        )
    }

    /// Traces a call in geth's form, without consequences.
    ///
    /// # Errors
    ///
    /// [`ReplayError`] if there is nothing to execute on, or the request cannot be executed.
    pub fn trace_call(
        &self,
        call: &Call,
        options: &GethDebugTracingOptions,
    ) -> Result<GethTrace, ReplayError> {
        let mut prepared = self.prepare(call)?;
        prepared.afford()?;
        geth_trace(prepared.inspect(tracer(options)?)?, None)
    }

    /// Traces every transaction of a block in Parity's form.
    ///
    /// # Errors
    ///
    /// [`ReplayError`] if the state before the block is forgotten.
    pub fn parity_traces(
        &self,
        block: &Arc<Block>,
    ) -> Result<Vec<LocalizedTransactionTrace>, ReplayError> {
        if block.transactions.is_empty() {
            return Ok(Vec::new());
        }
        let config = TracingInspectorConfig::default_parity();
        let traces = self.inspect_block(
            block,
            || Ok(TracingInspector::new(config)),
            |receipt, inspected| {
                let info = TransactionInfo {
                    hash: Some(receipt.hash()),
                    index: Some(receipt.index() as u64),
                    block_hash: Some(block.hash),
                    block_number: Some(block.number()),
                    base_fee: block.header.base_fee_per_gas,
                    block_timestamp: Some(block.timestamp()),
                };
                let builder = inspected.inspector.into_parity_builder();
                Ok(builder.into_localized_transaction_traces(info))
            },
        )?;
        Ok(traces.into_iter().flatten().collect())
    }

    /// Returns the addresses and slots a call touches besides sender, recipient and precompiles,
    /// and what the call does when it names them.
    ///
    /// # Errors
    ///
    /// [`ReplayError`] if there is nothing to execute on, or the request cannot be executed.
    pub fn access_list(&self, call: &Call) -> Result<(AccessList, CallOutcome), ReplayError> {
        let mut call = call.clone();
        let known = call.request.access_list.take().unwrap_or_default();
        let mut prepared = self.prepare(&call)?;
        prepared.afford()?;
        let inspected = prepared.inspect(AccessListInspector::new(known))?;
        let list = inspected.inspector.into_access_list();
        call.request.access_list = Some(list.clone());
        let outcome = self.call(&call)?;
        Ok((list, outcome))
    }
}

fn tracer(options: &GethDebugTracingOptions) -> Result<DebugInspector, ReplayError> {
    DebugInspector::new(options.clone()).map_err(|error| ReplayError::Tracer(error.to_string()))
}

fn context_of(receipt: &Receipt) -> TransactionContext {
    TransactionContext {
        block_hash: Some(receipt.block().hash),
        tx_hash: Some(receipt.hash()),
        tx_index: Some(receipt.index()),
    }
}

fn geth_trace(
    inspected: Inspected<DebugInspector>,
    context: Option<TransactionContext>,
) -> Result<GethTrace, ReplayError> {
    let Inspected {
        mut inspector,
        executed,
        transaction,
        environment,
        mut state,
    } = inspected;
    let block = &environment.block_env;
    inspector
        .get_result(context, &transaction, block, &executed, &mut state)
        .map_err(|error| ReplayError::Tracer(error.to_string()))
}
