//! One transaction through revm: the machine, and what comes out of it in the chain's words.

use std::convert::Infallible;

use alloy_consensus::{ReceiptEnvelope, ReceiptWithBloom, TxType};
use alloy_evm::{EvmEnv, eth::EthEvm};
use alloy_primitives::{B256, Log, keccak256};
use revm::{
    Context, MainContext as _,
    context::Evm,
    context_interface::{
        local::FrameStack,
        result::{EVMError, ExecutionResult, InvalidTransaction, Output},
    },
    handler::instructions::EthInstructions,
};

use super::{
    believed::Believed,
    block::{Failure, Outcome},
    installed::Installed,
    state::State,
    transfers::Transfers,
};

/// The machine that executes on a state.
///
/// It holds an inspector that is off unless somebody [enables](alloy_evm::Evm::enable_inspector) it.
pub(crate) type Machine<'a> = EthEvm<&'a mut State, Transfers, Installed>;

/// Why a transaction cannot be in a block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The gas left in the block is less than the transaction may use.
    #[error("the transaction may use {wanted} gas, the block has {left} left")]
    BlockFull {
        /// Gas the transaction may use.
        wanted: u64,
        /// Gas left in the block.
        left: u64,
    },
    /// The transaction is not valid on this state.
    #[error("{0}")]
    Invalid(InvalidTransaction),
    /// The machine itself failed.
    #[error("the machine failed: {0}")]
    Machine(String),
}

/// Returns a machine that executes on `state` in `environment` and takes what is `believed` for true.
pub(crate) fn machine<'a>(
    state: &'a mut State,
    environment: EvmEnv,
    believed: &Believed,
) -> Machine<'a> {
    let EvmEnv { cfg_env, block_env } = environment;
    let spec = cfg_env.spec;
    let mut precompiles = Installed::of(spec);
    believed.persuade(&mut precompiles.map);
    // The usual builder makes room for eight frames, a quarter of a megabyte, before anything is
    // called: that is most of the time of a call that only reads.
    let evm = Evm {
        ctx: Context::mainnet()
            .with_block(block_env)
            .with_cfg(cfg_env)
            .with_db(state),
        inspector: Transfers::default(),
        instruction: EthInstructions::new_mainnet_with_spec(spec),
        precompiles,
        frame_stack: FrameStack::new(),
    };
    EthEvm::new(evm, false)
}

pub(crate) fn rejection(error: EVMError<Infallible>) -> Rejection {
    match error {
        EVMError::Transaction(invalid) => Rejection::Invalid(invalid),
        EVMError::Header(_)
        | EVMError::Database(_)
        | EVMError::Custom(_)
        | EVMError::CustomAny(_) => Rejection::Machine(error.to_string()),
    }
}

pub(crate) fn outcome_of(result: ExecutionResult) -> (bool, Outcome, Vec<Log>) {
    let gas_used = result.tx_gas_used();
    let (created, failure, logs) = match result {
        ExecutionResult::Success { output, logs, .. } => match output {
            Output::Call(_) => (None, None, logs),
            Output::Create(_, created) => (created, None, logs),
        },
        ExecutionResult::Revert { output, logs, .. } => (None, Some(Failure::Revert(output)), logs),
        ExecutionResult::Halt { reason, logs, .. } => (None, Some(Failure::Halt(reason)), logs),
    };
    let outcome = Outcome {
        gas_used,
        created,
        failure,
    };
    (outcome.failure.is_none(), outcome, logs)
}

pub(crate) fn enveloped(kind: TxType, receipt: ReceiptWithBloom) -> ReceiptEnvelope {
    match kind {
        TxType::Legacy => ReceiptEnvelope::Legacy(receipt),
        TxType::Eip2930 => ReceiptEnvelope::Eip2930(receipt),
        TxType::Eip1559 => ReceiptEnvelope::Eip1559(receipt),
        TxType::Eip4844 => ReceiptEnvelope::Eip4844(receipt),
        TxType::Eip7702 => ReceiptEnvelope::Eip7702(receipt),
    }
}

/// Returns the randomness of the block after `parent` when nobody chose it: unpredictable to a
/// contract, the same on every run.
pub(crate) fn derived_randomness(parent: B256) -> B256 {
    keccak256(parent)
}
