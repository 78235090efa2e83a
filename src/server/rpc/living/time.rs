//! A world's time in the hands of clients. Rule: time that passes is lived through; whatever is due
//! meanwhile happens.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use super::Living;
use crate::{
    chain::Block,
    server::rpc::{
        error::{Answer, RpcError, null, reply},
        node::Node,
        number::{number, optional_number, wanted},
        params::Params,
        render,
    },
    world::{Request, World},
};

/// Most blocks one call mines.
const BLOCKS_MAX: u64 = 10_000;

/// Most seconds that are waited for one by one.
const CATCH_UP_MAX: u64 = 60;

/// Longest time one call lets pass: a hundred years.
const SECONDS_MAX: u64 = 100 * 365 * 24 * 3600;

impl Living {
    /// Lets so many seconds pass.
    pub(super) async fn pass(&self, node: &Node, seconds: u64) -> Result<(), RpcError> {
        if seconds > SECONDS_MAX {
            let message = format!("{seconds} seconds are too many: at most {SECONDS_MAX}");
            return Err(RpcError::invalid_params(message));
        }
        if seconds == 0 {
            return Ok(());
        }
        self.moved.fetch_add(seconds, Ordering::Relaxed);
        let warp = |then| Request::Warp(Duration::from_secs(seconds), then);
        self.change_by(node, warp, |_| ()).await
    }

    /// Lets time pass until the chain's clock shows `unix`.
    async fn pass_until(&self, node: &Node, unix: u64) -> Result<u64, RpcError> {
        let now = self.change(node, |world| world.unix()).await?;
        let Some(ahead) = unix.checked_sub(now) else {
            let message = format!("Timestamp error: {unix} is lower than the present, {now}");
            return Err(RpcError::invalid_params(message));
        };
        self.pass(node, ahead).await?;
        Ok(ahead)
    }

    /// Mines so many blocks, so many seconds apart, and returns them.
    ///
    /// A block never has the time of the one before it, so time may have to pass first; a block
    /// that the network itself mines in that time is one of those that are wanted.
    async fn mine(
        &self,
        node: &Node,
        count: u64,
        apart: Option<u64>,
    ) -> Result<Vec<Arc<Block>>, RpcError> {
        if count > BLOCKS_MAX {
            let message = format!("{count} blocks are too many at once: at most {BLOCKS_MAX}");
            return Err(RpcError::invalid_params(message));
        }
        let mut blocks = Vec::new();
        while (blocks.len() as u64) < count {
            if let (Some(apart), false) = (apart, blocks.is_empty()) {
                self.pass(node, apart).await?;
            } else {
                let came = self.catch_up(node).await?;
                blocks.extend(came);
                if blocks.len() as u64 >= count {
                    break;
                }
            }
            let mine = |world: &mut World| {
                if world.ended().is_some() {
                    return Err(crate::world::Ended);
                }
                world.mine_now();
                Ok(Arc::clone(world.chain().head()))
            };
            blocks.push(self.change(node, mine).await??);
        }
        Ok(blocks)
    }

    /// Lets time pass, second by second, until a block can be mined or the network has mined one;
    /// returns what it has mined.
    async fn catch_up(&self, node: &Node) -> Result<Vec<Arc<Block>>, RpcError> {
        let (height, behind) = self
            .change(node, |world| {
                let next = world.chain().head().timestamp() + 1;
                (world.chain().height(), next.saturating_sub(world.unix()))
            })
            .await?;
        for left in (1..=behind).rev() {
            // Who set the clock back by years waits for them at once.
            let far = left > CATCH_UP_MAX;
            self.pass(node, if far { left } else { 1 }).await?;
            let came = move |world: &mut World| {
                let chain = world.chain();
                let came = (height + 1..=chain.height()).filter_map(|number| chain.block(number));
                came.cloned().collect::<Vec<_>>()
            };
            let came = self.change(node, came).await?;
            if far || !came.is_empty() {
                return Ok(came);
            }
        }
        Ok(Vec::new())
    }
}

async fn mined(node: &Node, living: &Living, params: Params) -> Result<Vec<Arc<Block>>, RpcError> {
    let wanted = wanted(params)?;
    if let Some(at) = wanted.at {
        living.pass_until(node, at).await?;
    }
    living.mine(node, wanted.count, None).await
}

pub(super) async fn mine(node: &Node, living: &Living, params: Params) -> Answer {
    mined(node, living, params).await?;
    reply("0x0")
}

pub(super) async fn mine_detailed(node: &Node, living: &Living, params: Params) -> Answer {
    let blocks = mined(node, living, params).await?;
    let shown = blocks.iter().map(|block| render::block(block, true));
    reply(&shown.collect::<Vec<_>>())
}

pub(super) async fn mine_many(node: &Node, living: &Living, mut params: Params) -> Answer {
    let count = optional_number(&mut params, "block count")?.unwrap_or(1);
    let apart = optional_number(&mut params, "seconds between blocks")?;
    params.end()?;
    living.mine(node, count, apart).await?;
    null()
}

/// Lets time pass; answers how many seconds clients have moved it in all.
pub(super) async fn increase(node: &Node, living: &Living, mut params: Params) -> Answer {
    let seconds = number(&mut params, "seconds")?;
    params.end()?;
    living.pass(node, seconds).await?;
    reply(&living.moved.load(Ordering::Relaxed))
}

/// Lets time pass until then; answers how many seconds that was.
pub(super) async fn set(node: &Node, living: &Living, mut params: Params) -> Answer {
    let at = number(&mut params, "timestamp")?;
    params.end()?;
    reply(&living.pass_until(node, at).await?)
}

/// Lets time pass until then: what is mined next has that time, unless the clock goes on by itself.
pub(super) async fn set_next(node: &Node, living: &Living, mut params: Params) -> Answer {
    let at = number(&mut params, "timestamp")?;
    params.end()?;
    living.pass_until(node, at).await?;
    null()
}
