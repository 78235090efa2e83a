//! What a caller supposes of blocks, as it arrives. Nothing of it is overlooked: a name nobody knows is
//! refused, and so is a field that means nothing where it stands.

use std::collections::BTreeMap;

use alloy_eips::eip4895::Withdrawal;
use alloy_primitives::{Address, B256, U256};
use alloy_rpc_types::{
    BlockOverrides, TransactionRequest, simulate::SimBlock, state::StateOverride,
};
use serde::Deserialize;

use super::{error::RpcError, params::Params};
use crate::chain::{BlockRequest, SimulationRequest};

/// The fields of a block that are supposed, by all the names clients know them.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Supposed {
    #[serde(alias = "blockNumber")]
    number: Option<U256>,
    difficulty: Option<U256>,
    #[serde(alias = "timestamp", with = "alloy_serde::quantity::opt")]
    time: Option<u64>,
    #[serde(with = "alloy_serde::quantity::opt")]
    gas_limit: Option<u64>,
    #[serde(alias = "coinbase")]
    fee_recipient: Option<Address>,
    #[serde(alias = "random")]
    prev_randao: Option<B256>,
    #[serde(alias = "baseFee")]
    base_fee_per_gas: Option<U256>,
    blob_base_fee: Option<U256>,
    #[serde(alias = "parentBeaconBlockRoot")]
    beacon_root: Option<B256>,
    block_hash: Option<BTreeMap<u64, B256>>,
    withdrawals: Option<Vec<Withdrawal>>,
}

impl Supposed {
    /// Takes the next argument as what a single call supposes of its block, if anything.
    ///
    /// # Errors
    ///
    /// When it is no such object, or supposes what only a whole block can have.
    pub(super) fn by_call(params: &mut Params) -> Result<Option<BlockOverrides>, RpcError> {
        let given: Option<Self> = params.optional("block overrides")?;
        given.map(Self::of_call).transpose()
    }

    /// Returns what is supposed for a single call.
    ///
    /// # Errors
    ///
    /// When it is what only a whole block can have.
    pub(super) fn of_call(self) -> Result<BlockOverrides, RpcError> {
        let idle = [
            ("beaconRoot", self.beacon_root.is_some()),
            ("withdrawals", self.withdrawals.is_some()),
        ];
        match idle.into_iter().find(|(_, is_given)| *is_given) {
            None => Ok(self.into()),
            Some((name, _)) => Err(RpcError::invalid_params(format!(
                "block override {name:?} is not supported for this RPC method; eth_simulateV1 takes it"
            ))),
        }
    }
}

impl From<Supposed> for BlockOverrides {
    fn from(supposed: Supposed) -> Self {
        Self {
            number: supposed.number,
            difficulty: supposed.difficulty,
            time: supposed.time,
            gas_limit: supposed.gas_limit,
            coinbase: supposed.fee_recipient,
            random: supposed.prev_randao,
            base_fee: supposed.base_fee_per_gas,
            blob_base_fee: supposed.blob_base_fee,
            beacon_root: supposed.beacon_root,
            block_hash: supposed.block_hash,
        }
    }
}

/// Blocks to simulate.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Payload {
    #[serde(default)]
    block_state_calls: Vec<PayloadBlock>,
    #[serde(default)]
    trace_transfers: bool,
    #[serde(default)]
    validation: bool,
    /// Whether transactions are told in full.
    #[serde(default)]
    pub(super) return_full_transactions: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PayloadBlock {
    #[serde(default)]
    block_overrides: Option<Supposed>,
    #[serde(default)]
    state_overrides: Option<StateOverride>,
    #[serde(default)]
    calls: Vec<TransactionRequest>,
}

impl From<Payload> for SimulationRequest {
    fn from(payload: Payload) -> Self {
        Self {
            blocks: payload
                .block_state_calls
                .into_iter()
                .map(Into::into)
                .collect(),
            spacing: None,
            trace_transfers: payload.trace_transfers,
            validation: payload.validation,
        }
    }
}

impl From<PayloadBlock> for BlockRequest {
    fn from(block: PayloadBlock) -> Self {
        let mut supposed = block.block_overrides;
        let withdrawals = supposed.as_mut().and_then(|block| block.withdrawals.take());
        Self {
            block: SimBlock {
                block_overrides: supposed.map(Into::into),
                state_overrides: block.state_overrides,
                calls: block.calls,
            },
            withdrawals: withdrawals.map(Into::into),
        }
    }
}
