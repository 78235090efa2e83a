//! Why the hub refuses a call: one variant per check, in words, with what the contract answers.
//!
//! The contracts mostly answer nothing at all; these words are for people.

use alloy_primitives::{Address, B256, U256};

use super::{
    ContributionStatus, MalformedSignature, PANIC_OVERFLOW, Revert, TaskStatus,
    matching::MatchError,
};

/// Why the hub refuses a call.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// The orders cannot be matched.
    #[error(transparent)]
    Match(#[from] MatchError),
    /// Somebody cannot lock, or the hub not pay, as much.
    #[error("balance too low: {account} has {balance} nRLC free, {amount} nRLC are needed")]
    BalanceTooLow {
        /// Whose balance.
        account: Address,
        /// What is free.
        balance: U256,
        /// What is needed.
        amount: U256,
    },
    /// Somebody withdraws more than it has.
    #[error("withdrawal too large: {account} has {balance} nRLC free and asks for {amount} nRLC")]
    WithdrawalTooLarge {
        /// Whose balance.
        account: Address,
        /// What is free.
        balance: U256,
        /// What is asked for.
        amount: U256,
    },
    /// A number outgrew 256 bits, or fell below zero.
    #[error("arithmetic overflow in {what}")]
    Overflow {
        /// Which number.
        what: &'static str,
    },
    /// The deal has no such task.
    #[error("index outside the deal: {index}, it has {size} tasks from {first} on")]
    IndexOutsideDeal {
        /// The index.
        index: U256,
        /// The deal's first index.
        first: U256,
        /// How many tasks it has.
        size: U256,
    },
    /// The task is in another state.
    #[error("task status: it is {found}, it must be {needed}")]
    TaskStatus {
        /// The state it is in.
        found: TaskStatus,
        /// The state or states it must be in.
        needed: &'static str,
    },
    /// The contribution deadline passed.
    #[error("contribution deadline: it was at {deadline}, now is {now}")]
    ContributionDeadline {
        /// The first second too late.
        deadline: u64,
        /// The time of the block.
        now: u64,
    },
    /// The reveal deadline passed.
    #[error("reveal deadline: it was at {deadline}, now is {now}")]
    RevealDeadline {
        /// The first second too late.
        deadline: u64,
        /// The time of the block.
        now: u64,
    },
    /// The final deadline passed.
    #[error("final deadline: it was at {deadline}, now is {now}")]
    FinalDeadline {
        /// The first second too late.
        deadline: u64,
        /// The time of the block.
        now: u64,
    },
    /// A task is claimed while it can still be completed.
    #[error("too early to claim: the final deadline is at {deadline}, now is {now}")]
    TooEarlyToClaim {
        /// The first second it can be claimed.
        deadline: u64,
        /// The time of the block.
        now: u64,
    },
    /// A task is reopened while winners may still reveal.
    #[error("too early to reopen: the reveal deadline is at {deadline}, now is {now}")]
    TooEarlyToReopen {
        /// The first second it can be reopened.
        deadline: u64,
        /// The time of the block.
        now: u64,
    },
    /// A task is reopened although a winner revealed.
    #[error("already revealed by {revealed} of the winners: finalize instead of reopening")]
    AlreadyRevealed {
        /// How many revealed.
        revealed: u64,
    },
    /// A task is finalized while winners may still reveal.
    #[error(
        "reveals missing: {revealed} of {winners} winners revealed, the others have until {deadline}"
    )]
    RevealsMissing {
        /// How many revealed.
        revealed: u64,
        /// How many won.
        winners: u64,
        /// The first second nobody has to be waited for, if somebody revealed.
        deadline: u64,
    },
    /// Only the pool's owner may do this.
    #[error("not the pool owner: {sender} is not {owner}")]
    NotPoolOwner {
        /// Who called.
        sender: Address,
        /// Who owned the pool when the deal was made.
        owner: Address,
    },
    /// A worker contributes a second time.
    #[error("already contributed: the contribution of {worker} is {status}")]
    AlreadyContributed {
        /// The worker.
        worker: Address,
        /// Where its first contribution stands.
        status: ContributionStatus,
    },
    /// The deal asks for an enclave and the contribution names none.
    #[error("no enclave: the deal's tag asks for one")]
    NoEnclave,
    /// Leave to contribute was not given by the right account.
    #[error("not authorized: the authorization is not signed by {signer} for {worker}")]
    NotAuthorized {
        /// Who must sign: the pool's owner, or the TEE broker.
        signer: Address,
        /// Whom it must be for.
        worker: Address,
    },
    /// The enclave did not vouch for the contribution.
    #[error("not vouched for: the contribution is not signed by the enclave {enclave}")]
    NotVouchedFor {
        /// The enclave.
        enclave: Address,
    },
    /// A signature cannot be read.
    #[error("malformed {what}: {source}")]
    Malformed {
        /// Which signature.
        what: &'static str,
        /// How.
        source: MalformedSignature,
    },
    /// A worker reveals what it did not contribute, or already revealed.
    #[error("nothing to reveal: the contribution of {worker} is {status}")]
    NothingToReveal {
        /// The worker.
        worker: Address,
        /// Where its contribution stands.
        status: ContributionStatus,
    },
    /// A worker whose result lost reveals.
    #[error("not a winner: {worker} voted for {voted}, the consensus is {consensus}")]
    NotAWinner {
        /// The worker.
        worker: Address,
        /// What it voted for.
        voted: B256,
        /// What won.
        consensus: B256,
    },
    /// The digest is not the one that was voted for.
    #[error("wrong digest: {digest} is not what the result hash was made of")]
    WrongDigest {
        /// The digest.
        digest: B256,
    },
    /// The seal was not made by this worker from this digest: it copied the hash.
    #[error("wrong seal: {worker} did not know the digest when it contributed")]
    WrongSeal {
        /// The worker.
        worker: Address,
    },
    /// The data for the callback does not fit the digest, or there is no callback.
    #[error("wrong callback data: it must be empty without callback, else hash to {digest}")]
    WrongCallback {
        /// The digest it must hash to.
        digest: B256,
    },
    /// One worker finishes alone although others contributed.
    #[error("not alone: {contributors} contributed already")]
    NotAlone {
        /// How many contributed.
        contributors: usize,
    },
    /// One worker finishes alone although the deal asks for more trust.
    #[error("trust is {trust}: only a trust of 1 lets one worker contribute and finalize at once")]
    TrustNotOne {
        /// The deal's trust.
        trust: U256,
    },
}

impl Refusal {
    /// Returns what the contract answers.
    pub fn revert(&self) -> Revert {
        match self {
            Self::Match(error) => error.revert(),
            Self::BalanceTooLow { .. } => {
                Revert::reason("IexecEscrow: Transfer amount exceeds balance")
            }
            Self::Overflow { .. } => Revert::Panic(PANIC_OVERFLOW),
            Self::Malformed { .. } => Revert::reason("invalid-signature-format"),
            Self::WithdrawalTooLarge { .. }
            | Self::IndexOutsideDeal { .. }
            | Self::TaskStatus { .. }
            | Self::ContributionDeadline { .. }
            | Self::RevealDeadline { .. }
            | Self::FinalDeadline { .. }
            | Self::TooEarlyToClaim { .. }
            | Self::TooEarlyToReopen { .. }
            | Self::AlreadyRevealed { .. }
            | Self::RevealsMissing { .. }
            | Self::NotPoolOwner { .. }
            | Self::AlreadyContributed { .. }
            | Self::NoEnclave
            | Self::NotAuthorized { .. }
            | Self::NotVouchedFor { .. }
            | Self::NothingToReveal { .. }
            | Self::NotAWinner { .. }
            | Self::WrongDigest { .. }
            | Self::WrongSeal { .. }
            | Self::WrongCallback { .. }
            | Self::NotAlone { .. }
            | Self::TrustNotOne { .. } => Revert::Empty,
        }
    }
}
