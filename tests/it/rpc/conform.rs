//! What differs between nodes, and is here as geth or anvil have it: forks that do not know a field,
//! blocks that are not there, gas and time that nobody named.

use alloy_hardforks::EthereumHardfork;
use alloy_primitives::{B256, Bytes, hex, keccak256};
use alloy_trie::{Nibbles, proof::verify_proof};
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
    let times = async |method: &str, params: Value| -> Vec<u64> {
        let client = Client::new();
        client.call(method, params).await;
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
    let apart = json!(["0x2", "0x3c"]);
    assert_eq!(times("anvil_mine", apart.clone()).await, [60, 120]);
    assert_eq!(times("hardhat_mine", apart).await, [0, 60]);
    assert_eq!(times("anvil_mine", json!(["0x2"])).await, [0, 0]);
    assert_eq!(times("hardhat_mine", json!(["0x2"])).await, [0, 1]);
}

#[tokio::test]
async fn an_interval_that_was_set_is_kept_by_blocks_mined_at_once() {
    let client = Client::new();
    client
        .call("anvil_setBlockTimestampInterval", json!([7]))
        .await;
    client.call("hardhat_mine", json!(["0x3"])).await;
    let head = client
        .call("eth_getBlockByNumber", json!(["latest", false]))
        .await;
    assert_eq!(head["timestamp"], format!("{:#x}", NOW + 21));
}

#[tokio::test]
async fn a_kind_of_transaction_that_is_none_cannot_be_signed_but_called() {
    let client = Client::new();
    let odd = json!([{"from": ALICE, "to": BOB, "type": "0x9"}]);
    for method in [
        "eth_sendTransaction",
        "eth_signTransaction",
        "eth_fillTransaction",
    ] {
        let (code, message) = client.refuse(method, odd.clone()).await;
        assert_eq!(code, -32602, "{method}");
        let expected = "transaction type not supported: 0x9 is none of 0x0 to 0x4";
        assert_eq!(message, expected, "{method}");
    }
    // The other fields say what a call is.
    assert_eq!(client.call("eth_call", odd.clone()).await, "0x");
    assert_eq!(client.call("eth_estimateGas", odd.clone()).await, "0x5208");
    let list = client.call("eth_createAccessList", odd).await;
    assert_eq!(list["gasUsed"], "0x5208");
}

#[tokio::test]
async fn a_reset_that_names_no_other_network_is_one() {
    let client = Client::new();
    for options in [
        json!([]),
        json!([null]),
        json!([{}]),
        json!([{"forking": {}}]),
        json!([{"forking": {"jsonRpcUrl": null}}]),
    ] {
        client.call("evm_mine", json!([])).await;
        client.call("anvil_reset", options).await;
        assert_eq!(client.call("eth_blockNumber", json!([])).await, "0x0");
    }
    for options in [
        json!([{"forking": {"jsonRpcUrl": "http://127.0.0.1:1"}}]),
        json!([{"forking": {"blockNumber": "0x1"}}]),
        json!([{"jsonRpcUrl": "http://127.0.0.1:1"}]),
    ] {
        let (code, message) = client.refuse("hardhat_reset", options).await;
        assert_eq!(code, -32602);
        assert!(message.contains("forking another network"), "{message}");
    }
}

#[tokio::test]
async fn nobody_is_proved_not_to_be_there() {
    let client = Client::new();
    client.call("evm_mine", json!([])).await;
    let nobody = "0x00000000000000000000000000000000000000ab";
    let proof = client
        .call("eth_getProof", json!([nobody, ["0x1"], "latest"]))
        .await;
    let block = client
        .call("eth_getBlockByNumber", json!(["latest", false]))
        .await;
    let nodes = |nodes: &Value| serde_json::from_value::<Vec<Bytes>>(nodes.clone()).unwrap();
    let root: B256 = serde_json::from_value(block["stateRoot"].clone()).unwrap();
    let key = Nibbles::unpack(keccak256(hex::decode(nobody).unwrap()));
    verify_proof(root, key, None, &nodes(&proof["accountProof"])).unwrap();
    let root: B256 = serde_json::from_value(proof["storageHash"].clone()).unwrap();
    let slot = &proof["storageProof"][0];
    assert_eq!(
        (&slot["key"], &slot["value"]),
        (&json!("0x1"), &json!("0x0"))
    );
    let key = Nibbles::unpack(keccak256(B256::with_last_byte(1)));
    verify_proof(root, key, None, &nodes(&slot["proof"])).unwrap();
}

#[tokio::test]
async fn a_block_may_be_named_by_a_plain_number_as_explorers_do() {
    let client = Client::new();
    client.call("anvil_mine", json!([2])).await;
    let one = json!("0x1");
    for (method, params, place) in [
        ("eth_getBlockByNumber", json!([1, false]), 0),
        ("erigon_getHeaderByNumber", json!([1]), 0),
        ("eth_getBlockReceipts", json!([1]), 0),
        ("ots_getBlockDetails", json!([1]), 0),
        ("ots_getBlockTransactions", json!([1, 0, 10]), 0),
        ("ots_hasCode", json!([BOB, 1]), 1),
        ("eth_getBalance", json!([BOB, 1]), 1),
        ("eth_call", json!([{"to": BOB}, 1]), 1),
        ("eth_feeHistory", json!([1, 1, []]), 1),
        ("trace_block", json!([1]), 0),
    ] {
        let plain = client.call(method, params.clone()).await;
        let mut hex = params;
        hex[place] = one.clone();
        assert_eq!(plain, client.call(method, hex).await, "{method}");
    }
    client.refuse("eth_getBalance", json!([BOB, 9])).await;
    client.refuse("eth_getBalance", json!([BOB, -1])).await;
}

#[tokio::test]
async fn what_a_call_cannot_be_is_told_in_words() {
    let client = Client::new();
    let elsewhere = json!([{"to": BOB, "chainId": "0x5"}]);
    for method in ["eth_call", "eth_estimateGas"] {
        let refused = client.refuse(method, elsewhere.clone()).await;
        let words = "chainId does not match node's (have=5, want=31337)".to_owned();
        assert_eq!(refused, (-32602, words), "{method}");
    }
    let options = json!([{"to": BOB}, "latest", {"tracer": "fooTracer"}]);
    let (code, message) = client.refuse("debug_traceCall", options).await;
    assert_eq!(code, -32602);
    assert!(
        message.starts_with("there is no tracer `fooTracer`: there are callTracer, "),
        "{message}"
    );
    // JUMPDEST PUSH1 0 JUMP: it burns what it is given.
    let burning = json!([{"data": "0x5b600056", "gas": "0x186a0"}]);
    let listed = client.call("eth_createAccessList", burning.clone()).await;
    let (_, message) = client.refuse("eth_call", burning).await;
    assert_eq!(listed["error"], message.as_str());
    assert_eq!(message, "EVM error OutOfGas");
    let nothing = client
        .call("eth_feeHistory", json!(["0x0", "latest", []]))
        .await;
    assert_eq!(nothing["oldestBlock"], "0x0");
}
