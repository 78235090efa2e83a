//! The checks of a task's life, each in the contract's order: who may do what, and when.
//!
//! Pure functions of what the hub's views return, so they explain a revert of the chain as well as
//! they guard the model. Signers are taken for keys: contracts that sign (ERC-1271) are not asked.

use alloy_primitives::{Address, B256, Bytes, U256, eip191_hash_message, keccak256};

use super::{
    Authorization, Commitment, Contribution, ContributionStatus, Deal, Refusal, Task, TaskId,
    TaskStatus, is_signed_by, result_hash, result_seal,
};

/// A call about a task: who calls, when, and what the hub holds.
#[derive(Copy, Clone, Debug)]
pub struct Situation<'a> {
    /// The task's id.
    pub id: TaskId,
    /// The task; default when the hub does not know it.
    pub task: &'a Task,
    /// The task's deal; default when the hub does not know the task.
    pub deal: &'a Deal,
    /// The sender's contribution to the task; default when there is none.
    pub contribution: &'a Contribution,
    /// Who calls.
    pub sender: Address,
    /// The time of the block, in Unix seconds.
    pub now: u64,
}

/// What comes with a contribution besides the result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Permission {
    /// The enclave; zero for none.
    pub enclave: Address,
    /// The enclave's signature of the commitment; not looked at without enclave.
    pub enclave_sign: Bytes,
    /// The signature of the pool's owner or of the TEE broker.
    pub authorization_sign: Bytes,
}

/// Checks `initialize`: the deal has this index, and its task has not begun.
///
/// # Errors
///
/// The first check that fails.
pub fn initialize(deal: &Deal, index: U256, status: TaskStatus) -> Result<(), Refusal> {
    if !deal.has_index(index) {
        return Err(Refusal::IndexOutsideDeal {
            index,
            first: deal.bot_first,
            size: deal.bot_size,
        });
    }
    require_status(status, &[TaskStatus::Unset], "unset")
}

impl Situation<'_> {
    /// Checks `contribute`, but for the stake, which must be free.
    ///
    /// `broker` is the account that answers for enclaves in the pool owner's stead.
    ///
    /// # Errors
    ///
    /// The first check that fails.
    pub fn contribute(
        &self,
        commitment: Commitment,
        permission: &Permission,
        broker: Option<Address>,
    ) -> Result<(), Refusal> {
        self.require_status(&[TaskStatus::Active], "active")?;
        self.before_contribution_deadline()?;
        if self.contribution.status != ContributionStatus::Unset {
            return Err(Refusal::AlreadyContributed {
                worker: self.sender,
                status: self.contribution.status,
            });
        }
        self.permitted(permission, broker)?;
        vouched_for(commitment, permission)
    }

    /// Checks `reveal` of this digest.
    ///
    /// # Errors
    ///
    /// The first check that fails.
    pub fn reveal(&self, digest: B256) -> Result<(), Refusal> {
        self.require_status(&[TaskStatus::Revealing], "revealing")?;
        let (deadline, now) = (self.task.reveal_deadline, self.now);
        if deadline <= now {
            return Err(Refusal::RevealDeadline { deadline, now });
        }
        let (worker, own) = (self.sender, self.contribution);
        if own.status != ContributionStatus::Contributed {
            let status = own.status;
            return Err(Refusal::NothingToReveal { worker, status });
        }
        if own.hash != self.task.consensus_value {
            return Err(Refusal::NotAWinner {
                worker,
                voted: own.hash,
                consensus: self.task.consensus_value,
            });
        }
        if own.hash != result_hash(self.id, digest) {
            return Err(Refusal::WrongDigest { digest });
        }
        if own.seal != result_seal(worker, self.id, digest) {
            return Err(Refusal::WrongSeal { worker });
        }
        Ok(())
    }

    /// Checks `reopen`.
    ///
    /// # Errors
    ///
    /// The first check that fails.
    pub fn reopen(&self) -> Result<(), Refusal> {
        self.by_pool_owner()?;
        self.require_status(&[TaskStatus::Revealing], "revealing")?;
        self.before_final_deadline()?;
        let (deadline, now) = (self.task.reveal_deadline, self.now);
        if deadline > now {
            return Err(Refusal::TooEarlyToReopen { deadline, now });
        }
        let revealed = self.task.reveal_counter;
        if revealed > 0 {
            return Err(Refusal::AlreadyRevealed { revealed });
        }
        Ok(())
    }

    /// Checks `finalize` with this data for the callback.
    ///
    /// # Errors
    ///
    /// The first check that fails.
    pub fn finalize(&self, results_callback: &[u8]) -> Result<(), Refusal> {
        self.require_status(&[TaskStatus::Revealing], "revealing")?;
        self.before_final_deadline()?;
        self.by_pool_owner()?;
        let task = self.task;
        let complete = task.reveal_counter == task.winner_counter;
        let late = task.reveal_counter > 0 && task.reveal_deadline <= self.now;
        if !complete && !late {
            return Err(Refusal::RevealsMissing {
                revealed: task.reveal_counter,
                winners: task.winner_counter,
                deadline: task.reveal_deadline,
            });
        }
        self.callback_fits(results_callback, task.result_digest)
    }

    /// Checks `contributeAndFinalize` of this digest with this data for the callback.
    ///
    /// # Errors
    ///
    /// The first check that fails.
    pub fn contribute_and_finalize(
        &self,
        digest: B256,
        results_callback: &[u8],
        permission: &Permission,
        broker: Option<Address>,
    ) -> Result<(), Refusal> {
        self.require_status(&[TaskStatus::Active], "active")?;
        self.before_contribution_deadline()?;
        let contributors = self.task.contributors.len();
        if contributors > 0 {
            return Err(Refusal::NotAlone { contributors });
        }
        let trust = self.deal.trust;
        if trust != U256::ONE {
            return Err(Refusal::TrustNotOne { trust });
        }
        self.callback_fits(results_callback, digest)?;
        self.permitted(permission, broker)?;
        vouched_for(Commitment::new(self.sender, self.id, digest), permission)
    }

    /// Checks `claim`.
    ///
    /// # Errors
    ///
    /// The first check that fails.
    pub fn claim(&self) -> Result<(), Refusal> {
        let needed = [TaskStatus::Active, TaskStatus::Revealing];
        self.require_status(&needed, "active or revealing")?;
        let (deadline, now) = (self.task.final_deadline, self.now);
        if deadline > now {
            return Err(Refusal::TooEarlyToClaim { deadline, now });
        }
        Ok(())
    }

    fn require_status(&self, needed: &[TaskStatus], words: &'static str) -> Result<(), Refusal> {
        require_status(self.task.status, needed, words)
    }

    fn before_contribution_deadline(&self) -> Result<(), Refusal> {
        let (deadline, now) = (self.task.contribution_deadline, self.now);
        if deadline <= now {
            return Err(Refusal::ContributionDeadline { deadline, now });
        }
        Ok(())
    }

    fn before_final_deadline(&self) -> Result<(), Refusal> {
        let (deadline, now) = (self.task.final_deadline, self.now);
        if deadline <= now {
            return Err(Refusal::FinalDeadline { deadline, now });
        }
        Ok(())
    }

    fn by_pool_owner(&self) -> Result<(), Refusal> {
        let (sender, owner) = (self.sender, self.deal.workerpool.owner);
        if sender != owner {
            return Err(Refusal::NotPoolOwner { sender, owner });
        }
        Ok(())
    }

    fn callback_fits(&self, data: &[u8], digest: B256) -> Result<(), Refusal> {
        let none = self.deal.callback == Address::ZERO && data.is_empty();
        if !none && keccak256(data) != digest {
            return Err(Refusal::WrongCallback { digest });
        }
        Ok(())
    }

    /// The sender may work on this task, inside this enclave.
    fn permitted(&self, permission: &Permission, broker: Option<Address>) -> Result<(), Refusal> {
        let enclave = permission.enclave;
        let has_enclave = enclave != Address::ZERO;
        if !has_enclave && self.deal.needs_enclave() {
            return Err(Refusal::NoEnclave);
        }
        let owner = self.deal.workerpool.owner;
        let signer = broker.filter(|_| has_enclave).unwrap_or(owner);
        let leave = Authorization {
            worker: self.sender,
            task: self.id,
            enclave,
        };
        match leave.is_signed_by(signer, &permission.authorization_sign) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Refusal::NotAuthorized {
                signer,
                worker: self.sender,
            }),
            Err(source) => Err(Refusal::Malformed {
                what: "authorization",
                source,
            }),
        }
    }
}

/// The enclave, if there is one, made this contribution.
fn vouched_for(commitment: Commitment, permission: &Permission) -> Result<(), Refusal> {
    let enclave = permission.enclave;
    if enclave == Address::ZERO {
        return Ok(());
    }
    let hash = eip191_hash_message(commitment.enclave_message());
    match is_signed_by(enclave, &hash, &permission.enclave_sign) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Refusal::NotVouchedFor { enclave }),
        Err(source) => Err(Refusal::Malformed {
            what: "enclave signature",
            source,
        }),
    }
}

fn require_status(
    found: TaskStatus,
    needed: &[TaskStatus],
    words: &'static str,
) -> Result<(), Refusal> {
    if needed.contains(&found) {
        return Ok(());
    }
    Err(Refusal::TaskStatus {
        found,
        needed: words,
    })
}
