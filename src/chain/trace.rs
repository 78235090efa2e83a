//! Traces: what a transaction or a call did, step by step, in geth's forms.

use std::sync::Arc;

use alloy_eips::eip2930::AccessList;
use alloy_primitives::TxHash;
use alloy_rpc_types::trace::geth::{GethDebugTracerType, GethDebugTracingOptions, GethTrace};
use revm_inspectors::{
    access_list::AccessListInspector,
    tracing::{DebugInspector, TransactionContext},
};

use super::{
    Chain,
    block::{Block, Receipt},
    call::{Call, CallOutcome},
    frugal::{Budget, Frugal},
    replay::{Inspected, ReplayError},
};

/// The tracers there are, as clients name them.
const TRACERS: &str = "callTracer, prestateTracer, flatCallTracer, 4byteTracer, muxTracer, \
                       erc7562Tracer and noopTracer";

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
        let budget = self.trace_budget();
        let inspected = self.inspect_transaction(hash, tracer(options, &budget)?)?;
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
        let budget = self.trace_budget();
        self.inspect_block(
            block,
            || tracer(options, &budget),
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
        let budget = self.trace_budget();
        geth_trace(prepared.inspect(tracer(options, &budget)?)?, None)
    }

    /// Returns what the traces of one answer take from.
    pub(super) fn trace_budget(&self) -> Budget {
        self.settings.trace_memory.budget()
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

fn tracer(
    options: &GethDebugTracingOptions,
    budget: &Budget,
) -> Result<Frugal<DebugInspector>, ReplayError> {
    if let Some(GethDebugTracerType::JsTracer(name)) = &options.tracer
        && !name.is_empty()
    {
        let shown: String = name.chars().take(40).collect();
        return Err(ReplayError::Tracer(format!(
            "there is no tracer `{shown}`: there are {TRACERS}, and struct logs if none is named; \
             JS tracers are not run"
        )));
    }
    let tracer = DebugInspector::new(options.clone());
    let tracer = tracer.map_err(|error| ReplayError::Tracer(error.to_string()))?;
    Ok(Frugal::new(tracer, budget))
}

fn context_of(receipt: &Receipt) -> TransactionContext {
    TransactionContext {
        block_hash: Some(receipt.block().hash),
        tx_hash: Some(receipt.hash()),
        tx_index: Some(receipt.index()),
    }
}

fn geth_trace(
    inspected: Inspected<Frugal<DebugInspector>>,
    context: Option<TransactionContext>,
) -> Result<GethTrace, ReplayError> {
    let Inspected {
        mut inspector,
        executed,
        transaction,
        environment,
        mut state,
    } = inspected.afforded()?;
    let block = &environment.block_env;
    inspector
        .get_result(context, &transaction, block, &executed, &mut state)
        .map_err(|error| ReplayError::Tracer(error.to_string()))
}
