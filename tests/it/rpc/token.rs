//! What tools set by hand beyond accounts: token balances, logging, and what `eth_config` says.

use std::sync::{Arc, Mutex};

use emulate::{
    chain::{Chain, Config},
    contracts,
    protocol::Rules,
    server::rpc::{Limits, Node, NodeOptions},
};
use serde_json::{Value, json};

use super::client::{ALICE, BOB, Client, NOW, node};

/// `balanceOf(address)` and `allowance(address,address)`.
const BALANCE_OF: &str = "0x70a08231";
const ALLOWANCE: &str = "0xdd62ed3e";

fn word(address: impl std::fmt::Display) -> String {
    format!("{:0>64}", address.to_string().trim_start_matches("0x"))
}

/// A node with the contracts on it, and where its RLC stands.
fn with_token() -> (Client, String) {
    let mut chain = Chain::new(&Config::default()).unwrap();
    let deployed = contracts::deploy(&mut chain, &Rules::default(), NOW).unwrap();
    let node = Node::start(chain, NodeOptions::new());
    let client = Client::with(node, Limits::default());
    (client, deployed.rlc.to_string())
}

async fn ask(client: &Client, token: &str, data: String) -> Value {
    let call = json!([{"to": token, "data": data}]);
    client.call("eth_call", call).await
}

#[tokio::test]
async fn a_token_balance_and_an_allowance_are_found_and_set() {
    let (client, rlc) = with_token();
    let supply = ask(&client, &rlc, "0x18160ddd".to_owned()).await;
    for (name, amount) in [
        ("anvil_dealERC20", "0x75bcd15"),
        ("hardhat_dealERC20", "0x0"),
        ("anvil_setERC20Balance", "0x7"),
        ("anvil_setERC20Balance", "0x7"),
    ] {
        client.call(name, json!([BOB, rlc, amount])).await;
        let balance = ask(&client, &rlc, format!("{BALANCE_OF}{}", word(BOB))).await;
        assert_eq!(balance, format!("0x{}", word(amount)), "{name}");
    }
    let allowed = json!([BOB, ALICE, rlc, "0x99"]);
    client.call("anvil_setERC20Allowance", allowed).await;
    let question = format!("{ALLOWANCE}{}{}", word(BOB), word(ALICE));
    let allowance = ask(&client, &rlc, question).await;
    assert_eq!(allowance, format!("0x{}", word("0x99")));
    // The other way round nothing is allowed.
    let question = format!("{ALLOWANCE}{}{}", word(ALICE), word(BOB));
    assert_eq!(ask(&client, &rlc, question).await, format!("0x{}", word(0)));
    assert_eq!(ask(&client, &rlc, "0x18160ddd".to_owned()).await, supply);
}

#[tokio::test]
async fn what_is_no_token_is_refused_and_left_alone() {
    let client = Client::new();
    // Nothing at all; a contract that always answers 42; one that reads a slot it does not answer.
    let answers = "0x602a60005260206000f3";
    let reads = "0x60005450602a60005260206000f3";
    for code in ["0x", answers, reads] {
        client.call("anvil_setCode", json!([BOB, code])).await;
        let deal = json!([ALICE, BOB, "0x5"]);
        let (number, message) = client.refuse("anvil_dealERC20", deal).await;
        assert_eq!(number, -32602);
        assert!(message.contains("no ERC-20 token"), "{message}");
        let slot = client.call("eth_getStorageAt", json!([BOB, "0x0"])).await;
        assert_eq!(slot, format!("0x{}", word(0)));
    }
}

#[tokio::test]
async fn slots_are_named_in_full_or_as_numbers_with_or_without_leading_zeros() {
    let client = Client::new();
    client
        .call("anvil_setStorageAt", json!([BOB, "0x1", "0x2a"]))
        .await;
    let full = format!("0x{}", word(1));
    for slot in ["0x1", "0x01", "0x001", full.as_str()] {
        let value = client.call("eth_getStorageAt", json!([BOB, slot])).await;
        assert_eq!(value, format!("0x{}", word("2a")), "{slot}");
        let proof = client.call("eth_getProof", json!([BOB, [slot], "latest"]));
        let proof = proof.await;
        assert_eq!(proof["storageProof"][0]["value"], "0x2a", "{slot}");
        let shown = if slot.len() == 66 { slot } else { "0x1" };
        assert_eq!(proof["storageProof"][0]["key"], shown);
    }
    let long = format!("0x1{}", word(1));
    let (code, _) = client.refuse("eth_getProof", json!([BOB, [long]])).await;
    assert_eq!(code, -32602);
}

#[tokio::test]
async fn requests_are_told_while_a_client_wants_it() {
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let sink = Arc::clone(&lines);
    let write = move |line: &str| sink.lock().unwrap().push(line.to_owned());
    let node = node(true).logging_to(Arc::new(write));
    let client = Client::with(node, Limits::default());
    client.call("eth_chainId", json!([])).await;
    client
        .call("hardhat_setLoggingEnabled", json!([true]))
        .await;
    client.call("eth_blockNumber", json!([])).await;
    client.refuse("eth_getBalance", json!(["0x12"])).await;
    client.call("anvil_setLoggingEnabled", json!([false])).await;
    client.call("eth_chainId", json!([])).await;
    let lines = lines.lock().unwrap().clone();
    let begins: Vec<&str> = lines.iter().map(|line| &line[..14]).collect();
    assert_eq!(
        begins,
        ["eth_blockNumbe", "eth_getBalance", "anvil_setLoggi"]
    );
    assert!(lines[0].ends_with(" ms"), "{lines:?}");
    assert!(
        lines[1].contains(" ms  error -32602: invalid argument 0"),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_log_of_requests_needs_a_place() {
    let client = Client::new();
    for name in ["anvil_setLoggingEnabled", "hardhat_setLoggingEnabled"] {
        assert!(client.call(name, json!([false])).await.is_null());
        let (code, _) = client.refuse(name, json!([true])).await;
        assert_eq!(code, -32000);
    }
    let compiled = json!(["0.8.24", {}, {}]);
    let used = client.call("hardhat_addCompilationResult", compiled).await;
    assert_eq!(used, false);
}

#[tokio::test]
async fn the_rules_in_force_can_be_asked_for() {
    let client = Client::new();
    let config = client.call("eth_config", json!([])).await;
    let current = &config["current"];
    assert_eq!(current["activationTime"], 0);
    assert_eq!(current["chainId"], "0x7a69");
    assert_eq!(current["forkId"].as_str().unwrap().len(), 10);
    let recovery = "0x0000000000000000000000000000000000000001";
    assert_eq!(current["precompiles"]["ECREC"], recovery);
    assert!(current["blobSchedule"]["max"].is_u64());
    assert!(config["next"].is_null() && config["last"].is_null());
}
