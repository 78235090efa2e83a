//! `eth_capabilities`: of which blocks what is held, so that a client need not find out by asking.

use alloy_primitives::{B256, U64};
use serde::Serialize;

use crate::server::rpc::{
    error::{Answer, reply},
    method::{Method, read},
    node::Node,
    params::Params,
};

pub(super) const TABLE: &[Method] = &[read(&["eth_capabilities"], capabilities)];

#[derive(Serialize)]
struct Capabilities {
    head: Head,
    state: Held,
    tx: Held,
    logs: Held,
    receipts: Held,
    blocks: Held,
    stateproofs: Held,
}

#[derive(Serialize)]
struct Head {
    number: U64,
    hash: B256,
}

/// From which block on something is held, and what becomes of it later.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
struct Held {
    disabled: bool,
    oldest_block: U64,
    #[serde(skip_serializing_if = "Option::is_none")]
    delete_strategy: Option<Window>,
}

/// Only so many of the newest are held.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase", tag = "type", rename = "window")]
struct Window {
    retention_blocks: U64,
}

impl Held {
    fn new(oldest: u64, kept: Option<u64>) -> Self {
        Self {
            disabled: false,
            oldest_block: U64::from(oldest),
            delete_strategy: kept.map(|kept| Window {
                retention_blocks: U64::from(kept),
            }),
        }
    }
}

fn capabilities(node: &Node, params: Params) -> Answer {
    params.end()?;
    let reading = node.reading();
    let chain = &reading.chain;
    let head = chain.head();
    let blocks = Held::new(chain.oldest(), chain.blocks_kept());
    let state = Held::new(chain.oldest_state(), Some(chain.states_kept()));
    reply(&Capabilities {
        head: Head {
            number: U64::from(head.number()),
            hash: head.hash,
        },
        state,
        tx: blocks,
        logs: blocks,
        receipts: blocks,
        blocks,
        stateproofs: state,
    })
}
