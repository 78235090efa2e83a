//! A node with its router, and the few words needed to talk to it.

use std::sync::Arc;

use alloy_consensus::{SignableTransaction, TxEip1559, TxEnvelope};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, TxKind, U256, address, hex};
use alloy_signer::SignerSync;
use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
    response::Response,
};
use emulate::{
    chain::{Chain, Config},
    server::{
        Server,
        rpc::{HostGuard, Limits, Mining, Node, NodeOptions, router},
    },
};
use serde_json::{Value, json};
use tokio::sync::watch;
use tower::ServiceExt;

/// The time all test nodes believe it is.
pub(super) const NOW: u64 = 1_700_000_000;

/// Development accounts 0 and 1.
pub(super) const ALICE: Address = address!("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
pub(super) const BOB: Address = address!("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");

/// A node without a socket.
pub(super) struct Client {
    pub(super) node: Node,
    pub(super) router: Router,
    _stop: watch::Sender<bool>,
}

fn started(options: NodeOptions) -> Node {
    let config = Config {
        genesis_timestamp: NOW,
        ..Config::default()
    };
    Node::start(Chain::new(&config).unwrap(), options)
}

fn options(automine: bool) -> NodeOptions {
    NodeOptions {
        mining: Mining {
            automine,
            interval: None,
        },
        clock: Arc::new(|| NOW),
        ..NodeOptions::new()
    }
}

pub(super) fn node(automine: bool) -> Node {
    started(options(automine))
}

/// A node that answers a send with why its transaction failed.
pub(super) fn throwing(automine: bool) -> Node {
    started(NodeOptions {
        throw_on_failure: true,
        ..options(automine)
    })
}

impl Client {
    pub(super) fn new() -> Self {
        Self::with(node(true), Limits::default())
    }

    pub(super) fn manual() -> Self {
        Self::with(node(false), Limits::default())
    }

    pub(super) fn with(node: Node, limits: Limits) -> Self {
        let (stop, stopped) = watch::channel(false);
        let router = router(node.clone(), limits, HostGuard::Local, stopped);
        Self {
            node,
            router,
            _stop: stop,
        }
    }

    /// Sends any request.
    pub(super) async fn request(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Posts a body as JSON and returns what comes back, which must be JSON.
    pub(super) async fn post(&self, body: impl Into<Body>) -> (StatusCode, Value) {
        let request = Request::post("/").header("content-type", "application/json");
        let response = self.request(request.body(body.into()).unwrap()).await;
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await;
        let bytes = bytes.unwrap();
        let value = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap()
        };
        (status, value)
    }

    /// Calls a method and returns the whole answer.
    pub(super) async fn ask(&self, method: &str, params: Value) -> Value {
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        self.post(call.to_string()).await.1
    }

    /// Calls a method that must succeed.
    pub(super) async fn call(&self, method: &str, params: Value) -> Value {
        let mut answer = self.ask(method, params).await;
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].take()
    }

    /// Calls a method that must fail; returns code and message.
    pub(super) async fn refuse(&self, method: &str, params: Value) -> (i64, String) {
        let answer = self.ask(method, params).await;
        let error = &answer["error"];
        let code = error["code"]
            .as_i64()
            .unwrap_or_else(|| panic!("{method}: {answer}"));
        (code, error["message"].as_str().unwrap().to_owned())
    }
}

/// Returns the raw transaction of a transfer of one wei to Bob, signed by a development account.
pub(super) fn transfer(chain: &Chain, account: usize, nonce: u64) -> String {
    let transaction = TxEip1559 {
        chain_id: chain.chain_id(),
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: 3_000_000_000,
        max_priority_fee_per_gas: 1_000_000_000,
        to: TxKind::Call(BOB),
        value: U256::from(1),
        ..TxEip1559::default()
    };
    let hash = transaction.signature_hash();
    let signature = chain.signers()[account].sign_hash_sync(&hash).unwrap();
    let envelope = TxEnvelope::from(transaction.into_signed(signature));
    hex::encode_prefixed(envelope.encoded_2718())
}

/// A node behind a real socket.
pub(super) async fn serve(automine: bool) -> (Node, Server) {
    let node = node(automine);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server::start(listener, node.clone(), Limits::default()).unwrap();
    (node, server)
}
