//! What clients rely on: receipts, nonces, errors, time, snapshots, filters.

use emulate::{
    chain::{Chain, Config},
    server::rpc::{Limits, Node, NodeOptions},
};
use serde_json::{Value, json};

use super::client::{ALICE, BOB, Client, NOW, transfer};

/// Runtime code returning 42, with the init code that deploys it.
const ANSWER: &str = "0x69602a60005260206000f3600052600a6016f3";

/// Runtime code that reverts with `Error("no")`, put in place by hand.
const REFUSE: &str = "0x6308c379a060e01b60005260206004526002602452616e6f60f01b60445260646000fd";

fn pay(value: &str) -> Value {
    json!([{"from": ALICE, "to": BOB, "value": value}])
}

#[tokio::test]
async fn the_receipt_is_there_when_the_send_returns() {
    let client = Client::new();
    for nonce in 0..20 {
        let raw = transfer(&client.node.reading().chain, 0, nonce);
        let hash = client.call("eth_sendRawTransaction", json!([raw])).await;
        let receipt = client
            .call("eth_getTransactionReceipt", json!([hash]))
            .await;
        assert_eq!(receipt["status"], "0x1");
        assert_eq!(receipt["blockNumber"], format!("{:#x}", nonce + 1));
        assert_eq!(receipt["to"], json!(BOB));
    }
    let sync = transfer(&client.node.reading().chain, 0, 20);
    let receipt = client
        .call("eth_sendRawTransactionSync", json!([sync]))
        .await;
    assert_eq!(receipt["blockNumber"], "0x15");
}

#[tokio::test]
async fn a_batch_of_sends_shares_a_block() {
    let client = Client::new();
    let chain = client.node.reading().chain.clone();
    let calls: Vec<Value> = (0..50)
        .map(|nonce| {
            let raw = transfer(&chain, 0, nonce);
            json!({"jsonrpc": "2.0", "id": nonce, "method": "eth_sendRawTransaction", "params": [raw]})
        })
        .collect();
    let (_, answers) = client.post(json!(calls).to_string()).await;
    for (nonce, answer) in answers.as_array().unwrap().iter().enumerate() {
        assert_eq!(answer["id"], nonce);
        assert!(answer["result"].is_string(), "{answer}");
    }
    let count = client
        .call("eth_getTransactionCount", json!([ALICE, "latest"]))
        .await;
    assert_eq!(count, "0x32");
    assert!(
        client.node.reading().chain.height() < 5,
        "few blocks hold them all"
    );
}

#[tokio::test]
async fn a_contract_is_deployed_called_and_its_cost_estimated() {
    let client = Client::new();
    let hash = client
        .call(
            "eth_sendTransaction",
            json!([{"from": ALICE, "data": ANSWER}]),
        )
        .await;
    let receipt = client
        .call("eth_getTransactionReceipt", json!([hash]))
        .await;
    assert_eq!(receipt["status"], "0x1", "{receipt}");
    let contract = &receipt["contractAddress"];
    let answer = client
        .call("eth_call", json!([{"to": contract}, "latest"]))
        .await;
    assert_eq!(answer, format!("0x{:064x}", 42));
    let code = client
        .call("eth_getCode", json!([contract, "latest"]))
        .await;
    assert_eq!(code, "0x602a60005260206000f3");
    let gas = client.call(
        "eth_estimateGas",
        json!([{"from": ALICE, "to": BOB, "value": "0x1"}]),
    );
    assert_eq!(gas.await, "0x5208");
}

#[tokio::test]
async fn a_revert_carries_its_reason_and_data() {
    let client = Client::new();
    client.call("anvil_setCode", json!([BOB, REFUSE])).await;
    let answer = client.ask("eth_call", json!([{"to": BOB}, "latest"])).await;
    let error = &answer["error"];
    assert_eq!(error["code"], 3);
    assert_eq!(error["message"], "execution reverted: no");
    assert!(error["data"].as_str().unwrap().starts_with("0x08c379a0"));
    // Sent all the same, it is mined as a failure that can be looked at.
    let sent = json!([{"from": ALICE, "to": BOB, "gas": "0x186a0"}]);
    let hash = client.call("eth_sendTransaction", sent).await;
    let receipt = client
        .call("eth_getTransactionReceipt", json!([hash]))
        .await;
    assert_eq!(receipt["status"], "0x0");
}

#[tokio::test]
async fn refusals_use_the_words_clients_match() {
    let client = Client::manual();
    let chain = client.node.reading().chain.clone();
    let raw = transfer(&chain, 0, 0);
    client.call("eth_sendRawTransaction", json!([raw])).await;
    let (code, message) = client.refuse("eth_sendRawTransaction", json!([raw])).await;
    assert_eq!(
        (code, message.as_str()),
        (-32003, "transaction already imported")
    );
    client.call("evm_mine", json!([])).await;
    let stale = json!([{"from": ALICE, "to": BOB, "nonce": "0x0"}]);
    let (code, message) = client.refuse("eth_sendTransaction", stale).await;
    assert_eq!(code, -32003);
    assert!(message.starts_with("nonce too low"), "{message}");
    let (code, message) = client
        .refuse("eth_sendTransaction", pay("0xffffffffffffffffffffffff"))
        .await;
    assert_eq!(code, -32003);
    assert!(
        message.starts_with("Insufficient funds for gas * price + value"),
        "{message}"
    );
    let stranger = json!([{"from": "0x00000000000000000000000000000000000000aa", "to": BOB}]);
    let (code, message) = client.refuse("eth_sendTransaction", stranger).await;
    assert_eq!((code, message.as_str()), (-32602, "No Signer available"));
    let elsewhere = json!([{"from": ALICE, "to": BOB, "chainId": "0x1"}]);
    let (code, message) = client.refuse("eth_sendTransaction", elsewhere).await;
    assert_eq!(code, -32602);
    assert!(
        message.contains("does not match the signer's chain ID (31337)"),
        "{message}"
    );
    let (code, message) = client
        .refuse("eth_getBalance", json!([ALICE, "0x9999"]))
        .await;
    assert_eq!(code, -32602);
    assert!(
        message.starts_with("BlockOutOfRangeError: block height is 1"),
        "{message}"
    );
    let unknown = json!([ALICE, {"blockHash": format!("0x{:064x}", 7)}]);
    let (code, _) = client.refuse("eth_getBalance", unknown).await;
    assert_eq!(code, -32001);
    let nothing = json!([format!("0x{:064x}", 7)]);
    assert!(
        client
            .call("eth_getTransactionReceipt", nothing)
            .await
            .is_null()
    );
}

#[tokio::test]
async fn a_gap_in_the_nonces_waits_until_it_is_closed() {
    let client = Client::new();
    let chain = client.node.reading().chain.clone();
    client
        .call("eth_sendRawTransaction", json!([transfer(&chain, 0, 1)]))
        .await;
    assert_eq!(
        client.call("txpool_status", json!([])).await,
        json!({"pending": "0x0", "queued": "0x1"})
    );
    client
        .call("eth_sendRawTransaction", json!([transfer(&chain, 0, 0)]))
        .await;
    assert_eq!(
        client.call("txpool_status", json!([])).await,
        json!({"pending": "0x0", "queued": "0x0"})
    );
    let count = client
        .call("eth_getTransactionCount", json!([ALICE, "latest"]))
        .await;
    assert_eq!(count, "0x2");
}

#[tokio::test]
async fn without_automine_transactions_wait_for_a_block() {
    let client = Client::manual();
    let hash = client.call("eth_sendTransaction", pay("0x1")).await;
    assert!(
        client
            .call("eth_getTransactionReceipt", json!([hash]))
            .await
            .is_null()
    );
    let waiting = client.call("eth_getTransactionByHash", json!([hash])).await;
    assert!(waiting["blockNumber"].is_null());
    let pending = client
        .call("eth_getTransactionCount", json!([ALICE, "pending"]))
        .await;
    assert_eq!(pending, "0x1");
    let block = client
        .call("eth_getBlockByNumber", json!(["pending", false]))
        .await;
    assert_eq!(block["transactions"], json!([hash]));
    assert_eq!(block["number"], "0x1");
    let sync = json!([pay("0x2")[0], "0x20"]);
    let answer = client.ask("eth_sendTransactionSync", sync).await;
    assert_eq!(answer["error"]["code"], 4, "{answer}");
    assert_eq!(answer["error"]["data"].as_str().unwrap().len(), 66);
    // Turning automine on mines what waits.
    client.call("evm_setAutomine", json!([true])).await;
    let receipt = client
        .call("eth_getTransactionReceipt", json!([hash]))
        .await;
    assert_eq!(receipt["status"], "0x1");
}

#[tokio::test]
async fn time_moves_as_told() {
    let client = Client::new();
    assert_eq!(client.call("evm_increaseTime", json!([3_600])).await, 3_600);
    assert_eq!(
        client.call("evm_increaseTime", json!(["0x3c"])).await,
        3_660
    );
    assert_eq!(client.call("evm_mine", json!([])).await, "0x0");
    let at = |offset: u64| format!("{:#x}", NOW + offset);
    let block = client
        .call("eth_getBlockByNumber", json!(["latest", false]))
        .await;
    assert_eq!(block["timestamp"], at(3_660));
    client
        .call("evm_setNextBlockTimestamp", json!([NOW + 10_000]))
        .await;
    let (code, message) = client.refuse("evm_setNextBlockTimestamp", json!([1])).await;
    assert_eq!(code, -32602);
    assert_eq!(
        message,
        "Timestamp error: 1 is lower than previous block's timestamp"
    );
    client.call("anvil_mine", json!(["0x3", "0xa"])).await;
    let block = client
        .call("eth_getBlockByNumber", json!(["latest", false]))
        .await;
    assert_eq!(block["number"], "0x4");
    assert_eq!(block["timestamp"], at(10_020));
}

#[tokio::test]
async fn a_snapshot_brings_back_chain_and_time() {
    let client = Client::new();
    let id = client.call("evm_snapshot", json!([])).await;
    assert_eq!(id, "0x0");
    client.call("evm_increaseTime", json!([86_400])).await;
    client.call("eth_sendTransaction", pay("0x1")).await;
    assert_eq!(client.call("evm_revert", json!([id])).await, true);
    assert_eq!(client.call("eth_blockNumber", json!([])).await, "0x0");
    assert_eq!(client.call("evm_revert", json!([id])).await, false);
    client.call("evm_mine", json!([])).await;
    let block = client
        .call("eth_getBlockByNumber", json!(["latest", false]))
        .await;
    assert_eq!(block["timestamp"], format!("{NOW:#x}"));
}

#[tokio::test]
async fn an_impersonated_account_sends_without_a_key() {
    let client = Client::new();
    let whale = "0x00000000000000000000000000000000000000aa";
    client
        .call("hardhat_setBalance", json!([whale, "0xde0b6b3a7640000"]))
        .await;
    client
        .call("hardhat_impersonateAccount", json!([whale]))
        .await;
    let accounts = client.call("eth_accounts", json!([])).await;
    assert_eq!(accounts[20], whale);
    let sent = json!([{"from": whale, "to": BOB, "value": "0x5"}]);
    let hash = client.call("eth_sendTransaction", sent.clone()).await;
    let receipt = client
        .call("eth_getTransactionReceipt", json!([hash]))
        .await;
    assert_eq!(receipt["from"], whale);
    client
        .call("hardhat_stopImpersonatingAccount", json!([whale]))
        .await;
    let (_, message) = client.refuse("eth_sendTransaction", sent).await;
    assert_eq!(message, "No Signer available");
}

#[tokio::test]
async fn filters_tell_what_is_new_once_and_end() {
    let client = Client::new();
    let blocks = client.call("eth_newBlockFilter", json!([])).await;
    let pending = client
        .call("eth_newPendingTransactionFilter", json!([]))
        .await;
    let hash = client.call("eth_sendTransaction", pay("0x1")).await;
    let changes = client.call("eth_getFilterChanges", json!([pending])).await;
    assert_eq!(changes, json!([hash]));
    let head = client
        .call("eth_getBlockByNumber", json!(["latest", false]))
        .await;
    let changes = client.call("eth_getFilterChanges", json!([blocks])).await;
    assert_eq!(changes, json!([head["hash"]]));
    assert_eq!(
        client.call("eth_getFilterChanges", json!([blocks])).await,
        json!([])
    );
    assert_eq!(
        client.call("eth_uninstallFilter", json!([blocks])).await,
        true
    );
    assert_eq!(
        client.call("eth_uninstallFilter", json!([blocks])).await,
        false
    );
    let (code, message) = client.refuse("eth_getFilterChanges", json!([blocks])).await;
    assert_eq!((code, message.as_str()), (-32000, "filter not found"));
}

#[tokio::test]
async fn the_node_says_what_it_is() {
    let client = Client::new();
    let version = client.call("web3_clientVersion", json!([])).await;
    assert!(version.as_str().unwrap().starts_with("anvil/"), "{version}");
    let before = client.call("anvil_metadata", json!([])).await;
    client.call("evm_mine", json!([])).await;
    client.call("anvil_reset", json!([])).await;
    let after = client.call("hardhat_metadata", json!([])).await;
    assert_ne!(before["instanceId"], after["instanceId"]);
    assert_eq!(after["latestBlockNumber"], 0);
    let info = client.call("anvil_nodeInfo", json!([])).await;
    assert_eq!(info["environment"]["chainId"], 31337);
}

#[tokio::test]
async fn a_client_can_learn_of_which_blocks_what_is_held() {
    let config = Config {
        history: 3,
        blocks_kept: Some(5),
        ..Config::default()
    };
    let node = Node::start(Chain::new(&config).unwrap(), NodeOptions::new());
    let client = Client::with(node, Limits::default());
    client.call("anvil_mine", json!(["0x9"])).await;
    let held = client.call("eth_capabilities", json!([])).await;
    assert_eq!(held["head"]["number"], "0x9");
    let of = |oldest: &str, kept: &str| json!({"disabled": false, "oldestBlock": oldest, "deleteStrategy": {"type": "window", "retentionBlocks": kept}});
    for kind in ["tx", "logs", "receipts", "blocks"] {
        assert_eq!(held[kind], of("0x5", "0x5"), "{kind}");
    }
    for kind in ["state", "stateproofs"] {
        assert_eq!(held[kind], of("0x7", "0x3"), "{kind}");
    }
    client.call("eth_getBalance", json!([ALICE, "0x7"])).await;
    client.refuse("eth_getBalance", json!([ALICE, "0x6"])).await;
}

#[tokio::test]
async fn what_is_no_longer_kept_is_an_error_that_says_what_is() {
    let config = Config {
        blocks_kept: Some(5),
        ..Config::default()
    };
    let node = Node::start(Chain::new(&config).unwrap(), NodeOptions::new());
    let client = Client::with(node, Limits::default());
    client.call("anvil_mine", json!(["0x9"])).await;
    let filter = client
        .call("eth_newFilter", json!([{"fromBlock": "0x5"}]))
        .await;
    client.call("evm_mine", json!([])).await;
    for (method, params) in [
        ("eth_getLogs", json!([{"fromBlock": "0x0"}])),
        (
            "eth_getLogs",
            json!([{"fromBlock": "0x5", "toBlock": "0x5"}]),
        ),
        ("eth_getFilterLogs", json!([filter])),
        ("eth_getBlockByNumber", json!(["0x5", false])),
        ("eth_getBlockReceipts", json!(["0x0"])),
        (
            "eth_getTransactionByBlockNumberAndIndex",
            json!(["0x5", "0x0"]),
        ),
        ("eth_feeHistory", json!(["0x1", "0x5", []])),
        ("debug_traceBlockByNumber", json!(["0x5"])),
        ("trace_block", json!(["0x5"])),
        ("trace_filter", json!([{"fromBlock": "0x5"}])),
    ] {
        let (code, message) = client.refuse(method, params).await;
        assert_eq!(code, 4444, "{method}: {message}");
        let expected = "pruned history unavailable: block ";
        assert!(message.starts_with(expected), "{method}: {message}");
        let kept = "is no longer kept, the oldest kept is 6";
        assert!(message.ends_with(kept), "{method}: {message}");
    }
    for tag in ["earliest", "finalized", "safe"] {
        let block = client
            .call("eth_getBlockByNumber", json!([tag, false]))
            .await;
        assert_eq!(block["number"], "0x6", "{tag}");
    }
    client
        .call("eth_getLogs", json!([{"fromBlock": "earliest"}]))
        .await;
    client.call("trace_filter", json!([{}])).await;
    let tags = json!([{"fromBlock": "earliest", "toBlock": "latest"}]);
    client.call("trace_filter", tags).await;
    let (_, message) = client
        .refuse("trace_filter", json!([{"fromBlock": "x"}]))
        .await;
    assert!(message.contains("(filter): fromBlock: "), "{message}");
    client.refuse("trace_filter", json!([5])).await;
    let history = client
        .call("eth_feeHistory", json!(["0x32", "latest", []]))
        .await;
    assert_eq!(history["oldestBlock"], "0x6");
    assert_eq!(history["gasUsedRatio"].as_array().unwrap().len(), 5);
    assert_eq!(history["baseFeePerGas"].as_array().unwrap().len(), 6);
    let unknown = json!(["0x99", false]);
    assert!(client.call("eth_getBlockByNumber", unknown).await.is_null());
}

#[tokio::test]
async fn contracts_take_whom_a_client_names_for_a_signer() {
    let client = Client::new();
    let signature = format!("0x{}{}1b", "11".repeat(32), "22".repeat(32));
    client
        .call("anvil_impersonateSignature", json!([signature, BOB]))
        .await;
    let v = format!("{:0>64}", "1b");
    let input = format!("0x{}{v}{}", "77".repeat(32), &signature[2..130]);
    let ecrecover = "0x0000000000000000000000000000000000000001";
    let call = json!([{"to": ecrecover, "input": input}, "latest"]);
    let signer = client.call("eth_call", call).await;
    assert_eq!(signer, json!(BOB.into_word()));
    let short = json!(["0x1122", BOB]);
    let (code, message) = client.refuse("anvil_impersonateSignature", short).await;
    assert_eq!(code, -32602);
    assert!(message.contains("65 bytes"), "{message}");
}
