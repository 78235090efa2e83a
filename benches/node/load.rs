//! The work put on a node: signed transactions, sent one by one, pipelined, in batches, in bulk.

use std::{
    io,
    time::{Duration, Instant},
};

use alloy_consensus::{SignableTransaction, TxEip1559, TxEnvelope};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, Bytes, TxKind, U256, hex, keccak256};
use alloy_signer::SignerSync;
use alloy_signer_local::{MnemonicBuilder, PrivateKeySigner, coins_bip39::English};

use super::{
    http::{Http, request},
    peer::Node,
};

const MNEMONIC: &str = "test test test test test test test test test test test junk";

/// The development account `index`, funded on every node.
pub(crate) fn account(index: u32) -> PrivateKeySigner {
    MnemonicBuilder::<English>::default()
        .phrase(MNEMONIC)
        .index(index)
        .and_then(|builder| builder.build())
        .expect("the development mnemonic is valid")
}

/// A signed transaction in its raw form, as hex.
pub(crate) fn signed(from: &PrivateKeySigner, nonce: u64, to: TxKind, input: Bytes) -> String {
    let transfer = TxEip1559 {
        chain_id: 31337,
        nonce,
        gas_limit: if input.is_empty() { 21_000 } else { 25_000_000 },
        max_fee_per_gas: 100_000_000_000,
        max_priority_fee_per_gas: 1_000_000_000,
        to,
        value: U256::from(if input.is_empty() { 1_u64 } else { 0 }),
        access_list: Default::default(),
        input,
    };
    let signature = from
        .sign_hash_sync(&transfer.signature_hash())
        .expect("signing a hash");
    let envelope = TxEnvelope::from(transfer.into_signed(signature));
    hex::encode_prefixed(envelope.encoded_2718())
}

/// `count` transfers of account `index` from `nonce` on, each to a fresh address.
pub(crate) fn transfers(index: u32, nonce: u64, count: u64) -> Vec<String> {
    let from = account(index);
    (nonce..nonce + count)
        .map(|nonce| {
            let seed = [u64::from(index).to_be_bytes(), nonce.to_be_bytes()].concat();
            let to = Address::from_word(keccak256(seed));
            signed(&from, nonce, TxKind::Call(to), Bytes::new())
        })
        .collect()
}

/// Sends each transaction and waits for its receipt before the next; returns how long it took.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub(crate) fn send_and_wait(http: &mut Http, raw: &[String]) -> io::Result<Duration> {
    let began = Instant::now();
    for raw in raw {
        let hash = http.call("eth_sendRawTransaction", &format!("\"{raw}\""))?;
        while http
            .call("eth_getTransactionReceipt", &hash.to_string())?
            .is_null()
        {
            std::thread::sleep(Duration::from_micros(200));
        }
    }
    Ok(began.elapsed())
}

/// Sends batches of a hundred over one connection and waits until all are mined.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub(crate) fn batches(
    node: &Node,
    raw: &[String],
    limit: Duration,
) -> io::Result<Option<Duration>> {
    let mut http = node.connect()?;
    let began = Instant::now();
    for chunk in raw.chunks(100) {
        let calls: Vec<String> = chunk
            .iter()
            .map(|raw| request("eth_sendRawTransaction", &format!("\"{raw}\"")))
            .collect();
        http.send(&format!("[{}]", calls.join(",")))?;
        http.receive()?;
    }
    settle(&mut http, began, limit)
}

/// Submits over sixteen connections with mining off, then mines; returns how long it all took.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub(crate) fn bulk(node: &Node, per_connection: u64) -> io::Result<Duration> {
    let work: Vec<Vec<String>> = (0..16)
        .map(|index| {
            transfers(
                index % 10,
                u64::from(index / 10) * per_connection,
                per_connection,
            )
        })
        .collect();
    let mut control = node.connect()?;
    control.call("evm_setAutomine", "false")?;
    let began = Instant::now();
    std::thread::scope(|scope| {
        let senders: Vec<_> = work
            .iter()
            .map(|raw| {
                scope.spawn(move || -> io::Result<()> {
                    let mut http = node.connect()?;
                    for raw in raw {
                        http.call("eth_sendRawTransaction", &format!("\"{raw}\""))?;
                    }
                    Ok(())
                })
            })
            .collect();
        senders
            .into_iter()
            .try_for_each(|sender| sender.join().expect("a sender does not panic"))
    })?;
    while pending(&mut control)? > 0 {
        control.call("evm_mine", "")?;
    }
    let took = began.elapsed();
    control.call("evm_setAutomine", "true")?;
    Ok(took)
}

fn pending(http: &mut Http) -> io::Result<u64> {
    let status = http.call("txpool_status", "")?;
    let count = status["pending"].as_str().unwrap_or("0x0");
    Ok(u64::from_str_radix(count.trim_start_matches("0x"), 16).unwrap_or(0))
}

/// Waits until nothing is pending; `None` when that does not happen within `limit`.
fn settle(http: &mut Http, began: Instant, limit: Duration) -> io::Result<Option<Duration>> {
    while pending(http)? > 0 {
        if began.elapsed() > limit {
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(Some(began.elapsed()))
}
