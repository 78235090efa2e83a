//! Traces: what a transaction or a call did, step by step, in geth's forms.

use std::sync::Arc;

use alloy_eips::eip2930::AccessList;
use alloy_primitives::TxHash;
use alloy_rpc_types::trace::geth::{
    CallFrame, GethDebugBuiltInTracerType, GethDebugTracerType, GethDebugTracingOptions, GethTrace,
};
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
        let asked = Asked::of(options);
        let inspected = self.inspect_transaction(hash, tracer(&asked.options, &budget)?)?;
        geth_trace(inspected, &asked, Some(&receipt))
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
        let asked = Asked::of(options);
        self.inspect_block(
            block,
            || tracer(&asked.options, &budget),
            |receipt, inspected| {
                let trace = geth_trace(inspected, &asked, Some(receipt))?;
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
        let asked = Asked::of(options);
        let inspected = prepared.inspect(tracer(&asked.options, &budget)?)?;
        geth_trace(inspected, &asked, None)
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

/// What a client asked of a tracer.
struct Asked {
    options: GethDebugTracingOptions,
    /// Only the outermost call is wanted, with its logs. All calls are traced nevertheless: which
    /// logs there are of all, only they tell.
    cut: bool,
}

impl Asked {
    fn of(options: &GethDebugTracingOptions) -> Self {
        let mut options = options.clone();
        let calls = GethDebugTracerType::BuiltInTracer(GethDebugBuiltInTracerType::CallTracer);
        let is_calls = options.tracer.as_ref() == Some(&calls);
        let config = options.tracer_config.clone().into_call_config();
        let mut config = config.unwrap_or_default();
        let wants = |flag: Option<bool>| flag.unwrap_or_default();
        let cut = is_calls && wants(config.only_top_call) && wants(config.with_log);
        if cut {
            config.only_top_call = None;
            options.tracer_config = config.into();
        }
        Self { options, cut }
    }
}

/// Numbers the logs of a call and of the calls it made as the block does, in which `first` logs
/// went before.
fn number_logs(root: &mut CallFrame, first: usize) {
    if root.error.is_some() {
        root.logs.clear();
    }
    let mut logs = Vec::new();
    let mut calls = vec![root];
    while let Some(call) = calls.pop() {
        logs.extend(call.logs.iter_mut().map(|log| &mut log.index));
        calls.extend(&mut call.calls);
    }
    // They are numbered as they were written, those counted that a failed call took with it.
    logs.sort_unstable();
    for (offset, index) in logs.into_iter().enumerate() {
        *index = Some((first + offset) as u64);
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
    asked: &Asked,
    receipt: Option<&Receipt>,
) -> Result<GethTrace, ReplayError> {
    let Inspected {
        mut inspector,
        executed,
        transaction,
        environment,
        mut state,
    } = inspected.afforded()?;
    let block = &environment.block_env;
    let context = receipt.map(context_of);
    let mut trace = inspector
        .get_result(context, &transaction, block, &executed, &mut state)
        .map_err(|error| ReplayError::Tracer(error.to_string()))?;
    if let GethTrace::CallTracer(root) = &mut trace {
        number_logs(root, receipt.map_or(0, Receipt::first_log_index));
        if asked.cut {
            root.calls.clear();
            // No call is shown that a log could come after.
            for log in &mut root.logs {
                log.position = Some(0);
            }
        }
    }
    Ok(trace)
}
