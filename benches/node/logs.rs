//! A million logs, and one question about a rare topic.

use std::{
    io,
    time::{Duration, Instant},
};

use alloy_primitives::{Address, B256, Bytes, TxKind, U256, hex};

use super::{load, peer::Peer, scaled};

/// Logs emitted by one call of the contract.
const LOGS_PER_CALL: u64 = 5_000;

/// Init code of a contract that, called with a word `n`, emits `LOG2` with the topics `n`, `i` for
/// `i` counting down from [`LOGS_PER_CALL`].
///
/// Runtime: `PUSH2 5000; JUMPDEST; DUP1; PUSH1 0; CALLDATALOAD; PUSH1 0; PUSH1 0; LOG2; PUSH1 1;
/// SWAP1; SUB; DUP1; PUSH1 3; JUMPI; STOP`.
fn init_code() -> Bytes {
    let runtime = hex!("6113885b8060003560006000a2600190038060035700");
    let mut code = hex!("600080600b6000396000f3").to_vec();
    code[1] = runtime.len() as u8;
    code.extend_from_slice(&runtime);
    code.into()
}

/// Milliseconds for `eth_getLogs` over the whole chain by a topic that one log in five thousand carries.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub(crate) fn rare_topic(peer: &Peer) -> io::Result<Option<f64>> {
    let calls = scaled(1_000_000) / LOGS_PER_CALL;
    let node = peer.start(&["--gas-limit", "1000000000"])?;
    let mut http = node.connect()?;
    let from = load::account(0);
    let deploy = load::signed(&from, 0, TxKind::Create, init_code());
    load::send_and_wait(&mut http, &[deploy])?;
    let contract = from.address().create(0);
    let emit: Vec<String> = (1..=calls)
        .map(|nonce| {
            let input = B256::from(U256::from(nonce));
            load::signed(&from, nonce, TxKind::Call(contract), input.into())
        })
        .collect();
    load::send_and_wait(&mut http, &emit)?;
    let filter = filter(contract, U256::from(7));
    let mut samples = Vec::new();
    let mut found = 0;
    for _ in 0..5 {
        let began = Instant::now();
        let logs = http.call("eth_getLogs", &filter)?;
        samples.push(began.elapsed());
        found = logs.as_array().map_or(0, Vec::len);
    }
    if found == 0 {
        return Err(io::Error::other("no log found"));
    }
    samples.sort();
    Ok(samples
        .get(2)
        .map(|took: &Duration| took.as_secs_f64() * 1000.0))
}

fn filter(contract: Address, rare: U256) -> String {
    let rare = B256::from(rare);
    format!(
        r#"{{"fromBlock":"0x0","toBlock":"latest","address":"{contract}","topics":[null,"{rare}"]}}"#
    )
}
