//! Precompiles under suppositions, and accounts that suppositions empty: as geth has it, in calls,
//! in traces and in simulations alike.

use alloy_consensus::TxEip7702;
use alloy_eips::{BlockId, eip7702::Authorization};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, address, bytes};
use alloy_rpc_types::{
    TransactionRequest,
    simulate::{SimBlock, SimCallResult, SimulatePayload},
    state::{AccountOverride, StateOverride},
    trace::geth::{GethDebugBuiltInTracerType, GethDebugTracingOptions, GethTrace},
};
use alloy_signer::SignerSync as _;
use emulate::chain::{Call, CallError, Chain, DisplaceError};

use super::{CONTRACT, account, chain};

/// The precompile that returns what it is told.
const IDENTITY: Address = address!("0x0000000000000000000000000000000000000004");

/// Where nobody is.
const ELSEWHERE: Address = address!("0x0000000000000000000000000000000000123456");

/// Returns 42.
static ANSWER: Bytes = bytes!("602a5f5260205ff3");

/// Returns the word in slot 0.
static READER: Bytes = bytes!("5f545f5260205ff3");

fn moved() -> AccountOverride {
    AccountOverride::default().with_move_precompile_to_opt(Some(ELSEWHERE))
}

/// Calls one address without anything and stops.
fn caller_of(address: Address) -> AccountOverride {
    let mut code = bytes!("5f5f5f5f5f73").to_vec();
    code.extend(address);
    code.extend(bytes!("5af100"));
    AccountOverride::default().with_code(code)
}

fn call<const N: usize>(to: Address, supposed: [(Address, AccountOverride); N]) -> Call {
    Call {
        state_overrides: Some(StateOverride::from_iter(supposed)),
        ..Call::new(Address::ZERO, to, bytes!("1234"))
    }
}

fn asks(to: Address) -> TransactionRequest {
    TransactionRequest::default()
        .to(to)
        .input(bytes!("1234").into())
}

fn block<const N: usize>(supposed: [(Address, AccountOverride); N]) -> SimBlock {
    SimBlock::default().with_state_overrides(StateOverride::from_iter(supposed))
}

fn simulate<const N: usize>(chain: &Chain, blocks: [SimBlock; N]) -> Vec<Vec<SimCallResult>> {
    let payload = SimulatePayload::default().extend_blocks(blocks);
    let done = chain.simulate(payload, BlockId::latest()).unwrap();
    done.into_iter().map(|block| block.calls).collect()
}

#[test]
fn whoever_supposes_anything_of_a_precompile_takes_it_away() {
    let chain = chain();
    let code = AccountOverride::default().with_code(ANSWER.clone());
    let rich = AccountOverride::default().with_balance(U256::from(1));
    let word = B256::from(U256::from(42)).0;
    for (account, output) in [(code, Bytes::from(word)), (rich, Bytes::new())] {
        let supposed = [(IDENTITY, account)];
        let called = chain.call(&call(IDENTITY, supposed.clone())).unwrap();
        assert_eq!(called.output, output);
        let tracer = GethDebugBuiltInTracerType::CallTracer;
        let options = GethDebugTracingOptions::default().with_tracer(tracer.into());
        let trace = chain.trace_call(&call(IDENTITY, supposed.clone()), &options);
        let GethTrace::CallTracer(frame) = trace.unwrap() else {
            panic!("no calls");
        };
        assert_eq!(frame.output.unwrap_or_default(), output);
        let blocks = [
            block(supposed).call(asks(IDENTITY)),
            block([]).call(asks(IDENTITY)),
        ];
        let done = simulate(&chain, blocks);
        assert_eq!(done[0][0].return_data, output);
        assert_eq!(done[1][0].return_data, bytes!("1234"));
    }
}

#[test]
fn a_precompile_that_moves_leaves_its_warmth_behind() {
    let chain = chain();
    let gas = |supposed: [(Address, AccountOverride); 2]| {
        let called = chain.call(&call(CONTRACT, supposed.clone())).unwrap();
        let done = simulate(&chain, [block(supposed).call(asks(CONTRACT))]);
        assert_eq!(done[0][0].gas_used, called.gas_used);
        called.gas_used
    };
    let nothing = || (ELSEWHERE, AccountOverride::default());
    let at_home = gas([(CONTRACT, caller_of(IDENTITY)), nothing()]);
    let left = gas([(CONTRACT, caller_of(IDENTITY)), (IDENTITY, moved())]);
    let found = gas([(CONTRACT, caller_of(ELSEWHERE)), (IDENTITY, moved())]);
    // The precompile itself costs 15; a cold account 2,600 instead of 100.
    assert_eq!(at_home - left, 15);
    assert_eq!(found - left, 2_500 + 15);
}

#[test]
fn a_precompile_moves_to_nobody_of_whom_something_is_supposed() {
    let chain = chain();
    let taken = AccountOverride::default().with_nonce(1);
    let refused = chain.call(&call(ELSEWHERE, [(IDENTITY, moved()), (ELSEWHERE, taken)]));
    assert!(matches!(
        refused,
        Err(CallError::Precompile(DisplaceError::MovedToOverridden(
            ELSEWHERE
        )))
    ));
    let refused = chain.call(&call(ELSEWHERE, [(CONTRACT, moved())]));
    assert!(matches!(
        refused,
        Err(CallError::Precompile(DisplaceError::NotAPrecompile(
            CONTRACT
        )))
    ));
    // The second of two takes the place.
    let sha256 = Address::with_last_byte(2);
    let both = [(IDENTITY, moved()), (sha256, moved())];
    let output = chain.call(&call(ELSEWHERE, both)).unwrap().output;
    assert_eq!(output, bytes!("1234"));
}

#[test]
fn an_account_that_suppositions_empty_keeps_its_slots() {
    let mut chain = chain();
    chain.set_code(CONTRACT, ANSWER.clone()).unwrap();
    chain.set_storage(CONTRACT, U256::ZERO, U256::from(56));
    let emptied = AccountOverride::default()
        .with_code(Bytes::new())
        .with_nonce(0)
        .with_balance(U256::ZERO);
    let reader = AccountOverride::default().with_code(READER.clone());
    let blocks = [
        block([(CONTRACT, emptied)]).call(asks(Address::ZERO)),
        block([(CONTRACT, reader)]).call(asks(CONTRACT)),
    ];
    let done = simulate(&chain, blocks);
    assert_eq!(U256::from_be_slice(&done[1][0].return_data), U256::from(56));
}

#[test]
fn an_account_that_suppositions_leave_empty_exists() {
    let chain = chain();
    let signer = alloy_signer_local::PrivateKeySigner::from_bytes(&[9; 32].into()).unwrap();
    let nobody = signer.address();
    let authorization = Authorization {
        chain_id: U256::from(chain.chain_id()),
        address: CONTRACT,
        nonce: 0,
    };
    let signature = signer.sign_hash_sync(&authorization.signature_hash());
    let signed = authorization.into_signed(signature.unwrap());
    let alice = account(&chain, 0);
    let delegating = TxEip7702 {
        chain_id: chain.chain_id(),
        gas_limit: 100_000,
        to: alice,
        authorization_list: vec![signed],
        ..TxEip7702::default()
    };
    let request: TransactionRequest = delegating.into();
    let mut request = request.from(alice);
    request.nonce = None;
    let empty = || AccountOverride::default().with_code(Bytes::new());
    let gas = |blocks: [SimBlock; 2]| simulate(&chain, blocks)[1][0].gas_used;
    // 46,000 for one authorization; a fifth of it is refunded if its account exists.
    let absent = [block([]), block([]).call(request.clone())];
    assert_eq!(gas(absent), 46_000);
    let here = [block([]), block([(nobody, empty())]).call(request.clone())];
    assert_eq!(gas(here), 36_800);
    let before = [
        block([(nobody, empty())]).call(asks(Address::ZERO)),
        block([]).call(request.clone()),
    ];
    assert_eq!(gas(before), 36_800);
    assert_eq!(request.to, Some(TxKind::Call(alice)));
}
