//! Logs, and filters over what is new.

use alloy_eips::BlockNumberOrTag;
use alloy_primitives::{B128, hex};
use alloy_rpc_types::{Filter, FilterBlockOption, Log};

use crate::{
    chain::{Chain, LogEntry, LogQuery},
    server::rpc::{
        error::{Answer, RpcError, reply},
        filter::Topic,
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
    let filter: Filter = params.next("filter")?;
    params.end()?;
    let chain = &node.reading().chain;
    let found = find(chain, &filter)?;
    if let FilterBlockOption::Range {
        to_block: Some(to), ..
    } = filter.block_option
        && to.as_number().is_some_and(|to| to > chain.height())
    {
        return Err(RpcError::invalid_params(
            "block range extends beyond current head block",
        ));
    }
    reply(&found)
}

/// Returns the logs of the chain that `filter` wants.
fn find(chain: &Chain, filter: &Filter) -> Result<Vec<Log>, RpcError> {
    let (from, to) = match &filter.block_option {
        FilterBlockOption::AtBlockHash(hash) => {
            let block = chain.block_by_hash(hash);
            let block = block.ok_or_else(|| RpcError::server("unknown block"))?;
            return Ok(render::matching_logs(block, filter, false));
        }
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
    let found = chain.logs(&LogQuery::new(filter, from, to));
    Ok(found.iter().map(LogEntry::to_rpc).collect())
}

fn new(node: &Node, topic: Topic) -> Answer {
    let id = node
        .filters()
        .lock()
        .add(topic, node.notices(), node.clock());
    reply(&id)
}

fn new_filter(node: &Node, mut params: Params) -> Answer {
    let filter: Filter = params.next("filter")?;
    params.end()?;
    // Listening begins before looking back: better told twice than never. Nothing is told twice
    // either, for what is found then is not news.
    let news = node.notices();
    let chain = node.reading();
    let from_the_past = matches!(
        filter.block_option,
        FilterBlockOption::Range { from_block: Some(from), .. }
            if from.is_number() || from.is_earliest()
    );
    let earlier = if from_the_past {
        find(&chain.chain, &filter)?
    } else {
        Vec::new()
    };
    let topic = Topic::Logs {
        filter: Box::new(filter),
        earlier,
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
    node.filters().lock().changes(&id, node.clock())
}

fn filter_logs(node: &Node, mut params: Params) -> Answer {
    let id = id(&mut params)?;
    let filter = node.filters().lock().logs_wanted(&id, node.clock())?;
    reply(&find(&node.reading().chain, &filter)?)
}

fn uninstall(node: &Node, mut params: Params) -> Answer {
    let id = id(&mut params)?;
    reply(&node.filters().lock().remove(&id))
}
