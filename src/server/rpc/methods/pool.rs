//! What waits for a block: `txpool_*` and the waiting transactions of `eth_*`.

use std::collections::BTreeMap;

use alloy_consensus::Transaction as _;
use alloy_primitives::Address;
use alloy_rpc_types::txpool::{
    TxpoolContent, TxpoolContentFrom, TxpoolInspect, TxpoolInspectSummary, TxpoolStatus,
};

use crate::{
    chain::Transaction,
    server::rpc::{
        error::{Answer, reply},
        method::{Method, compute},
        node::Node,
        params::Params,
        render,
    },
};

pub(super) const TABLE: &[Method] = &[
    compute(&["txpool_status"], status),
    compute(&["txpool_content"], content),
    compute(&["txpool_contentFrom"], content_from),
    compute(&["txpool_inspect"], inspect),
    compute(&["eth_pendingTransactions"], pending),
];

type Waiting = BTreeMap<Address, BTreeMap<u64, Transaction>>;

fn status(node: &Node, _: Params) -> Answer {
    let content = node.reading().chain.mempool_content();
    let count = |waiting: &Waiting| waiting.values().map(BTreeMap::len).sum::<usize>() as u64;
    reply(&TxpoolStatus {
        pending: count(&content.ready),
        queued: count(&content.queued),
    })
}

fn by_nonce<T>(
    waiting: BTreeMap<u64, Transaction>,
    show: impl Fn(&Transaction) -> T,
) -> BTreeMap<String, T> {
    waiting
        .into_iter()
        .map(|(nonce, transaction)| (nonce.to_string(), show(&transaction)))
        .collect()
}

fn shown<T>(
    waiting: Waiting,
    show: impl Fn(&Transaction) -> T,
) -> BTreeMap<Address, BTreeMap<String, T>> {
    waiting
        .into_iter()
        .map(|(sender, waiting)| (sender, by_nonce(waiting, &show)))
        .collect()
}

fn content(node: &Node, _: Params) -> Answer {
    let content = node.reading().chain.mempool_content();
    node.reply(&TxpoolContent {
        pending: shown(content.ready, render::waiting),
        queued: shown(content.queued, render::waiting),
    })
}

fn content_from(node: &Node, mut params: Params) -> Answer {
    let sender: Address = params.prefixed("address")?;
    params.end()?;
    let mut content = node.reading().chain.mempool_content();
    let ready = content.ready.remove(&sender).unwrap_or_default();
    let queued = content.queued.remove(&sender).unwrap_or_default();
    node.reply(&TxpoolContentFrom {
        pending: by_nonce(ready, render::waiting),
        queued: by_nonce(queued, render::waiting),
    })
}

fn inspect(node: &Node, _: Params) -> Answer {
    let content = node.reading().chain.mempool_content();
    let summary = |transaction: &Transaction| TxpoolInspectSummary {
        to: transaction.to(),
        value: transaction.value(),
        gas: transaction.gas_limit(),
        gas_price: transaction.max_fee_per_gas(),
    };
    node.reply(&TxpoolInspect {
        pending: shown(content.ready, summary),
        queued: shown(content.queued, summary),
    })
}

fn pending(node: &Node, _: Params) -> Answer {
    let content = node.reading().chain.mempool_content();
    let ready = content.ready.values().flat_map(BTreeMap::values);
    node.reply(&ready.map(render::waiting).collect::<Vec<_>>())
}
