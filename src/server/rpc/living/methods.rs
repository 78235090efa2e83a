//! What a world does otherwise than a chain of the node's own: mining, time, snapshots. Rule: a
//! method works as clients know it from other nodes, or is refused with the reason.

use super::{Living, control, time};
use crate::server::rpc::{
    error::{Answer, RpcError, reply},
    node::Node,
    number::number,
    params::Params,
};

/// Methods that would take the mining out of the world's hands, or the world away.
const REFUSED: [(&str, &str); 14] = [
    ("evm_setAutomine", MINING),
    ("anvil_setAutomine", MINING),
    ("evm_setIntervalMining", MINING),
    ("anvil_setIntervalMining", MINING),
    ("anvil_setBlockTimestampInterval", MINING),
    ("anvil_removeBlockTimestampInterval", MINING),
    ("anvil_reset", WHOLE),
    ("hardhat_reset", WHOLE),
    ("anvil_loadState", WHOLE),
    ("hardhat_loadState", WHOLE),
    ("anvil_setChainId", WHOLE),
    ("anvil_rollback", BLOCKS),
    ("debug_setHead", BLOCKS),
    ("anvil_reorg", BLOCKS),
];

const MINING: &str = "the scenario's block time says when blocks are mined; evm_mine mines one now";
const WHOLE: &str = "its actors live on this very chain; evm_snapshot and evm_revert take the \
                     whole network back";
const BLOCKS: &str = "blocks are taken back by `reorg` in the scenario's timeline; evm_snapshot \
                      and evm_revert take the whole network back";

/// Answers a method a world has its own way with; none for all others.
pub(in crate::server::rpc) async fn answer(
    node: &Node,
    living: &Living,
    method: &str,
    params: Params,
) -> Option<Answer> {
    if let Some((_, reason)) = REFUSED.iter().find(|(refused, _)| *refused == method) {
        let message = format!("{method} is not for a network: {reason}");
        return Some(Err(RpcError::new(RpcError::SERVER, message)));
    }
    Some(match method {
        "evm_mine" => time::mine(node, living, params).await,
        "evm_mine_detailed" | "anvil_mine_detailed" => {
            time::mine_detailed(node, living, params).await
        }
        "anvil_mine" | "hardhat_mine" => time::mine_many(node, living, params).await,
        "evm_increaseTime" | "anvil_increaseTime" => time::increase(node, living, params).await,
        "evm_setTime" | "anvil_setTime" => time::set(node, living, params).await,
        "evm_setNextBlockTimestamp" | "anvil_setNextBlockTimestamp" => {
            time::set_next(node, living, params).await
        }
        "evm_snapshot" | "anvil_snapshot" => living.remember(params).await,
        "evm_revert" | "anvil_revert" => living.restore(node, params).await,
        _ => return control::answer(node, living, method, params).await,
    })
}

impl Living {
    /// Remembers the whole world: chain, actors, order book, results and log.
    async fn remember(&self, params: Params) -> Answer {
        params.end()?;
        let (tell, told) = tokio::sync::oneshot::channel();
        self.owner
            .post(crate::world::Request::Remember(tell))
            .await?;
        let memory = told.await.map_err(|_| crate::world::Ended)?;
        let mut memories = self.memories.lock();
        memories.newest += 1;
        let id = memories.newest;
        memories.held.insert(id, memory);
        reply(&alloy_primitives::U64::from(id))
    }

    /// Makes the world what it was, and forgets what was remembered since.
    async fn restore(&self, node: &Node, mut params: Params) -> Answer {
        let id = number(&mut params, "snapshot id")?;
        params.end()?;
        let memory = {
            let mut memories = self.memories.lock();
            let mut given_up = memories.held.split_off(&id);
            match given_up.remove(&id) {
                Some(memory) => memory,
                None => {
                    memories.held.append(&mut given_up);
                    return reply(&false);
                }
            }
        };
        let restore = |then| crate::world::Request::Restore(memory, then);
        self.change_by(node, restore, |_| ()).await?;
        reply(&true)
    }
}
