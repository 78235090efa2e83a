//! Traces of mined transactions and calls, checked against what the chain says happened.

use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, TxHash, TxKind, U256, hex};
use alloy_rpc_types::{
    TransactionRequest,
    trace::geth::{
        GethDebugBuiltInTracerType, GethDebugTracingOptions, GethDefaultTracingOptions, GethTrace,
    },
};
use emulate::chain::{Call, Chain, Config, ReplayError};

/// Where the contract under test lives.
const CONTRACT: Address = Address::repeat_byte(0xc0);

/// `SSTORE(0, CALLDATALOAD(0))`, then `REVERT` without data if the word is zero.
///
/// `PUSH1 0 CALLDATALOAD DUP1 PUSH1 0 SSTORE PUSH1 14 JUMPI PUSH1 0 DUP1 REVERT; JUMPDEST STOP`.
const STORE: [u8; 16] = hex!("60003580600055600e57600080fd5b00");

/// A chain with the contract, and the hashes of one block that calls it with 5, 7 and 0.
fn called() -> (Chain, Vec<TxHash>) {
    let mut chain = Chain::new(&Config::default()).unwrap();
    chain.set_code(CONTRACT, STORE.into()).unwrap();
    let alice = chain.signers()[0].address();
    let hashes = [5_u64, 7, 0].into_iter().enumerate().map(|(nonce, word)| {
        let call = TxEip1559 {
            chain_id: 31337,
            nonce: nonce as u64,
            gas_limit: 100_000,
            max_fee_per_gas: 2_000_000_000,
            to: TxKind::Call(CONTRACT),
            input: U256::from(word).to_be_bytes_vec().into(),
            ..TxEip1559::default()
        };
        chain.submit_unsigned(call, alice).unwrap()
    });
    let hashes = hashes.collect();
    chain.mine(1_000);
    (chain, hashes)
}

fn options(tracer: GethDebugBuiltInTracerType) -> GethDebugTracingOptions {
    GethDebugTracingOptions::default().with_tracer(tracer.into())
}

#[test]
fn a_call_trace_uses_the_gas_of_the_receipt() {
    let (chain, hashes) = called();
    for hash in &hashes {
        let receipt = chain.receipt(hash).unwrap();
        let trace = chain
            .trace_transaction(hash, &options(GethDebugBuiltInTracerType::CallTracer))
            .unwrap();
        let GethTrace::CallTracer(frame) = trace else {
            panic!("not a call trace: {trace:?}");
        };
        assert_eq!(frame.gas_used, U256::from(receipt.outcome().gas_used));
        assert_eq!(frame.to, Some(CONTRACT));
        assert_eq!(frame.error.is_none(), receipt.is_success());
    }
}

#[test]
fn a_transaction_is_traced_on_the_state_its_predecessors_left() {
    let (mut chain, hashes) = called();
    chain.set_storage(CONTRACT, U256::ZERO, U256::from(99));
    chain.mine(2_000);
    let trace = chain
        .trace_transaction(
            &hashes[1],
            &options(GethDebugBuiltInTracerType::PreStateTracer),
        )
        .unwrap();
    let text = serde_json::to_value(&trace).unwrap();
    let slot = format!("{:#066x}", 0);
    // The first transaction had stored five.
    let stored = &text[format!("{CONTRACT:?}")]["storage"][slot];
    assert_eq!(stored, &format!("{:#066x}", 5));
}

#[test]
fn struct_logs_follow_the_code() {
    let (chain, hashes) = called();
    let trace = chain
        .trace_transaction(&hashes[2], &GethDebugTracingOptions::default())
        .unwrap();
    let GethTrace::Default(frame) = trace else {
        panic!("not struct logs: {trace:?}");
    };
    assert!(frame.failed);
    let names: Vec<_> = frame.struct_logs.iter().map(|step| &*step.op).collect();
    assert_eq!(names.last(), Some(&"REVERT"));
    assert!(names.contains(&"SSTORE"));
}

#[test]
fn a_block_is_traced_as_its_transactions_are() {
    let (chain, hashes) = called();
    let block = chain.block(1).unwrap();
    let options = options(GethDebugBuiltInTracerType::CallTracer);
    let traces = chain.trace_block(block, &options).unwrap();
    assert_eq!(traces.len(), 3);
    for ((hash, trace), expected) in traces.iter().zip(&hashes) {
        assert_eq!(hash, expected);
        assert_eq!(trace, &chain.trace_transaction(hash, &options).unwrap());
    }
    let parity = chain.parity_traces(block).unwrap();
    assert_eq!(parity.len(), 3);
    assert!(parity[2].trace.error.is_some());
    assert!(
        chain
            .trace_block(chain.block(0).unwrap(), &options)
            .is_err()
    );
}

#[test]
fn an_access_list_names_the_slot_and_changes_no_state() {
    let (chain, _) = called();
    let from = chain.signers()[0].address();
    let request = TransactionRequest::default()
        .from(from)
        .to(CONTRACT)
        .input(U256::from(3).to_be_bytes_vec().into());
    let call = Call {
        request,
        ..Call::default()
    };
    let (list, outcome) = chain.access_list(&call).unwrap();
    assert_eq!(list.0.len(), 1);
    assert_eq!(list.0[0].address, CONTRACT);
    assert_eq!(list.0[0].storage_keys.len(), 1);
    assert!(outcome.is_success());
    assert_eq!(chain.state().slot(CONTRACT, U256::ZERO), U256::from(7));
}

#[test]
fn what_cannot_be_traced_says_why() {
    let (chain, hashes) = called();
    let unknown = chain.trace_transaction(&TxHash::ZERO, &GethDebugTracingOptions::default());
    assert!(
        unknown
            .unwrap_err()
            .to_string()
            .contains("transaction not found")
    );
    let script = GethDebugTracingOptions::default().with_tracer(
        alloy_rpc_types::trace::geth::GethDebugTracerType::JsTracer("{}".into()),
    );
    let refused = chain.trace_transaction(&hashes[0], &script);
    assert!(refused.unwrap_err().to_string().contains("JS"));
}

/// A chain whose traces may take `memory` bytes, and a contract whose call burns the gas it gets:
/// `JUMPDEST PUSH1 0 SLOAD POP PUSH1 0 JUMP`.
fn burning(memory: u64) -> (Chain, Call) {
    let config = Config {
        trace_memory: memory,
        ..Config::default()
    };
    let mut chain = Chain::new(&config).unwrap();
    let code = hex!("5b60005450600056");
    chain.set_code(CONTRACT, code.into()).unwrap();
    let call = Call {
        request: TransactionRequest {
            to: Some(TxKind::Call(CONTRACT)),
            gas: Some(2_000_000),
            ..TransactionRequest::default()
        },
        ..Call::default()
    };
    (chain, call)
}

#[test]
fn a_trace_larger_than_it_may_be_is_refused_and_says_what_helps() {
    // 2,000,000 gas are some 18,000 rounds of six steps.
    let (chain, call) = burning(64 << 20);
    let refused = |options: GethDebugTracingOptions| match chain.trace_call(&call, &options) {
        Ok(_) => false,
        Err(ReplayError::TooLarge { bytes }) => bytes == 64 << 20,
        Err(error) => panic!("{error}"),
    };
    let config = GethDefaultTracingOptions::default();
    let with = |config| GethDebugTracingOptions {
        config,
        ..GethDebugTracingOptions::default()
    };
    assert!(refused(with(config)));
    assert!(refused(with(config.with_disable_stack(true))));
    let first = GethDebugTracingOptions {
        config: config.with_limit(1_000),
        ..GethDebugTracingOptions::default()
    };
    let GethTrace::Default(frame) = chain.trace_call(&call, &first).unwrap() else {
        panic!("no struct logs");
    };
    assert_eq!(frame.struct_logs.len(), 1_000);
    for tracer in [
        GethDebugBuiltInTracerType::CallTracer,
        GethDebugBuiltInTracerType::PreStateTracer,
        GethDebugBuiltInTracerType::FlatCallTracer,
        GethDebugBuiltInTracerType::FourByteTracer,
    ] {
        assert!(!refused(options(tracer)), "{tracer:?}");
    }
    let (chain, call) = burning(1 << 30);
    chain.trace_call(&call, &with(config)).unwrap();
}

#[test]
fn what_calls_take_counts_as_well() {
    let (mut chain, mut call) = burning(64 << 20);
    // Calls nobody with the same megabyte again and again.
    // JUMPDEST PUSH0 PUSH0 PUSH3 0x100000 PUSH0 PUSH0 PUSH1 0xee GAS CALL POP PUSH0 JUMP
    let code = hex!("5b5f5f620f42405f5f60ee5af1505f56");
    chain.set_code(CONTRACT, code.into()).unwrap();
    call.request.gas = Some(10_000_000);
    let traced = chain.trace_call(&call, &options(GethDebugBuiltInTracerType::CallTracer));
    assert!(matches!(traced, Err(ReplayError::TooLarge { .. })));
}

#[test]
fn the_traces_of_a_block_share_what_one_answer_may_take() {
    let (mut chain, call) = burning(200 << 20);
    let alice = chain.signers()[0].address();
    for nonce in 0..4 {
        let burn = TxEip1559 {
            chain_id: 31337,
            nonce,
            gas_limit: call.request.gas.unwrap(),
            max_fee_per_gas: 2_000_000_000,
            to: TxKind::Call(CONTRACT),
            ..TxEip1559::default()
        };
        chain.submit_unsigned(burn, alice).unwrap();
    }
    let block = chain.mine(1_000);
    let options = GethDebugTracingOptions::default();
    let hash = *block.transactions[0].inner().tx_hash();
    chain.trace_transaction(&hash, &options).unwrap();
    let all = chain.trace_block(&block, &options);
    assert!(matches!(all, Err(ReplayError::TooLarge { .. })));
}
