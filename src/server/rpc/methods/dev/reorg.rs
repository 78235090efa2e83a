//! Blocks taken back and replaced, as when the network changes its mind.

use alloy_rpc_types::anvil::{ReorgOptions, TransactionData};

use crate::{
    chain::{self, Chain, Transaction},
    server::rpc::{
        error::{Answer, RpcError, null},
        method::{Method, write},
        methods::send::sign_request,
        node::Writer,
        number::{number, optional_number},
        params::Params,
    },
};

pub(in crate::server::rpc::methods) const TABLE: &[Method] = &[
    write(&["anvil_rollback"], rollback),
    write(&["debug_setHead"], set_head),
    write(&["anvil_reorg"], reorg),
];

fn rollback(writer: &mut Writer, mut params: Params) -> Answer {
    let depth = optional_number(&mut params, "depth")?.unwrap_or(1);
    params.end()?;
    take_back(writer, depth)
}

/// Makes an older block the newest, as geth does.
fn set_head(writer: &mut Writer, mut params: Params) -> Answer {
    let head = number(&mut params, "block number")?;
    params.end()?;
    let height = writer.chain.height();
    let depth = height.checked_sub(head).ok_or_else(|| {
        let message = format!("block {head} cannot become the head: the newest is {height}");
        RpcError::invalid_params(message)
    })?;
    take_back(writer, depth)
}

fn take_back(writer: &mut Writer, depth: u64) -> Answer {
    let before = writer.chain.clone();
    writer.chain.rollback(depth)?;
    writer.note_replacement(&before);
    null()
}

/// Takes the options whole, or depth and transactions one after the other.
fn take(params: &mut Params) -> Result<ReorgOptions, RpcError> {
    let whole = params
        .peek()
        .is_some_and(|first| first.get().starts_with('{'));
    let options = if whole {
        params.next("options")?
    } else {
        ReorgOptions {
            depth: number(params, "depth")?,
            tx_block_pairs: params.optional("transactions")?.unwrap_or_default(),
        }
    };
    params.end()?;
    Ok(options)
}

/// Replaces the newest blocks by as many others, with the same times and the transactions given.
fn reorg(writer: &mut Writer, mut params: Params) -> Answer {
    let ReorgOptions {
        depth,
        tx_block_pairs,
    } = take(&mut params)?;
    if let Some((_, place)) = tx_block_pairs.iter().find(|(_, place)| *place >= depth) {
        return Err(RpcError::invalid_params(format!(
            "a transaction is meant for block {place} of the reorganisation, which has {depth} blocks counted from 0"
        )));
    }
    let before = writer.chain.clone();
    match replace(&mut writer.chain, depth, tx_block_pairs) {
        Ok(()) => {
            writer.note_replacement(&before);
            null()
        }
        Err(error) => {
            writer.chain = before;
            Err(error)
        }
    }
}

fn replace(
    chain: &mut Chain,
    depth: u64,
    pairs: Vec<(TransactionData, u64)>,
) -> Result<(), RpcError> {
    let undone = chain.rollback(depth)?;
    for (place, old) in (0..).zip(undone.iter().rev()) {
        let mut block = Vec::new();
        for (data, _) in pairs.iter().filter(|(_, wanted)| *wanted == place) {
            let ahead = |sender| {
                let of_sender = |made: &&Transaction| made.signer() == sender;
                block.iter().filter(of_sender).count() as u64
            };
            let transaction = match data {
                TransactionData::Raw(raw) => chain::recover(raw)?,
                TransactionData::JSON(request) => sign_request(chain, request.clone(), ahead)?,
            };
            block.push(transaction);
        }
        // Other blocks than before, even when they hold the same: the randomness differs.
        chain.set_next_randomness(alloy_primitives::keccak256(old.hash));
        let (_, dropped) = chain.mine_with(old.timestamp(), block);
        if let Some(dropped) = dropped.first() {
            return Err(RpcError::rejected(dropped.reason.to_string()));
        }
    }
    Ok(())
}
