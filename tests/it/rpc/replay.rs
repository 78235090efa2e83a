//! Parity's traces over JSON-RPC: what was mined, and what could be, executed once more.

use alloy_primitives::keccak256;
use serde_json::{Value, json};

use super::client::{ALICE, BOB, Client, transfer};

/// Runtime that stores 42 in slot 7 and returns nothing: `PUSH1 42; PUSH1 7; SSTORE; STOP`.
const STORE: &str = "0x602a60075500";

/// Runtime that calls Bob twice and stops.
const TWICE: &str = "0x6000600060006000600073\
    70997970c51812dc3a010c7d01b50e0d17dc79c85af1\
    50600060006000600060007370997970c51812dc3a010c7d01b50e0d17dc79c85af100";

fn call(to: impl serde::Serialize) -> Value {
    json!({"from": ALICE, "to": to, "gas": "0x186a0"})
}

#[tokio::test]
async fn a_mined_transaction_is_replayed_in_every_form() {
    let client = Client::new();
    client.call("anvil_setCode", json!([BOB, STORE])).await;
    let hash = client.call("eth_sendTransaction", json!([call(BOB)])).await;
    let wanted = json!(["trace", "vmTrace", "stateDiff"]);
    let one = client
        .call("trace_replayTransaction", json!([hash, wanted]))
        .await;
    assert_eq!(one["trace"][0]["type"], "call");
    assert_eq!(one["vmTrace"]["ops"].as_array().unwrap().len(), 4);
    let bob = &one["stateDiff"][BOB.to_string().to_lowercase()];
    let slot = format!("0x{:064x}", 7);
    let value = &bob["storage"][slot]["*"]["to"];
    assert_eq!(*value, format!("0x{:064x}", 42));

    let all = client
        .call("trace_replayBlockTransactions", json!(["latest", wanted]))
        .await;
    assert_eq!(all[0]["transactionHash"], hash);
    assert_eq!(all[0]["stateDiff"], one["stateDiff"]);
    let only = client
        .call("trace_replayTransaction", json!([hash, ["trace"]]))
        .await;
    assert!(only["stateDiff"].is_null() && only["vmTrace"].is_null());
    let nobodys = keccak256("nobody's");
    let unknown = json!([nobodys, ["trace"]]);
    assert!(
        client
            .call("trace_replayTransaction", unknown)
            .await
            .is_null()
    );
    let (code, message) = client
        .refuse("trace_replayTransaction", json!([hash, ["everything"]]))
        .await;
    assert_eq!(code, -32602, "{message}");
}

#[tokio::test]
async fn calls_are_traced_each_on_what_the_one_before_it_left() {
    let client = Client::new();
    client.call("anvil_setCode", json!([BOB, STORE])).await;
    let calls = json!([[call(BOB), ["stateDiff"]], [call(BOB), ["stateDiff"]]]);
    let traces = client
        .call("trace_callMany", json!([calls, "latest"]))
        .await;
    let bob = BOB.to_string().to_lowercase();
    let first = &traces[0]["stateDiff"][&bob]["storage"];
    assert_eq!(first.as_object().unwrap().len(), 1);
    // Nothing is left to change the second time.
    let second = &traces[1]["stateDiff"][&bob]["storage"];
    assert!(
        second.as_object().is_none_or(serde_json::Map::is_empty),
        "{traces}"
    );
    let alone = client
        .call("trace_call", json!([call(BOB), ["stateDiff"], "latest"]))
        .await;
    assert_eq!(alone["stateDiff"][&bob]["storage"], *first);
    assert_eq!(client.call("eth_blockNumber", json!([])).await, "0x0");
}

#[tokio::test]
async fn a_raw_transaction_is_traced_without_being_sent() {
    let client = Client::new();
    let raw = transfer(&client.node.reading().chain, 0, 0);
    let traced = client
        .call("trace_rawTransaction", json!([raw, ["trace"]]))
        .await;
    let alice = ALICE.to_string().to_lowercase();
    assert_eq!(traced["trace"][0]["action"]["from"], alice);
    assert_eq!(client.call("eth_blockNumber", json!([])).await, "0x0");
}

#[tokio::test]
async fn one_call_is_found_by_its_place_and_gas_is_told_by_opcode() {
    let client = Client::new();
    let caller = "0x00000000000000000000000000000000000ca11e";
    client.call("anvil_setCode", json!([BOB, STORE])).await;
    client.call("anvil_setCode", json!([caller, TWICE])).await;
    let hash = client
        .call("eth_sendTransaction", json!([call(caller)]))
        .await;
    let second = client.call("trace_get", json!([hash, ["0x1"]])).await;
    assert_eq!(second["traceAddress"], json!([1]));
    let outer = client.call("trace_get", json!([hash, []])).await;
    assert_eq!(outer["subtraces"], 2);
    let none = client.call("trace_get", json!([hash, ["0x2"]])).await;
    assert!(none.is_null());

    let gas = client
        .call("trace_transactionOpcodeGas", json!([hash]))
        .await;
    let count = |name: &str| {
        let found = gas["opcodeGas"].as_array().unwrap().iter();
        found
            .filter(|entry| entry["opcode"] == name)
            .map(|entry| entry["count"].as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!((count("CALL"), count("SSTORE"), count("STOP")), (2, 2, 3));
    let block = client.call("trace_blockOpcodeGas", json!(["0x1"])).await;
    assert_eq!(block["transactions"][0], gas);
}

#[tokio::test]
async fn code_is_found_by_its_hash() {
    let client = Client::new();
    client.call("anvil_setCode", json!([BOB, STORE])).await;
    let hash = keccak256(alloy_primitives::hex::decode(STORE).unwrap());
    let code = client.call("debug_codeByHash", json!([hash])).await;
    assert_eq!(code, STORE);
    let unknown = json!([keccak256("nobody's")]);
    assert!(client.call("debug_codeByHash", unknown).await.is_null());
    let (_, message) = client
        .refuse("anvil_setRpcUrl", json!(["http://localhost:1"]))
        .await;
    assert!(message.contains("no fork"), "{message}");
}
