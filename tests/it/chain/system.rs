//! The calls a block makes to contracts of the protocol, before and after its transactions.

use std::collections::BTreeMap;

use alloy_consensus::TxEip1559;
use alloy_eips::{
    eip4788, eip7002,
    eip7685::{EMPTY_REQUESTS_HASH, Requests},
};
use alloy_genesis::GenesisAccount;
use alloy_hardforks::EthereumHardfork;
use alloy_primitives::{Address, Bytes, U256};
use emulate::chain::{Chain, Config, ForkSchedule};

use super::{START, account, payment, rebuilt_root};

fn with_contracts(contracts: [(Address, Bytes); 1]) -> Chain {
    let alloc = contracts.map(|(address, code)| {
        let account = GenesisAccount::default()
            .with_code(Some(code))
            .with_nonce(Some(1));
        (address, account)
    });
    let config = Config {
        alloc: BTreeMap::from(alloc),
        ..Config::default()
    };
    Chain::new(&config).unwrap()
}

#[test]
fn the_beacon_root_contract_learns_the_time_of_every_block() {
    let address = eip4788::BEACON_ROOTS_ADDRESS;
    let mut chain = with_contracts([(address, eip4788::BEACON_ROOTS_CODE.clone())]);
    let block = chain.mine(START);
    // The ring of EIP-4788 has 8,191 places.
    let slot = U256::from(START % 8191);
    assert_eq!(chain.state().slot(address, slot), U256::from(START));
    assert_eq!(block.header.state_root, rebuilt_root(chain.state()));
}

#[test]
fn a_withdrawal_request_is_hashed_into_the_header() {
    let address = eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS;
    let code = eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_CODE.clone();
    let mut chain = with_contracts([(address, code)]);
    let alice = account(&chain, 0);
    // The first call only lets the contract begin to count.
    assert_eq!(
        chain.mine(START).header.requests_hash,
        Some(EMPTY_REQUESTS_HASH)
    );

    let (key, amount) = ([0xab; 48], 1_234_567_u64);
    let input = [key.as_slice(), &amount.to_be_bytes()].concat();
    let request = TxEip1559 {
        gas_limit: 300_000,
        input: input.into(),
        ..payment(address, 1, 0)
    };
    let hash = chain.submit_unsigned(request, alice).unwrap();
    let block = chain.mine(START);
    assert!(chain.receipt(&hash).unwrap().is_success());
    // Source, validator's key, and the amount with its lowest byte first.
    let expected = [alice.as_slice(), &key, &amount.to_le_bytes()].concat();
    let mut requests = Requests::default();
    requests.push_request_with_type(1, expected);
    assert_eq!(block.header.requests_hash, Some(requests.requests_hash()));
    assert_eq!(
        chain.mine(START).header.requests_hash,
        Some(EMPTY_REQUESTS_HASH)
    );
}

#[test]
fn a_broken_system_contract_does_not_stop_the_chain() {
    let address = eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS;
    // Reverts whatever it is told.
    let mut chain = with_contracts([(address, Bytes::from_static(&[0x5f, 0x5f, 0xfd]))]);
    assert_eq!(
        chain.mine(START).header.requests_hash,
        Some(EMPTY_REQUESTS_HASH)
    );
}

#[test]
fn a_header_has_the_fields_of_its_fork_and_no_others() {
    let header = |fork| {
        let config = Config {
            schedule: ForkSchedule::from_genesis(fork),
            ..Config::default()
        };
        Chain::new(&config).unwrap().mine(START).header.clone()
    };
    let fields = |fork| {
        let header = header(fork);
        [
            header.base_fee_per_gas.is_some(),
            header.withdrawals_root.is_some(),
            header.excess_blob_gas.is_some() && header.parent_beacon_block_root.is_some(),
            header.requests_hash.is_some(),
        ]
    };
    assert_eq!(fields(EthereumHardfork::Berlin), [false; 4]);
    assert_eq!(
        fields(EthereumHardfork::London),
        [true, false, false, false]
    );
    assert_eq!(
        fields(EthereumHardfork::Shanghai),
        [true, true, false, false]
    );
    assert_eq!(fields(EthereumHardfork::Cancun), [true, true, true, false]);
    assert_eq!(fields(EthereumHardfork::Prague), [true; 4]);
}

#[test]
fn nobody_is_rewarded_on_a_chain_nobody_seals() {
    let config = Config {
        schedule: ForkSchedule::from_genesis(EthereumHardfork::London),
        ..Config::default()
    };
    let mut chain = Chain::new(&config).unwrap();
    chain.mine(START);
    assert_eq!(chain.balance(chain.coinbase()), U256::ZERO);
}
