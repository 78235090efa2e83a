//! Calls of the hub: who does what, and when.

use std::sync::Arc;

use alloy_primitives::{Address, B256, Bytes, U256};

use crate::protocol::{Commitment, DealId, Orders, TaskId, check::Permission};

/// Who calls, and when.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    /// The sender.
    pub sender: Address,
    /// The time of the block, in Unix seconds.
    pub now: u64,
}

/// What can be called.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// `deposit`; the sender is taken to have the tokens and to have allowed the hub to take them.
    Deposit {
        /// How much, in nRLC.
        amount: U256,
    },
    /// `withdraw`.
    Withdraw {
        /// How much, in nRLC.
        amount: U256,
    },
    /// `matchOrders` or `sponsorMatchOrders`.
    MatchOrders {
        /// The four orders.
        orders: Arc<Orders>,
        /// Whether the sender pays instead of the requester.
        sponsored: bool,
    },
    /// `initialize`.
    Initialize {
        /// The deal.
        deal: DealId,
        /// The task's index.
        index: U256,
    },
    /// `contribute`.
    Contribute {
        /// The task.
        task: TaskId,
        /// Hash and seal of the result.
        commitment: Commitment,
        /// Who let the sender contribute.
        permission: Permission,
    },
    /// `reveal`.
    Reveal {
        /// The task.
        task: TaskId,
        /// The digest of the result.
        digest: B256,
    },
    /// `reopen`.
    Reopen {
        /// The task.
        task: TaskId,
    },
    /// `finalize`.
    Finalize {
        /// The task.
        task: TaskId,
        /// Where the result lies.
        results: Bytes,
        /// What the callback is given.
        results_callback: Bytes,
    },
    /// `contributeAndFinalize`.
    ContributeAndFinalize {
        /// The task.
        task: TaskId,
        /// The digest of the result.
        digest: B256,
        /// Where the result lies.
        results: Bytes,
        /// What the callback is given.
        results_callback: Bytes,
        /// Who let the sender contribute.
        permission: Permission,
    },
    /// `claim`.
    Claim {
        /// The task.
        task: TaskId,
    },
}
