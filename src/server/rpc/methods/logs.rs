//! Logs, and filters over what is new.

use alloy_eips::BlockNumberOrTag;
use alloy_primitives::{B128, hex};
use alloy_rpc_types::{Filter, FilterBlockOption};

use crate::{
    chain::Chain,
    server::rpc::{
        error::{Answer, RpcError, reply},
        filter::{self, Topic},
        method::{Method, compute, read},
        node::Node,
        params::Params,
        render,
    },
};

pub(super) const TABLE: &[Method] = &[
    compute(&["eth_getLogs"], logs),
    compute(&["eth_newFilter"], new_filter),
    read(&["eth_newBlockFilter"], |node, _| new(node, Topic::Blocks)),
    read(&["eth_newPendingTransactionFilter"], |node, _| {
        new(node, Topic::PendingTransactions)
    }),
    compute(&["eth_getFilterChanges"], changes),
    compute(&["eth_getFilterLogs"], filter_logs),
    read(&["eth_uninstallFilter"], uninstall),
];

fn logs(node: &Node, mut params: Params) -> Answer {
    let wanted: Filter = params.next("filter")?;
    params.end()?;
    let chain = &node.reading().chain;
    if let FilterBlockOption::Range {
        to_block: Some(to), ..
    } = wanted.block_option
    {
        range(chain, &wanted)?;
        if to.as_number().is_some_and(|to| to > chain.height()) {
            return Err(RpcError::invalid_params(
                "block range extends beyond current head block",
            ));
        }
    }
    find(node, chain, &wanted)
}

/// Answers the logs of the chain that a filter wants.
fn find(node: &Node, chain: &Chain, wanted: &Filter) -> Answer {
    let mut list = node.list();
    match (&wanted.block_option, range(chain, wanted)?) {
        (FilterBlockOption::AtBlockHash(hash), _) => {
            let block = chain.block_by_hash(hash);
            let block = block.ok_or_else(|| RpcError::server("unknown block"))?;
            for log in render::matching_logs(block, wanted, false) {
                list.push(&log)?;
            }
        }
        (FilterBlockOption::Range { .. }, (from, to)) => {
            filter::find(chain, wanted, from, to, &mut list)?;
        }
    }
    list.end()
}

/// Returns the first and the last block of a filter's range, all of which are kept; that of a
/// filter without a range is the newest block.
fn range(chain: &Chain, wanted: &Filter) -> Result<(u64, u64), RpcError> {
    let (from, to) = match &wanted.block_option {
        FilterBlockOption::AtBlockHash(_) => Default::default(),
        FilterBlockOption::Range {
            from_block,
            to_block,
        } => (from_block.unwrap_or_default(), to_block.unwrap_or_default()),
    };
    // What is waited for is in no block yet: it has no logs.
    let number = |tag: BlockNumberOrTag| match tag.as_number() {
        Some(number) => Ok(number),
        None => chain
            .resolve(tag.into())
            .map(|known| known.unwrap_or(chain.height() + 1)),
    };
    let (from, to) = (number(from)?, number(to)?);
    if from > to {
        return Err(RpcError::invalid_params("invalid block range params"));
    }
    if from < chain.oldest() {
        chain.block_kept(from)?;
    }
    Ok((from, to))
}

fn new(node: &Node, topic: Topic) -> Answer {
    let id = node
        .filters()
        .lock()
        .add(topic, node.notices(), node.clock());
    reply(&id)
}

fn new_filter(node: &Node, mut params: Params) -> Answer {
    let wanted: Filter = params.next("filter")?;
    params.end()?;
    // Listening begins before looking back: what happens in between is looked back at.
    let news = node.notices();
    let past = match wanted.block_option {
        FilterBlockOption::Range {
            from_block: Some(from),
            to_block,
        } if from.is_number() || from.is_earliest() => {
            let (from, _) = range(&node.reading().chain, &wanted)?;
            // A tag means the newest block there is when the past is told.
            Some((
                from,
                to_block.and_then(|to| to.as_number()).unwrap_or(u64::MAX),
            ))
        }
        FilterBlockOption::Range { .. } | FilterBlockOption::AtBlockHash(_) => None,
    };
    let topic = Topic::Logs {
        filter: Box::new(wanted),
        past,
        told: None,
    };
    reply(&node.filters().lock().add(topic, news, node.clock()))
}

/// Takes a filter id; one that cannot be ours is nobody's.
fn id(params: &mut Params) -> Result<B128, RpcError> {
    let text: String = params.next("filter id")?;
    params.end()?;
    let mut id = B128::ZERO;
    // An id of another length decodes to nothing, and zero is nobody's.
    if hex::decode_to_slice(text, id.as_mut_slice()).is_err() {
        id = B128::ZERO;
    }
    Ok(id)
}

fn changes(node: &Node, mut params: Params) -> Answer {
    let id = id(&mut params)?;
    let chain = || node.reading().chain.clone();
    node.filters()
        .lock()
        .changes(&id, node.clock(), node.list(), chain)
}

fn filter_logs(node: &Node, mut params: Params) -> Answer {
    let id = id(&mut params)?;
    let wanted = node.filters().lock().logs_wanted(&id, node.clock())?;
    find(node, &node.reading().chain, &wanted)
}

fn uninstall(node: &Node, mut params: Params) -> Answer {
    let id = id(&mut params)?;
    reply(&node.filters().lock().remove(&id))
}
