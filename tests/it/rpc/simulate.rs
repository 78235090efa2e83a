//! `eth_simulateV1` as clients use it: blocks with their calls, and geth's numbers for what cannot be.

use serde_json::{Value, json};

use super::client::{ALICE, BOB, Client, NOW};

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

/// Numbers, times and base fees of the blocks that a payload makes.
async fn made(client: &Client, payload: Value) -> Vec<(u64, u64, u64)> {
    let blocks = client.call("eth_simulateV1", json!([payload])).await;
    let number = |text: &Value| {
        let text = text.as_str().unwrap();
        u64::from_str_radix(&text[2..], 16).unwrap()
    };
    let blocks = blocks.as_array().unwrap().iter();
    let shown = blocks.map(|block| {
        let time = number(&block["timestamp"]) - NOW;
        (
            number(&block["number"]),
            time,
            number(&block["baseFeePerGas"]),
        )
    });
    shown.collect()
}

#[tokio::test]
async fn blocks_have_the_numbers_times_and_fees_geth_would_give_them() {
    let client = Client::new();
    let at = |time: u64| format!("{:#x}", NOW + time);
    let blocks = |blocks: Value| json!({"blockStateCalls": blocks});
    assert_eq!(
        made(&client, blocks(json!([{}, {}]))).await,
        [(1, 12, 0), (2, 24, 0)]
    );
    let gap = json!([
        {"blockOverrides": {"number": "0x3"}},
        {"blockOverrides": {"time": at(100)}},
        {"blockOverrides": {"number": "0x6", "baseFeePerGas": "0x7"}},
    ]);
    assert_eq!(
        made(&client, blocks(gap)).await,
        [
            (1, 12, 0),
            (2, 24, 0),
            (3, 36, 0),
            (4, 100, 0),
            (5, 112, 0),
            (6, 124, 7)
        ]
    );
    let validated = json!({"validation": true, "blockStateCalls": [
        {}, {"blockOverrides": {"baseFeePerGas": "0x3b9aca00"}}, {}
    ]});
    assert_eq!(
        made(&client, validated).await,
        [
            (1, 12, 1_000_000_000),
            (2, 24, 1_000_000_000),
            (3, 36, 875_000_000)
        ]
    );
    let most = json!([{"blockOverrides": {"number": "0x100"}}]);
    assert_eq!(made(&client, blocks(most)).await.len(), 256);
}

/// A payload, the number of its refusal, and how the refusal begins.
type Refusal = (Value, i64, String);

async fn all_refused(cases: Vec<Refusal>) {
    let client = Client::new();
    for (payload, code, words) in cases {
        let (found, message) = client.refuse("eth_simulateV1", json!([payload])).await;
        assert_eq!(found, code, "{message}");
        assert!(message.starts_with(&words), "{message}\n{words}");
    }
}

fn refusal(payload: Value, code: i64, words: &str) -> Refusal {
    (payload, code, words.to_owned())
}

#[tokio::test]
async fn blocks_that_cannot_be_have_geths_number_and_words() {
    let blocks = |blocks: Value| json!({"blockStateCalls": blocks});
    let under = |overrides: Value| blocks(json!([{"blockOverrides": overrides}]));
    let number = "block numbers must be in order: 0 <= 0";
    let time = format!("block timestamps must be in order: {NOW} <= {NOW}");
    let most = "too many blocks";
    let both = json!([{"stateOverrides": {BOB.to_string(): {"state": {}, "stateDiff": {}}}}]);
    all_refused(vec![
        refusal(under(json!({"number": "0x0"})), -38020, number),
        refusal(under(json!({"time": format!("{NOW:#x}")})), -38021, &time),
        refusal(under(json!({"number": "0x101"})), -38026, most),
        refusal(blocks(vec![json!({}); 257].into()), -38026, most),
        refusal(blocks(both), -32000, "account 0x"),
    ])
    .await;
}

#[tokio::test]
async fn calls_that_cannot_be_have_geths_number_and_words() {
    let alice = ALICE.to_checksum(None);
    let poor = "0x0707070707070707070707070707070707070707";
    let call = |from: &str, more: Value| {
        let mut call = json!({"from": from, "to": BOB});
        call.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({"blockStateCalls": [{"calls": [call]}]})
    };
    let validated = |mut payload: Value| {
        payload["validation"] = json!(true);
        payload
    };
    let upside_down = json!({"maxFeePerGas": "0x5", "maxPriorityFeePerGas": "0x6"});
    let upside_down_late =
        json!({"nonce": "0x1", "maxFeePerGas": "0x5", "maxPriorityFeePerGas": "0x6"});
    let paying = json!({"maxFeePerGas": "0x77359400", "gas": "0x5208"});
    let long = json!({"to": null, "input": format!("0x{}", "00".repeat(49_153))});
    let full = "block gas limit reached: 0 >= 30000000";
    let tip = format!(
        "err: max priority fee per gas higher than max fee per gas: address {alice}, \
         maxPriorityFeePerGas: 6, maxFeePerGas: 5 (supplied gas 30000000)"
    );
    let nonce = format!("err: nonce too high: address {alice}, tx: 1 state: 0");
    let fee = format!("err: max fee per gas less than block base fee: address {alice}");
    let funds = format!(
        "err: insufficient funds for gas * price + value: address {poor} have 0 want 42000000000000"
    );
    let code = "err: max initcode size exceeded";
    let cheap = json!({"maxFeePerGas": "0x5"});
    all_refused(vec![
        refusal(call(&alice, json!({"gas": "0x1c9c381"})), -38015, full),
        refusal(call(&alice, upside_down), -32602, &tip),
        refusal(validated(call(&alice, upside_down_late)), -38011, &nonce),
        refusal(validated(call(&alice, cheap)), -38012, &fee),
        refusal(validated(call(poor, paying)), -38014, &funds),
        refusal(call(&alice, long), -38025, code),
    ])
    .await;
}

#[tokio::test]
async fn validation_asks_no_sender_to_be_without_code() {
    let client = Client::new();
    let payload = json!({"validation": true, "blockStateCalls": [{
        "stateOverrides": {BOB.to_string(): {"code": "0x00"}},
        "calls": [{"from": BOB, "to": ALICE, "maxFeePerGas": "0x77359400", "value": "0x1"}],
    }]});
    let blocks = client.call("eth_simulateV1", json!([payload])).await;
    assert_eq!(blocks[0]["calls"][0]["status"], "0x1");
    assert_eq!(blocks[0]["calls"][0]["gasUsed"], "0x5208");
}

#[tokio::test]
async fn blobs_nobody_prices_are_free_to_name_unless_that_is_validated() {
    let client = Client::new();
    let hash = format!("0x01{}", "00".repeat(31));
    let call = json!({"from": ALICE, "to": BOB, "blobVersionedHashes": [hash],
                      "maxFeePerGas": "0x77359400"});
    let payload = |validation: bool| {
        json!([{"validation": validation, "blockStateCalls": [
            {"calls": [{"from": ALICE, "to": BOB, "maxFeePerGas": "0x77359400"}, call]},
        ]}])
    };
    let blocks = client.call("eth_simulateV1", payload(false)).await;
    assert_eq!(blocks[0]["calls"][1]["status"], "0x1");
    assert_eq!(blocks[0]["blobGasUsed"], "0x20000");
    client.refuse("eth_simulateV1", payload(true)).await;
}

#[tokio::test]
async fn withdrawals_arrive_at_the_end_of_their_block() {
    let client = Client::new();
    let lucky = "0x00000000000000000000000000000000000000aa";
    // BALANCE of the caller's word, returned.
    let scale = "0x60003531600052602060 00f3".replace(' ', "");
    let contract = "0x00000000000000000000000000000000000000c0";
    let weigh = json!({"from": ALICE, "to": contract, "input": format!("0x{:0>64}", "aa")});
    let withdrawal =
        json!({"index": "0x0", "validatorIndex": "0x1", "address": lucky, "amount": "0x3"});
    let blocks = simulate(
        &client,
        json!([
            {
                "blockOverrides": {"withdrawals": [withdrawal]},
                "stateOverrides": {contract: {"code": scale}},
                "calls": [weigh],
            },
            {"calls": [weigh]},
        ]),
    )
    .await;
    assert_eq!(blocks[0]["withdrawals"], json!([withdrawal]));
    assert_eq!(blocks[1]["withdrawals"], json!([]));
    assert_ne!(blocks[0]["withdrawalsRoot"], blocks[1]["withdrawalsRoot"]);
    let weighed = |block: usize| {
        let data = blocks[block]["calls"][0]["returnData"].as_str().unwrap();
        u128::from_str_radix(data.trim_start_matches("0x"), 16).unwrap()
    };
    assert_eq!(weighed(0), 0);
    assert_eq!(weighed(1), 3_000_000_000, "an amount is gwei");
}

#[tokio::test]
async fn no_supposition_is_overlooked() {
    let client = Client::new();
    let call = json!({"from": ALICE, "to": BOB});
    let root = format!("0x{}", "11".repeat(32));
    for (supposed, word) in [
        (
            json!({"withdrawals": []}),
            "\"withdrawals\" is not supported",
        ),
        (
            json!({"beaconRoot": root}),
            "\"beaconRoot\" is not supported",
        ),
        (json!({"basefee": "0x1"}), "unknown field `basefee`"),
        (json!({"time": "soon"}), "time"),
    ] {
        for (method, params) in [
            ("eth_call", json!([call, "latest", null, supposed])),
            ("eth_estimateGas", json!([call, "latest", null, supposed])),
            (
                "debug_traceCall",
                json!([call, "latest", {"blockOverrides": supposed}]),
            ),
        ] {
            let (code, message) = client.refuse(method, params).await;
            assert_eq!(code, -32602, "{method}: {message}");
            assert!(message.contains(word), "{method}: {message}");
        }
    }
    for (payload, word) in [
        (
            json!({"blockStateCalls": [{}], "validate": true}),
            "unknown field `validate`",
        ),
        (
            json!({"blockStateCalls": [{"call": []}]}),
            "unknown field `call`",
        ),
        (
            json!({"blockStateCalls": [{"blockOverrides": {"gaslimit": "0x1"}}]}),
            "unknown field `gaslimit`",
        ),
    ] {
        let (code, message) = client.refuse("eth_simulateV1", json!([payload])).await;
        assert_eq!(code, -32602, "{message}");
        assert!(message.contains(word), "{message}");
    }
    // All names clients have for the same.
    for supposed in [
        json!({"number": "0x9", "time": "0x7fffffff", "feeRecipient": BOB, "prevRandao": root,
               "baseFeePerGas": "0x0", "gasLimit": "0x1000000", "blobBaseFee": "0x1"}),
        json!({"blockNumber": "0x9", "timestamp": "0x7fffffff", "coinbase": BOB, "random": root,
               "baseFee": "0x0", "blockHash": {"3": root}}),
    ] {
        client
            .call("eth_call", json!([call, "latest", null, supposed]))
            .await;
    }
}
