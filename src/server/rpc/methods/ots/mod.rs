//! `ots_*` and `erigon_*`: what the Otterscan explorer asks besides `eth_*`.

pub(super) mod blocks;
pub(super) mod search;
pub(super) mod traces;
