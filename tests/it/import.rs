//! Genesis files and blocks made elsewhere, held against an executor that is not ours.

use std::borrow::Cow;

use alloy_consensus::{
    SignableTransaction as _, TxEip1559, TxEnvelope, TxLegacy, TypedTransaction,
    proofs::calculate_receipt_root, transaction::Recovered,
};
use alloy_eips::eip7840::BlobParams;
use alloy_evm::{
    EvmEnv, EvmFactory as _,
    block::{BlockExecutor as _, BlockExecutorFactory as _},
    eth::{
        EthBlockExecutionCtx, EthBlockExecutorFactory, EthEvmFactory,
        receipt_builder::AlloyReceiptBuilder,
    },
};
use alloy_hardforks::EthereumHardforks as _;
use alloy_primitives::{Address, Bytes, TxKind, U256, hex};
use alloy_signer::SignerSync as _;
use alloy_signer_local::PrivateKeySigner;
use emulate::chain::{Block, Chain, Config, State};

/// Stores, logs and keeps `SELFDESTRUCT` for callers who send no word: `CALLDATASIZE PUSH1 6 JUMPI
/// CALLER SELFDESTRUCT; JUMPDEST PUSH1 0 CALLDATALOAD NUMBER SSTORE PUSH1 0 PUSH1 0 LOG0 STOP`.
const RUNTIME: [u8; 18] = hex!("3660065733ff5b600035435560006000a000");

/// A genesis with every fork from Homestead to London, one block apart, and no merge.
fn mined() -> String {
    genesis(
        r#""homesteadBlock":1,"eip150Block":2,"eip155Block":3,"eip158Block":3,"byzantiumBlock":4,
           "constantinopleBlock":5,"petersburgBlock":5,"istanbulBlock":6,"berlinBlock":7,
           "londonBlock":8,"ethash":{}"#,
    )
}

/// A merged genesis with every fork from Shanghai on, ten seconds apart.
fn merged() -> String {
    genesis(
        r#""homesteadBlock":0,"eip150Block":0,"eip155Block":0,"eip158Block":0,"byzantiumBlock":0,
           "constantinopleBlock":0,"petersburgBlock":0,"istanbulBlock":0,"berlinBlock":0,
           "londonBlock":0,"terminalTotalDifficulty":0,"shanghaiTime":1020,"cancunTime":1030,
           "pragueTime":1040,"osakaTime":1050,"bpo1Time":1060,"bpo2Time":1070,
           "blobSchedule":{"cancun":{"target":3,"max":6,"baseFeeUpdateFraction":3338477},
             "prague":{"target":6,"max":9,"baseFeeUpdateFraction":5007716},
             "osaka":{"target":6,"max":9,"baseFeeUpdateFraction":5007716},
             "bpo1":{"target":10,"max":15,"baseFeeUpdateFraction":8346193},
             "bpo2":{"target":14,"max":21,"baseFeeUpdateFraction":11684671}}"#,
    )
}

fn genesis(forks: &str) -> String {
    let rich = signer().address();
    format!(
        r#"{{"config":{{"chainId":7,{forks}}},"nonce":"0x42","timestamp":"0x3e8",
            "extraData":"0x6869","gasLimit":"0x1c9c380","difficulty":"0x0","baseFeePerGas":"0x7",
            "coinbase":"0x00000000000000000000000000000000000000cb",
            "alloc":{{"{rich}":{{"balance":"0xffffffffffffffffffff"}},
              "0x000000000000000000000000000000000000dead":{{"balance":"0x1","nonce":"0x1",
                "code":"0x6000","storage":{{"0x01":"0x02"}}}}}}}}"#
    )
}

fn signer() -> PrivateKeySigner {
    PrivateKeySigner::from_bytes(&[7; 32].into()).unwrap()
}

fn start(genesis: &str) -> Chain {
    Chain::new(&Config::from_genesis_json(genesis).unwrap()).unwrap()
}

/// Mines ten blocks that create, store, log, destroy and touch an account without anything.
fn lived(genesis: &str) -> Chain {
    let mut chain = start(genesis);
    let mut init = hex!("6012600c60003960126000f3").to_vec();
    init.extend(RUNTIME);
    for round in 0..10_u64 {
        let nonce = round * 4;
        let created = signer().address().create(nonce);
        let word: Bytes = U256::from(round + 1).to_be_bytes_vec().into();
        let empty = Address::with_last_byte(0x40 + round as u8);
        for (place, (to, input, value)) in [
            (TxKind::Create, Bytes::from(init.clone()), 0),
            (TxKind::Call(created), word, 0),
            (TxKind::Call(empty), Bytes::new(), round % 2),
            (TxKind::Call(created), Bytes::new(), 3),
        ]
        .into_iter()
        .enumerate()
        {
            let london = chain.rules().schedule.is_london_active_at_block(round + 1);
            let made = transaction(nonce + place as u64, london, to, input, value);
            chain.submit(made).unwrap();
        }
        let block = chain.mine(1_010 + round * 10);
        assert_eq!(block.transactions.len(), 4);
    }
    chain
}

fn transaction(
    nonce: u64,
    london: bool,
    to: TxKind,
    input: Bytes,
    value: u64,
) -> Recovered<TxEnvelope> {
    let value = U256::from(value);
    let typed: TypedTransaction = if london {
        TxEip1559 {
            chain_id: 7,
            nonce,
            gas_limit: 200_000,
            max_fee_per_gas: 2_000_000_000,
            to,
            value,
            input,
            ..TxEip1559::default()
        }
        .into()
    } else {
        TxLegacy {
            chain_id: None,
            nonce,
            gas_price: 1_000_000_000,
            gas_limit: 200_000,
            to,
            value,
            input,
        }
        .into()
    };
    let signature = signer().sign_hash_sync(&typed.signature_hash()).unwrap();
    Recovered::new_unchecked(typed.into_envelope(signature), signer().address())
}

/// Executes `block` on `state` with alloy's executor and asserts that all roots agree.
fn assert_agrees(chain: &Chain, block: &Block, state: &mut State) {
    let (header, schedule) = (&block.header, &chain.rules().schedule);
    state.set_keep_empty(!schedule.is_spurious_dragon_active_at_block(header.number));
    state.push_block_hash(header.number - 1, header.parent_hash);
    let blobs: Option<BlobParams> = schedule.blob_params(header.timestamp);
    let environment = EvmEnv::for_eth_block(header, schedule, chain.chain_id(), blobs);
    let context = EthBlockExecutionCtx {
        parent_hash: header.parent_hash,
        parent_beacon_block_root: header.parent_beacon_block_root,
        ommers: &[],
        withdrawals: block
            .withdrawals
            .as_ref()
            .map(|all| Cow::Borrowed(all.as_slice())),
        extra_data: header.extra_data.clone(),
        tx_count_hint: None,
        slot_number: None,
    };
    let factory = EthBlockExecutorFactory::new(
        AlloyReceiptBuilder::default(),
        schedule.clone(),
        EthEvmFactory::default(),
    );
    let machine = EthEvmFactory::default().create_evm(&mut *state, environment);
    let result = factory
        .create_executor(machine, context)
        .execute_block(block.transactions.iter())
        .unwrap();
    assert_eq!(result.gas_used, header.gas_used, "gas of {}", header.number);
    assert_eq!(state.root(), header.state_root, "root of {}", header.number);
    if schedule.is_byzantium_active_at_block(header.number) {
        let root = calculate_receipt_root(&result.receipts);
        assert_eq!(root, header.receipts_root, "receipts of {}", header.number);
    }
}

#[test]
fn every_fork_executes_as_another_executor_does() {
    for text in [mined(), merged()] {
        let chain = lived(&text);
        let mut state = start(&text).state().clone();
        for number in 1..=chain.height() {
            assert_agrees(&chain, chain.block(number).unwrap(), &mut state);
        }
    }
}

#[test]
fn an_exported_chain_imports_to_the_same_head() {
    for text in [mined(), merged()] {
        let chain = lived(&text);
        let mut copy = start(&text);
        assert_eq!(copy.import_rlp(&chain.export_rlp()).unwrap(), 10);
        assert_eq!(copy.head().hash, chain.head().hash);
        assert_eq!(copy.state().dump(), chain.state().dump());
    }
}

#[test]
fn a_block_that_is_not_what_it_says_is_refused_and_changes_nothing() {
    let chain = lived(&merged());
    let mut copy = start(&merged());
    let block = chain.block(1).unwrap().to_consensus();
    let mut wrong = block.clone();
    wrong.header.state_root.0[0] ^= 1;
    let error = copy.import(wrong).unwrap_err().to_string();
    assert!(error.starts_with("block 1: stateRoot is 0x"), "{error}");
    let mut wrong = block.clone();
    wrong.header.base_fee_per_gas = Some(8);
    let error = copy.import(wrong).unwrap_err().to_string();
    assert!(error.contains("baseFeePerGas"), "{error}");
    let mut wrong = block.clone();
    wrong.header.base_fee_per_gas = None;
    let error = copy.import(wrong).unwrap_err().to_string();
    let expected = "block 1: baseFeePerGas is absent, but 7 was expected";
    assert_eq!(error, expected);
    let mut wrong = block.clone();
    wrong.header.timestamp = 1_000;
    let error = copy.import(wrong).unwrap_err().to_string();
    let expected = "block 1: timestamp is 1000, but one later than 1000 was expected";
    assert_eq!(error, expected);
    let mut wrong = block.clone();
    wrong.body.transactions.swap(0, 1);
    let error = copy.import(wrong).unwrap_err().to_string();
    assert!(error.starts_with("block 1, transaction 0: "), "{error}");
    let error = copy
        .import_rlp(&[0xc1, 0x80, 0x01])
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("byte 0: "), "{error}");
    assert_eq!(copy.height(), 0);
    assert_eq!(copy.state().dump(), start(&merged()).state().dump());
    copy.import(block).unwrap();
}

#[test]
fn the_base_fee_of_block_one_follows_from_the_genesis_file() {
    let text = merged().replace(
        "\"baseFeePerGas\":\"0x7\"",
        "\"baseFeePerGas\":\"0x3b9aca00\"",
    );
    let mut chain = start(&text);
    assert_eq!(chain.block(0).unwrap().base_fee(), 1_000_000_000);
    // Nothing is used in the genesis: an eighth less.
    assert_eq!(chain.next_base_fee(), 875_000_000);
    assert_eq!(chain.mine(1_010).base_fee(), 875_000_000);
    let mut copy = start(&text);
    copy.import_rlp(&chain.export_rlp()).unwrap();
    chain.rollback(1).unwrap();
    assert_eq!(chain.next_base_fee(), 875_000_000);
    let development = Chain::new(&Config::default()).unwrap();
    assert_eq!(development.next_base_fee(), 1_000_000_000);
}

#[test]
fn a_genesis_file_that_is_none_says_where() {
    let error = Config::from_genesis_json("{\n\"config\": 3}").unwrap_err();
    assert!(error.to_string().contains("line 2"), "{error}");
}
