//! Looking into the chain: rollbacks and reorganisations, the explorer, traces, fees.

use serde_json::{Value, json};

use super::client::{ALICE, BOB, Client};

/// Runtime code returning 42, with the init code that deploys it.
const ANSWER: &str = "0x69602a60005260206000f3600052600a6016f3";

fn pay(value: &str) -> Value {
    json!([{"from": ALICE, "to": BOB, "value": value}])
}

#[tokio::test]
async fn a_rollback_takes_blocks_and_logs_back() {
    let client = Client::new();
    // LOG1 of 32 bytes with topic 7, whoever calls.
    client
        .call("anvil_setCode", json!([BOB, "0x600760206000a100"]))
        .await;
    client.call("evm_mine", json!([])).await;
    let filter = client
        .call("eth_newFilter", json!([{"address": BOB}]))
        .await;
    let shout = json!([{"from": ALICE, "to": BOB, "gas": "0x186a0"}]);
    client.call("eth_sendTransaction", shout.clone()).await;
    let hash = client.call("eth_sendTransaction", shout).await;
    let logs = json!([{"address": BOB, "fromBlock": "0x0"}]);
    let found = client.call("eth_getLogs", logs.clone()).await;
    assert_eq!(found.as_array().unwrap().len(), 2);
    client.call("eth_getFilterChanges", json!([filter])).await;
    client.call("anvil_rollback", json!([1])).await;
    assert_eq!(client.call("eth_blockNumber", json!([])).await, "0x2");
    assert!(
        client
            .call("eth_getTransactionReceipt", json!([hash]))
            .await
            .is_null()
    );
    assert_eq!(
        client
            .call("eth_getLogs", logs)
            .await
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let changes = client.call("eth_getFilterChanges", json!([filter])).await;
    assert_eq!(changes[0]["removed"], true);
    assert_eq!(changes[0]["transactionHash"], hash);
    assert_eq!(changes.as_array().unwrap().len(), 1);
    let (code, _) = client.refuse("anvil_rollback", json!([99])).await;
    assert_eq!(code, -32602);
}

#[tokio::test]
async fn an_older_block_is_made_the_head() {
    let client = Client::new();
    let first = client.call("eth_sendTransaction", pay("0x1")).await;
    let second = client.call("eth_sendTransaction", pay("0x2")).await;
    let set = client.call("debug_setHead", json!(["0x1"])).await;
    assert!(set.is_null());
    assert_eq!(client.call("eth_blockNumber", json!([])).await, "0x1");
    for (hash, stays) in [(first, true), (second, false)] {
        let receipt = client.call("eth_getTransactionReceipt", json!([hash]));
        assert_eq!(receipt.await.is_object(), stays);
    }
    client.call("debug_setHead", json!(["0x1"])).await;
    let (code, message) = client.refuse("debug_setHead", json!(["0x2"])).await;
    assert_eq!(code, -32602);
    assert!(message.contains("the newest is 1"), "{message}");
    assert_eq!(client.call("eth_blockNumber", json!([])).await, "0x1");
}

#[tokio::test]
async fn a_node_says_whether_it_mines_by_itself() {
    let client = Client::new();
    let mining = async || client.call("eth_mining", json!([])).await;
    assert_eq!(mining().await, true);
    client.call("evm_setAutomine", json!([false])).await;
    assert_eq!(mining().await, false);
    client.call("evm_setIntervalMining", json!([3600])).await;
    assert_eq!(mining().await, true);
}

#[tokio::test]
async fn a_reorganisation_replaces_blocks() {
    let client = Client::new();
    let old = client.call("eth_sendTransaction", pay("0x1")).await;
    client.call("evm_mine", json!([])).await;
    let before = client
        .call("eth_getBlockByNumber", json!(["0x1", false]))
        .await;
    let pairs = json!([[{"from": ALICE, "to": BOB, "value": "0x9"}, 0]]);
    client.call("anvil_reorg", json!(["0x2", pairs])).await;
    let after = client
        .call("eth_getBlockByNumber", json!(["0x1", true]))
        .await;
    assert_ne!(before["hash"], after["hash"]);
    assert_eq!(after["transactions"][0]["value"], "0x9");
    assert!(
        client
            .call("eth_getTransactionReceipt", json!([old]))
            .await
            .is_null()
    );
    assert_eq!(client.call("eth_blockNumber", json!([])).await, "0x2");
}

#[tokio::test]
async fn the_explorer_finds_its_way() {
    let client = Client::new();
    let made = client
        .call(
            "eth_sendTransaction",
            json!([{"from": ALICE, "data": ANSWER}]),
        )
        .await;
    let receipt = client
        .call("eth_getTransactionReceipt", json!([made]))
        .await;
    let contract = &receipt["contractAddress"];
    client.call("eth_sendTransaction", pay("0x1")).await;
    assert_eq!(client.call("ots_getApiLevel", json!([])).await, 8);
    assert_eq!(client.call("ots_hasCode", json!([contract])).await, true);
    let creator = client
        .call("ots_getContractCreator", json!([contract]))
        .await;
    assert_eq!(creator["hash"], made);
    let page = client
        .call("ots_searchTransactionsBefore", json!([ALICE, 0, 1]))
        .await;
    assert_eq!(page["txs"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&page["firstPage"], &page["lastPage"]),
        (&json!(true), &json!(false))
    );
    let page = client
        .call("ots_searchTransactionsBefore", json!([ALICE, 2, 5]))
        .await;
    assert_eq!(page["txs"][0]["hash"], made);
    assert_eq!(page["lastPage"], true);
    let page = client
        .call("ots_searchTransactionsAfter", json!([ALICE, 0, 9]))
        .await;
    assert_eq!(page["txs"].as_array().unwrap().len(), 2);
    let shown = client
        .call("ots_getBlockTransactions", json!(["0x1", 0, 10]))
        .await;
    assert_eq!(shown["fullblock"]["transactionCount"], 1);
    assert_eq!(
        shown["fullblock"]["transactions"][0]["input"]
            .as_str()
            .unwrap()
            .len(),
        10
    );
    assert_eq!(shown["receipts"][0]["logs"], Value::Null);
    let nonce = client
        .call("ots_getTransactionBySenderAndNonce", json!([ALICE, "0x0"]))
        .await;
    assert_eq!(nonce, made);
    let trace = client.call("ots_traceTransaction", json!([made])).await;
    assert_eq!(trace[0]["type"], "CREATE");
}

#[tokio::test]
async fn transactions_are_traced() {
    let client = Client::new();
    let hash = client.call("eth_sendTransaction", pay("0x7")).await;
    let tracer = json!([hash, {"tracer": "callTracer"}]);
    let trace = client.call("debug_traceTransaction", tracer).await;
    assert_eq!(trace["value"], "0x7");
    assert_eq!(trace["type"], "CALL");
    let block = client.call(
        "debug_traceBlockByNumber",
        json!(["0x1", {"tracer": "callTracer"}]),
    );
    assert_eq!(block.await[0]["txHash"], hash);
    let call =
        json!([{"from": ALICE, "to": BOB, "value": "0x3"}, "latest", {"tracer": "callTracer"}]);
    assert_eq!(client.call("debug_traceCall", call).await["value"], "0x3");
    let parity = client.call("trace_transaction", json!([hash])).await;
    assert_eq!(parity[0]["action"]["value"], "0x7");
    let (code, _) = client
        .refuse("debug_traceTransaction", json!([format!("0x{:064x}", 7)]))
        .await;
    assert_eq!(code, -32000);
    let list = client
        .call("eth_createAccessList", json!([{"from": ALICE, "to": BOB}]))
        .await;
    assert_eq!(list["accessList"], json!([]));
}

#[tokio::test]
async fn fees_are_told_as_they_were() {
    let client = Client::new();
    client.call("eth_sendTransaction", pay("0x1")).await;
    client.call("evm_mine", json!([])).await;
    assert_eq!(
        client.call("eth_maxPriorityFeePerGas", json!([])).await,
        "0x3b9aca00"
    );
    let history = client
        .call("eth_feeHistory", json!(["0x5", "latest", [50.0]]))
        .await;
    assert_eq!(history["oldestBlock"], "0x0");
    assert_eq!(history["baseFeePerGas"].as_array().unwrap().len(), 4);
    assert_eq!(history["gasUsedRatio"].as_array().unwrap().len(), 3);
    assert_eq!(history["reward"][1][0], "0x3b9aca00");
    assert_eq!(history["reward"][2][0], "0x0");
    for (wrong, said) in [(json!([101.0]), "101"), (json!([9.0, 3.0]), "after 9")] {
        let (code, message) = client
            .refuse("eth_feeHistory", json!(["0x1", "latest", wrong]))
            .await;
        assert_eq!(code, -32602);
        assert!(message.contains(said), "{message}");
    }
}
