//! Our chain used as a library: no process, no socket, no JSON.

use std::time::Instant;

use alloy_primitives::hex;
use emulate::chain::{Chain, Config};

use super::load;

/// Transactions per second when each is submitted raw, recovered, mined and its receipt read.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub(crate) fn send_and_wait(count: u64) -> f64 {
    let raw: Vec<Vec<u8>> = load::transfers(0, 0, count)
        .iter()
        .map(|raw| hex::decode(raw).expect("we encoded it"))
        .collect();
    let mut chain = Chain::new(&Config::default()).expect("the default chain");
    let start = chain.head().timestamp();
    let began = Instant::now();
    for (at, raw) in raw.iter().enumerate() {
        let hash = chain.submit_raw(raw).expect("a valid transaction");
        chain.mine(start + at as u64);
        assert!(chain.receipt(&hash).is_some());
    }
    count as f64 / began.elapsed().as_secs_f64()
}
