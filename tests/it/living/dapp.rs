//! The tests of a dapp against a living network: its author has an account of his own, the orders
//! of the book, an alloy provider over HTTP, and patience.

use std::task::{Context, Poll};

use alloy_consensus::{SignableTransaction as _, TxEip1559, TxEnvelope};
use alloy_eips::eip2718::Encodable2718 as _;
use alloy_json_rpc::{RequestPacket, ResponsePacket};
use alloy_primitives::{Address, Bytes, TxKind, U256};
use alloy_provider::{Provider, RootProvider};
use alloy_rpc_client::RpcClient;
use alloy_rpc_types::{Filter, TransactionReceipt, TransactionRequest};
use alloy_sol_types::SolEvent as _;
use alloy_transport::{TransportError, TransportErrorKind, TransportFut};
use emulate::{
    contracts::{abi::IexecHub, call},
    protocol::{Account, AppOrder, Domain, Order as _, Orders, RequestOrder, WorkerpoolOrder},
};
use serde_json::{Value, json};

use super::{Living, QUIET};

/// JSON-RPC over HTTP, as any provider speaks it.
#[derive(Clone)]
struct Http(String);

impl tower::Service<RequestPacket> for Http {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: RequestPacket) -> Self::Future {
        let url = self.0.clone();
        Box::pin(async move {
            let body = request.serialize().map_err(TransportError::ser_err)?;
            let sending = tokio::task::spawn_blocking(move || super::post(&url, body.to_string()));
            let answer = sending.await.map_err(TransportErrorKind::custom)?;
            serde_json::from_value(answer.clone())
                .map_err(|error| TransportError::deser_err(error, answer.to_string()))
        })
    }
}

struct Author<'a> {
    net: &'a Living,
    provider: RootProvider,
    account: Account,
}

impl<'a> Author<'a> {
    fn new(net: &'a Living, account: Account) -> Self {
        let transport = Http(net.url("rpc").to_owned());
        let provider = RootProvider::new(RpcClient::new(transport, true));
        Self {
            net,
            provider,
            account,
        }
    }

    fn contract(&self, name: &str) -> Address {
        self.net.ready["contracts"][name]
            .as_str()
            .unwrap()
            .parse()
            .unwrap()
    }

    /// Signs a transaction, sends it, and waits for the block that takes it.
    async fn send(&self, to: Address, input: Bytes) -> TransactionReceipt {
        let from = self.account.address();
        let nonce = self.provider.get_transaction_count(from).pending();
        let transaction = TxEip1559 {
            chain_id: 31337,
            nonce: nonce.await.unwrap(),
            gas_limit: 20_000_000,
            to: TxKind::Call(to),
            input,
            ..TxEip1559::default()
        };
        let signature = self.account.sign_hash(&transaction.signature_hash());
        let signed = TxEnvelope::from(transaction.into_signed(signature));
        let sent = self
            .provider
            .send_raw_transaction(&signed.encoded_2718())
            .await;
        let receipt = sent.unwrap().get_receipt().await.unwrap();
        assert!(receipt.status(), "{receipt:?}");
        receipt
    }

    /// The orders of the book and a request of the author's own.
    fn orders(&self, args: &str, trust: u64) -> Orders {
        self.orders_of(&json!({ "iexec_args": args }), trust)
    }

    /// As [`orders`](Self::orders), with parameters as they are written on chain.
    fn orders_of(&self, params: &Value, trust: u64) -> Orders {
        let (status, book) = self.net.get("/orderbook");
        assert_eq!(status, 200);
        let book: Value = serde_json::from_slice(&book).unwrap();
        let first = |kind: &str| book[kind][0]["order"].clone();
        let app: AppOrder = serde_json::from_value(first("app")).unwrap();
        let pool: WorkerpoolOrder = serde_json::from_value(first("workerpool")).unwrap();
        let request = RequestOrder {
            app: app.app,
            appmaxprice: app.appprice,
            workerpool: pool.workerpool,
            workerpoolmaxprice: pool.workerpoolprice,
            requester: self.account.address(),
            volume: U256::ONE,
            category: pool.category,
            trust: U256::from(trust),
            beneficiary: self.account.address(),
            params: params.to_string(),
            ..RequestOrder::default()
        };
        let domain = Domain::new(31337, self.contract("hub"));
        Orders {
            app,
            workerpool: pool,
            request: request.signed(&domain, &self.account),
            ..Orders::default()
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_matches_orders_on_chain_and_the_pool_serves_it() {
    let net = Living::start(QUIET, &["--speed", "20x"]);
    // Whoever deployed the contracts owns what RLC is left: a client begins with 10 RLC of it.
    let owner = Author::new(&net, Account::dev(0).unwrap());
    let author = Author::new(&net, Account::dev(5).unwrap());
    let (hub, rlc) = (author.contract("hub"), author.contract("rlc"));
    let ten = U256::from(10_000_000_000_u64);
    let transfer = call::rlc_transfer(author.account.address(), ten);
    owner.send(rlc, transfer).await;
    author.send(rlc, call::rlc_approve(hub, ten)).await;
    author.send(hub, call::deposit(ten)).await;

    let orders = author.orders("living world", 3);
    let receipt = author.send(hub, call::match_orders(&orders)).await;
    let matched = receipt
        .logs()
        .iter()
        .find_map(|log| IexecHub::OrdersMatched::decode_log(&log.inner).ok());
    let deal = matched.unwrap().dealid;

    // The pool's scheduler heard of it, its workers computed it, and it was paid.
    let tasks = net.until("the task is done", |net| {
        let tasks = net.call("emulate_tasks", json!([]));
        (tasks[0]["status"] == "COMPLETED").then_some(tasks)
    });
    assert_eq!(tasks[0]["correct"], true);
    let filter = Filter::new()
        .from_block(0)
        .address(hub)
        .event_signature(IexecHub::TaskFinalize::SIGNATURE_HASH);
    let logs = author.provider.get_logs(&filter).await.unwrap();
    assert_eq!(logs.len(), 1);
    let begun = Filter::new()
        .from_block(0)
        .address(hub)
        .event_signature(IexecHub::TaskInitialize::SIGNATURE_HASH);
    assert_eq!(author.provider.get_logs(&begun).await.unwrap().len(), 1);
    assert!(!deal.is_zero());

    // The result is where the chain says: an archive with the text in it.
    let link: Value = serde_json::from_str(tasks[0]["results"].as_str().unwrap()).unwrap();
    let id = link["location"]
        .as_str()
        .unwrap()
        .strip_prefix("/ipfs/")
        .unwrap();
    let (status, archive) = net.get(&format!("/results/{id}"));
    assert_eq!((status, &archive[..2]), (200, &b"PK"[..]));
    let text = archive
        .windows(20)
        .any(|some| some == b"Hello, living world!");
    assert!(text, "{}", String::from_utf8_lossy(&archive));
    // The SDK asks a gateway for it, by the whole location.
    let location = link["location"].as_str().unwrap();
    assert_eq!(net.get(location), (200, archive));

    // 1 RLC for the app and 1 RLC for the pool are gone.
    let balance = TransactionRequest::default().to(hub).input(
        Bytes::from(alloy_sol_types::SolCall::abi_encode(
            &IexecHub::viewAccountCall {
                account: author.account.address(),
            },
        ))
        .into(),
    );
    let answer = author.provider.call(balance).await.unwrap();
    assert_eq!(
        U256::from_be_slice(&answer[..32]),
        U256::from(8_000_000_000_u64)
    );
    // The book knows that the orders were used.
    let (_, book) = net.get("/orderbook");
    let book: Value = serde_json::from_slice(&book).unwrap();
    let (left, signed) = (
        &book["app"][0]["remaining"],
        &book["app"][0]["order"]["volume"],
    );
    let signed: u64 = signed.as_str().unwrap().parse().unwrap();
    assert_eq!(left.as_u64().unwrap() + 1, signed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deal_from_outside_is_computed_with_its_inputs_or_not_at_all() {
    let net = Living::start(
        r#"
        [app.count]
        run      = { builtin = "wc" }
        duration = "2s"
        [task.own]
        app      = "count"
        dirinuri = "lines.txt"
        "#,
        &["--speed", "20x"],
    );
    let key = net.account("alice")["privateKey"].as_str().unwrap();
    let alice = Account::from_private_key("alice", key.parse().unwrap()).unwrap();
    let author = Author::new(&net, alice);
    let hub = author.contract("hub");
    let done = |net: &Living| {
        let tasks = net.call("emulate_tasks", json!([]));
        let tasks = tasks.as_array().unwrap().iter();
        tasks.filter(|task| task["correct"] == true).count()
    };
    net.until("the scenario's own task is done", |net| {
        (done(net) == 1).then_some(())
    });
    let known = json!({ "iexec_input_files": ["lines.txt"] });
    let orders = author.orders_of(&known, 1);
    author.send(hub, call::match_orders(&orders)).await;
    net.until("a deal with the same input is done", |net| {
        (done(net) == 2).then_some(())
    });
    let log = |net: &Living| String::from_utf8(net.get("/log").1).unwrap();
    let told = log(&net);
    let counted = told.lines().filter(|line| line.contains("2 lines.txt"));
    assert!(counted.count() >= 2, "{told}");

    let unknown = json!({ "iexec_args": "", "iexec_input_files": ["nowhere.txt"] });
    let orders = author.orders_of(&unknown, 1);
    author.send(hub, call::match_orders(&orders)).await;
    net.until("workers say why they cannot", |net| {
        log(net)
            .contains("its inputs are not at hand")
            .then_some(())
    });
    assert_eq!(done(&net), 2);
    let voted = log(&net).matches("\"event\":\"TaskContribute\"").count();
    assert_eq!(voted, told.matches("\"event\":\"TaskContribute\"").count());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_the_cast_can_be_used_by_its_key_beside_its_actor() {
    let text = format!("{QUIET}\n[task.own]\napp = \"hello\"\nargs = \"the scenario's\"\n");
    let net = Living::start(&text, &["--speed", "20x"]);
    let key = net.account("alice")["privateKey"].as_str().unwrap();
    let alice = Account::from_private_key("alice", key.parse().unwrap()).unwrap();
    let author = Author::new(&net, alice);
    let done = |net: &Living| {
        let tasks = net.call("emulate_tasks", json!([]));
        let tasks = tasks.as_array().unwrap().iter();
        tasks.filter(|task| task["status"] == "COMPLETED").count()
    };
    net.until("the scenario's own task is done", |net| {
        (done(net) == 1).then_some(())
    });
    let orders = author.orders("mine", 1);
    let hub = author.contract("hub");
    author.send(hub, call::match_orders(&orders)).await;
    net.until("both tasks are done", |net| (done(net) == 2).then_some(()));
    let (_, log) = net.get("/log");
    let log = String::from_utf8(log).unwrap();
    assert_eq!(log.matches("\"event\":\"TaskFinalize\"").count(), 2);
    let (_, rest) = net.get("/log?since=5");
    assert!(rest.starts_with(b"{\"seq\":5,"));
    assert_eq!(net.get("/results/nonsense").0, 400);
}
