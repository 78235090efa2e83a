//! `eth_simulateV1` as clients use it: blocks with their calls, and geth's numbers for what cannot be.

use serde_json::{Value, json};

use super::client::{ALICE, BOB, Client};

/// Runtime code returning 42.
const ANSWER: &str = "0x602a60005260206000f3";

async fn simulate(client: &Client, blocks: Value) -> Value {
    let payload = json!({"blockStateCalls": blocks, "traceTransfers": true});
    client.call("eth_simulateV1", json!([payload])).await
}

#[tokio::test]
async fn calls_of_simulated_blocks_see_one_another_and_leave_nothing_behind() {
    let client = Client::new();
    let before = client.call("eth_getBalance", json!([BOB])).await;
    let blocks = simulate(
        &client,
        json!([
            {
                "stateOverrides": {"0x00000000000000000000000000000000000000c0": {"code": ANSWER}},
                "calls": [
                    {"from": ALICE, "to": BOB, "value": "0x7"},
                    {"from": ALICE, "to": "0x00000000000000000000000000000000000000c0"},
                ],
            },
            {"calls": [{"from": BOB, "to": ALICE, "value": "0x3"}]},
        ]),
    )
    .await;
    assert_eq!(blocks[0]["number"], "0x1");
    assert_eq!(blocks[1]["parentHash"], blocks[0]["hash"]);
    let paid = &blocks[0]["calls"][0];
    assert_eq!(
        (&paid["status"], &paid["gasUsed"]),
        (&json!("0x1"), &json!("0x5208"))
    );
    assert_eq!(paid["logs"][0]["blockHash"], blocks[0]["hash"]);
    let answer = blocks[0]["calls"][1]["returnData"].as_str().unwrap();
    assert!(answer.ends_with("2a"), "{answer}");
    assert_eq!(client.call("eth_getBalance", json!([BOB])).await, before);
    assert_eq!(client.call("eth_blockNumber", json!([])).await, "0x0");
}

#[tokio::test]
async fn a_simulation_that_cannot_be_has_geths_number() {
    let client = Client::new();
    for (payload, code) in [
        (json!({"blockStateCalls": []}), -32602),
        (
            json!({"blockStateCalls": [
                {"blockOverrides": {"number": "0x9"}},
                {"blockOverrides": {"number": "0x8"}},
            ]}),
            -38020,
        ),
        (
            json!({"blockStateCalls": [
                {"blockOverrides": {"time": "0xfffffff0"}},
                {"blockOverrides": {"time": "0xffffffef"}},
            ]}),
            -38021,
        ),
        (
            json!({"validation": true, "blockStateCalls": [
                {"calls": [{"from": ALICE, "to": BOB, "nonce": "0x5", "maxFeePerGas": "0xffffffffff"}]},
            ]}),
            -38011,
        ),
        (
            json!({"blockStateCalls": [
                {"calls": [{"from": ALICE, "to": BOB, "gas": "0x1"}]},
            ]}),
            -38013,
        ),
        (
            json!({"blockStateCalls": [
                {"calls": [{"from": ALICE, "to": BOB, "value": "0xffffffffffffffffffff"}]},
            ]}),
            -38014,
        ),
    ] {
        let (found, message) = client.refuse("eth_simulateV1", json!([payload])).await;
        assert_eq!(found, code, "{payload}: {message}");
    }
    let unknown = json!([{"blockStateCalls": [{}]}, "0x99"]);
    let refused = client.refuse("eth_simulateV1", unknown).await;
    assert_eq!(refused, (-32000, "header not found".to_owned()));
}

#[tokio::test]
async fn what_is_wrong_with_a_simulated_call_is_told_in_geths_words() {
    let client = Client::new();
    let sender = "0xC000000000000000000000000000000000000000";
    let rich = json!({sender: {"balance": "0xde0b6b3a7640000", "nonce": "0xa"}});
    let simulate = |validation: bool, call: Value| {
        json!([{"validation": validation, "blockStateCalls": [
            {"blockOverrides": {"baseFeePerGas": "0xa"}, "stateOverrides": rich, "calls": [call]},
        ]}])
    };
    // A call that names no gas may use what its block has, here 30,000,000.
    let cases = [
        (
            simulate(true, json!({"from": sender, "to": BOB, "nonce": "0x9"})),
            "nonce too low: address 0xC000000000000000000000000000000000000000, tx: 9 state: 10",
            30_000_000,
        ),
        (
            simulate(true, json!({"from": sender, "to": BOB})),
            "max fee per gas less than block base fee: \
             address 0xC000000000000000000000000000000000000000, maxFeePerGas: 0, baseFee: 10",
            30_000_000,
        ),
        (
            simulate(
                false,
                json!({"from": sender, "to": BOB, "value": "0xde0b6b3a7640001"}),
            ),
            "insufficient funds for gas * price + value: \
             address 0xC000000000000000000000000000000000000000 \
             have 1000000000000000000 want 1000000000000000001",
            30_000_000,
        ),
        (
            simulate(false, json!({"from": sender, "to": BOB, "gas": "0x5207"})),
            "intrinsic gas too low: have 20999, want 21000",
            20_999,
        ),
    ];
    for (payload, reason, gas) in cases {
        let (_, message) = client.refuse("eth_simulateV1", payload).await;
        assert_eq!(message, format!("err: {reason} (supplied gas {gas})"));
    }
}

#[tokio::test]
async fn the_greatest_nonce_begins_anew_where_nobody_checks_it() {
    let client = Client::new();
    let sender = "0xC000000000000000000000000000000000000000";
    let most = json!({sender: {"nonce": "0xffffffffffffffff"}});
    let call = json!({"from": sender, "to": BOB});
    let payload = |validation: bool| {
        json!([{"validation": validation, "returnFullTransactions": true, "blockStateCalls": [
            {"blockOverrides": {"baseFeePerGas": "0x0"}, "stateOverrides": most, "calls": [call, call]},
        ]}])
    };
    let blocks = client.call("eth_simulateV1", payload(false)).await;
    let nonce = |place: usize| &blocks[0]["transactions"][place]["nonce"];
    assert_eq!(
        (nonce(0), nonce(1)),
        (&json!("0xffffffffffffffff"), &json!("0x0"))
    );
    let (code, message) = client.refuse("eth_simulateV1", payload(true)).await;
    assert_eq!(code, -32603);
    assert!(message.starts_with("err: nonce has max value"), "{message}");
}

#[tokio::test]
async fn the_pending_block_can_be_built_upon() {
    let client = Client::manual();
    let pay = json!([{"from": ALICE, "to": BOB, "value": "0x1"}]);
    client.call("eth_sendTransaction", pay).await;
    let payload = json!({"blockStateCalls": [{}]});
    let blocks = client
        .call("eth_simulateV1", json!([payload, "pending"]))
        .await;
    assert_eq!(blocks[0]["number"], "0x2");
}
