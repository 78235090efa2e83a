//! The words and rules of PoCo, pure: no chain, no clock, no IO.
//!
//! Amounts are nRLC in 256-bit integers, as the contracts compute them; times are Unix seconds.

mod account;
mod category;
pub mod check;
pub mod consensus;
mod contribution;
mod deal;
mod id;
pub mod matching;
pub mod model;
mod name;
mod order;
mod refusal;
mod revert;
pub mod reward;
mod rules;
mod tag;
mod task;

pub use account::{Account, DEV_ACCOUNTS, DEV_MNEMONIC, MalformedSignature, is_signed_by, recover};
pub use category::{Category, DEFAULT_CATEGORIES, default_category};
pub use contribution::{
    Authorization, Commitment, Contribution, ContributionStatus, result_hash, result_seal,
};
pub use deal::{Deal, Resource, percentage};
pub use id::{DealId, OrderHash, TaskId};
pub use name::Name;
pub use order::{
    AppOrder, DatasetOrder, Domain, Order, OrderKind, OrderOperation, Orders, RequestOrder,
    SignedOperation, WorkerpoolOrder,
};
pub use refusal::Refusal;
pub use revert::{PANIC_OVERFLOW, Revert};
pub use rules::{
    DEFAULT_SCHEDULER_REWARD_RATIO, DEFAULT_WORKER_STAKE_RATIO, GROUPMEMBER_PURPOSE, KITTY_ADDRESS,
    Rules,
};
pub use tag::Tag;
pub use task::{Deadlines, Task, TaskStatus, UnknownStatus, reveal_deadline};
