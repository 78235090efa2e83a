//! The envelope and what carries it: ids, batches, notifications, HTTP's rules, browsers.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use emulate::server::rpc::Limits;
use serde_json::json;

use super::client::{Client, node};

#[tokio::test]
async fn a_call_is_answered_under_its_own_id() {
    let client = Client::new();
    let (status, answer) = client
        .post(r#"{"jsonrpc":"2.0","id":"seven","method":"eth_chainId"}"#)
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        answer,
        json!({"jsonrpc": "2.0", "id": "seven", "result": "0x7a69"})
    );
}

#[tokio::test]
async fn a_batch_is_answered_in_order_without_its_notifications() {
    let client = Client::new();
    let batch = json!([
        {"jsonrpc": "2.0", "id": 2, "method": "net_version"},
        {"jsonrpc": "2.0", "method": "eth_chainId"},
        {"jsonrpc": "2.0", "id": 1, "method": "no_such"},
        7,
        {"jsonrpc": "2.0", "id": null, "method": "eth_blockNumber", "params": []},
    ]);
    let (_, answers) = client.post(batch.to_string()).await;
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), 4);
    assert_eq!(answers[0]["result"], "31337");
    assert_eq!(answers[1]["error"]["code"], -32601);
    assert_eq!(answers[2]["error"]["code"], -32600);
    assert_eq!(
        answers[3],
        json!({"jsonrpc": "2.0", "id": null, "result": "0x0"})
    );
}

#[tokio::test]
async fn a_notification_is_carried_out_and_not_answered() {
    let client = Client::new();
    let (status, _) = client
        .post(r#"{"jsonrpc":"2.0","method":"evm_mine"}"#)
        .await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(client.call("eth_blockNumber", json!([])).await, "0x1");
    let (status, _) = client
        .post(r#"[{"jsonrpc":"2.0","method":"evm_mine"}]"#)
        .await;
    assert_eq!(status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn an_unknown_method_is_refused_in_geths_words() {
    let client = Client::new();
    let (code, message) = client.refuse("eth_nonsense", json!([])).await;
    assert_eq!(code, -32601);
    assert_eq!(
        message,
        "the method eth_nonsense does not exist/is not available"
    );
    let (code, _) = client.refuse("eth_subscribe", json!(["newHeads"])).await;
    assert_eq!(code, -32601, "HTTP cannot push");
}

#[tokio::test]
async fn a_get_is_told_how_to_ask() {
    let client = Client::new();
    let response = client
        .request(Request::get("/").body(Body::empty()).unwrap())
        .await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn another_content_type_is_an_invalid_request() {
    let client = Client::new();
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"#;
    for (kind, answered) in [
        ("text/plain", false),
        ("application/json; charset=utf-8", true),
        ("application/json-rpc", false),
        ("application/vnd.api+json", true),
    ] {
        let request = Request::post("/").header("content-type", kind);
        let response = client.request(request.body(call.into()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::OK);
        let body = axum::body::to_bytes(response.into_body(), 1 << 20)
            .await
            .unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert_eq!(text.contains("0x7a69"), answered, "{kind}: {text}");
        assert_eq!(text.contains("-32600"), !answered, "{kind}: {text}");
    }
}

#[tokio::test]
async fn browsers_may_ask_from_any_page() {
    let client = Client::new();
    let request = Request::builder()
        .method(Method::OPTIONS)
        .uri("/")
        .header("origin", "https://dapp.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type,x-custom");
    let response = client.request(request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::OK);
    let headers = response.headers();
    assert_eq!(headers["access-control-allow-origin"], "*");
    assert_eq!(
        headers["access-control-allow-headers"],
        "content-type,x-custom"
    );
    let methods = headers["access-control-allow-methods"].to_str().unwrap();
    assert!(methods.contains("POST"));
}

#[tokio::test]
async fn a_foreign_host_is_refused() {
    let client = Client::new();
    for (host, status) in [
        ("evil.example:8545", StatusCode::FORBIDDEN),
        ("localhost:8545", StatusCode::OK),
    ] {
        let request = Request::post("/")
            .header("host", host)
            .header("content-type", "application/json")
            .body(r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"#.into());
        assert_eq!(
            client.request(request.unwrap()).await.status(),
            status,
            "{host}"
        );
    }
}

#[tokio::test]
async fn bodies_and_batches_have_limits() {
    let limits = Limits {
        body_bytes: 2_000,
        batch_calls: 10,
        response_bytes: 300,
        ..Limits::default()
    };
    let client = Client::with(node(true), limits);
    let (status, answer) = client.post(vec![b' '; 2_001]).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer["error"]["code"], -32600);
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"});
    let (_, answer) = client.post(json!(vec![call.clone(); 11]).to_string()).await;
    assert_eq!(answer["error"]["code"], -32600);
    let (_, answers) = client.post(json!(vec![call; 10]).to_string()).await;
    let answers = answers.as_array().unwrap().clone();
    assert_eq!(answers[0]["result"], "0x7a69");
    assert_eq!(answers[9]["error"]["message"], "response too large");
}

#[tokio::test]
async fn a_slow_body_is_not_waited_for() {
    let limits = Limits {
        body_time: std::time::Duration::from_millis(50),
        ..Limits::default()
    };
    let client = Client::with(node(true), limits);
    let never = futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let (status, answer) = client.post(Body::from_stream(never)).await;
    assert_eq!(status, StatusCode::REQUEST_TIMEOUT);
    assert_eq!(answer["error"]["code"], -32600);
}
