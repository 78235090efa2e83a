//! Clients people already have, against the program: alloy in Rust, the others by their scripts.
//!
//! The scripts need Node packages and Python's web3, so they are ignored unless asked for:
//! `cargo nextest run --profile clients --run-ignored all`.

use std::{
    path::{Path, PathBuf},
    process::Output,
    time::Duration,
};

use alloy_network::{EthereumWallet, TransactionBuilder};
use alloy_primitives::{Address, Bytes, U256, hex};
use alloy_provider::{Provider, ProviderBuilder, WalletProvider};
use alloy_rpc_types::{Filter, TransactionRequest};
use alloy_sol_types::{SolCall, SolError, SolEvent, SolValue, sol};
use emulate::{
    chain::{Chain, Config},
    server::{
        Server,
        rpc::{Limits, Node, NodeOptions},
    },
};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};

use crate::program::program;

/// Runs `emulate up -- client script` below `tests/clients`.
fn up(client: &str, script: &str) -> Output {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
    program()
        .args(["--quiet", "up", "--port", "0", "--", client, script])
        .current_dir(folder)
        .output()
        .unwrap()
}

/// Asserts that the script came to its last line.
fn assert_ok(output: &Output, client: &str) {
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success() && out.contains(&format!("{client}: ok")),
        "{client} failed\n{out}\n{err}"
    );
}

/// The Python that has web3: named by `EMULATE_PYTHON`, else the system's.
fn python() -> PathBuf {
    std::env::var_os("EMULATE_PYTHON").map_or_else(|| "python3".into(), PathBuf::from)
}

#[test]
#[ignore = "needs the Node packages of tests/clients"]
fn ethers_deploys_sends_listens_traces_and_travels() {
    assert_ok(&up("node", "ethers.mjs"), "ethers");
}

#[test]
#[ignore = "needs the Node packages of tests/clients"]
fn viem_deploys_sends_listens_traces_and_travels() {
    assert_ok(&up("node", "viem.mjs"), "viem");
}

#[test]
#[ignore = "needs Python with web3"]
fn web3py_deploys_sends_listens_traces_and_travels() {
    assert_ok(&up(python().to_str().unwrap(), "web3_client.py"), "web3.py");
}

sol! {
    event Moved(address indexed by, uint256 indexed to, string note);
    error TooFar(uint256 asked, uint256 allowed);
    function count() external view returns (uint256);
    function move(uint256 step, string note) external;
    function time() external view returns (uint256);
}

/// Returns what creates a counter that stands at `start`.
fn creation(start: u64) -> Vec<u8> {
    let artifact: Value = serde_json::from_str(include_str!("../clients/Counter.json")).unwrap();
    let mut code = hex::decode(artifact["bytecode"].as_str().unwrap()).unwrap();
    code.extend(U256::from(start).abi_encode());
    code
}

/// Returns a request to `counter`, by nobody in particular.
fn to(counter: Address, call: &impl SolCall) -> TransactionRequest {
    TransactionRequest::default()
        .with_to(counter)
        .with_input(call.abi_encode())
}

fn step(step: u64, note: &str) -> moveCall {
    moveCall {
        step: U256::from(step),
        note: note.to_owned(),
    }
}

async fn asked<C: SolCall>(provider: &impl Provider, counter: Address, call: &C) -> C::Return {
    let answer = provider.call(to(counter, call)).await.unwrap();
    C::abi_decode_returns(&answer).unwrap()
}

async fn raw<R: serde::de::DeserializeOwned + std::fmt::Debug + Unpin + Send + Sync + 'static>(
    provider: &impl Provider,
    method: &'static str,
    params: Value,
) -> R {
    provider.raw_request(method.into(), params).await.unwrap()
}

/// Returns the code, the words and the data of the refusal of a call.
async fn refusal(provider: &impl Provider, request: TransactionRequest) -> (i64, String, Bytes) {
    let error = provider.call(request).await.unwrap_err();
    let refused = error.as_error_resp().unwrap();
    let data = refused.as_revert_data().unwrap_or_default();
    (refused.code, refused.message.to_string(), data)
}

type Socket = WebSocketStream<TcpStream>;

/// Returns the next message of a socket.
async fn heard(socket: &mut Socket) -> Value {
    let next = tokio::time::timeout(Duration::from_secs(20), socket.next());
    let message = next.await.expect("a message within 20 s").unwrap().unwrap();
    serde_json::from_str(message.to_text().unwrap()).unwrap()
}

/// Connects to the server and subscribes to the logs of `counter`; what is sent from now on is heard.
async fn listen(server: &Server, counter: Address) -> Socket {
    let stream = TcpStream::connect(server.local_address()).await.unwrap();
    let connected = tokio_tungstenite::client_async(server.ws_url(), stream).await;
    let mut socket = connected.unwrap().0;
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "eth_subscribe",
        "params": ["logs", {"address": counter}]});
    let sent = socket.send(Message::text(call.to_string())).await;
    sent.unwrap();
    assert!(heard(&mut socket).await["result"].is_string());
    socket
}

/// Asserts that what the counter refuses comes back in its own words.
async fn refuses_with_reasons(provider: &impl Provider, counter: Address) {
    let (code, words, _) = refusal(provider, to(counter, &step(0, ""))).await;
    assert_eq!(
        (code, words.as_str()),
        (3, "execution reverted: nothing to do")
    );
    let (code, _, data) = refusal(provider, to(counter, &step(1000, ""))).await;
    let allowed = TooFar::abi_decode(&data).unwrap().allowed;
    assert_eq!((code, allowed), (3, U256::from(100)));
    // The gas filler meets the same refusal before anything is sent.
    let refused = provider.send_transaction(to(counter, &step(0, "")));
    assert!(
        refused
            .await
            .unwrap_err()
            .to_string()
            .contains("nothing to do")
    );
}

#[tokio::test]
async fn alloy_deploys_sends_listens_traces_and_travels() {
    let chain = Chain::new(&Config::default()).unwrap();
    let wallet = EthereumWallet::from(chain.signers()[0].clone());
    let node = Node::start(chain, NodeOptions::new());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server::start(listener, node.clone(), Limits::default()).unwrap();
    // With alloy's usual fillers: nonce, fees, gas and chain id are asked of the node.
    let provider = ProviderBuilder::new()
        .wallet(wallet)
        .connect_provider(node.provider());
    let me = provider.default_signer_address();

    let deploy = TransactionRequest::default().with_deploy_code(creation(5));
    let deployed = provider.send_transaction(deploy).await.unwrap();
    let deployed = deployed.get_receipt().await.unwrap();
    let counter = deployed.contract_address.unwrap();
    assert_eq!(
        asked(&provider, counter, &countCall {}).await,
        U256::from(5)
    );

    let mut socket = listen(&server, counter).await;
    let sent = provider.send_transaction(to(counter, &step(3, "hello")));
    let receipt = sent.await.unwrap().get_receipt().await.unwrap();
    assert!(receipt.status());
    assert_eq!(
        asked(&provider, counter, &countCall {}).await,
        U256::from(8)
    );
    let filter = Filter::new().address(counter).from_block(0);
    let filter = filter.event_signature(Moved::SIGNATURE_HASH);
    let logs = provider.get_logs(&filter).await.unwrap();
    let moved = logs[0].log_decode::<Moved>().unwrap().inner.data;
    assert_eq!((moved.by, moved.to), (me, U256::from(8)));
    assert_eq!((logs.len(), moved.note.as_str()), (1, "hello"));
    let news = heard(&mut socket).await;
    assert_eq!(
        news["params"]["result"],
        serde_json::to_value(&logs[0]).unwrap()
    );

    refuses_with_reasons(&provider, counter).await;

    let tracer = json!([receipt.transaction_hash, {"tracer": "callTracer"}]);
    let trace: Value = raw(&provider, "debug_traceTransaction", tracer).await;
    assert_eq!(
        (&trace["type"], &trace["to"]),
        (&json!("CALL"), &json!(counter))
    );

    let before = asked(&provider, counter, &timeCall {}).await;
    let snapshot: Value = raw(&provider, "evm_snapshot", json!([])).await;
    let _: Value = raw(&provider, "evm_increaseTime", json!([3600])).await;
    let _: Value = raw(&provider, "evm_mine", json!([])).await;
    let later = asked(&provider, counter, &timeCall {}).await;
    assert!(
        later >= before + U256::from(3600),
        "{before} and then {later}"
    );
    assert!(raw::<bool>(&provider, "evm_revert", json!([snapshot])).await);
    let height = provider.get_block_number().await.unwrap();
    assert_eq!(Some(height), receipt.block_number);
    server.stop().await;
}
