//! What accounts hold: balances, nonces, code, storage, and proofs of them.

use std::collections::BTreeMap;

use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{Address, B256, U64, U256};
use alloy_rpc_types::{Account, AccountInfo, EIP1186AccountProofResponse, EIP1186StorageProof};

use crate::{
    chain::State,
    server::rpc::{
        error::{Answer, RpcError, reply},
        method::{Method, compute, read},
        node::Node,
        params::Params,
        slot::Slot,
    },
};

pub(super) const TABLE: &[Method] = &[
    read(&["eth_getBalance"], balance),
    read(&["eth_getTransactionCount"], transaction_count),
    read(&["eth_getCode"], code),
    read(&["eth_getStorageAt"], storage),
    compute(&["eth_getStorageValues"], storage_values),
    compute(&["eth_getProof"], proof),
    compute(&["eth_getAccount"], account),
    read(&["eth_getAccountInfo"], account_info),
];

/// Most slots one call of `eth_getStorageValues` may ask for.
const SLOTS_MAX: usize = 1_024;

/// Takes the block id, the newest if absent, and the end; returns the state after that block.
fn state(node: &Node, mut params: Params) -> Result<State, RpcError> {
    let id = params.optional_block("block")?.unwrap_or_default();
    params.end()?;
    state_at(node, id)
}

/// Returns the state after a block; the pending one's is built with the time it would have.
pub(super) fn state_at(node: &Node, id: BlockId) -> Result<State, RpcError> {
    let reading = node.reading();
    match reading.chain.resolve(id)? {
        Some(number) => Ok(reading.chain.state_after(number)?.clone()),
        None if reading.chain.mempool().is_empty() => Ok(reading.chain.state().clone()),
        None => Ok(reading.chain.pending(node.next_block_time(&reading)).state),
    }
}

fn balance(node: &Node, mut params: Params) -> Answer {
    let address: Address = params.prefixed("address")?;
    reply(&state(node, params)?.balance(address))
}

fn transaction_count(node: &Node, mut params: Params) -> Answer {
    let address: Address = params.prefixed("address")?;
    let id = params.optional_block("block")?.unwrap_or_default();
    params.end()?;
    if id == BlockId::Number(BlockNumberOrTag::Pending) {
        return reply(&U64::from(node.reading().chain.next_nonce(address)));
    }
    reply(&U64::from(state_at(node, id)?.nonce(address)))
}

fn code(node: &Node, mut params: Params) -> Answer {
    let address: Address = params.prefixed("address")?;
    node.reply(&state(node, params)?.code(address).original_bytes())
}

fn storage(node: &Node, mut params: Params) -> Answer {
    let address: Address = params.prefixed("address")?;
    let slot = params.next::<Slot>("slot")?.place();
    let value = state(node, params)?.slot(address, slot.into());
    reply(&B256::from(value))
}

fn storage_values(node: &Node, mut params: Params) -> Answer {
    let wanted: BTreeMap<Address, Vec<Slot>> = params.next("slots by address")?;
    let count: usize = wanted.values().map(Vec::len).sum();
    if count == 0 {
        return Err(RpcError::invalid_params("empty request"));
    }
    if count > SLOTS_MAX {
        let message = format!("total slot count {count} exceeds limit {SLOTS_MAX}");
        return Err(RpcError::invalid_params(message));
    }
    let state = state(node, params)?;
    let values: BTreeMap<Address, Vec<B256>> = wanted
        .into_iter()
        .map(|(address, slots)| {
            let slots = slots.into_iter();
            let values = slots.map(|slot| state.slot(address, slot.place().into()).into());
            (address, values.collect())
        })
        .collect();
    reply(&values)
}

fn proof(node: &Node, mut params: Params) -> Answer {
    let address: Address = params.prefixed("address")?;
    let keys: Vec<Slot> = params.next("slots")?;
    if keys.len() > SLOTS_MAX {
        let message = format!("too many slots: {}, at most {SLOTS_MAX}", keys.len());
        return Err(RpcError::invalid_params(message));
    }
    let state = state(node, params)?;
    let slots: Vec<U256> = keys.iter().map(|key| key.place().into()).collect();
    let proof = state.proof(address, &slots);
    let storage_proof = keys
        .into_iter()
        .zip(proof.storage)
        .map(|(key, slot)| EIP1186StorageProof {
            key: key.told(),
            value: slot.value,
            proof: slot.proof,
        })
        .collect();
    node.reply(&EIP1186AccountProofResponse {
        address,
        balance: proof.account.balance,
        code_hash: proof.account.code_hash,
        nonce: proof.account.nonce,
        storage_hash: proof.account.storage_root,
        account_proof: proof.proof,
        storage_proof,
    })
}

fn account(node: &Node, mut params: Params) -> Answer {
    let address: Address = params.prefixed("address")?;
    let state = state(node, params)?;
    if !state.exists(address) {
        return reply(&());
    }
    let account = state.proof(address, &[]).account;
    reply(&Account {
        nonce: account.nonce,
        balance: account.balance,
        storage_root: account.storage_root,
        code_hash: account.code_hash,
    })
}

fn account_info(node: &Node, mut params: Params) -> Answer {
    let address: Address = params.prefixed("address")?;
    let state = state(node, params)?;
    node.reply(&AccountInfo {
        balance: state.balance(address),
        nonce: state.nonce(address),
        code: state.code(address).original_bytes(),
    })
}
