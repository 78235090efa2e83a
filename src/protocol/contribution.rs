//! Contributions: what a worker commits to, who let it, and what an enclave says to it.

use std::fmt;

use alloy_primitives::{Address, B256, Bytes, Keccak256, eip191_hash_message};
use serde::{Deserialize, Serialize};

use super::{Account, MalformedSignature, TaskId, UnknownStatus, is_signed_by};

/// Where a contribution stands on chain.
#[derive(
    Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum ContributionStatus {
    /// This worker did not contribute to this task.
    #[default]
    Unset = 0,
    /// It committed to a result.
    Contributed = 1,
    /// It revealed the result, and the result had won.
    Proved = 2,
    /// Its result had won, nobody revealed it, and the task was reopened.
    Rejected = 3,
}

impl TryFrom<u8> for ContributionStatus {
    type Error = UnknownStatus;

    fn try_from(number: u8) -> Result<Self, UnknownStatus> {
        Ok(match number {
            0 => Self::Unset,
            1 => Self::Contributed,
            2 => Self::Proved,
            3 => Self::Rejected,
            other => return Err(UnknownStatus(other)),
        })
    }
}

impl fmt::Display for ContributionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Unset => "unset",
            Self::Contributed => "contributed",
            Self::Proved => "proved",
            Self::Rejected => "rejected",
        })
    }
}

/// What the hub stores of one worker's contribution to one task.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Contribution {
    /// Where it stands.
    pub status: ContributionStatus,
    /// The hash the worker voted for.
    pub hash: B256,
    /// The seal that ties the vote to the worker.
    pub seal: B256,
    /// The enclave that vouches; zero for none.
    pub enclave: Address,
    /// ⌊log₂⌋ of the vote's weight: the worker's part when the reward is shared.
    pub weight: u64,
}

/// What a worker puts on chain before it shows its result.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Commitment {
    /// Equal for all workers with the same result: the hub counts votes by it.
    pub hash: B256,
    /// Different for each worker: who copies a hash cannot make the seal.
    pub seal: B256,
}

impl Commitment {
    /// Returns the commitment of `worker` to the result `digest` of `task`.
    pub fn new(worker: Address, task: TaskId, digest: B256) -> Self {
        Self {
            hash: result_hash(task, digest),
            seal: result_seal(worker, task, digest),
        }
    }

    /// Returns the 32 bytes an enclave signs (as an EIP-191 message) to vouch for this commitment.
    pub fn enclave_message(&self) -> B256 {
        let mut hasher = Keccak256::new();
        hasher.update(self.hash);
        hasher.update(self.seal);
        hasher.finalize()
    }

    /// Returns the signature of the enclave's key to this commitment.
    pub fn sign_as_enclave(&self, enclave: &Account) -> Bytes {
        enclave.sign_message(self.enclave_message().as_slice())
    }
}

/// Returns the hash a worker votes for when its result is `digest`.
pub fn result_hash(task: TaskId, digest: B256) -> B256 {
    let mut hasher = Keccak256::new();
    hasher.update(task.0);
    hasher.update(digest);
    hasher.finalize()
}

/// Returns the seal that proves `worker` knew `digest` when it contributed.
pub fn result_seal(worker: Address, task: TaskId, digest: B256) -> B256 {
    let mut hasher = Keccak256::new();
    hasher.update(worker);
    hasher.update(task.0);
    hasher.update(digest);
    hasher.finalize()
}

/// A scheduler's leave for one worker to contribute to one task.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Authorization {
    /// Who may contribute.
    pub worker: Address,
    /// To what.
    pub task: TaskId,
    /// The enclave it must compute in; zero for none.
    pub enclave: Address,
}

impl Authorization {
    /// Returns the 32 bytes that are signed as an EIP-191 message.
    pub fn message(&self) -> B256 {
        let mut hasher = Keccak256::new();
        hasher.update(self.worker);
        hasher.update(self.task.0);
        hasher.update(self.enclave);
        hasher.finalize()
    }

    /// Returns the signature of the pool's owner, or of the TEE broker when there is an enclave.
    pub fn sign(&self, signer: &Account) -> Bytes {
        signer.sign_message(self.message().as_slice())
    }

    /// Returns whether `signer` gave this leave.
    ///
    /// # Errors
    ///
    /// When the signature is of no known length.
    pub fn is_signed_by(&self, signer: Address, sign: &[u8]) -> Result<bool, MalformedSignature> {
        is_signed_by(signer, &eip191_hash_message(self.message()), sign)
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::keccak256;

    use super::*;

    #[test]
    fn the_hash_is_shared_and_the_seal_is_not() {
        let task = TaskId(keccak256("task"));
        let digest = keccak256("result");
        let [a, b] = [1, 2].map(Address::repeat_byte);
        let [first, second] = [a, b].map(|worker| Commitment::new(worker, task, digest));
        assert_eq!(first.hash, second.hash);
        assert_ne!(first.seal, second.seal);
        let other_task = Commitment::new(a, TaskId(keccak256("other")), digest);
        assert_ne!(first.hash, other_task.hash);
    }

    #[test]
    fn leave_to_contribute_holds_for_one_worker_and_one_task() {
        let scheduler = Account::named("pool.main");
        let leave = Authorization {
            worker: Address::repeat_byte(1),
            task: TaskId(keccak256("task")),
            enclave: Address::ZERO,
        };
        let sign = leave.sign(&scheduler);
        let signed = |leave: Authorization| leave.is_signed_by(scheduler.address(), &sign);
        assert_eq!(signed(leave), Ok(true));
        let other = Authorization {
            worker: Address::repeat_byte(2),
            ..leave
        };
        assert_eq!(signed(other), Ok(false));
        assert!(leave.is_signed_by(scheduler.address(), &[0; 3]).is_err());
    }
}
