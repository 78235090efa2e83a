//! Requests the node completes and sends itself.

use serde_json::json;

use super::client::{ALICE, BOB, Client};

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
