//! Traces in Parity's forms: lists of calls, machine steps, differences of state, gas by opcode.

use std::sync::Arc;

use alloy_eips::BlockId;
use alloy_primitives::{TxHash, map::HashSet};
use alloy_rpc_types::{
    TransactionInfo, TransactionRequest,
    trace::{
        opcode::{OpcodeGas, TransactionOpcodeGas},
        parity::{
            LocalizedTransactionTrace, TraceResults, TraceResultsWithTransactionHash, TraceType,
        },
    },
};
use revm::DatabaseCommit as _;
use revm_inspectors::{
    opcode::OpcodeGasInspector,
    tracing::{TracingInspector, TracingInspectorConfig},
};

use super::{
    Chain,
    block::Block,
    call::{Call, CallError},
    frugal::{Budget, Frugal},
    replay::{Inspected, ReplayError},
};

/// Which forms of a trace are wanted.
pub type TraceTypes = HashSet<TraceType>;

impl Chain {
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
        let budget = self.trace_budget();
        let traces = self.inspect_block(
            block,
            || Ok(Frugal::new(TracingInspector::new(config), &budget)),
            |receipt, inspected| {
                let info = TransactionInfo {
                    hash: Some(receipt.hash()),
                    index: Some(receipt.index() as u64),
                    block_hash: Some(block.hash),
                    block_number: Some(block.number()),
                    base_fee: block.header.base_fee_per_gas,
                    block_timestamp: Some(block.timestamp()),
                };
                let builder = inspected.afforded()?.inspector.into_parity_builder();
                Ok(builder.into_localized_transaction_traces(info))
            },
        )?;
        Ok(traces.into_iter().flatten().collect())
    }

    /// Executes a mined transaction once more and returns the traces wanted.
    ///
    /// # Errors
    ///
    /// [`ReplayError`] if the transaction is unknown or the state before its block is forgotten.
    pub fn parity_replay(
        &self,
        hash: &TxHash,
        wanted: &TraceTypes,
    ) -> Result<TraceResults, ReplayError> {
        let budget = self.trace_budget();
        let inspected = self.inspect_transaction(hash, tracer(wanted, &budget))?;
        Ok(results(inspected.afforded()?, wanted))
    }

    /// Executes every transaction of a block once more and returns the traces wanted of each.
    ///
    /// # Errors
    ///
    /// [`ReplayError`] if the state before the block is forgotten.
    pub fn parity_replay_block(
        &self,
        block: &Arc<Block>,
        wanted: &TraceTypes,
    ) -> Result<Vec<TraceResultsWithTransactionHash>, ReplayError> {
        if block.transactions.is_empty() {
            return Ok(Vec::new());
        }
        let budget = self.trace_budget();
        self.inspect_block(
            block,
            || Ok(tracer(wanted, &budget)),
            |receipt, inspected| {
                Ok(TraceResultsWithTransactionHash {
                    full_trace: results(inspected.afforded()?, wanted),
                    transaction_hash: receipt.hash(),
                })
            },
        )
    }

    /// Executes requests after a block, each on what the one before it left, and returns the traces
    /// wanted of each.
    ///
    /// # Errors
    ///
    /// [`ReplayError`] if there is nothing to execute on, or a request cannot be executed.
    pub fn parity_calls(
        &self,
        requests: Vec<(TransactionRequest, TraceTypes)>,
        block: BlockId,
    ) -> Result<Vec<TraceResults>, ReplayError> {
        let mut view = self.at(block).map_err(CallError::from)?;
        let mut traces = Vec::with_capacity(requests.len());
        let budget = self.trace_budget();
        for (request, wanted) in requests {
            let call = Call {
                request,
                ..Call::default()
            };
            let mut prepared = self.prepare_on(view.clone(), &call)?;
            prepared.afford()?;
            let inspected = prepared.inspect(tracer(&wanted, &budget))?.afforded()?;
            view.state.commit(inspected.executed.state.clone());
            // It is told whether or not a trace is.
            let output = inspected.executed.result.output();
            budget.afford_output(output.map_or(0, |output| output.len()))?;
            traces.push(results(inspected, &wanted));
        }
        Ok(traces)
    }

    /// Returns how often each opcode ran in each transaction of a block, and what gas it took.
    ///
    /// # Errors
    ///
    /// [`ReplayError`] if the state before the block is forgotten.
    pub fn opcode_gas(&self, block: &Arc<Block>) -> Result<Vec<TransactionOpcodeGas>, ReplayError> {
        if block.transactions.is_empty() {
            return Ok(Vec::new());
        }
        self.inspect_block(
            block,
            || Ok(OpcodeGasInspector::new()),
            |receipt, inspected| {
                let mut opcode_gas: Vec<OpcodeGas> =
                    inspected.inspector.opcode_gas_iter().collect();
                opcode_gas.sort_by(|one, other| one.opcode.cmp(&other.opcode));
                Ok(TransactionOpcodeGas {
                    transaction_hash: receipt.hash(),
                    opcode_gas,
                })
            },
        )
    }
}

fn tracer(wanted: &TraceTypes, budget: &Budget) -> Frugal<TracingInspector> {
    let config = TracingInspectorConfig::from_parity_config(wanted);
    Frugal::new(TracingInspector::new(config), budget)
}

fn results(inspected: Inspected<TracingInspector>, wanted: &TraceTypes) -> TraceResults {
    let Inspected {
        inspector,
        executed,
        state,
        ..
    } = inspected;
    let builder = inspector
        .into_parity_builder()
        .with_transaction_gas_used(executed.result.tx_gas_used());
    let found = builder.into_trace_results_with_state(&executed, wanted, &state);
    // A state in memory cannot fail to be read.
    found.unwrap_or_else(|never| match never {})
}
