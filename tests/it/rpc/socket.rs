//! WebSockets, the in-process provider, and clients that misbehave on the wire.

use std::time::Duration;

use alloy_provider::Provider;
use emulate::server::{Server, rpc::Limits};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, protocol::frame::coding::CloseCode},
};

use super::client::{ALICE, BOB, Client, node, serve, transfer};

struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    async fn connect(address: std::net::SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let url = format!("ws://{address}/");
        let (socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
        Self(socket)
    }

    async fn send(&mut self, id: u64, method: &str, params: Value) {
        let call = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        self.0.send(Message::text(call.to_string())).await.unwrap();
    }

    async fn next(&mut self) -> Value {
        let next = async {
            loop {
                if let Message::Text(text) = self.0.next().await.unwrap().unwrap() {
                    return serde_json::from_str(&text).unwrap();
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), next)
            .await
            .unwrap()
    }

    async fn call(&mut self, method: &str, params: Value) -> Value {
        self.send(9, method, params).await;
        let mut answer = self.next().await;
        assert_eq!(answer["id"], 9, "{answer}");
        answer["result"].take()
    }
}

#[tokio::test]
async fn the_answer_to_a_send_precedes_the_news_of_it() {
    let (_, server) = serve(true).await;
    let mut socket = Socket::connect(server.address()).await;
    let heads = socket.call("eth_subscribe", json!(["newHeads"])).await;
    let hashes = socket
        .call("eth_subscribe", json!(["newPendingTransactions"]))
        .await;
    let full = socket
        .call("eth_subscribe", json!(["newPendingTransactions", true]))
        .await;
    for number in 1..=20 {
        let sent = json!([{"from": ALICE, "to": BOB, "value": "0x1"}]);
        socket.send(number, "eth_sendTransaction", sent).await;
        let answer = socket.next().await;
        assert_eq!(answer["id"], number, "the answer comes first: {answer}");
        let mut seen = Vec::new();
        for _ in 0..3 {
            let news = socket.next().await;
            assert_eq!(news["method"], "eth_subscription");
            seen.push(news["params"].clone());
        }
        let of = |id: &Value| {
            seen.iter()
                .find(|news| news["subscription"] == *id)
                .unwrap()
        };
        assert_eq!(of(&hashes)["result"], answer["result"]);
        assert_eq!(of(&full)["result"]["hash"], answer["result"]);
        assert_eq!(of(&heads)["result"]["number"], format!("{number:#x}"));
    }
    assert_eq!(socket.call("eth_unsubscribe", json!([heads])).await, true);
    assert_eq!(socket.call("eth_unsubscribe", json!([heads])).await, false);
    server.stop().await;
}

#[tokio::test]
async fn logs_are_told_and_taken_back() {
    // LOG1 of 32 bytes with topic 7, whoever calls.
    const SHOUT: &str = "0x600760206000a100";
    let (_, server) = serve(true).await;
    let mut socket = Socket::connect(server.address()).await;
    socket.call("anvil_setCode", json!([BOB, SHOUT])).await;
    let snapshot = socket.call("evm_snapshot", json!([])).await;
    let topic = format!("0x{:064x}", 7);
    let wanted = json!({"address": BOB, "topics": [topic]});
    socket.call("eth_subscribe", json!(["logs", wanted])).await;
    socket
        .call(
            "eth_subscribe",
            json!(["logs", {"topics": [format!("0x{:064x}", 8)]}]),
        )
        .await;
    let sent = json!([{"from": ALICE, "to": BOB, "gas": "0x186a0"}]);
    let hash = socket.call("eth_sendTransaction", sent).await;
    let told = socket.next().await["params"]["result"].clone();
    assert_eq!(told["transactionHash"], hash);
    assert_eq!(told["removed"], false);
    assert_eq!(socket.call("evm_revert", json!([snapshot])).await, true);
    let taken_back = socket.next().await["params"]["result"].clone();
    assert_eq!(taken_back["transactionHash"], hash);
    assert_eq!(taken_back["removed"], true);
    server.stop().await;
}

#[tokio::test]
async fn subscribers_of_other_clients_hear_as_well() {
    let (node, server) = serve(true).await;
    let mut listener = Socket::connect(server.address()).await;
    listener.call("eth_subscribe", json!(["newHeads"])).await;
    let provider = node.provider();
    let raw = transfer(&node.reading().chain, 0, 0);
    let raw = alloy_primitives::hex::decode(raw).unwrap();
    let pending = provider.send_raw_transaction(&raw).await.unwrap();
    let receipt = provider
        .get_transaction_receipt(*pending.tx_hash())
        .await
        .unwrap();
    assert!(receipt.unwrap().status());
    let news = listener.next().await;
    assert_eq!(news["params"]["result"]["number"], "0x1");
    server.stop().await;
}

#[tokio::test]
async fn a_socket_answers_batches_and_survives_nonsense() {
    let (_, server) = serve(true).await;
    let mut socket = Socket::connect(server.address()).await;
    socket.0.send(Message::text("nonsense")).await.unwrap();
    assert_eq!(socket.next().await["error"]["code"], -32600);
    let batch = json!([
        {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"},
        {"jsonrpc": "2.0", "id": 2, "method": "eth_subscribe", "params": ["newHeads"]},
    ]);
    socket
        .0
        .send(Message::text(batch.to_string()))
        .await
        .unwrap();
    let answers = socket.next().await;
    assert_eq!(answers[0]["result"], "0x7a69");
    assert_eq!(answers[1]["result"].as_str().unwrap().len(), 34);
    server.stop().await;
}

#[tokio::test]
async fn stopping_closes_sockets_and_the_port() {
    let (_, server) = serve(true).await;
    let address = server.address();
    let mut socket = Socket::connect(address).await;
    // A half-open connection that never says anything does not delay the end.
    let _silent = TcpStream::connect(address).await.unwrap();
    let mut partial = TcpStream::connect(address).await.unwrap();
    partial
        .write_all(b"POST / HTTP/1.1\r\nhost: loc")
        .await
        .unwrap();
    let stopping = tokio::time::timeout(Duration::from_secs(10), server.stop());
    stopping.await.unwrap();
    let end = socket.0.next().await;
    assert!(
        matches!(end, Some(Ok(Message::Close(_)) | Err(_)) | None),
        "{end:?}"
    );
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_message_too_large_is_told_before_the_end() {
    let limits = Limits {
        body_bytes: 1_000,
        ..Limits::default()
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server::start(listener, node(true), limits).unwrap();
    for length in [1_001, 200_000] {
        let mut socket = Socket::connect(server.address()).await;
        let message = Message::text("x".repeat(length));
        socket.0.send(message).await.unwrap();
        let end = tokio::time::timeout(Duration::from_secs(20), socket.0.next());
        let Some(Ok(Message::Close(Some(reason)))) = end.await.unwrap() else {
            panic!("no reason for {length} bytes");
        };
        assert_eq!(reason.code, CloseCode::Size);
        assert!(reason.reason.contains("at most 1000 bytes"), "{reason}");
    }
    server.stop().await;
}

#[tokio::test]
async fn half_a_request_does_not_hold_up_others() {
    let (_, server) = serve(true).await;
    let mut slow = TcpStream::connect(server.address()).await.unwrap();
    slow.write_all(b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"jsonrpc\"")
        .await
        .unwrap();
    let mut quick = TcpStream::connect(server.address()).await.unwrap();
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"#;
    let request = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    quick.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    quick.read_to_string(&mut text).await.unwrap();
    assert!(text.starts_with("HTTP/1.1 200 OK"), "{text}");
    assert!(
        text.ends_with(r#"{"jsonrpc":"2.0","id":1,"result":"0x7a69"}"#),
        "{text}"
    );
    server.stop().await;
}

#[tokio::test]
async fn the_provider_in_process_speaks_to_the_same_chain() {
    let client = Client::new();
    let provider = client.node.provider();
    assert_eq!(provider.get_chain_id().await.unwrap(), 31337);
    client.call("evm_mine", json!([])).await;
    assert_eq!(provider.get_block_number().await.unwrap(), 1);
    let error = provider.client().request::<_, Value>("no_such", ()).await;
    assert!(error.unwrap_err().to_string().contains("does not exist"));
}

#[tokio::test]
async fn bodies_that_do_not_come_hold_up_no_small_calls() {
    let (_, server) = serve(true).await;
    let mut slow = Vec::new();
    for _ in 0..8 {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        let head = "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                    content-length: 33000000\r\n\r\n{";
        stream.write_all(head.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"#;
    let call = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(call.as_bytes()).await.unwrap();
    let mut answer = String::new();
    // The slow ones would be given up after half a minute.
    let reading = stream.read_to_string(&mut answer);
    let read = tokio::time::timeout(Duration::from_secs(15), reading).await;
    read.unwrap().unwrap();
    assert!(answer.ends_with(r#""result":"0x7a69"}"#), "{answer}");
}
