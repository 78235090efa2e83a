//! Enclaves: they compute what they are given and vouch for nothing else.
//!
//! A stand-in for the secret management service and the hardware behind it. The one rule: an
//! enclave signs a commitment to a digest it computed itself, whoever asks.

use alloy_primitives::{Address, B256, Bytes};

use crate::protocol::{Account, Commitment, TaskId};

/// Returns the challenge of the enclave a task is to be computed in: the address of its key.
///
/// Every task has an enclave of its own, the same on every machine.
pub fn challenge(task: TaskId) -> Address {
    key(task).address()
}

/// Returns the enclave's signature of what `worker` commits to when the digest `computed` inside
/// is its result.
pub fn vouch(task: TaskId, worker: Address, computed: B256) -> Bytes {
    Commitment::new(worker, task, computed).sign_as_enclave(&key(task))
}

fn key(task: TaskId) -> Account {
    Account::named(format!("enclave.{}", task.0))
}
