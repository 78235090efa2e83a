//! Requests the node completes and sends itself.

use emulate::server::rpc::Limits;
use serde_json::json;

use super::client::{ALICE, BOB, Client, throwing, transfer};

#[tokio::test]
async fn what_no_gas_is_enough_for_is_mined_as_a_failure() {
    let client = Client::new();
    // A loop without end; a revert; an opcode that is none.
    for code in ["0x5b600056", "0x60006000fd", "0x0c"] {
        client.call("anvil_setCode", json!([BOB, code])).await;
        let sent = json!([{"from": ALICE, "to": BOB}]);
        let hash = client.call("eth_sendTransaction", sent).await;
        let receipt = client
            .call("eth_getTransactionReceipt", json!([hash]))
            .await;
        assert_eq!(receipt["status"], "0x0", "{code}");
    }
}

#[tokio::test]
async fn what_its_sender_cannot_pay_is_not_sent() {
    let client = Client::new();
    client
        .call("anvil_setCode", json!([BOB, "0x5b600056"]))
        .await;
    // Enough for a transfer, not for a block's gas.
    let poor = "0x00000000000000000000000000000000000000ff";
    client
        .call("anvil_setBalance", json!([poor, "0x5af3107a4000"]))
        .await;
    client.call("anvil_impersonateAccount", json!([poor])).await;
    let sent = json!([{"from": poor, "to": BOB, "gasPrice": "0x77359400"}]);
    let (code, message) = client.refuse("eth_sendTransaction", sent).await;
    assert_eq!(code, -32003);
    assert!(message.contains("Insufficient funds"), "{message}");
}

#[tokio::test]
async fn a_request_is_filled_but_not_signed() {
    let client = Client::new();
    let request = json!([{"from": ALICE, "to": BOB, "value": "0x1"}]);
    let filled = client.call("eth_fillTransaction", request).await;
    let transaction = &filled["tx"];
    assert_eq!(transaction["gas"], "0x5208");
    assert_eq!(
        (&transaction["r"], &transaction["s"]),
        (&json!("0x0"), &json!("0x0"))
    );
    assert_eq!(transaction["from"], json!(ALICE));
    assert_eq!(client.call("eth_blockNumber", json!([])).await, "0x0");
}

#[tokio::test]
async fn what_waits_has_the_most_it_may_pay_as_its_price() {
    let client = Client::manual();
    let request = json!([{"from": ALICE, "to": BOB, "maxFeePerGas": "0xb2d05e00"}]);
    let hash = client.call("eth_sendTransaction", request).await;
    let by_hash = json!([hash]);
    let waiting = client.call("eth_getTransactionByHash", by_hash.clone());
    assert_eq!(waiting.await["gasPrice"], "0xb2d05e00");
    client.call("evm_mine", json!([])).await;
    let mined = client.call("eth_getTransactionByHash", by_hash).await;
    // A base fee of one gwei and a tip of one.
    assert_eq!(mined["gasPrice"], "0x77359400");
}

#[tokio::test]
async fn what_waits_is_dropped_and_each_family_is_answered_its_own_way() {
    let client = Client::manual();
    let send = |nonce: &str| json!([{"from": ALICE, "to": BOB, "nonce": nonce}]);
    let first = client.call("eth_sendTransaction", send("0x0")).await;
    let second = client.call("eth_sendTransaction", send("0x1")).await;
    let third = client.call("eth_sendTransaction", send("0x2")).await;
    let dropped = client.call("anvil_dropTransaction", json!([third])).await;
    assert_eq!(dropped, third);
    for expected in [true, false] {
        let dropped = client
            .call("hardhat_dropTransaction", json!([second]))
            .await;
        assert_eq!(dropped, expected);
    }
    let again = client.call("anvil_dropTransaction", json!([second])).await;
    assert!(again.is_null());
    client.call("evm_mine", json!([])).await;
    let (_, message) = client
        .refuse("hardhat_dropTransaction", json!([first]))
        .await;
    assert!(message.contains("mined already"), "{message}");
}

#[tokio::test]
async fn a_send_tells_why_its_transaction_failed_where_that_is_wanted() {
    let client = Client::with(throwing(true), Limits::default());
    let word = format!("0x{:064x}", 0x2a);
    // A revert with a word, one with nothing, an opcode that is none.
    for (code, words, data) in [
        (
            "0x602a60005260206000fd",
            "execution reverted",
            word.as_str(),
        ),
        ("0x60006000fd", "execution reverted", "0x"),
        ("0x0c", "EVM error", "0x"),
    ] {
        client.call("anvil_setCode", json!([BOB, code])).await;
        let sent = json!([{"from": ALICE, "to": BOB, "gas": "0x186a0"}]);
        let answer = client.ask("eth_sendTransaction", sent).await;
        let error = &answer["error"];
        assert_eq!(error["data"], data, "{answer}");
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with(words), "{answer}");
        // It is in a block all the same.
        let newest = json!(["latest", false]);
        let block = client.call("eth_getBlockByNumber", newest).await;
        let hash = &block["transactions"][0];
        assert!(message.contains(hash.as_str().unwrap()), "{answer}");
        let receipt = client.call("eth_getTransactionReceipt", json!([hash]));
        assert_eq!(receipt.await["status"], "0x0", "{code}");
    }
    let raw = transfer(&client.node.reading().chain, 0, 3);
    let (_, message) = client.refuse("eth_sendRawTransaction", json!([raw])).await;
    assert!(message.starts_with("EVM error"), "{message}");
    client.call("anvil_setCode", json!([BOB, "0x"])).await;
    let raw = transfer(&client.node.reading().chain, 0, 4);
    client.call("eth_sendRawTransaction", json!([raw])).await;
}

#[tokio::test]
async fn a_send_that_is_in_no_block_yet_is_answered_by_its_hash_all_the_same() {
    let client = Client::with(throwing(false), Limits::default());
    client.call("anvil_setCode", json!([BOB, "0x0c"])).await;
    let sent = json!([{"from": ALICE, "to": BOB, "gas": "0x186a0"}]);
    let hash = client.call("eth_sendTransaction", sent).await;
    client.call("evm_mine", json!([])).await;
    let receipt = client
        .call("eth_getTransactionReceipt", json!([hash]))
        .await;
    assert_eq!(receipt["status"], "0x0");
}
