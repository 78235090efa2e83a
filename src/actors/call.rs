//! What actors call on chain, in the hub's own words.

use std::sync::Arc;

use alloy_primitives::{Address, B256, Bytes};

use crate::{
    amount::Nrlc,
    contracts::call::Completion,
    log::named,
    protocol::{Commitment, DealId, TaskId},
    services::Fill,
};

/// A transaction's content.
#[derive(Clone, Debug)]
pub enum Call {
    /// Four orders the book brought together meet.
    MatchOrders(Arc<Fill>),
    /// A task begins.
    Initialize {
        /// Its deal.
        deal: DealId,
        /// Its index.
        index: u64,
    },
    /// A worker commits to a result.
    Contribute {
        /// To which task.
        task: TaskId,
        /// Hash and seal.
        commitment: Commitment,
        /// The enclave; zero for none.
        enclave: Address,
        /// The scheduler's leave.
        authorization: Bytes,
    },
    /// A worker votes, proves and completes at once, where a single enclave is trusted.
    ContributeAndFinalize(Arc<Completion>),
    /// A winner shows its result.
    Reveal {
        /// Of which task.
        task: TaskId,
        /// The result digest.
        digest: B256,
    },
    /// The vote is opened again.
    Reopen {
        /// Of which task.
        task: TaskId,
    },
    /// The task is closed and paid.
    Finalize {
        /// Which.
        task: TaskId,
        /// Where the result lies.
        results: Bytes,
        /// What the callback contract is given.
        callback: Bytes,
    },
    /// The task is given up and refunded.
    Claim {
        /// Which.
        task: TaskId,
    },
    /// A task nobody began is given up and refunded.
    InitializeAndClaim {
        /// Its deal.
        deal: DealId,
        /// Its index.
        index: u64,
    },
    /// Money leaves the hub.
    Withdraw(Nrlc),
    /// Anything else.
    Other {
        /// Whom.
        to: Address,
        /// With which data.
        data: Bytes,
        /// With how many wei.
        value: u128,
    },
}

impl Call {
    /// Returns what the market found, if this brings it to the chain.
    pub fn fill(&self) -> Option<&Arc<Fill>> {
        match self {
            Self::MatchOrders(fill) => Some(fill),
            Self::Initialize { .. }
            | Self::Contribute { .. }
            | Self::ContributeAndFinalize(_)
            | Self::Reveal { .. }
            | Self::Reopen { .. }
            | Self::Finalize { .. }
            | Self::Claim { .. }
            | Self::InitializeAndClaim { .. }
            | Self::Withdraw(_)
            | Self::Other { .. } => None,
        }
    }
}

named! {
    Call {
        MatchOrders => "matchOrders",
        Initialize => "initialize",
        Contribute => "contribute",
        ContributeAndFinalize => "contributeAndFinalize",
        Reveal => "reveal",
        Reopen => "reopen",
        Finalize => "finalize",
        Claim => "claim",
        InitializeAndClaim => "initializeAndClaimArray",
        Withdraw => "withdraw",
        Other => "call",
    }
}
