//! What those who come from other development nodes are used to: prices, times, epochs, numbers of
//! logs.

use alloy_hardforks::EthereumHardfork;
use emulate::{
    chain::{Chain, Config, ForkSchedule},
    server::rpc::{Limits, Mining, Node, NodeOptions},
};
use serde_json::{Value, json};

use super::client::{ALICE, BOB, Client, NOW};

/// Somebody without money or code.
const NOBODY: &str = "0x00000000000000000000000000000000000abcde";

/// Where the tests put their contracts.
const PLACE: &str = "0x000000000000000000000000000000000000c0de";

fn client_of(config: Config, mining: Mining) -> Client {
    let config = Config {
        genesis_timestamp: NOW,
        ..config
    };
    let options = NodeOptions {
        mining,
        clock: std::sync::Arc::new(|| NOW),
        ..NodeOptions::new()
    };
    let node = Node::start(Chain::new(&config).unwrap(), options);
    Client::with(node, Limits::default())
}

const AUTOMINE: Mining = Mining {
    automine: true,
    interval: None,
};

#[tokio::test]
async fn calls_and_estimates_pay_what_they_name_even_below_the_base_fee() {
    let client = Client::new();
    let code = "0x3a5f5260205ff3";
    client.call("anvil_setCode", json!([PLACE, code])).await;
    for price in [json!({"maxFeePerGas": "0x5"}), json!({"gasPrice": "0x5"})] {
        let mut call = json!({"from": ALICE, "to": PLACE});
        call.as_object_mut()
            .unwrap()
            .extend(price.as_object().unwrap().clone());
        let paid = client.call("eth_call", json!([call, "latest"])).await;
        assert_eq!(paid, format!("0x{:064x}", 5), "{price}");
        client.call("eth_estimateGas", json!([call])).await;
        // Sent, it would have to pay the base fee.
        let (_, message) = client.refuse("eth_sendTransaction", json!([call])).await;
        assert!(
            message.contains("less than block base fee"),
            "{price}: {message}"
        );
    }
}

#[tokio::test]
async fn a_lowered_base_fee_is_what_the_next_transaction_pays() {
    let client = Client::new();
    let lower = json!(["0x4d2"]);
    client
        .call("anvil_setNextBlockBaseFeePerGas", lower.clone())
        .await;
    let pay = json!([{"from": ALICE, "to": BOB, "value": "0x1"}]);
    let hash = client.call("eth_sendTransaction", pay).await;
    let receipt = client
        .call("eth_getTransactionReceipt", json!([hash]))
        .await;
    let block = client
        .call("eth_getBlockByNumber", json!(["latest", false]))
        .await;
    assert_eq!(block["baseFeePerGas"], lower[0]);
    assert_eq!(receipt["blockHash"], block["hash"]);
}

#[tokio::test]
async fn before_london_there_is_no_base_fee_but_a_least_price_can_be_asked_for() {
    let config = Config {
        schedule: ForkSchedule::from_genesis(EthereumHardfork::Istanbul),
        ..Config::default()
    };
    let client = client_of(config, AUTOMINE);
    assert_eq!(client.call("eth_gasPrice", json!([])).await, "0x77359400");
    let cheap = json!([{"from": ALICE, "to": BOB, "gasPrice": "0x1"}]);
    client.call("eth_sendTransaction", cheap).await;
    client.call("anvil_setMinGasPrice", json!(["0x1f4"])).await;
    assert_eq!(client.call("eth_gasPrice", json!([])).await, "0x1f4");
    let at = |price: &str| json!([{"from": ALICE, "to": BOB, "gasPrice": price}]);
    let (code, message) = client.refuse("eth_sendTransaction", at("0x1f3")).await;
    assert_eq!(code, -32003);
    assert_eq!(
        message,
        "transaction underpriced: gas price 499, least accepted 500"
    );
    client.call("eth_sendTransaction", at("0x1f4")).await;
    // What waits already waits on when more is asked for.
    client.call("evm_setAutomine", json!([false])).await;
    client.call("eth_sendTransaction", at("0x1f4")).await;
    client.call("anvil_setMinGasPrice", json!(["0x258"])).await;
    client.call("evm_mine", json!([])).await;
    let waiting = client.call("txpool_status", json!([])).await;
    assert_eq!(waiting["pending"], "0x1");
    let dynamic = json!([{"from": ALICE, "to": BOB, "gas": "0x5208", "maxFeePerGas": "0x3e8"}]);
    let (_, message) = client.refuse("eth_sendTransaction", dynamic).await;
    assert!(
        message.contains("not supported by the current hardfork"),
        "{message}"
    );

    let (_, message) = Client::new()
        .refuse("anvil_setMinGasPrice", json!(["0x1"]))
        .await;
    assert!(message.contains("EIP-1559 is active"), "{message}");
}

#[tokio::test]
async fn time_goes_on_from_where_an_interval_left_it() {
    let client = Client::new();
    let mined = async || {
        client.call("evm_mine", json!([])).await;
        let block = client
            .call("eth_getBlockByNumber", json!(["latest", false]))
            .await;
        u64::from_str_radix(&block["timestamp"].as_str().unwrap()[2..], 16).unwrap()
    };
    client
        .call("anvil_setBlockTimestampInterval", json!([900]))
        .await;
    assert_eq!([mined().await, mined().await], [NOW + 900, NOW + 1_800]);
    client
        .call("anvil_removeBlockTimestampInterval", json!([]))
        .await;
    assert_eq!(mined().await, NOW + 1_801);
    client.call("evm_increaseTime", json!([60])).await;
    assert_eq!(mined().await, NOW + 1_861);
}

#[tokio::test]
async fn the_safe_block_is_one_epoch_behind_and_the_final_one_two() {
    let config = Config {
        epoch_slots: 4,
        ..Config::default()
    };
    let client = client_of(config, AUTOMINE);
    client.call("anvil_mine", json!([10])).await;
    for (tag, number) in [("safe", "0x6"), ("finalized", "0x2")] {
        let block = client
            .call("eth_getBlockByNumber", json!([tag, false]))
            .await;
        assert_eq!(block["number"], number);
        let history = client.call("eth_feeHistory", json!([1, tag, []])).await;
        assert_eq!(history["oldestBlock"], number);
    }
}

#[tokio::test]
async fn code_is_found_by_its_hash_whatever_block_is_named() {
    let client = Client::new();
    let code = json!("0x600160020160005260206000f3");
    client.call("anvil_setCode", json!([PLACE, code])).await;
    let bytes = alloy_primitives::hex::decode(code.as_str().unwrap()).unwrap();
    let hash = alloy_primitives::keccak256(bytes);
    for arguments in [json!([hash]), json!([hash, null]), json!([hash, "latest"])] {
        assert_eq!(client.call("debug_codeByHash", arguments).await, code);
    }
    let beyond = json!([hash, "0x5"]);
    client.refuse("debug_codeByHash", beyond).await;
}

#[tokio::test]
async fn traces_are_not_filtered_from_blocks_that_do_not_exist() {
    let client = Client::new();
    let (_, message) = client
        .refuse("trace_filter", json!([{"toBlock": "0x2"}]))
        .await;
    assert_eq!(
        message,
        "toBlock 0x2 does not exist: the newest block is 0x0"
    );
}

async fn simulate(client: &Client, blocks: Value) -> Value {
    let payload = json!({"blockStateCalls": blocks, "traceTransfers": true});
    client.call("eth_simulateV1", json!([payload])).await
}

#[tokio::test]
async fn simulated_blocks_are_as_far_apart_as_the_chains() {
    let interval = Some(std::time::Duration::from_millis(4_200));
    let mining = Mining {
        automine: false,
        interval,
    };
    let times = |blocks: &Value| {
        let blocks = blocks.as_array().unwrap().iter();
        let times = blocks.map(|block| block["timestamp"].as_str().unwrap().to_owned());
        times.collect::<Vec<_>>()
    };
    let client = client_of(Config::default(), mining);
    let blocks = simulate(&client, json!([{}, {}])).await;
    assert_eq!(
        times(&blocks),
        [5, 10].map(|later| format!("{:#x}", NOW + later))
    );
    client
        .call("anvil_setBlockTimestampInterval", json!([30]))
        .await;
    let blocks = simulate(&client, json!([{}])).await;
    assert_eq!(times(&blocks), [format!("{:#x}", NOW + 30)]);
}

#[tokio::test]
async fn what_is_supposed_of_an_ancestors_hash_holds_for_its_block_alone() {
    let client = Client::new();
    let genesis = client
        .call("eth_getBlockByNumber", json!(["0x0", false]))
        .await;
    let supposed = format!("0x{}", "5a".repeat(32));
    let ask = json!([{"to": PLACE}]);
    let blocks = json!([
        {
            "blockOverrides": {"blockHash": {"0": supposed}},
            "stateOverrides": {PLACE: {"code": "0x5f405f5260205ff3"}},
            "calls": ask,
        },
        {"calls": ask},
    ]);
    let blocks = simulate(&client, blocks).await;
    assert_eq!(blocks[0]["calls"][0]["returnData"], supposed);
    assert_eq!(blocks[1]["calls"][0]["returnData"], genesis["hash"]);
}

#[tokio::test]
async fn logs_that_were_taken_back_leave_gaps_in_the_numbers_of_a_simulation() {
    let client = Client::new();
    // Logs, calls somebody who logs and reverts, and logs again.
    let code = format!("0x5f5fa05f5f5f5f5f73{}5af1505f5fa000", &NOBODY[2..]);
    let blocks = json!([{
        "stateOverrides": {PLACE: {"code": code}, NOBODY: {"code": "0x5f5fa05f5ffd"}},
        "calls": [{"to": PLACE}, {"to": PLACE}],
    }]);
    for transfers in [true, false] {
        let payload = json!({"blockStateCalls": blocks, "traceTransfers": transfers});
        let blocks = client.call("eth_simulateV1", json!([payload])).await;
        let calls = blocks[0]["calls"].as_array().unwrap().iter();
        let numbers: Vec<&Value> = calls
            .flat_map(|call| call["logs"].as_array().unwrap())
            .map(|log| &log["logIndex"])
            .collect();
        assert_eq!(numbers, ["0x0", "0x2", "0x3", "0x5"], "{transfers}");
    }
}

#[tokio::test]
async fn only_ether_that_moves_is_told_as_a_transfer() {
    let client = Client::new();
    let lends = format!("0x5f5f5f5f600773{}5af200", &NOBODY[2..]);
    let full = "0x00000000000000000000000000000000000f0110";
    let blocks = json!([{
        "stateOverrides": {
            PLACE: {"balance": "0x7", "code": lends},
            // Creates with the last nonce there is, which fails.
            full: {"balance": "0x7", "nonce": "0xffffffffffffffff", "code": "0x5f5f6007f000"},
        },
        "calls": [{"to": PLACE}, {"to": full}],
    }]);
    let blocks = simulate(&client, blocks).await;
    for call in blocks[0]["calls"].as_array().unwrap() {
        assert_eq!(call["status"], "0x1");
        assert_eq!(call["logs"], json!([]));
    }
}

#[tokio::test]
async fn the_fee_history_up_to_the_pending_block_has_what_waits() {
    let client = Client::manual();
    let tip = json!({"from": ALICE, "to": BOB, "maxPriorityFeePerGas": "0x7", "gas": "0x5208"});
    client.call("eth_sendTransaction", json!([tip])).await;
    let history = client
        .call("eth_feeHistory", json!(["0x2", "pending", [50]]))
        .await;
    assert_eq!(history["oldestBlock"], "0x0");
    let pending = client
        .call("eth_getBlockByNumber", json!(["pending", false]))
        .await;
    assert_eq!(history["baseFeePerGas"][1], pending["baseFeePerGas"]);
    assert_eq!(
        history["gasUsedRatio"],
        json!([0.0, 21_000.0 / 30_000_000.0])
    );
    assert_eq!(history["reward"], json!([["0x0"], ["0x7"]]));
    client.call("evm_mine", json!([])).await;
    let next = client.call("eth_baseFee", json!([])).await;
    assert_eq!(history["baseFeePerGas"][2], next);
}

#[tokio::test]
async fn who_changed_between_two_blocks_is_told() {
    let client = Client::new();
    let pay = json!([{"from": ALICE, "to": NOBODY, "value": "0x1"}]);
    client.call("eth_sendTransaction", pay).await;
    client.call("evm_mine", json!([])).await;
    let pay = json!([{"from": BOB, "to": NOBODY, "value": "0x1"}]);
    client.call("eth_sendTransaction", pay).await;
    let changed = async |method: &str, of: Value| -> Vec<String> {
        let found = client.call(method, of).await;
        let found = found.as_array().unwrap().iter();
        found.map(|one| one.as_str().unwrap().to_owned()).collect()
    };
    let lower = |address: alloy_primitives::Address| address.to_string().to_lowercase();
    let by_number = "debug_getModifiedAccountsByNumber";
    let first = changed(by_number, json!(["0x1"])).await;
    assert!(first.contains(&lower(ALICE)) && first.contains(&NOBODY.to_owned()));
    assert!(!first.contains(&lower(BOB)), "{first:?}");
    let both = changed(by_number, json!(["0x1", "0x3"])).await;
    assert!(both.contains(&lower(BOB)) && both.contains(&NOBODY.to_owned()));
    assert!(!both.contains(&lower(ALICE)), "{both:?}");
    client.refuse(by_number, json!(["0x3", "0x1"])).await;
    client.refuse(by_number, json!(["0x9"])).await;

    let head = client
        .call("eth_getBlockByNumber", json!(["0x1", false]))
        .await;
    let by_hash = "debug_getModifiedAccountsByHash";
    assert_eq!(changed(by_hash, json!([head["hash"]])).await, first);
    let unknown = json!([head["hash"], format!("0x{:064x}", 1)]);
    assert!(client.call(by_hash, unknown).await.is_null());
}
