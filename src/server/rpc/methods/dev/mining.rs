//! Blocks at will, and snapshots of the chain.

use std::{sync::Arc, time::Duration};

use alloy_primitives::U64;

use crate::{
    chain::Block,
    server::rpc::{
        error::{Answer, RpcError, null, reply},
        method::{Method, read, write},
        node::{Node, Writer},
        number::{number, optional_number, wanted},
        params::Params,
        render,
    },
};

pub(in crate::server::rpc::methods) const TABLE: &[Method] = &[
    write(&["evm_mine"], mine_one),
    write(&["evm_mine_detailed", "anvil_mine_detailed"], mine_detailed),
    write(&["anvil_mine"], mine_apart),
    write(&["hardhat_mine"], mine_from_now),
    write(&["evm_setAutomine", "anvil_setAutomine"], set_automine),
    read(&["anvil_getAutomine", "hardhat_getAutomine"], automine),
    write(
        &["evm_setIntervalMining", "anvil_setIntervalMining"],
        set_interval,
    ),
    read(&["anvil_getIntervalMining"], interval),
    write(&["evm_snapshot", "anvil_snapshot"], snapshot),
    write(&["evm_revert", "anvil_revert"], revert),
];

/// Most blocks one call mines.
const BLOCKS_MAX: u64 = 1_000_000;

fn mine(writer: &mut Writer, params: Params) -> Result<Vec<Arc<Block>>, RpcError> {
    let wanted = wanted(params)?;
    check_count(wanted.count)?;
    if let Some(at) = wanted.at {
        let parent = writer.chain.head().timestamp();
        writer.time.set_next_block(at, parent)?;
    }
    Ok((0..wanted.count).map(|_| writer.mine()).collect())
}

fn check_count(count: u64) -> Result<(), RpcError> {
    if count <= BLOCKS_MAX {
        return Ok(());
    }
    let message = format!("{count} blocks are too many at once: at most {BLOCKS_MAX}");
    Err(RpcError::invalid_params(message))
}

fn mine_one(writer: &mut Writer, params: Params) -> Answer {
    mine(writer, params)?;
    reply("0x0")
}

fn mine_detailed(writer: &mut Writer, params: Params) -> Answer {
    let blocks = mine(writer, params)?;
    let shown = blocks.iter().map(|block| render::block(block, true));
    reply(&shown.collect::<Vec<_>>())
}

/// Mines blocks, each so many seconds after the one before; as anvil does, all at the present if
/// nobody says how many.
fn mine_apart(writer: &mut Writer, params: Params) -> Answer {
    mine_many(writer, params, 0, None)
}

/// Mines blocks, the first at the present and each other so many seconds after the one before; as
/// Hardhat does, one second unless told.
fn mine_from_now(writer: &mut Writer, params: Params) -> Answer {
    mine_many(writer, params, 1, Some(1))
}

/// Mines blocks; from the `placed`th on they are so many seconds apart as asked, or `usually`, but
/// for one whose time was set.
fn mine_many(writer: &mut Writer, mut params: Params, placed: u64, usually: Option<u64>) -> Answer {
    let count = optional_number(&mut params, "block count")?.unwrap_or(1);
    let apart = optional_number(&mut params, "seconds between blocks")?;
    params.end()?;
    let apart = apart.or(usually.filter(|_| writer.time.interval().is_none()));
    check_count(count)?;
    for mined in 0..count {
        if mined >= placed
            && !writer.time.is_told()
            && let Some(apart) = apart
        {
            let parent = writer.chain.head().timestamp();
            let at = parent.saturating_add(apart);
            writer.time.set_next_block(at, parent)?;
        }
        writer.mine();
    }
    null()
}

fn set_automine(writer: &mut Writer, mut params: Params) -> Answer {
    let automine: bool = params.next("automine")?;
    params.end()?;
    writer.mining.automine = automine;
    if automine {
        writer.mining.interval = None;
        writer.look_again();
    }
    null()
}

fn automine(node: &Node, _: Params) -> Answer {
    reply(&node.reading().mining.automine)
}

/// Mines by the clock instead of at once; zero mines neither way.
fn set_interval(writer: &mut Writer, mut params: Params) -> Answer {
    let seconds = number(&mut params, "seconds")?;
    params.end()?;
    writer.mining.automine = false;
    writer.mining.interval = (seconds > 0).then(|| Duration::from_secs(seconds));
    null()
}

fn interval(node: &Node, _: Params) -> Answer {
    let interval = node.reading().mining.interval;
    reply(&interval.map(|interval| interval.as_secs()))
}

fn snapshot(writer: &mut Writer, params: Params) -> Answer {
    params.end()?;
    reply(&U64::from(writer.snapshot()))
}

fn revert(writer: &mut Writer, mut params: Params) -> Answer {
    let id = number(&mut params, "snapshot id")?;
    params.end()?;
    reply(&writer.revert(id))
}
