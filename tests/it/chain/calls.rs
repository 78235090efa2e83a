//! Calls, estimates and replays: they say what would be and change nothing.

use alloy_eips::BlockId;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, bytes};
use alloy_rpc_types::{
    BlockOverrides, TransactionRequest,
    state::{AccountOverride, StateOverride},
};
use emulate::chain::{Call, CallError, Failure};
use proptest::prelude::*;

use super::{CONTRACT, KEEPER, REVERTER, START, account, chain, payment, told};

/// Returns the word in the slot the call data names.
static READER: Bytes = bytes!("5f35545f5260205ff3");

/// Returns number, time and coinbase of the block.
static WITNESS: Bytes = bytes!("435f52426020524160405260605ff3");

fn word(output: &[u8], index: usize) -> U256 {
    U256::from_be_slice(&output[index * 32..][..32])
}

#[test]
fn overrides_hold_for_one_call_only() {
    let chain = chain();
    let slot = B256::from(U256::from(3));
    let account = AccountOverride::default()
        .with_code(READER.clone())
        .with_state_diff([(slot, B256::from(U256::from(77)))]);
    let call = Call {
        state_overrides: Some(StateOverride::from_iter([(CONTRACT, account)])),
        ..Call::new(Address::ZERO, CONTRACT, slot.0)
    };
    assert_eq!(word(&chain.call(&call).unwrap().output, 0), U256::from(77));
    assert!(chain.state().code(CONTRACT).is_empty());

    let account = AccountOverride::default().with_code(WITNESS.clone());
    let block = BlockOverrides {
        number: Some(U256::from(1234)),
        time: Some(99),
        coinbase: Some(CONTRACT),
        ..BlockOverrides::default()
    };
    let call = Call {
        state_overrides: Some(StateOverride::from_iter([(CONTRACT, account)])),
        block_overrides: Some(block),
        ..Call::new(Address::ZERO, CONTRACT, Bytes::new())
    };
    let output = chain.call(&call).unwrap().output;
    assert_eq!(word(&output, 0), U256::from(1234));
    assert_eq!(word(&output, 1), U256::from(99));
    assert_eq!(word(&output, 2), U256::from_be_slice(CONTRACT.as_slice()));
}

#[test]
fn a_precompile_can_be_moved_for_one_call() {
    let chain = chain();
    let identity = Address::with_last_byte(4);
    let account = AccountOverride {
        move_precompile_to: Some(CONTRACT),
        ..AccountOverride::default()
    };
    let call = Call {
        state_overrides: Some(StateOverride::from_iter([(identity, account)])),
        ..Call::new(Address::ZERO, CONTRACT, [1, 2, 3])
    };
    assert_eq!(chain.call(&call).unwrap().output.as_ref(), [1, 2, 3]);
}

#[test]
fn the_pending_block_is_the_one_that_is_mined_next() {
    let mut chain = chain();
    let [alice, bob] = [0, 1].map(|index| account(&chain, index));
    let before = chain.balance(bob);
    chain.mine(START);
    chain.submit_unsigned(payment(bob, 5, 0), alice).unwrap();
    let pending = chain.at(BlockId::pending()).unwrap();
    assert!(pending.pending);
    assert_eq!(pending.state.balance(bob) - before, U256::from(5));
    assert_eq!(chain.balance(bob), before);
    assert_eq!(chain.mine(START).hash, pending.block.hash);
}

#[test]
fn a_caller_who_cannot_pay_is_told_so() {
    let chain = chain();
    let poor = Address::repeat_byte(9);
    let request = TransactionRequest::default()
        .from(poor)
        .to(CONTRACT)
        .value(U256::from(1));
    let call = Call {
        request,
        ..Call::default()
    };
    let error = chain.call(&call).unwrap_err();
    assert!(
        matches!(error, CallError::InsufficientFunds { .. }),
        "{error}"
    );
    assert!(matches!(
        chain.estimate_gas(&call).unwrap_err(),
        CallError::InsufficientFunds { .. }
    ));
}

#[test]
fn an_estimate_is_enough_and_hardly_more() {
    let mut chain = chain();
    let alice = account(&chain, 0);
    assert_eq!(
        chain
            .estimate_gas(&Call::new(alice, account(&chain, 1), Bytes::new()))
            .unwrap(),
        21_000
    );
    chain.set_code(CONTRACT, KEEPER.clone()).unwrap();
    let words = [7, 8].map(|word| U256::from(word).to_be_bytes::<32>());
    let call = Call::new(alice, CONTRACT, words.concat());
    let estimate = chain.estimate_gas(&call).unwrap();
    let used = chain.call(&call).unwrap().gas_used;
    assert!(
        (used..=used + used * 15 / 1000 + 1).contains(&estimate),
        "{used} {estimate}"
    );
    let mut transaction = told(7, 8, 0);
    transaction.gas_limit = estimate;
    let hash = chain.submit_unsigned(transaction, alice).unwrap();
    chain.mine(START);
    assert!(chain.receipt(&hash).unwrap().is_success());
}

#[test]
fn an_estimate_of_what_fails_says_why() {
    let mut chain = chain();
    let alice = account(&chain, 0);
    chain.set_code(CONTRACT, REVERTER.clone()).unwrap();
    let CallError::Failed(outcome) = chain
        .estimate_gas(&Call::new(alice, CONTRACT, [0; 32]))
        .unwrap_err()
    else {
        panic!("not a failure");
    };
    assert_eq!(outcome.failure, Some(Failure::Revert([0; 32].into())));
    // An endless loop: JUMPDEST, PUSH0, JUMP.
    chain.set_code(CONTRACT, bytes!("5b5f56")).unwrap();
    let error = chain
        .estimate_gas(&Call::new(alice, CONTRACT, []))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "gas required exceeds allowance (30000000)"
    );
}

#[test]
fn a_creation_can_be_called_and_estimated() {
    let chain = chain();
    let mut request = TransactionRequest::default()
        .from(account(&chain, 0))
        // Returns one byte of code: STOP.
        .input(bytes!("60015ff3").into());
    request.to = Some(TxKind::Create);
    let call = Call {
        request,
        ..Call::default()
    };
    assert_eq!(chain.call(&call).unwrap().output.as_ref(), [0]);
    assert!(chain.estimate_gas(&call).unwrap() > 53_000);
}

proptest! {
    #[test]
    fn no_call_disturbs_the_chain(input in proptest::collection::vec(any::<u8>(), 0..64), code in proptest::collection::vec(any::<u8>(), 0..40)) {
        let chain = chain();
        let root = chain.head().header.state_root;
        let account = AccountOverride::default().with_code(code);
        let call = Call {
            state_overrides: Some(StateOverride::from_iter([(CONTRACT, account)])),
            ..Call::new(Address::ZERO, CONTRACT, input)
        };
        // Whatever it does, it ends and leaves no trace.
        let _ = chain.call(&call);
        let _ = chain.estimate_gas(&call);
        prop_assert_eq!(chain.state().clone().root(), root);
    }
}
