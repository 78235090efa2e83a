//! Time in the hands of clients: warps, blocks at will, and the whole network taken back.

use serde_json::{Value, json};

use super::{Living, QUIET};

/// A task of the scenario, in manual time: nothing happens by itself.
fn manual() -> Living {
    let text = format!("{QUIET}\n[task.greet]\napp = \"hello\"\nreplication = 2\n");
    Living::start(&text, &["--manual"])
}

fn head(net: &Living) -> (u64, u64) {
    let block = net.call("eth_getBlockByNumber", json!(["latest", false]));
    let number = |key: &str| {
        let text = block[key].as_str().unwrap();
        u64::from_str_radix(&text[2..], 16).unwrap()
    };
    (number("number"), number("timestamp"))
}

fn status(net: &Living) -> Value {
    net.call("emulate_tasks", json!([]))[0]["status"].take()
}

#[test]
fn in_manual_time_clients_move_everybody() {
    let net = manual();
    assert_eq!(net.ready["time"], "manual");
    assert_eq!(net.call("eth_mining", json!([])), false);
    let before = head(&net);
    assert_eq!(status(&net), "WAITING");
    assert_eq!(net.call("evm_increaseTime", json!([60])), 60);
    assert_eq!(status(&net), "COMPLETED");
    assert!(head(&net).0 > before.0);
    let now = net.call("emulate_status", json!([]));
    assert_eq!(now["time"], 60_000);

    // A block has the time it is mined at, and never that of the block before.
    let (number, _) = head(&net);
    let at = now["unix"].as_u64().unwrap() + 100;
    net.call("evm_setNextBlockTimestamp", json!([at]));
    net.call("evm_mine", json!([]));
    assert_eq!(head(&net), (number + 1, at));
    net.call("evm_mine", json!([]));
    assert_eq!(head(&net), (number + 2, at + 1));
    net.call("anvil_mine", json!([3, 10]));
    assert_eq!(head(&net), (number + 5, at + 1 + 1 + 20));
    let past = net.answer("evm_setNextBlockTimestamp", json!([at]));
    assert!(past["error"]["message"].as_str().unwrap().contains("lower"));
}

#[test]
fn one_block_asked_for_is_one_block_whatever_the_network_mines_meanwhile() {
    let net = manual();
    // At the beginning the chain is ahead of the clock, and transactions of the network wait.
    let (first, _) = head(&net);
    for mined in 1..=8 {
        net.call("evm_mine", json!([]));
        assert_eq!(head(&net).0, first + mined);
    }
    net.call("anvil_mine", json!([3]));
    assert_eq!(head(&net).0, first + 11);
    let mined = net.call("evm_mine_detailed", json!([]));
    assert_eq!(mined.as_array().unwrap().len(), 1);
    assert_eq!(mined[0]["number"], format!("0x{:x}", first + 12));
}

#[test]
fn a_snapshot_takes_the_whole_network_back() {
    let net = manual();
    let (before, tasks) = (head(&net), net.call("emulate_tasks", json!([])));
    let id = net.call("evm_snapshot", json!([]));
    net.call("evm_increaseTime", json!([60]));
    assert_eq!(status(&net), "COMPLETED");
    let first = head(&net);
    assert_eq!(net.call("evm_revert", json!([id])), true);
    assert_eq!(
        (head(&net), net.call("emulate_tasks", json!([]))),
        (before, tasks)
    );
    assert_eq!(net.call("emulate_status", json!([]))["time"], 0);
    // The same future again, and the snapshot is used up.
    net.call("evm_increaseTime", json!([60]));
    assert_eq!((head(&net), status(&net)), (first, json!("COMPLETED")));
    assert_eq!(net.call("evm_revert", json!([id])), false);
}

#[test]
fn a_transaction_is_acknowledged_and_mined_when_time_passes() {
    let net = manual();
    let development = |index: usize| {
        let accounts = net.ready["accounts"].as_array().unwrap();
        let mut of = accounts
            .iter()
            .filter(|account| account["role"] == "development");
        of.nth(index).unwrap()["address"].clone()
    };
    let sent = json!([{ "from": development(1), "to": development(2), "value": "0x7" }]);
    let hash = net.call("eth_sendTransaction", sent);
    assert!(
        net.call("eth_getTransactionReceipt", json!([hash]))
            .is_null()
    );
    let pending = net.call(
        "eth_getTransactionCount",
        json!([development(1), "pending"]),
    );
    assert_eq!(pending, "0x1");
    net.call("evm_mine", json!([]));
    let receipt = net.call("eth_getTransactionReceipt", json!([hash]));
    assert_eq!(receipt["status"], "0x1");
}

#[test]
fn what_would_take_the_chain_from_its_network_is_refused_with_the_reason() {
    let net = manual();
    for (method, params, reason) in [
        ("evm_setAutomine", json!([true]), "block time"),
        ("evm_setIntervalMining", json!([1]), "block time"),
        ("anvil_reset", json!([]), "evm_snapshot"),
        ("anvil_reorg", json!([1, []]), "timeline"),
        ("debug_setHead", json!([0]), "timeline"),
        ("emulate_crash", json!(["worker.nobody"]), "worker.w-0"),
    ] {
        let answer = net.answer(method, params);
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains(reason), "{method}: {message}");
    }
    // What is set by hand leaves the blocks alone, and is there.
    let owner = net.account("alice")["address"].clone();
    net.call("anvil_setBalance", json!([owner, "0x10"]));
    assert_eq!(net.call("eth_getBalance", json!([owner, "latest"])), "0x10");
}

#[test]
fn actors_can_be_crashed_and_brought_back() {
    let net = manual();
    let workers = ["worker.w-0", "worker.w-1", "worker.w-2"];
    for worker in workers {
        net.call("emulate_crash", json!([worker]));
    }
    assert_eq!(net.call("emulate_status", json!([]))["up"], 0);
    net.call("emulate_warp", json!([1]));
    assert_ne!(status(&net), "COMPLETED");
    for worker in workers {
        net.call("emulate_restart", json!([worker]));
    }
    assert_eq!(net.call("emulate_status", json!([]))["up"], 3);
    net.call("emulate_warp", json!([120]));
    assert_eq!(status(&net), "COMPLETED");
}

#[test]
fn who_waits_for_pending_transactions_hears_of_each_once() {
    let net = manual();
    let filter = net.call("eth_newPendingTransactionFilter", json!([]));
    let alice = net.call("eth_accounts", json!([]))[0].clone();
    let sent = json!([{"from": alice, "to": alice, "gas": "0x5208"}]);
    let hash = net.call("eth_sendTransaction", sent);
    let heard = net.call("eth_getFilterChanges", json!([filter]));
    assert_eq!(heard, json!([hash]));
    // The actors' transactions are heard of as well, though they are in blocks when they are shown.
    let before = head(&net).0;
    net.call("evm_increaseTime", json!([60]));
    let heard = net.call("eth_getFilterChanges", json!([filter]));
    let mined: Vec<Value> = (before + 1..=head(&net).0)
        .flat_map(|number| {
            let block = json!([format!("{number:#x}"), false]);
            let mut block = net.call("eth_getBlockByNumber", block);
            block["transactions"].as_array_mut().unwrap().split_off(0)
        })
        .filter(|mined| *mined != hash)
        .collect();
    assert!(!mined.is_empty());
    assert_eq!(heard, Value::Array(mined));
}
