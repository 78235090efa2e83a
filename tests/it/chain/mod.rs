//! The dev chain as its users see it: blocks, receipts, fees, snapshots, history.

mod calls;
mod displaced;
mod mempool;
mod retention;
mod rollback;
mod simulate;
mod system;
mod views;

use alloy_consensus::{
    TxEip1559,
    proofs::{calculate_receipt_root, calculate_transaction_root},
};
use alloy_eips::{BlockId, eip1559::BaseFeeParams};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, address, b256, bytes};
use alloy_trie::{
    TrieAccount,
    root::{state_root_unhashed, storage_root_unhashed},
};
use emulate::chain::{
    BaseFee, CREATE2_DEPLOYER, Call, Chain, Config, Failure, LogQuery, ReadError, State,
};

/// Where the tests put their contracts.
const CONTRACT: Address = address!("0x00000000000000000000000000000000000c0de0");

/// Stores the first word of the call data in the slot the second names; logs the first under the
/// second.
static KEEPER: Bytes = bytes!("5f35602035818155905f5260205fa100");

/// Reverts with the first word of the call data.
static REVERTER: Bytes = bytes!("5f355f5260205ffd");

/// Seconds of the first block.
const START: u64 = 1_700_000_000;

fn chain() -> Chain {
    Chain::new(&Config::default()).unwrap()
}

fn account(chain: &Chain, index: usize) -> Address {
    chain.signers()[index].address()
}

fn payment(to: Address, value: u64, nonce: u64) -> TxEip1559 {
    TxEip1559 {
        chain_id: 31337,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: 2_000_000_000,
        max_priority_fee_per_gas: 1_000_000_000,
        to: TxKind::Call(to),
        value: U256::from(value),
        ..TxEip1559::default()
    }
}

/// Returns the state root computed from nothing but the accounts.
fn rebuilt_root(state: &State) -> B256 {
    state_root_unhashed(state.dump().into_iter().map(|(address, account)| {
        let storage = account.storage.iter();
        let leaf = TrieAccount {
            nonce: account.nonce,
            balance: account.balance,
            storage_root: storage_root_unhashed(
                storage.map(|(slot, value)| (B256::from(*slot), *value)),
            ),
            code_hash: account.code.hash_slow(),
        };
        (address, leaf)
    }))
}

#[test]
fn every_root_of_a_block_is_what_an_outsider_computes() {
    let mut chain = chain();
    let [alice, bob] = [0, 1].map(|index| account(&chain, index));
    for nonce in 0..3 {
        chain
            .submit_unsigned(payment(bob, 5, nonce), alice)
            .unwrap();
    }
    let block = chain.mine(START);
    assert_eq!(block.transactions.len(), 3);
    assert_eq!(block.header.gas_used, 63_000);
    assert_eq!(block.header.state_root, rebuilt_root(chain.state()));
    let inner: Vec<_> = block.transactions.iter().map(|sent| sent.inner()).collect();
    assert_eq!(
        block.header.transactions_root,
        calculate_transaction_root(&inner)
    );
    assert_eq!(
        block.header.receipts_root,
        calculate_receipt_root(&block.receipts)
    );
    assert_eq!(block.hash, block.header.hash_slow());
    assert_eq!(block.header.parent_hash, chain.block(0).unwrap().hash);
    // The miner of blocks without coinbase is the zero address: three tips of 1 gwei.
    assert_eq!(
        chain.balance(Address::ZERO),
        U256::from(63_000_u64 * 1_000_000_000)
    );
}

/// Calls the contract with two words.
fn told(first: u64, second: u64, nonce: u64) -> TxEip1559 {
    let words = [first, second].map(|word| U256::from(word).to_be_bytes::<32>());
    TxEip1559 {
        gas_limit: 200_000,
        input: words.concat().into(),
        ..payment(CONTRACT, 0, nonce)
    }
}

#[test]
fn storage_written_and_cleared_keeps_the_state_root_true() {
    let mut chain = chain();
    let alice = account(&chain, 0);
    chain.set_code(CONTRACT, KEEPER.clone()).unwrap();
    for (nonce, (value, slot)) in [(7, 1), (8, 2), (9, 1), (0, 2), (0, 1)]
        .into_iter()
        .enumerate()
    {
        let hash = chain
            .submit_unsigned(told(value, slot, nonce as u64), alice)
            .unwrap();
        let block = chain.mine(START);
        assert!(chain.receipt(&hash).unwrap().is_success());
        assert_eq!(
            chain.state().slot(CONTRACT, U256::from(slot)),
            U256::from(value)
        );
        assert_eq!(block.header.state_root, rebuilt_root(chain.state()));
    }
}

#[test]
fn logs_are_found_by_address_and_topic_within_blocks() {
    let mut chain = chain();
    let alice = account(&chain, 0);
    chain.set_code(CONTRACT, KEEPER.clone()).unwrap();
    for (nonce, slot) in [1_u64, 2, 1].into_iter().enumerate() {
        let nonce = nonce as u64;
        chain
            .submit_unsigned(told(10 + nonce, slot, nonce), alice)
            .unwrap();
        chain.mine(START);
    }
    let topic = |slot: u64| vec![B256::from(U256::from(slot))];
    let query = |from, to, slot| LogQuery {
        from,
        to,
        addresses: vec![CONTRACT],
        topics: [topic(slot), vec![], vec![], vec![]],
    };
    let blocks = |query| {
        let found = chain.logs(&query);
        found
            .iter()
            .map(|entry| entry.receipt().block().number())
            .collect::<Vec<_>>()
    };
    assert_eq!(blocks(query(0, u64::MAX, 1)), [1, 3]);
    assert_eq!(blocks(query(2, 3, 1)), [3]);
    assert_eq!(blocks(query(0, 9, 2)), [2]);
    assert!(blocks(query(0, 9, 3)).is_empty());
}

#[test]
fn a_reverting_transaction_is_mined_with_its_reason() {
    let mut chain = chain();
    let alice = account(&chain, 0);
    chain.set_code(CONTRACT, REVERTER.clone()).unwrap();
    let hash = chain.submit_unsigned(told(0xbad, 0, 0), alice).unwrap();
    chain.mine(START);
    let receipt = chain.receipt(&hash).unwrap();
    let reason = U256::from(0xbad).to_be_bytes::<32>();
    assert_eq!(
        receipt.outcome().failure,
        Some(Failure::Revert(reason.into()))
    );
    assert!(!receipt.envelope().is_success());
}

#[test]
fn a_call_changes_nothing_and_sees_the_block_it_is_asked_of() {
    let mut chain = chain();
    let alice = account(&chain, 0);
    // Returns the caller's balance.
    chain
        .set_code(CONTRACT, bytes!("33315f5260205ff3"))
        .unwrap();
    let before = chain.balance(alice);
    let bob = account(&chain, 1);
    chain.submit_unsigned(payment(bob, 5, 0), alice).unwrap();
    chain.mine(START);
    let asked = |block: BlockId| {
        let outcome = chain
            .call(&Call::new(alice, CONTRACT, Bytes::new()).at(block))
            .unwrap();
        U256::from_be_slice(&outcome.output)
    };
    assert_eq!(asked(BlockId::number(0)), before);
    assert_eq!(asked(BlockId::latest()), chain.balance(alice));
    assert!(chain.balance(alice) < before);
}

#[test]
fn snapshots_are_used_up_with_all_that_came_after() {
    let mut chain = chain();
    let bob = account(&chain, 1);
    let alice = account(&chain, 0);
    let rich = chain.balance(bob);
    let first = chain.snapshot();
    chain.submit_unsigned(payment(bob, 5, 0), alice).unwrap();
    let block = chain.mine(START);
    let second = chain.snapshot();
    chain.submit_unsigned(payment(bob, 6, 1), alice).unwrap();
    assert!(chain.revert(first));
    assert_eq!((chain.height(), chain.balance(bob)), (0, rich));
    assert!(chain.block_by_hash(&block.hash).is_none());
    assert!(chain.mempool().is_empty());
    assert!(!chain.revert(second));
    assert!(!chain.revert(first));
    // The same again gives the same block, to the hash.
    chain.submit_unsigned(payment(bob, 5, 0), alice).unwrap();
    assert_eq!(chain.mine(START).hash, block.hash);
    assert!(chain.snapshot() > second);
}

#[test]
fn state_is_kept_for_as_many_blocks_as_configured() {
    let config = Config {
        history: 3,
        ..Config::default()
    };
    let mut chain = Chain::new(&config).unwrap();
    chain.mine_n(10, START, 1);
    for number in 8..=10 {
        assert!(chain.state_after(number).is_ok());
    }
    assert_eq!(
        chain.state_after(7).unwrap_err(),
        ReadError::StateUnavailable {
            number: 7,
            oldest: 8
        }
    );
    assert_eq!(chain.block(3).unwrap().timestamp(), START + 2);
}

#[test]
fn the_base_fee_follows_the_blocks_and_zero_stays_zero() {
    let mut chain = chain();
    let gwei = 1_000_000_000;
    let fees: Vec<u64> = (0..4).map(|_| chain.mine(START).base_fee()).collect();
    // An empty block takes an eighth off.
    assert_eq!(fees, [gwei, gwei / 8 * 7, gwei / 64 * 49, 669_921_875]);
    chain.set_next_base_fee(0);
    assert_eq!(
        (chain.mine(START).base_fee(), chain.mine(START).base_fee()),
        (0, 0)
    );
    let config = Config {
        base_fee: BaseFee::Fixed(3),
        ..Config::default()
    };
    let mut chain = Chain::new(&config).unwrap();
    assert_eq!(
        (chain.mine(START).base_fee(), chain.mine(START).base_fee()),
        (3, 3)
    );
}

#[test]
fn the_base_fee_chosen_for_the_first_block_follows_from_the_genesis() {
    for initial in (0..40).chain([50, 999_999_999, 1_000_000_000, 123_456_789_012_345]) {
        let base_fee = BaseFee::Eip1559 { initial };
        let config = Config {
            base_fee,
            ..Config::default()
        };
        let mut chain = Chain::new(&config).unwrap();
        let first = chain.mine(START).base_fee();
        assert_eq!(first, initial);
        let genesis = &chain.block(0).unwrap().header;
        let follows = genesis.next_block_base_fee(BaseFeeParams::ethereum());
        assert_eq!(follows, Some(initial));
    }
}

#[test]
fn an_account_set_to_nothing_is_gone() {
    let mut chain = chain();
    let root = chain.head().header.state_root;
    chain.set_balance(CONTRACT, U256::from(1));
    assert_ne!(chain.state().clone().root(), root);
    chain.set_balance(CONTRACT, U256::ZERO);
    assert!(!chain.state().exists(CONTRACT));
    assert_eq!(chain.state().clone().root(), root);
}

#[test]
fn time_never_goes_back() {
    let mut chain = chain();
    chain.mine(START);
    assert_eq!(chain.mine(START - 5).timestamp(), START);
}

#[test]
fn the_create2_deployer_is_the_one_on_every_chain() {
    let chain = chain();
    assert_eq!(
        chain.state().code_hash(CREATE2_DEPLOYER),
        b256!("0x2fa86add0aed31f33a762c9d88e807c475bd51d0f52bd0955754b2608f7e4989")
    );
}

#[test]
fn the_history_contract_serves_the_hash_of_every_parent() {
    let mut chain = chain();
    chain.mine_n(5, START, 12);
    let history = alloy_eips::eip2935::HISTORY_STORAGE_ADDRESS;
    for number in 0..5_u64 {
        let input = U256::from(number).to_be_bytes::<32>();
        let outcome = chain
            .call(&Call::new(Address::ZERO, history, input))
            .unwrap();
        assert_eq!(
            outcome.output.as_ref(),
            chain.block(number).unwrap().hash.as_slice()
        );
    }
}
