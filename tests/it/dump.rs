//! Chains as documents: there and back, and as anvil writes them.

use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, Bytes, TxKind, U256, b256, hex};
use emulate::chain::{Chain, Config, Dump, LoadError, LogQuery};

/// Written by anvil 1.7.1 after a transfer, a contract with a slot and a log, a creation that
/// reverted, and a transfer by an impersonated account.
const ANVIL: &[u8] = include_bytes!("../data/anvil-1.7.1-dump.json.gz");

/// `SSTORE(0, 1)`, then `LOG0` of two bytes.
const STORE_AND_LOG: [u8; 11] = hex!("600160005560026000a000");

fn new() -> Chain {
    Chain::new(&Config::default()).unwrap()
}

fn create(chain: &mut Chain, nonce: u64, code: &[u8]) {
    let sender = chain.signers()[0].address();
    let creation = TxEip1559 {
        chain_id: 31337,
        nonce,
        gas_limit: 200_000,
        max_fee_per_gas: 3_000_000_000,
        to: TxKind::Create,
        input: Bytes::copy_from_slice(code),
        ..TxEip1559::default()
    };
    chain.submit_unsigned(creation, sender).unwrap();
}

/// A chain with three blocks, changes by hand between them, and one transaction waiting.
fn lived() -> Chain {
    let mut chain = new();
    create(&mut chain, 0, &STORE_AND_LOG);
    chain.mine(10);
    chain.set_balance(Address::repeat_byte(1), U256::from(7));
    chain.mine(20);
    chain.set_storage(Address::repeat_byte(2), U256::from(3), U256::from(4));
    create(&mut chain, 1, &hex!("60006000fd"));
    chain.mine(30);
    create(&mut chain, 2, &STORE_AND_LOG);
    chain
}

fn everything() -> LogQuery {
    LogQuery::new(&alloy_rpc_types::Filter::new(), 0, u64::MAX)
}

#[test]
fn a_chain_comes_back_from_its_document_whole() {
    let chain = lived();
    let mut copy = new();
    copy.load(Dump::from_bytes(&chain.dump().to_bytes()).unwrap())
        .unwrap();
    assert_eq!(copy.height(), 3);
    for number in 0..=3 {
        assert_eq!(copy.block(number), chain.block(number));
        let (ours, theirs) = (copy.state_after(number), chain.state_after(number));
        assert_eq!(
            ours.unwrap().dump(),
            theirs.unwrap().dump(),
            "state {number}"
        );
    }
    assert_eq!(copy.logs(&everything()).len(), 1);
    assert_eq!(copy.next_base_fee(), chain.next_base_fee());
    // What waited still waits, and the next block is the same to its hash.
    let (mut chain, mut copy) = (chain, copy);
    assert_eq!(copy.mine(40).hash, chain.mine(40).hash);
    assert_eq!(copy.head().transactions.len(), 1);
}

#[test]
fn a_document_says_what_blobs_cost_as_anvil_wants_to_know() {
    let block = serde_json::to_value(lived().dump()).unwrap()["block"].take();
    let blobs = serde_json::json!({"excess_blob_gas": 0, "blob_gasprice": 1});
    assert_eq!(block["blob_excess_gas_and_price"], blobs);
}

#[test]
fn a_chain_of_anvils_is_taken_over_with_its_history() {
    let mut chain = new();
    chain.load(Dump::from_bytes(ANVIL).unwrap()).unwrap();
    let head = b256!("0x1afdd4d3d66d00cb6cee242c1a6246ed23cb39876f2b43ef7603ef7360c4dcaf");
    assert_eq!((chain.height(), chain.head().hash), (4, head));
    assert_eq!(chain.next_base_fee(), 0x22fe_f8dd);
    let rich = U256::from(0x21e_19e0_747b_d2ba_41a6_u128);
    assert_eq!(chain.balance(chain.signers()[1].address()), rich);
    let statuses = (1..=4).map(|number| {
        let block = chain.block(number).unwrap();
        let hash = block.transactions[0].inner().tx_hash();
        chain.receipt(hash).unwrap().is_success()
    });
    assert_eq!(statuses.collect::<Vec<_>>(), [true, true, false, true]);
    let impersonated = &chain.block(4).unwrap().transactions[0];
    assert_eq!(impersonated.signer(), Address::with_last_byte(0xaa));
    assert_eq!(chain.logs(&everything()).len(), 1);
    assert_eq!(chain.mine(chain.head().timestamp() + 1).number(), 5);
}

#[test]
fn accounts_without_blocks_are_set_on_the_chain_as_it_is() {
    let text = br#"{"accounts":{"0x0000000000000000000000000000000000000009":
        {"nonce":3,"balance":"0x5","code":"0x6000","storage":{}}}}"#;
    let mut chain = lived();
    chain.load(Dump::from_bytes(text).unwrap()).unwrap();
    assert_eq!(chain.height(), 3);
    assert_eq!(chain.balance(Address::with_last_byte(9)), U256::from(5));
}

#[test]
fn what_is_no_dump_is_refused_and_changes_nothing() {
    let bytes = lived().dump().to_bytes();
    for broken in [
        &b"{}"[..],
        b"",
        b"\x1f\x8b",
        &bytes[..bytes.len() / 2],
        b"[1]",
    ] {
        assert!(matches!(
            Dump::from_bytes(broken),
            Err(LoadError::Malformed(_))
        ));
    }
    let other = Chain::new(&Config {
        chain_id: 1,
        ..Config::default()
    });
    let mut other = other.unwrap();
    let error = other.load(Dump::from_bytes(&bytes).unwrap()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the dump is of chain 31337, this is chain 1"
    );
    assert_eq!(other.height(), 0);
}
