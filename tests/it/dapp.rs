//! The tests of a dapp, as its author writes them: contracts on a network in process, results that
//! reach them, money, and nothing of the emulator's inside.

use std::time::Duration;

use alloy_consensus::{SignableTransaction as _, TxEip1559, TxEnvelope};
use alloy_eips::eip2718::Encodable2718 as _;
use alloy_primitives::{Address, Bytes, TxKind, U256};
use alloy_provider::Provider;
use alloy_rpc_types::TransactionRequest;
use alloy_signer::SignerSync as _;
use alloy_sol_types::{SolCall, SolConstructor as _, SolEvent as _, sol};
use serde_json::json;

use emulate::{
    amount::Nrlc,
    log::TaskStatus,
    network::{
        App, Contract, Mock, Network, NetworkBuilder, Task, WaitError, Worker, WorkerBehaviour,
    },
};

sol!(Consumer, "contracts/artifacts/Consumer.json");

/// The artifact, as a dapp's build would have it.
const ARTIFACT: &str = include_str!("../../scenarios/fixtures/Consumer.json");

/// A network with an oracle that always says 42, at 2 RLC, in a pool that asks 1 RLC.
fn oracle() -> NetworkBuilder {
    let answer = U256::from(42).to_be_bytes::<32>();
    let mock = Mock::output("42").callback(answer);
    Network::builder()
        .seed(7)
        .workers(3)
        .account("alice", Nrlc::from_rlc(100))
        .app("oracle", App::mock(mock).price(Nrlc::from_rlc(2)))
}

/// Reads a contract.
async fn ask<C: SolCall>(provider: &impl Provider, contract: Address, call: C) -> C::Return {
    let request = TransactionRequest::default()
        .to(contract)
        .input(Bytes::from(call.abi_encode()).into());
    let answer = provider.call(request).await.unwrap();
    C::abi_decode_returns(&answer).unwrap()
}

/// Deploys a consumer through the provider, by alice, whose key the node has.
async fn deploy(net: &Network) -> Address {
    #[derive(serde::Deserialize)]
    struct Artifact {
        bytecode: Bytes,
    }
    let artifact: Artifact = serde_json::from_str(ARTIFACT).unwrap();
    let mut code = artifact.bytecode.to_vec();
    code.extend(Consumer::constructorCall { trusted: net.hub() }.abi_encode());
    let mut request = TransactionRequest::default()
        .from(net.address("account.alice").unwrap())
        .input(Bytes::from(code).into());
    request.to = Some(TxKind::Create);
    let sent = net.provider().send_transaction(request).await.unwrap();
    let receipt = sent.get_receipt().await.unwrap();
    assert!(receipt.status());
    receipt.contract_address.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_reaches_a_contract_that_was_deployed_through_the_provider() {
    let net = oracle().start().unwrap();
    let provider = net.provider();
    let consumer = deploy(&net).await;
    assert_eq!(
        ask(&provider, consumer, Consumer::hubCall {}).await,
        net.hub()
    );

    let task = Task::new("oracle").replication(3).callback(consumer);
    let result = net.request(task).unwrap().await.unwrap();
    assert_eq!(result.status, TaskStatus::Completed);
    assert_eq!(result.correct, Some(true));
    let value = ask(&provider, consumer, Consumer::valueCall {}).await;
    assert_eq!(value, U256::from(42));
    let task = ask(&provider, consumer, Consumer::lastTaskCall {}).await;
    assert_eq!(Some(task), result.id);

    let filter = alloy_rpc_types::Filter::new().address(consumer);
    let logs = provider.get_logs(&filter).await.unwrap();
    let [log] = logs.as_slice() else {
        panic!("{} logs", logs.len());
    };
    let event = Consumer::ResultReceived::decode_log(&log.inner).unwrap();
    assert_eq!(Some(event.task), result.id);

    // 2 RLC for the app and 1 RLC for the pool, of 100 RLC.
    assert_eq!(result.spent, Nrlc::from_rlc(3));
    let alice = net.balance("alice").unwrap();
    assert_eq!((alice.free, alice.locked), (Nrlc::from_rlc(97), Nrlc::ZERO));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_of_the_scenario_is_there_from_the_start_and_is_a_callback_by_name() {
    let net = oracle()
        .contract(
            "Consumer",
            Contract::new("Consumer.json", ["{{protocol.hub}}"]),
        )
        .contract(
            "Second",
            Contract::new("Consumer.json", ["{{contract.Consumer}}"]),
        )
        .file("Consumer.json", ARTIFACT)
        .task("ask", Task::new("oracle").callback("contract.Consumer"))
        .start()
        .unwrap();
    let result = net.task("ask").unwrap().wait().unwrap();
    let consumer = net.address("contract.Consumer").unwrap();
    let link = result.results.unwrap();
    assert!(
        link.contains(&consumer.to_string().to_lowercase()),
        "{link}"
    );
    let count = ask(&net.provider(), consumer, Consumer::countCall {}).await;
    assert_eq!(count, U256::from(1));
    assert_ne!(net.address("contract.Second"), Some(consumer));
}

#[test]
fn the_fixture_of_the_scenarios_starts_and_holds() {
    let net = Network::from_file("scenarios/14-dapp-fixture.toml").unwrap();
    let task = Task::new("oracle").callback("Consumer").replication(3);
    assert_eq!(
        net.request(task).unwrap().wait().unwrap().correct,
        Some(true)
    );
    assert!(net.judge().unwrap().holds());
    // What is made of the same scenario by a program is the same network.
    let built = NetworkBuilder::from(net.scenario().clone()).folder("scenarios");
    let (built, read) = (
        built.start().unwrap(),
        Network::from_file("scenarios/14-dapp-fixture.toml"),
    );
    assert_eq!(built.log().digest(), read.unwrap().log().digest());
    let wrong = Network::from_text("[contract.C]\nartifact = \"none.json\"\n").unwrap_err();
    assert!(
        wrong.to_string().starts_with("scenario.toml:2:12: "),
        "{wrong}"
    );
}

#[test]
fn contracts_that_cannot_be_deployed_are_refused_before_the_start() {
    let start = |args: &[&str], artifact: &str| {
        let contract = Contract::new("C.json", args.iter().copied());
        let net = oracle().contract("C", contract).file("C.json", artifact);
        net.start().map(|_| ()).unwrap_err().to_string()
    };
    let wrong = start(&[], ARTIFACT);
    assert!(wrong.contains("takes 1 arguments, 0 are given"), "{wrong}");
    let wrong = start(&["{{app.orakel}}"], ARTIFACT);
    assert!(wrong.contains("app.orakel"), "{wrong}");
    let wrong = start(&["seven"], ARTIFACT);
    assert!(wrong.contains("`seven` is not address"), "{wrong}");
    let wrong = start(&[], r#"{"abi": [], "bytecode": "0x"}"#);
    assert!(wrong.contains("no bytecode"), "{wrong}");
    // A constructor that reverts.
    let wrong = start(&[], r#"{"abi": [], "bytecode": "0x5f5ffd"}"#);
    assert!(wrong.contains("deploying contract.C"), "{wrong}");
}

/// Signs and sends one wei from alice to `to`.
async fn pay(net: &Network, to: Address) {
    let provider = net.provider();
    let signer = net.signer("alice").unwrap();
    let payment = TxEip1559 {
        chain_id: provider.get_chain_id().await.unwrap(),
        nonce: provider
            .get_transaction_count(signer.address())
            .pending()
            .await
            .unwrap(),
        gas_limit: 21_000,
        max_fee_per_gas: 1_000_000_000,
        to: TxKind::Call(to),
        value: U256::from(1),
        ..TxEip1559::default()
    };
    let signature = signer.sign_hash_sync(&payment.signature_hash()).unwrap();
    let signed = TxEnvelope::from(payment.into_signed(signature));
    let sent = provider.send_raw_transaction(&signed.encoded_2718()).await;
    let receipt = sent.unwrap().get_receipt().await.unwrap();
    assert!(receipt.status());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_used_by_its_actor_and_by_a_wallet_in_turn() {
    let net = oracle().start().unwrap();
    let to = Address::repeat_byte(0xb0);
    pay(&net, to).await;
    net.request(Task::new("oracle")).unwrap().await.unwrap();
    pay(&net, to).await;
    net.request(Task::new("oracle")).unwrap().await.unwrap();
    let balance = net.provider().get_balance(to).await.unwrap();
    assert_eq!(balance, U256::from(2));
    assert_eq!(net.view().chain.reverts, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_makes_the_same_log_whoever_sends_transactions() {
    let story = async |seed| {
        let net = oracle().seed(seed).start().unwrap();
        let consumer = deploy(&net).await;
        let task = Task::new("oracle").replication(3).callback(consumer);
        net.request(task).unwrap().await.unwrap();
        pay(&net, consumer.create(0)).await;
        net.warp(Duration::from_secs(60));
        net.log().digest()
    };
    let first = story(7).await;
    assert_eq!(first, story(7).await);
    assert_ne!(first, story(8).await);
}

#[test]
fn a_network_returns_to_a_snapshot_and_forks_go_their_own_way() {
    let net = oracle().start().unwrap();
    let before = net.snapshot();
    let (start, digest) = (net.now(), net.log().digest());
    let fork = net.fork();
    let first = net.request(Task::new("oracle")).unwrap().wait().unwrap();
    assert!(net.now() > start);
    assert_eq!((fork.now(), fork.log().digest()), (start, digest));

    net.restore(&before);
    assert_eq!((net.now(), net.log().digest()), (start, digest));
    // The same again, and the same in the fork.
    let again = net.request(Task::new("oracle")).unwrap().wait().unwrap();
    let elsewhere = fork.request(Task::new("oracle")).unwrap().wait().unwrap();
    assert_eq!(first, again);
    assert_eq!(first, elsewhere);
    assert_eq!(net.log().digest(), fork.log().digest());
}

#[test]
fn a_liar_is_outvoted_and_pays() {
    let net = oracle()
        .workers(6)
        .worker("liar", Worker::group(1).behaviour(WorkerBehaviour::Liar))
        .start()
        .unwrap();
    for _ in 0..6 {
        let task = net.request(Task::new("oracle").replication(3)).unwrap();
        assert_eq!(task.wait().unwrap().correct, Some(true));
    }
    let view = net.view();
    let liar = view.workers.get("liar-0").unwrap();
    assert!(liar.slashed > Nrlc::ZERO, "{liar:?}");
}

#[test]
fn what_cannot_be_is_said_and_changes_nothing() {
    let net = oracle().start().unwrap();
    let digest = net.log().digest();
    let wrong = net.request(Task::new("orakel")).unwrap_err().to_string();
    assert!(wrong.contains("did you mean `oracle`?"), "{wrong}");
    assert!(!wrong.starts_with(':'), "{wrong}");
    assert_eq!(net.log().digest(), digest);

    let poor = Task::new("oracle").max_price(Nrlc::ZERO);
    let poor = net.request_as("poor", poor).unwrap();
    let stalled = WaitError::Stalled {
        task: "poor".into(),
        status: TaskStatus::Waiting,
    };
    assert_eq!(poor.wait(), Err(stalled));
    assert!(net.request_as("poor", Task::new("oracle")).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn state_is_set_by_hand_and_the_world_alone_mines() {
    let net = oracle().start().unwrap();
    let provider = net.provider();
    let who = Address::repeat_byte(0xcc);
    let params = (who, U256::from(5));
    let set: Option<bool> = provider
        .raw_request("anvil_setBalance".into(), params)
        .await
        .unwrap();
    assert_ne!(set, Some(false));
    assert_eq!(provider.get_balance(who).await.unwrap(), U256::from(5));
    net.request(Task::new("oracle")).unwrap().await.unwrap();
    assert_eq!(provider.get_balance(who).await.unwrap(), U256::from(5));

    let ask = |method: &'static str, params: serde_json::Value| {
        provider.raw_request::<_, serde_json::Value>(method.into(), params)
    };
    let refused = ask("evm_setAutomine", json!([true])).await.unwrap_err();
    assert!(refused.to_string().contains("block time"), "{refused}");
    // Blocks and time are the network's: what a client does with them, everybody lives through.
    let (height, now) = (net.view().chain.head, net.now());
    let snapshot = ask("evm_snapshot", json!([])).await.unwrap();
    ask("evm_mine", json!([])).await.unwrap();
    assert_eq!(provider.get_block_number().await.unwrap(), height + 1);
    assert_eq!(net.view().chain.head, height + 1);
    ask("evm_increaseTime", json!([100])).await.unwrap();
    assert!(net.now() >= now + Duration::from_secs(100));
    assert_eq!(ask("evm_revert", json!([snapshot])).await.unwrap(), true);
    assert_eq!((net.view().chain.head, net.now()), (height, now));
}
