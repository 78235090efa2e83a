//! How much is answered at once: long answers are refused with the words clients look for, and what
//! was asked in portions adds up to the whole.

use emulate::server::rpc::Limits;
use serde_json::{Value, json};

use super::client::{ALICE, Client, node};

/// Where a contract stands that logs a thousand bytes whenever it is called.
const LOUD: &str = "0x00000000000000000000000000000000000010ad";

/// A client of a node whose answers have so many bytes.
async fn within(bytes: usize) -> Client {
    let client = Client::with(node(true), Limits::default().with_answers_of(bytes));
    // PUSH2 1000, PUSH1 0, LOG0
    let code = json!([LOUD, "0x6103e86000a000"]);
    client.call("anvil_setCode", code).await;
    client
}

async fn shout(client: &Client) {
    let transaction = json!([{"from": ALICE, "to": LOUD}]);
    client.call("eth_sendTransaction", transaction).await;
}

/// Shouts several times in one block.
async fn shout_together(client: &Client, times: usize) {
    client.call("evm_setAutomine", json!([false])).await;
    for _ in 0..times {
        shout(client).await;
    }
    client.call("evm_mine", json!([])).await;
    client.call("evm_setAutomine", json!([true])).await;
}

/// Returns the blocks the logs of an answer are in.
fn blocks(logs: &Value) -> Vec<String> {
    let logs = logs.as_array().unwrap().iter();
    logs.map(|log| log["blockNumber"].as_str().unwrap().to_owned())
        .collect()
}

/// Returns the range of blocks that a refusal advises.
fn advised(message: &str) -> (String, String) {
    let (_, range) = message
        .split_once("Try with this block range [")
        .unwrap_or_else(|| panic!("{message}"));
    let (from, to) = range.split_once("]").unwrap().0.split_once(", ").unwrap();
    (from.to_owned(), to.to_owned())
}

#[tokio::test]
async fn too_many_logs_are_refused_with_a_range_that_will_do() {
    let client = within(10_000).await;
    for _ in 0..7 {
        shout(&client).await;
    }
    let whole = json!({"fromBlock": "0x0", "address": LOUD});
    let filter = client.call("eth_newFilter", json!([whole])).await;
    for (method, params) in [
        ("eth_getLogs", json!([whole])),
        ("eth_getFilterLogs", json!([filter])),
        ("eth_getFilterChanges", json!([filter])),
    ] {
        let (code, message) = client.refuse(method, params).await;
        assert_eq!(code, -32005, "{method}: {message}");
        assert!(message.contains("more than 4 results"), "{message}");
        let (from, to) = advised(&message);
        assert_eq!((from.as_str(), to.as_str()), ("0x0", "0x4"), "{method}");
    }
    let mut wanted = whole;
    wanted["toBlock"] = json!("0x4");
    let first = client.call("eth_getLogs", json!([wanted])).await;
    assert_eq!(blocks(&first), ["0x1", "0x2", "0x3", "0x4"]);
    let rest = json!([{"fromBlock": "0x5", "address": LOUD}]);
    let rest = client.call("eth_getLogs", rest).await;
    assert_eq!(blocks(&rest), ["0x5", "0x6", "0x7"]);
}

#[tokio::test]
async fn a_block_with_too_many_logs_is_named() {
    let client = within(10_000).await;
    shout_together(&client, 5).await;
    let (code, message) = client
        .refuse("eth_getLogs", json!([{"fromBlock": "0x1"}]))
        .await;
    assert_eq!(code, -32005);
    assert!(message.contains("Block 0x1 alone has more"), "{message}");
    let hash = client
        .call("eth_getBlockByNumber", json!(["0x1", false]))
        .await;
    for (method, params) in [
        ("eth_getLogs", json!([{"blockHash": hash["hash"]}])),
        ("eth_getBlockReceipts", json!(["0x1"])),
    ] {
        let (code, message) = client.refuse(method, params).await;
        assert_eq!(code, -32005, "{method}");
        assert!(message.contains("longer than 10000 bytes"), "{message}");
    }
}

#[tokio::test]
async fn a_filter_that_is_asked_late_tells_its_news_in_portions() {
    let client = within(10_000).await;
    let filter = client
        .call("eth_newFilter", json!([{"address": LOUD}]))
        .await;
    for _ in 0..9 {
        shout(&client).await;
    }
    let mut told = Vec::new();
    loop {
        let news = client.call("eth_getFilterChanges", json!([filter])).await;
        let news = blocks(&news);
        if news.is_empty() {
            break;
        }
        assert!(news.len() < 9, "all at once is too much");
        told.extend(news);
    }
    let all: Vec<String> = (1..=9).map(|number| format!("{number:#x}")).collect();
    assert_eq!(told, all);
}

#[tokio::test]
async fn a_filter_tells_the_past_first_and_nothing_twice() {
    let client = within(100_000).await;
    shout(&client).await;
    let filter = json!([{"fromBlock": "0x0", "address": LOUD}]);
    let filter = client.call("eth_newFilter", filter).await;
    shout(&client).await;
    let news = client.call("eth_getFilterChanges", json!([filter])).await;
    assert_eq!(blocks(&news), ["0x1", "0x2"]);
    shout(&client).await;
    let news = client.call("eth_getFilterChanges", json!([filter])).await;
    assert_eq!(blocks(&news), ["0x3"]);
}

#[tokio::test]
async fn traces_are_counted_while_they_are_found() {
    let client = within(10_000).await;
    for _ in 0..30 {
        shout(&client).await;
    }
    let (code, message) = client.refuse("trace_filter", json!([{}])).await;
    assert_eq!(code, -32005, "{message}");
    let some = json!([{"after": 3, "count": 2}]);
    let some = client.call("trace_filter", some).await;
    let some: Vec<&Value> = some.as_array().unwrap().iter().collect();
    assert_eq!(some.len(), 2);
    assert_eq!(some[0]["blockNumber"], 4);
    assert_eq!(some[1]["blockNumber"], 5);
}

#[tokio::test]
async fn the_answers_to_a_batch_do_not_add_up_beyond_the_limit() {
    let client = within(10_000).await;
    shout(&client).await;
    let logs = json!({"jsonrpc": "2.0", "id": 1, "method": "eth_getLogs", "params": [{"fromBlock": "0x1"}]});
    let send = json!({"jsonrpc": "2.0", "id": 2, "method": "evm_mine"});
    let mut batch = vec![logs; 9];
    batch.push(send);
    let (_, answers) = client.post(json!(batch).to_string()).await;
    let answers = answers.as_array().unwrap();
    assert_eq!(blocks(&answers[0]["result"]), ["0x1"]);
    assert_eq!(answers[8]["error"]["message"], "response too large");
    assert_eq!(answers[9]["id"], 2);
    assert_eq!(answers[9]["error"]["message"], "response too large");
    let height = client.call("eth_blockNumber", json!([])).await;
    assert_eq!(height, "0x1", "what is not answered is not done");
}

#[tokio::test]
async fn a_batch_is_done_no_further_than_four_answers_that_are_too_long() {
    let client = within(10_000).await;
    shout_together(&client, 5).await;
    let ask = |id: u64, method: &str| json!({"jsonrpc": "2.0", "id": id, "method": method, "params": [{"fromBlock": "0x1"}]});
    let mut batch: Vec<_> = (0..6).map(|id| ask(id, "eth_getLogs")).collect();
    batch.push(json!({"jsonrpc": "2.0", "id": 6, "method": "evm_mine"}));
    let (_, answers) = client.post(json!(batch).to_string()).await;
    let told = |index: usize| answers[index]["error"]["message"].as_str().unwrap();
    for index in 0..4 {
        assert!(told(index).contains("alone has more"), "{answers}");
    }
    for index in 4..7 {
        assert_eq!(told(index), "response too large");
    }
    let height = client.call("eth_blockNumber", json!([])).await;
    assert_eq!(height, "0x1", "what is not answered is not done");
}

#[tokio::test]
async fn a_dump_is_no_longer_than_an_answer_may_be() {
    let client = within(50_000).await;
    let dump = client.call("anvil_dumpState", json!([])).await;
    assert_eq!(
        client.call("anvil_loadState", json!([dump])).await,
        json!(true)
    );
    // Code that packs badly.
    let mut noise = alloy_primitives::keccak256(b"noise");
    let mut code = String::from("0x");
    for _ in 0..700 {
        noise = alloy_primitives::keccak256(noise);
        code.push_str(&alloy_primitives::hex::encode(noise));
    }
    client.call("anvil_setCode", json!([ALICE, code])).await;
    let asking = (0..3).map(|_| client.refuse("anvil_dumpState", json!([])));
    for (code, message) in futures_util::future::join_all(asking).await {
        assert_eq!(code, -32005);
        assert!(message.contains("longer than 50000 bytes"), "{message}");
    }
}
