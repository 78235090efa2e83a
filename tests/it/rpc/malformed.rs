//! Bad input of every kind is answered with an error, and nothing panics.

use std::sync::LazyLock;

use axum::http::StatusCode;
use emulate::{
    chain::{Chain, Config, recover},
    server::rpc::envelope,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::client::{Client, transfer};

#[tokio::test]
async fn what_is_no_request_is_refused_with_id_null() {
    let client = Client::new();
    for body in [
        &b""[..],
        b" ",
        b"{",
        b"[",
        b"[]",
        b"null",
        b"7",
        b"\"eth_chainId\"",
        b"{}",
        b"{\"jsonrpc\":\"2.0\",\"method\":\"eth_chainId\",\"id\":1} trailing",
        b"{\"jsonrpc\":\"2.0\",\"method\":7,\"id\":{}}",
        b"\xff\xfe\x00",
        b"{\"jsonrpc\":\"2.0\",\"method\":\"\xc3\x28\",\"id\":1}",
    ] {
        let (status, answer) = client.post(body).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(answer["error"]["code"], -32600, "{body:?}: {answer}");
        assert_eq!(answer["id"], Value::Null, "{body:?}");
    }
}

#[tokio::test]
async fn deep_nesting_is_refused() {
    let client = Client::new();
    for depth in [200, 100_000] {
        let body = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let (_, answer) = client.post(body.clone()).await;
        // Read as a batch with one member that is no call, or not read at all.
        let answer = answer.get(0).cloned().unwrap_or(answer);
        assert_eq!(answer["error"]["code"], -32600, "{answer}");
        let nested = body;
        let call =
            format!(r#"{{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":[{nested}]}}"#);
        let (_, answer) = client.post(call).await;
        assert!(answer["error"]["code"].is_i64(), "{answer}");
    }
}

#[tokio::test]
async fn wrong_arguments_are_named() {
    let client = Client::new();
    for (method, params, said) in [
        ("eth_getBalance", json!([]), "argument 0 (address)"),
        (
            "eth_getBalance",
            json!(["0x12", "latest"]),
            "argument 0 (address)",
        ),
        ("eth_getBalance", json!([7]), "argument 0 (address)"),
        (
            "eth_getTransactionByHash",
            json!(["0xzz"]),
            "argument 0 (transaction hash)",
        ),
        (
            "eth_getBlockByNumber",
            json!(["newest", true]),
            "argument 0 (block number)",
        ),
        (
            "eth_getBlockByNumber",
            json!(["0x1", "yes"]),
            "argument 1 (full transactions)",
        ),
        ("eth_getLogs", json!([[]]), "argument 0 (filter)"),
        ("eth_call", json!(["0x"]), "argument 0 (transaction)"),
        ("evm_increaseTime", json!(["soon"]), "argument 0 (seconds)"),
        (
            "eth_getBalance",
            json!({"named": 1}),
            "argument 0 (address)",
        ),
        ("eth_getBalance", json!("0x12"), "params must be an array"),
        (
            "evm_mine",
            json!([{"timestmap": 5}]),
            "an object of timestamp and blocks",
        ),
        ("anvil_reorg", json!(["deep"]), "argument 0 (depth)"),
        (
            "trace_callMany",
            json!([[[]]]),
            "invalid length 0, expected an array of 2",
        ),
        (
            "trace_call",
            json!([{}, ["trase"]]),
            "unknown value `trase`, expected one of `trace`",
        ),
        (
            "ots_getBlockTransactions",
            json!(["0x0", "first", 5]),
            "argument 1 (page)",
        ),
        (
            "eth_getBlockByHash",
            json!([format!("0x{:064}", 0), true, 1]),
            "at most 2",
        ),
    ] {
        let (code, message) = client.refuse(method, params).await;
        assert_eq!(code, -32602, "{method}: {message}");
        assert!(message.contains(said), "{method}: {message}");
    }
}

#[tokio::test]
async fn raw_transactions_that_are_none_are_refused() {
    let client = Client::new();
    for (raw, said) in [
        ("0x", "Empty transaction data"),
        ("0x00", "Failed to decode transaction"),
        ("0x02", "Failed to decode transaction"),
        ("0x7fffffff", "Failed to decode transaction"),
        ("0xf86b", "Failed to decode transaction"),
        ("nothex", "argument 0 (raw transaction)"),
        ("0x123", "argument 0 (raw transaction)"),
    ] {
        let (code, message) = client.refuse("eth_sendRawTransaction", json!([raw])).await;
        assert_eq!(code, -32602, "{raw}: {message}");
        assert!(message.contains(said), "{raw}: {message}");
    }
}

/// A transfer signed by development account 0.
static SIGNED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let chain = Chain::new(&Config::default()).unwrap();
    alloy_primitives::hex::decode(transfer(&chain, 0, 0)).unwrap()
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_decoder_of_messages_never_panics(bytes in any::<Vec<u8>>()) {
        let _ = envelope::parse(&bytes, 100);
    }

    #[test]
    fn the_decoder_survives_text_that_is_almost_a_request(
        text in r#"[\[{]?\{?"(jsonrpc|id|method|params)":("2\.0"|null|[0-9]{1,3}|\[[^"]{0,5}\]|"[a-z\\]{0,6}")[,}\]]{0,3}[ -~]{0,20}"#
    ) {
        let _ = envelope::parse(text.as_bytes(), 100);
    }

    #[test]
    fn the_decoder_of_raw_transactions_never_panics(
        kind in prop_oneof![Just(0x01_u8), Just(0x02), Just(0x03), Just(0x04), Just(0xf8), any::<u8>()],
        rest in any::<Vec<u8>>(),
    ) {
        let mut raw = vec![kind];
        raw.extend(rest);
        let _ = recover(&raw);
    }

    #[test]
    fn a_truncated_or_altered_transaction_never_panics(
        cut in 0..110_usize,
        place in 0..110_usize,
        byte in any::<u8>(),
    ) {
        let mut raw = SIGNED.clone();
        let at = place % raw.len();
        raw[at] = byte;
        raw.truncate(raw.len() - cut % raw.len());
        let _ = recover(&raw);
    }
}
