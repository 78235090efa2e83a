//! What the specification of the methods says and other nodes do: numbers of logs in traces, what
//! waiting transactions and blobs show, which words are no arguments.

use alloy_consensus::{SignableTransaction, TxEip4844, TxEip4844Variant, TypedTransaction};
use alloy_primitives::{Address, B256, U256, hex};
use alloy_signer::SignerSync;
use emulate::{
    chain::{Chain, Config, ImportError},
    server::rpc::{Limits, Node, NodeOptions},
};
use serde_json::{Value, json};

use super::client::{ALICE, BOB, Client, NOW};

/// Code that writes an empty log.
const LOGS: &str = "60006000a0";

/// Puts code that calls each of `callees` and then writes a log.
async fn caller(client: &Client, at: Address, callees: &[Address]) {
    let mut code = String::from("0x");
    for callee in callees {
        let callee = hex::encode(callee);
        code.push_str(&format!("6000600060006000600073{callee}5af150"));
    }
    code.push_str(LOGS);
    client.call("anvil_setCode", json!([at, code])).await;
}

async fn send(client: &Client, to: Address) -> Value {
    let request = json!([{"from": ALICE, "to": to, "gas": "0x30d40"}]);
    client.call("eth_sendTransaction", request).await
}

/// The numbers and positions of all logs of a call and of those it made, innermost first.
fn logs(call: &Value) -> Vec<(String, String)> {
    let inner = call["calls"].as_array().into_iter().flatten();
    let mut found: Vec<_> = inner.flat_map(logs).collect();
    for log in call["logs"].as_array().into_iter().flatten() {
        let word = |name: &str| log[name].as_str().unwrap().to_owned();
        found.push((word("index"), word("position")));
    }
    found
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let pair = |(index, position): &(&str, &str)| ((*index).to_owned(), (*position).to_owned());
    expected.iter().map(pair).collect()
}

#[tokio::test]
async fn a_traced_log_has_the_number_it_has_in_its_block() {
    let client = Client::manual();
    let [leaf, failing, root] = [0xa1, 0xa2, 0xa3].map(Address::repeat_byte);
    caller(&client, leaf, &[]).await;
    caller(&client, root, &[failing, leaf]).await;
    // Writes a log, which is undone with it.
    let code = format!("0x{LOGS}60006000fd");
    client.call("anvil_setCode", json!([failing, code])).await;
    send(&client, leaf).await;
    let hash = send(&client, root).await;
    client.call("evm_mine", json!([])).await;
    let receipt = client
        .call("eth_getTransactionReceipt", json!([hash]))
        .await;
    let numbers = [
        &receipt["logs"][0]["logIndex"],
        &receipt["logs"][1]["logIndex"],
    ];
    assert_eq!(numbers, ["0x1", "0x2"]);
    let trace = async |config: Value| {
        let options = json!({"tracer": "callTracer", "tracerConfig": config});
        client
            .call("debug_traceTransaction", json!([hash, options]))
            .await
    };
    let whole = trace(json!({"withLog": true})).await;
    assert_eq!(logs(&whole), pairs(&[("0x1", "0x0"), ("0x2", "0x2")]));
    let top = trace(json!({"withLog": true, "onlyTopCall": true})).await;
    assert_eq!(logs(&top), pairs(&[("0x2", "0x0")]));
    assert_eq!(top["calls"], Value::Null);
    let block = json!(["0x1", {"tracer": "callTracer", "tracerConfig": {"withLog": true}}]);
    let block = client.call("debug_traceBlockByNumber", block).await;
    assert_eq!(logs(&block[0]["result"]), pairs(&[("0x0", "0x0")]));
    assert_eq!(logs(&block[1]["result"]), logs(&whole));
    let call = json!([{"to": root}, "latest", {"tracer": "callTracer",
        "tracerConfig": {"withLog": true}}]);
    let call = client.call("debug_traceCall", call).await;
    assert_eq!(logs(&call), pairs(&[("0x0", "0x0"), ("0x1", "0x2")]));
}

#[tokio::test]
async fn what_waits_says_that_it_has_no_time_yet() {
    let client = Client::manual();
    let hash = send(&client, BOB).await;
    let by_hash = client.call("eth_getTransactionByHash", json!([hash])).await;
    let pool = client.call("txpool_content", json!([])).await;
    let pending = client.call("eth_pendingTransactions", json!([])).await;
    let in_pool = &pool["pending"][ALICE.to_checksum(None)]["0"];
    for shown in [&by_hash, in_pool, &pending[0]] {
        let shown = shown.as_object().unwrap();
        for absent in [
            "blockHash",
            "blockNumber",
            "blockTimestamp",
            "transactionIndex",
        ] {
            assert_eq!(shown.get(absent), Some(&Value::Null), "{absent}");
        }
        assert_eq!(shown["hash"], hash);
    }
    client.call("evm_mine", json!([])).await;
    let mined = client.call("eth_getTransactionByHash", json!([hash])).await;
    assert!(mined["blockTimestamp"].is_string(), "{mined}");
}

#[tokio::test]
async fn a_creation_that_failed_tells_where_the_contract_would_be() {
    let client = Client::new();
    let send = json!([{"from": ALICE, "data": "0x60006000fd", "gas": "0x30d40"}]);
    let hash = client.call("eth_sendTransaction", send).await;
    let receipt = client
        .call("eth_getTransactionReceipt", json!([hash]))
        .await;
    assert_eq!(receipt["status"], "0x0");
    let at = format!("{:?}", ALICE.create(0));
    assert_eq!(receipt["contractAddress"], at);
    let code = client.call("eth_getCode", json!([at, "latest"])).await;
    assert_eq!(code, "0x");
}

#[tokio::test]
async fn a_place_in_storage_is_hex_and_no_longer_than_a_word() {
    let client = Client::new();
    let set = json!([BOB, "0x10", format!("0x{:064x}", 7)]);
    client.call("anvil_setStorageAt", set).await;
    for slot in ["0x10", "10", "0x010"] {
        let read = client.call("eth_getStorageAt", json!([BOB, slot])).await;
        assert_eq!(read, format!("0x{:064x}", 7), "{slot}");
    }
    let long = format!("0x{}", "0".repeat(65));
    for (slot, reason) in [
        (
            long.as_str(),
            "storage key too long (want at most 32 bytes)",
        ),
        ("0xnone", "invalid hex in storage key"),
    ] {
        for (method, params) in [
            ("eth_getStorageAt", json!([BOB, slot])),
            ("eth_getProof", json!([BOB, [slot], "latest"])),
            ("eth_getStorageValues", json!([{BOB.to_string(): [slot]}])),
        ] {
            let (code, message) = client.refuse(method, params).await;
            assert_eq!(code, -32602, "{method}: {message}");
            assert!(message.contains(reason), "{method}: {message}");
        }
    }
    let whole = format!("0x{:064x}", 16);
    let proof = json!([BOB, [whole, "0x010"], "latest"]);
    let proof = client.call("eth_getProof", proof).await;
    let told = [
        &proof["storageProof"][0]["key"],
        &proof["storageProof"][1]["key"],
    ];
    assert_eq!(told, [whole.as_str(), "0x10"]);
}

#[tokio::test]
async fn a_hash_or_an_address_without_its_prefix_is_none() {
    let client = Client::new();
    let (hash, address) = ("1".repeat(64), hex::encode(BOB));
    for (method, params) in [
        ("debug_getRawTransaction", json!([hash])),
        ("eth_getTransactionReceipt", json!([hash])),
        ("eth_getBlockByHash", json!([hash, false])),
        ("eth_getBalance", json!([address, "latest"])),
    ] {
        let (code, message) = client.refuse(method, params).await;
        assert_eq!(code, -32602, "{method}: {message}");
        assert!(
            message.contains("hex string without 0x prefix"),
            "{message}"
        );
    }
}

/// A transaction of the first development account that carries two blobs.
fn with_blobs(chain: &Chain) -> TypedTransaction {
    let name = |last| B256::right_padding_from(&[1, last]);
    TypedTransaction::Eip4844(TxEip4844Variant::TxEip4844(TxEip4844 {
        chain_id: chain.chain_id(),
        gas_limit: 21_000,
        max_fee_per_gas: 3_000_000_000,
        to: BOB,
        value: U256::from(1),
        blob_versioned_hashes: vec![name(1), name(2)],
        max_fee_per_blob_gas: 1_000,
        ..TxEip4844::default()
    }))
}

/// A chain whose only block came from elsewhere, with two blobs in it.
fn imported() -> Chain {
    let config = Config {
        genesis_timestamp: NOW,
        ..Config::default()
    };
    let mut chain = Chain::new(&config).unwrap();
    let mut block = Chain::new(&config).unwrap().mine(NOW + 12).to_consensus();
    let transaction = with_blobs(&chain);
    let hash = transaction.signature_hash();
    let signature = chain.signers()[0].sign_hash_sync(&hash).unwrap();
    block.body.transactions = vec![transaction.into_envelope(signature)];
    block.header.blob_gas_used = Some(2 << 17);
    block.header.gas_used = 21_000;
    // What the header must say is what executing it gives.
    for _ in 0..3 {
        let Err(ImportError::Mismatch {
            field, expected, ..
        }) = chain.import(block.clone())
        else {
            break;
        };
        let root = match field {
            "receiptsRoot" => &mut block.header.receipts_root,
            "stateRoot" => &mut block.header.state_root,
            "transactionsRoot" => &mut block.header.transactions_root,
            _ => panic!("{field} must be {expected}"),
        };
        *root = expected.parse().unwrap();
    }
    if chain.height() == 0 {
        chain.import(block).unwrap();
    }
    chain
}

#[tokio::test]
async fn blobs_that_came_with_a_chain_are_accounted_for() {
    let node = Node::start(imported(), NodeOptions::new());
    let client = Client::with(node, Limits::default());
    let receipts = client.call("eth_getBlockReceipts", json!(["0x1"])).await;
    let receipt = &receipts[0];
    assert_eq!(receipt["type"], "0x3");
    assert_eq!(receipt["blobGasUsed"], "0x40000");
    assert_eq!(receipt["blobGasPrice"], "0x1");
    let same = client
        .call(
            "eth_getTransactionReceipt",
            json!([receipt["transactionHash"]]),
        )
        .await;
    assert_eq!(&same, receipt);
    let history = client
        .call("eth_feeHistory", json!(["0x2", "latest", []]))
        .await;
    // Two of at most nine.
    assert_eq!(history["blobGasUsedRatio"], json!([0.0, 2.0 / 9.0]));
    assert_eq!(history["baseFeePerBlobGas"], json!(["0x1", "0x1", "0x1"]));
    let history = json!(["0x1", "pending", []]);
    let history = client.call("eth_feeHistory", history).await;
    assert_eq!(history["baseFeePerBlobGas"], json!(["0x1", "0x1"]));
    let next = client.call("eth_blobBaseFee", json!([])).await;
    assert_eq!(next, "0x1");
    let none = client.call("eth_getBlockReceipts", json!(["0x0"])).await;
    assert_eq!(none, json!([]));
}

#[tokio::test]
async fn what_was_imported_is_final() {
    let node = Node::start(imported(), NodeOptions::new());
    let client = Client::with(node, Limits::default());
    client.call("evm_mine", json!([])).await;
    for (tag, number) in [("safe", "0x1"), ("finalized", "0x1"), ("latest", "0x2")] {
        let block = client
            .call("eth_getBlockByNumber", json!([tag, false]))
            .await;
        assert_eq!(block["number"], number, "{tag}");
    }
    client.call("anvil_rollback", json!([2])).await;
    let block = client
        .call("eth_getBlockByNumber", json!(["safe", false]))
        .await;
    assert_eq!(block["number"], "0x0");
}
