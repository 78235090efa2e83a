//! What differs between nodes, and is here as geth or anvil have it: forks that do not know a field,
//! blocks that are not there, gas and time that nobody named.

use alloy_hardforks::EthereumHardfork;
use emulate::{
    chain::{Chain, Config, ForkSchedule},
    server::rpc::{Limits, Node, NodeOptions},
};
use serde_json::{Value, json};

use super::client::{ALICE, BOB, Client, NOW};

/// A client of a chain whose newest fork is `fork`.
fn on(fork: EthereumHardfork) -> Client {
    let config = Config {
        schedule: ForkSchedule::from_genesis(fork),
        ..Config::default()
    };
    let node = Node::start(Chain::new(&config).unwrap(), NodeOptions::new());
    Client::with(node, Limits::default())
}

fn hash(digit: &str) -> String {
    format!("0x{}", digit.repeat(64))
}

#[tokio::test]
async fn a_call_may_not_ask_for_what_its_fork_does_not_know() {
    use EthereumHardfork::{Berlin, Cancun, Istanbul, London};
    let authorization = json!([{
        "chainId": "0x0", "address": BOB, "nonce": "0x0", "yParity": "0x0", "r": "0x0", "s": "0x0",
    }]);
    for (fork, field, value, reason) in [
        (
            Istanbul,
            "accessList",
            json!([]),
            "not supported: access list tx",
        ),
        (
            Berlin,
            "maxFeePerGas",
            json!("0x0"),
            "not valid before London is active",
        ),
        (
            London,
            "maxFeePerBlobGas",
            json!("0x1"),
            "not supported: blob tx",
        ),
        (
            Cancun,
            "authorizationList",
            authorization,
            "not supported: setcode tx",
        ),
    ] {
        let mut request = json!({"from": ALICE, "to": BOB});
        request[field] = value;
        for method in ["eth_call", "eth_estimateGas"] {
            let (code, message) = on(fork).refuse(method, json!([request, "latest"])).await;
            assert_eq!(code, -32000, "{field}: {message}");
            assert!(message.contains(reason), "{field}: {message}");
        }
        // The type alone decides nothing.
        let typed = json!([{"from": ALICE, "to": BOB, "type": "0x4"}, "latest"]);
        assert_eq!(on(fork).call("eth_call", typed).await, "0x");
    }
}

#[tokio::test]
async fn a_call_can_name_blobs_without_having_them() {
    let client = Client::new();
    // Returns the first versioned hash.
    let code = "0x5f495f5260205ff3";
    client.call("anvil_setCode", json!([BOB, code])).await;
    let name = "0x01aa000000000000000000000000000000000000000000000000000000000000";
    let request = json!([{"from": ALICE, "to": BOB, "blobVersionedHashes": [name]}, "latest"]);
    assert_eq!(client.call("eth_call", request.clone()).await, name);
    client.call("eth_estimateGas", request).await;
    let price = json!([{"from": ALICE, "to": BOB, "maxFeePerBlobGas": "0x1"}, "latest"]);
    client.call("eth_call", price).await;
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let client = Client::new();
    let call = json!([{"to": BOB}, "0x63", {"tracer": "callTracer"}]);
    let unknown = hash("1");
    for (method, params, message) in [
        ("debug_traceCall", call, "block #99 not found".to_owned()),
        (
            "debug_traceBlockByNumber",
            json!(["0x63"]),
            "block #99 not found".to_owned(),
        ),
        (
            "debug_traceBlockByHash",
            json!([unknown]),
            format!("block {unknown} not found"),
        ),
        (
            "debug_traceTransaction",
            json!([unknown]),
            "transaction not found".to_owned(),
        ),
    ] {
        let refused = client.refuse(method, params).await;
        assert_eq!(refused, (-32000, message), "{method}");
    }
    assert_eq!(
        client.call("debug_getBadBlocks", json!([])).await,
        json!([])
    );
}

#[tokio::test]
async fn logs_of_blocks_to_come_are_an_error_but_a_filter_may_wait_for_them() {
    let client = Client::new();
    let beyond = json!([{"fromBlock": "0x0", "toBlock": "0x9"}]);
    let refused = client.refuse("eth_getLogs", beyond.clone()).await;
    let reason = "block range extends beyond current head block".to_owned();
    assert_eq!(refused, (-32602, reason));
    let to_come = json!([{"fromBlock": "0x0", "toBlock": "pending"}]);
    assert_eq!(client.call("eth_getLogs", to_come).await, json!([]));
    client.call("eth_newFilter", beyond).await;
}

#[tokio::test]
async fn gas_is_estimated_on_what_waits_unless_a_block_is_named() {
    let client = Client::manual();
    let poor = "0xabababababababababababababababababababab";
    let pay = json!([{"from": ALICE, "to": poor, "value": "0xde0b6b3a7640000"}]);
    client.call("eth_sendTransaction", pay).await;
    let spend = json!({"from": poor, "to": BOB, "value": "0x1"});
    assert_eq!(
        client.call("eth_estimateGas", json!([spend])).await,
        "0x5208"
    );
    let (_, message) = client
        .refuse("eth_estimateGas", json!([spend, "latest"]))
        .await;
    assert!(message.starts_with("Insufficient funds"), "{message}");
}

#[tokio::test]
async fn a_request_is_signed_whatever_it_pays_and_not_filled_if_it_fails() {
    let client = Client::new();
    let upside_down = json!([{"from": ALICE, "to": BOB, "maxFeePerGas": "0x64",
                              "maxPriorityFeePerGas": "0x65"}]);
    let signed = client.call("eth_signTransaction", upside_down).await;
    assert!(signed.as_str().unwrap().starts_with("0x02"), "{signed}");
    client.call("anvil_setCode", json!([BOB, "0x5f5ffd"])).await;
    let failing = json!([{"from": ALICE, "to": BOB}]);
    let (code, _) = client.refuse("eth_fillTransaction", failing).await;
    assert_eq!(code, 3);
}

#[tokio::test]
async fn blocks_are_mined_apart_as_anvil_and_as_hardhat_count() {
    let times = async |method: &str| -> Vec<u64> {
        let client = Client::new();
        client.call(method, json!(["0x2", "0x3c"])).await;
        let mut times = Vec::new();
        for number in ["0x1", "0x2"] {
            let block = client
                .call("eth_getBlockByNumber", json!([number, false]))
                .await;
            let time = Value::as_str(&block["timestamp"]).unwrap();
            times.push(u64::from_str_radix(&time[2..], 16).unwrap() - NOW);
        }
        times
    };
    assert_eq!(times("anvil_mine").await, [60, 120]);
    assert_eq!(times("hardhat_mine").await, [0, 60]);
}
