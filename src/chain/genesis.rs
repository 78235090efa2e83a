//! The first state and the first block.

use alloy_consensus::{EMPTY_OMMER_ROOT_HASH, Header};
use alloy_eips::{eip2935, eip4895::Withdrawals, eip7685::EMPTY_REQUESTS_HASH};
use alloy_genesis::GenesisAccount;
use alloy_hardforks::EthereumHardforks as _;
use alloy_primitives::{Address, B256, Bytes, U256, address, bytes};
use alloy_signer_local::PrivateKeySigner;
use alloy_trie::EMPTY_ROOT_HASH;
use revm::bytecode::Bytecode;

use super::{
    block::Block,
    config::{BaseFee, Config, ConfigError},
    state::State,
};

/// Where the deterministic CREATE2 deployer is, on this chain as on all others.
pub const CREATE2_DEPLOYER: Address = address!("0x4e59b44847b379578588920cA78FbF26c0B4956C");

/// Its code: the first word of the call data is the salt, the rest the init code.
static CREATE2_DEPLOYER_CODE: Bytes = bytes!(
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3"
);

/// Returns the state before the first block.
pub(crate) fn state(config: &Config, signers: &[PrivateKeySigner]) -> Result<State, ConfigError> {
    let mut state = State::default();
    if config.predeploys.create2_deployer {
        state.set_code(
            CREATE2_DEPLOYER,
            Bytecode::new_raw(CREATE2_DEPLOYER_CODE.clone()),
        );
        state.set_nonce(CREATE2_DEPLOYER, 1);
    }
    let history = eip2935::HISTORY_STORAGE_ADDRESS;
    let prague = config
        .schedule
        .is_prague_active_at_timestamp(config.genesis_timestamp);
    if config.predeploys.block_hash_history && prague {
        let code = Bytecode::new_raw(eip2935::HISTORY_STORAGE_CODE.clone());
        state.set_code(history, code);
        state.set_nonce(history, 1);
    }
    for signer in signers {
        state.set_balance(signer.address(), config.accounts.balance);
    }
    for (address, account) in &config.alloc {
        allocate(&mut state, *address, account)?;
    }
    Ok(state)
}

fn allocate(
    state: &mut State,
    address: Address,
    account: &GenesisAccount,
) -> Result<(), ConfigError> {
    state.remove(address);
    state.set_balance(address, account.balance);
    state.set_nonce(address, account.nonce.unwrap_or_default());
    if let Some(code) = &account.code {
        let code = Bytecode::new_raw_checked(code.clone()).map_err(|error| ConfigError::Code {
            address,
            reason: error.to_string(),
        })?;
        state.set_code(address, code);
    }
    for (slot, value) in account.storage.iter().flatten() {
        let value = U256::from_be_bytes(value.0);
        state.set_slot(address, U256::from_be_bytes(slot.0), value);
    }
    Ok(())
}

/// Returns the base fee of block 0.
///
/// A genesis file says it. Otherwise it is the one from which that of block 1, which is chosen,
/// follows by EIP-1559, so that whoever recomputes base fees finds no block to be wrong.
fn base_fee(config: &Config) -> u64 {
    let first = config.base_fee.initial();
    match config.base_fee {
        // An empty block lowers it by an eighth.
        BaseFee::Eip1559 { .. } if !config.base_fee_follows_genesis => {
            first.saturating_add(first / 7)
        }
        BaseFee::Eip1559 { .. } | BaseFee::Fixed(_) => first,
    }
}

/// Returns block 0 over `state`.
pub(crate) fn block(config: &Config, state: &mut State) -> Block {
    let schedule = &config.schedule;
    let timestamp = config.genesis_timestamp;
    let shanghai = schedule.is_shanghai_active_at_timestamp(timestamp);
    let cancun = schedule.is_cancun_active_at_timestamp(timestamp);
    let prague = schedule.is_prague_active_at_timestamp(timestamp);
    let header = Header {
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        beneficiary: config.coinbase,
        state_root: state.root(),
        transactions_root: EMPTY_ROOT_HASH,
        receipts_root: EMPTY_ROOT_HASH,
        gas_limit: config.gas_limit,
        timestamp,
        base_fee_per_gas: schedule
            .is_london_active_at_block(0)
            .then(|| base_fee(config)),
        withdrawals_root: shanghai.then_some(EMPTY_ROOT_HASH),
        nonce: config.genesis.nonce,
        extra_data: config.genesis.extra_data.clone(),
        difficulty: config.genesis.difficulty,
        mix_hash: config.genesis.mix_hash,
        blob_gas_used: cancun.then_some(config.genesis.blob_gas_used),
        excess_blob_gas: cancun.then_some(config.genesis.excess_blob_gas),
        parent_beacon_block_root: cancun.then_some(B256::ZERO),
        requests_hash: prague.then_some(EMPTY_REQUESTS_HASH),
        ..Header::default()
    };
    Block {
        hash: header.hash_slow(),
        header,
        transactions: Vec::new(),
        receipts: Vec::new(),
        outcomes: Vec::new(),
        ommers: Vec::new(),
        withdrawals: shanghai.then(Withdrawals::default),
    }
}
