//! Several blocks that could follow a block of the chain, executed without consequences.
//!
//! As `eth_simulateV1` of geth: a simulated block is a true block, roots and hash included; only
//! what its callers supposed, and rules that validation would have held, make it unreal.

mod error;
mod overrides;
mod plan;
mod request;

use std::sync::Arc;

use alloy_consensus::{Header, Transaction as _};
use alloy_eips::{BlockId, eip4895::Withdrawals};
use alloy_evm::{Evm as _, FromRecoveredTx as _, overrides::OverrideBlockHashes as _};
use alloy_hardforks::EthereumHardforks as _;
use alloy_primitives::{B256, Bytes};
use alloy_rpc_types::{
    BlockOverrides,
    simulate::{SimBlock, SimCallResult, SimulateError, SimulatePayload},
};
use revm::{
    context::TxEnv,
    context_interface::{Block as _, block::BlobExcessGasAndPrice, result::ExecutionResult},
};

pub use self::error::{Flaw, SimulationError};
use self::{
    plan::{Planned, plan},
    request::{Setting, transaction_of},
};
use super::{
    Chain,
    assembly::Assembly,
    block::{Block, Transaction},
    execute::Rejection,
    installed::Displaced,
    prepared::{CALL_GAS_MAX, CALL_MEMORY_MAX},
    read::View,
    reason::{halt_message, revert_message},
    state::State,
    transfers::Numbered,
};

/// What to simulate.
#[derive(Clone, Debug, Default)]
pub struct SimulationRequest {
    /// The blocks, in order.
    pub blocks: Vec<BlockRequest>,
    /// Seconds between blocks nobody gave a time; twelve if absent.
    pub spacing: Option<u64>,
    /// Whether transfers of ether are told as logs.
    pub trace_transfers: bool,
    /// Whether the rules hold that calls are spared: nonces, fees and who may send.
    pub validation: bool,
}

/// A block to simulate.
#[derive(Clone, Debug, Default)]
pub struct BlockRequest {
    /// Its calls, and what is supposed of it and of accounts.
    pub block: SimBlock,
    /// Ether that arrives at its end; none is as good as an empty list.
    pub withdrawals: Option<Withdrawals>,
}

impl From<SimulatePayload> for SimulationRequest {
    fn from(payload: SimulatePayload) -> Self {
        let blocks = payload.block_state_calls.into_iter();
        let blocks = blocks.map(|block| BlockRequest {
            block,
            withdrawals: None,
        });
        Self {
            blocks: blocks.collect(),
            spacing: None,
            trace_transfers: payload.trace_transfers,
            validation: payload.validation,
        }
    }
}

/// A block that was simulated.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// The block; its transactions are not signed.
    pub block: Arc<Block>,
    /// What each of its calls did.
    pub calls: Vec<SimCallResult>,
}

/// One simulation under way.
struct Simulation<'a> {
    chain: &'a Chain,
    /// The newest block so far.
    parent: Arc<Block>,
    /// The state after it.
    state: State,
    /// The base fee of the next block, which validation makes calls pay.
    base_fee: u64,
    validation: bool,
    trace_transfers: bool,
    gas_used: u64,
}

impl Chain {
    /// Simulates blocks that follow a block of the chain, or the pending one.
    ///
    /// # Errors
    ///
    /// [`SimulationError`] if the blocks are out of order or a call is no valid transaction.
    pub fn simulate(
        &self,
        request: impl Into<SimulationRequest>,
        block: BlockId,
    ) -> Result<Vec<Simulated>, SimulationError> {
        self.simulate_on(self.at(block)?, request)
    }

    /// As [`Chain::simulate`], on a view of the caller's own.
    ///
    /// # Errors
    ///
    /// As [`Chain::simulate`].
    pub fn simulate_on(
        &self,
        view: View,
        request: impl Into<SimulationRequest>,
    ) -> Result<Vec<Simulated>, SimulationError> {
        let request = request.into();
        let planned = plan(&view.block.header, request.blocks, request.spacing)?;
        let base_fee = if view.block.hash == self.head().hash {
            self.next_base_fee()
        } else {
            self.base_fee_after(&view.block)
        };
        let mut simulation = Simulation {
            chain: self,
            parent: view.block,
            state: view.state,
            base_fee,
            validation: request.validation,
            trace_transfers: request.trace_transfers,
            gas_used: 0,
        };
        planned
            .into_iter()
            .map(|block| simulation.step(block))
            .collect()
    }
}

impl Simulation<'_> {
    /// Makes the next block.
    fn step(&mut self, planned: Planned) -> Result<Simulated, SimulationError> {
        let BlockRequest { block, withdrawals } = planned.asked;
        let overrides = block.block_overrides.unwrap_or_default();
        let header = self.header(planned.number, planned.time, &overrides);
        let withdrawals = match (header.withdrawals_root, withdrawals) {
            (None, Some(_)) => return Err(SimulationError::Withdrawals(planned.number)),
            (None, None) => None,
            (Some(_), given) => Some(given.unwrap_or_default()),
        };
        let mut state = self.state.clone();
        let supposed = block.state_overrides.unwrap_or_default();
        let displaced = overrides::apply(supposed, &mut state)?;

        let rules = self.chain.rules();
        let mut assembly = Assembly::open(rules, &mut state, header.clone(), false)?;
        let hashes = assembly.state().block_hashes();
        self.bend(&mut assembly, overrides, &displaced)?;
        let mut calls = Vec::with_capacity(block.calls.len());
        for request in block.calls {
            if self.gas_used >= CALL_GAS_MAX {
                return Err(SimulationError::GasExhausted { max: CALL_GAS_MAX });
            }
            let setting = Setting {
                chain_id: rules.chain_id,
                nonce: assembly.state().nonce(request.from.unwrap_or_default()),
                gas_limit: header.gas_limit,
                gas_left: assembly.gas_left(),
                budget: CALL_GAS_MAX - self.gas_used,
                base_fee: header.base_fee_per_gas,
                validation: self.validation,
            };
            let transaction = transaction_of(request, setting)?;
            let result = self
                .execute(&mut assembly, &transaction)
                .map_err(|rejection| {
                    SimulationError::rejected(rejection, &transaction, header.gas_limit)
                })?;
            self.gas_used += result.tx_gas_used();
            let logs = assembly.machine_mut().inspector_mut().take();
            calls.push((result_of(&result), logs));
            assembly.record(transaction, result);
        }
        let block = Arc::new(assembly.close(Vec::new(), withdrawals)?);
        self.base_fee = self.chain.base_fee_after(&block);
        // What this block supposed of its ancestors' hashes is no truth to the next one.
        state.set_block_hashes(hashes);
        self.state = state;
        self.parent = Arc::clone(&block);
        Ok(Simulated {
            calls: located(&block, calls),
            block,
        })
    }

    /// Executes one call.
    ///
    /// The greatest nonce can be raised no more and is no valid transaction's; a call whose nonce
    /// nobody checks is executed all the same, and the sender's begins anew. Blobs for which a call
    /// names no price are taken for what they cost unless that is validated.
    fn execute(
        &self,
        assembly: &mut Assembly<'_>,
        transaction: &Transaction,
    ) -> Result<ExecutionResult, Rejection> {
        let free_blobs = transaction.max_fee_per_blob_gas() == Some(0);
        if self.validation || (transaction.nonce() != u64::MAX && !free_blobs) {
            return assembly.execute(transaction);
        }
        let sender = transaction.signer();
        let mut request = TxEnv::from_recovered_tx(transaction.inner(), sender);
        if free_blobs {
            let price = assembly.machine_mut().ctx_mut().block.blob_gasprice();
            request.max_fee_per_blob_gas = price.unwrap_or_default();
        }
        if transaction.nonce() != u64::MAX {
            return assembly.execute_as(transaction, request);
        }
        let nonce = assembly.state().nonce(sender);
        request.nonce = if nonce == u64::MAX { 0 } else { nonce };
        let state = assembly.machine_mut().db_mut();
        state.set_nonce(sender, request.nonce);
        let result = assembly.execute_as(transaction, request)?;
        if nonce == u64::MAX {
            assembly.machine_mut().db_mut().set_nonce(sender, 0);
        }
        Ok(result)
    }

    /// Returns the header of the next block with all that is known before it is executed.
    fn header(&self, number: u64, timestamp: u64, overrides: &BlockOverrides) -> Header {
        let chain = self.chain;
        let schedule = &chain.rules().schedule;
        let parent = &self.parent.header;
        let blob_params = schedule.blob_params(timestamp);
        let shanghai = schedule.is_shanghai_active_at_timestamp(timestamp);
        let base_fee = match overrides.base_fee {
            Some(fee) => fee.saturating_to(),
            None if self.validation => self.base_fee,
            // Without validation calls are free.
            None => 0,
        };
        Header {
            parent_hash: self.parent.hash,
            beneficiary: overrides.coinbase.unwrap_or(parent.beneficiary),
            difficulty: overrides.difficulty.unwrap_or(parent.difficulty),
            number,
            gas_limit: overrides.gas_limit.unwrap_or(parent.gas_limit),
            timestamp,
            mix_hash: overrides.random.unwrap_or_default(),
            base_fee_per_gas: schedule
                .is_london_active_at_block(number)
                .then_some(base_fee),
            withdrawals_root: shanghai.then_some(B256::ZERO),
            excess_blob_gas: blob_params.map(|params| {
                parent
                    .next_block_excess_blob_gas(params)
                    .unwrap_or_default()
            }),
            parent_beacon_block_root: blob_params
                .map(|_| overrides.beacon_root.unwrap_or_default()),
            ..Header::default()
        }
    }

    /// Bends the rules for the calls of a block as its overrides say.
    fn bend(
        &self,
        assembly: &mut Assembly<'_>,
        overrides: BlockOverrides,
        displaced: &Displaced,
    ) -> Result<(), SimulationError> {
        let machine = assembly.machine_mut();
        let cfg = &mut machine.ctx_mut().cfg;
        cfg.disable_nonce_check = !self.validation;
        // That calls pay enough is checked before.
        cfg.disable_base_fee = true;
        cfg.tx_gas_limit_cap = Some(u64::MAX);
        cfg.memory_limit = CALL_MEMORY_MAX;
        let block = &mut machine.ctx_mut().block;
        if let Some(price) = overrides.blob_base_fee {
            let excess_blob_gas = block
                .blob_excess_gas_and_price
                .map_or(0, |blobs| blobs.excess_blob_gas);
            block.blob_excess_gas_and_price = Some(BlobExcessGasAndPrice {
                excess_blob_gas,
                blob_gasprice: price.saturating_to(),
            });
        }
        let (state, _, precompiles) = machine.components_mut();
        if let Some(hashes) = overrides.block_hash {
            state.override_block_hashes(hashes);
        }
        displaced.displace(precompiles)?;
        machine.inspector_mut().tells_transfers = self.trace_transfers;
        machine.set_inspector_enabled(true);
        Ok(())
    }
}

/// Returns what a call did, its logs left out.
fn result_of(result: &ExecutionResult) -> SimCallResult {
    let gas = result.gas();
    let (return_data, error) = match result {
        ExecutionResult::Success { output, .. } => (output.data().clone(), None),
        ExecutionResult::Revert { output, .. } => {
            let error = SimulateError {
                code: SimulateError::EXECUTION_REVERTED_CODE,
                message: revert_message(output),
                data: Some(output.clone()),
            };
            (Bytes::new(), Some(error))
        }
        ExecutionResult::Halt { reason, .. } => {
            let error = SimulateError {
                code: SimulateError::VM_EXECUTION_ERROR_CODE,
                message: halt_message(reason).to_owned(),
                data: None,
            };
            (Bytes::new(), Some(error))
        }
    };
    SimCallResult {
        return_data,
        logs: Vec::new(),
        gas_used: gas.tx_gas_used(),
        max_used_gas: Some(gas.total_gas_spent().max(gas.floor_gas())),
        status: error.is_none(),
        error,
    }
}

/// Gives the logs of a block's calls their places, now that the block has its hash.
fn located(block: &Block, calls: Vec<(SimCallResult, Vec<Numbered>)>) -> Vec<SimCallResult> {
    let mut placed = Vec::with_capacity(calls.len());
    for ((index, transaction), (call, logs)) in block.transactions.iter().enumerate().zip(calls) {
        let logs = logs
            .into_iter()
            .map(|(log_index, inner)| alloy_rpc_types::Log {
                inner,
                block_hash: Some(block.hash),
                block_number: Some(block.number()),
                block_timestamp: Some(block.timestamp()),
                transaction_hash: Some(*transaction.inner().tx_hash()),
                transaction_index: Some(index as u64),
                log_index: Some(log_index),
                removed: false,
            });
        placed.push(SimCallResult {
            logs: logs.collect(),
            ..call
        });
    }
    placed
}
