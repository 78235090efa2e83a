//! What the hub tells the world: its events, in the words of its ABI.

use alloy_primitives::{Address, B256, Bytes, U256};

use crate::protocol::{DealId, TaskId, matching::OrderHashes};

/// An event of the hub; amounts in nRLC.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Funds moved; from nobody when deposited, to nobody when withdrawn.
    Transfer {
        /// From whom.
        from: Option<Address>,
        /// To whom.
        to: Option<Address>,
        /// How much.
        amount: U256,
    },
    /// Funds were locked.
    Lock {
        /// Whose.
        account: Address,
        /// How much.
        amount: U256,
    },
    /// Funds were unlocked.
    Unlock {
        /// Whose.
        account: Address,
        /// How much.
        amount: U256,
    },
    /// Somebody was paid.
    Reward {
        /// Who.
        account: Address,
        /// How much.
        amount: U256,
        /// For which task.
        task: TaskId,
    },
    /// Somebody lost locked funds.
    Seize {
        /// Who.
        account: Address,
        /// How much.
        amount: U256,
        /// For which task.
        task: TaskId,
    },
    /// A workerpool has a new deal.
    SchedulerNotice {
        /// The workerpool.
        workerpool: Address,
        /// The deal.
        deal: DealId,
    },
    /// Four orders met.
    OrdersMatched {
        /// The deal.
        deal: DealId,
        /// The orders.
        orders: OrderHashes,
        /// How many tasks.
        volume: U256,
    },
    /// Somebody else than the requester pays.
    DealSponsored {
        /// The deal.
        deal: DealId,
        /// Who pays.
        sponsor: Address,
    },
    /// A task began.
    TaskInitialize {
        /// The task.
        task: TaskId,
        /// The workerpool.
        workerpool: Address,
    },
    /// A worker voted.
    TaskContribute {
        /// The task.
        task: TaskId,
        /// The worker.
        worker: Address,
        /// What it voted for.
        hash: B256,
    },
    /// A result won.
    TaskConsensus {
        /// The task.
        task: TaskId,
        /// The result hash that won.
        consensus: B256,
    },
    /// A winner showed its result.
    TaskReveal {
        /// The task.
        task: TaskId,
        /// The worker.
        worker: Address,
        /// The digest.
        digest: B256,
    },
    /// Nobody revealed; the vote is open again.
    TaskReopen {
        /// The task.
        task: TaskId,
    },
    /// The task is done.
    TaskFinalize {
        /// The task.
        task: TaskId,
        /// Where the result lies.
        results: Bytes,
    },
    /// The task was claimed back.
    TaskClaimed {
        /// The task.
        task: TaskId,
    },
    /// A worker was right: its score rises.
    AccurateContribution {
        /// The worker.
        worker: Address,
        /// The task.
        task: TaskId,
    },
    /// A worker was wrong, or did not reveal: its score falls.
    FaultyContribution {
        /// The worker.
        worker: Address,
        /// The task.
        task: TaskId,
    },
}
