//! Accounts and block settings, set by hand.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_serde::JsonStorageKey;

use crate::server::rpc::{
    error::{Answer, RpcError, null, reply},
    method::{Method, write},
    node::Writer,
    number::number,
    params::Params,
};

pub(in crate::server::rpc::methods) const TABLE: &[Method] = &[
    write(
        &[
            "anvil_setBalance",
            "hardhat_setBalance",
            "tenderly_setBalance",
        ],
        set_balance,
    ),
    write(
        &[
            "anvil_addBalance",
            "hardhat_addBalance",
            "tenderly_addBalance",
        ],
        add_balance,
    ),
    write(&["anvil_setCode", "hardhat_setCode"], set_code),
    write(
        &["anvil_setNonce", "hardhat_setNonce", "evm_setAccountNonce"],
        set_nonce,
    ),
    write(&["anvil_setStorageAt", "hardhat_setStorageAt"], set_storage),
    write(&["anvil_setCoinbase", "hardhat_setCoinbase"], set_coinbase),
    write(
        &["evm_setBlockGasLimit", "anvil_setBlockGasLimit"],
        set_gas_limit,
    ),
    write(
        &[
            "anvil_setNextBlockBaseFeePerGas",
            "hardhat_setNextBlockBaseFeePerGas",
        ],
        set_base_fee,
    ),
    write(
        &["anvil_setMinGasPrice", "hardhat_setMinGasPrice"],
        set_min_gas_price,
    ),
    write(
        &["anvil_setNextBlockPrevRandao", "hardhat_setPrevRandao"],
        set_randomness,
    ),
    write(&["anvil_setChainId"], set_chain_id),
];

fn set_balance(writer: &mut Writer, mut params: Params) -> Answer {
    let address: Address = params.prefixed("address")?;
    let balance: U256 = params.next("balance")?;
    params.end()?;
    writer.chain.set_balance(address, balance);
    null()
}

fn add_balance(writer: &mut Writer, mut params: Params) -> Answer {
    let address: Address = params.prefixed("address")?;
    let more: U256 = params.next("amount")?;
    params.end()?;
    let balance = writer.chain.balance(address).saturating_add(more);
    writer.chain.set_balance(address, balance);
    null()
}

fn set_code(writer: &mut Writer, mut params: Params) -> Answer {
    let address: Address = params.prefixed("address")?;
    let code: Bytes = params.next("code")?;
    params.end()?;
    let set = writer.chain.set_code(address, code);
    set.map_err(|error| RpcError::invalid_params(format!("the code is malformed: {error}")))?;
    null()
}

fn set_nonce(writer: &mut Writer, mut params: Params) -> Answer {
    let address: Address = params.prefixed("address")?;
    let nonce = number(&mut params, "nonce")?;
    params.end()?;
    writer.chain.set_nonce(address, nonce);
    writer.look_again();
    null()
}

fn set_storage(writer: &mut Writer, mut params: Params) -> Answer {
    let address: Address = params.prefixed("address")?;
    let slot: JsonStorageKey = params.next("slot")?;
    let value: JsonStorageKey = params.next("value")?;
    params.end()?;
    let (slot, value) = (slot.as_b256(), value.as_b256());
    writer.chain.set_storage(address, slot.into(), value.into());
    reply(&true)
}

fn set_coinbase(writer: &mut Writer, mut params: Params) -> Answer {
    let address: Address = params.prefixed("address")?;
    params.end()?;
    writer.chain.set_coinbase(address);
    null()
}

fn set_gas_limit(writer: &mut Writer, mut params: Params) -> Answer {
    let limit = number(&mut params, "gas limit")?;
    params.end()?;
    writer.chain.set_gas_limit(limit);
    writer.look_again();
    reply(&true)
}

fn set_base_fee(writer: &mut Writer, mut params: Params) -> Answer {
    let fee = number(&mut params, "base fee")?;
    params.end()?;
    writer.chain.set_next_base_fee(fee);
    writer.look_again();
    null()
}

/// Only blocks without a base fee have a least gas price.
fn set_min_gas_price(writer: &mut Writer, mut params: Params) -> Answer {
    if writer.chain.has_base_fee() {
        return Err(RpcError::invalid_params(
            "anvil_setMinGasPrice is not supported when EIP-1559 is active; \
             use anvil_setNextBlockBaseFeePerGas",
        ));
    }
    let price = number(&mut params, "gas price")?;
    params.end()?;
    writer.chain.set_least_price(price);
    null()
}

fn set_randomness(writer: &mut Writer, mut params: Params) -> Answer {
    let randomness: B256 = params.prefixed("randomness")?;
    params.end()?;
    writer.chain.set_next_randomness(randomness);
    null()
}

fn set_chain_id(writer: &mut Writer, mut params: Params) -> Answer {
    let id = number(&mut params, "chain id")?;
    params.end()?;
    writer.chain.set_chain_id(id);
    null()
}
