//! Who did what: an account's transactions page by page, and the maker of a contract.

use std::sync::Arc;

use alloy_primitives::{Address, B256, U64};
use alloy_rpc_types::{Transaction, trace::otterscan::ContractCreator};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    chain::{Block, Chain, Receipt},
    server::rpc::{
        error::{Answer, RpcError, null, reply},
        method::{Method, compute},
        methods::transactions::find_mined,
        node::Node,
        number::{number, size},
        params::Params,
        render,
    },
};

pub(in crate::server::rpc::methods) const TABLE: &[Method] = &[
    compute(&["ots_searchTransactionsBefore"], before),
    compute(&["ots_searchTransactionsAfter"], after),
    compute(&["ots_getTransactionBySenderAndNonce"], by_nonce),
    compute(&["ots_getContractCreator"], creator),
];

/// One page of an account's transactions, the newest first.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    txs: Vec<Transaction>,
    receipts: Vec<Value>,
    first_page: bool,
    last_page: bool,
}

struct Wanted {
    address: Address,
    block: u64,
    size: usize,
}

fn take(params: &mut Params) -> Result<Wanted, RpcError> {
    let wanted = Wanted {
        address: params.next("address")?,
        block: number(params, "block number")?,
        size: size(params, "page size")?,
    };
    params.end()?;
    Ok(wanted)
}

/// Whole blocks are put on a page until it is full; none is split between pages.
fn before(node: &Node, mut params: Params) -> Answer {
    let wanted = take(&mut params)?;
    let chain = &node.reading().chain;
    let newest = match wanted.block {
        0 => chain.height(),
        block => chain.height().min(block - 1),
    };
    let mut page = Page {
        first_page: wanted.block == 0,
        ..Page::default()
    };
    let mut number = newest + 1;
    while number > 0 && page.txs.len() < wanted.size {
        number -= 1;
        page.add(chain, number, wanted.address)?;
    }
    page.last_page = number == 0;
    node.reply(&page)
}

fn after(node: &Node, mut params: Params) -> Answer {
    let wanted = take(&mut params)?;
    let chain = &node.reading().chain;
    let mut page = Page {
        last_page: wanted.block == 0,
        ..Page::default()
    };
    let mut number = if wanted.block == 0 {
        0
    } else {
        wanted.block + 1
    };
    let mut blocks = Vec::new();
    let mut found = 0;
    while number <= chain.height() && found < wanted.size {
        found += places(chain, number, wanted.address).len();
        blocks.push(number);
        number += 1;
    }
    for number in blocks.into_iter().rev() {
        page.add(chain, number, wanted.address)?;
    }
    page.first_page = number > chain.height();
    node.reply(&page)
}

impl Page {
    fn add(&mut self, chain: &Chain, number: u64, address: Address) -> Result<(), RpcError> {
        for (block, index) in places(chain, number, address).into_iter().rev() {
            let time = block.timestamp();
            self.txs.extend(render::transaction(&block, index));
            let Some(receipt) = Receipt::new(block, index) else {
                continue;
            };
            let mut receipt =
                serde_json::to_value(render::receipt(&receipt, &chain.rules().schedule))
                    .map_err(|error| RpcError::internal(error.to_string()))?;
            receipt["timestamp"] = json!(time);
            self.receipts.push(receipt);
        }
        Ok(())
    }
}

/// Returns the transactions of a block that an account sent, received, or is named in by a log.
fn places(chain: &Chain, number: u64, address: Address) -> Vec<(Arc<Block>, usize)> {
    let Some(block) = chain.block(number) else {
        return Vec::new();
    };
    let all = 0..block.transactions.len();
    all.filter(|index| concerns(block, *index, address))
        .map(|index| (Arc::clone(block), index))
        .collect()
}

fn concerns(block: &Block, index: usize, address: Address) -> bool {
    let transaction = &block.transactions[index];
    let named = address.into_word();
    transaction.signer() == address
        || alloy_consensus::Transaction::to(transaction.inner()) == Some(address)
        || block.outcomes[index].created == Some(address)
        || block.receipts[index]
            .logs()
            .iter()
            .any(|log| log.address == address || log.topics().contains(&named))
}

fn by_nonce(node: &Node, mut params: Params) -> Answer {
    let sender: Address = params.prefixed("sender")?;
    let nonce: U64 = params.next("nonce")?;
    params.end()?;
    let found = find_mined(&node.reading().chain, sender, nonce.to());
    let hash = found.and_then(|(block, index)| block.transactions.get(index).map(render::hash));
    reply::<Option<B256>>(&hash)
}

/// Looks for the transaction that made a contract, itself or by a contract it called.
fn creator(node: &Node, mut params: Params) -> Answer {
    let address: Address = params.prefixed("address")?;
    params.end()?;
    let chain = &node.reading().chain;
    if chain.state().code(address).is_empty() {
        return null();
    }
    for block in (0..=chain.height()).filter_map(|number| chain.block(number)) {
        let direct = block
            .outcomes
            .iter()
            .position(|made| made.created == Some(address));
        if let Some(transaction) = direct.and_then(|index| block.transactions.get(index)) {
            return reply(&ContractCreator {
                hash: render::hash(transaction),
                creator: transaction.signer(),
            });
        }
    }
    // A factory made it: the block is the first after which there is code.
    let Some(block) = first_with_code(chain, address) else {
        return null();
    };
    for trace in chain.parity_traces(&block)? {
        let made = trace
            .trace
            .result
            .as_ref()
            .and_then(|result| result.as_create());
        if made.is_some_and(|made| made.address == address)
            && let (Some(hash), Some(by)) = (trace.transaction_hash, trace.trace.action.as_create())
        {
            let creator = by.from;
            return reply(&ContractCreator { hash, creator });
        }
    }
    null()
}

/// Returns the first block kept after which the account has code, if an earlier one shows none.
fn first_with_code(chain: &Chain, address: Address) -> Option<Arc<Block>> {
    let has_code = |number| match chain.state_after(number) {
        Ok(state) => !state.code(address).is_empty(),
        // Of what is forgotten nothing can be told; later blocks may.
        Err(_) => false,
    };
    let (mut without, mut with) = (0, chain.height());
    if has_code(without) {
        return None;
    }
    while without + 1 < with {
        let middle = without + (with - without) / 2;
        if has_code(middle) {
            with = middle;
        } else {
            without = middle;
        }
    }
    chain.block(with).cloned()
}
