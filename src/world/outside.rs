//! What comes from outside while a run goes on: work, transactions, and hands on the chain's state.

use alloy_primitives::TxHash;

use super::{SetupError, World, cast::TaskCast};
use crate::{
    chain::{Chain, SubmitError, Transaction},
    protocol::{Account, Name},
};

/// Why a task cannot be requested.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// Time stands still for good.
    #[error("the run has ended; nothing can be requested any more")]
    Ended,
    /// It refers to something that is not there, or has the name of another task.
    #[error(transparent)]
    Cast(#[from] SetupError),
}

impl World {
    /// Returns the account of a qualified name, with its key.
    pub fn account(&self, name: &Name) -> Option<&Account> {
        self.directory.account(name)
    }

    /// Requests a task now, whatever time it names.
    ///
    /// # Errors
    ///
    /// [`RequestError`] says why nobody could do it.
    pub fn request(&mut self, task: TaskCast) -> Result<(), RequestError> {
        if self.ended.is_some() {
            return Err(RequestError::Ended);
        }
        let who = task.name.of_kind("task");
        if self.directory.task(&task.name).is_some() {
            return Err(SetupError::DuplicateName(who).into());
        }
        self.check_task(&who, &task)?;
        let at = self.now;
        self.submit_tasks(&[TaskCast { at, ..task }]);
        Ok(())
    }

    /// Takes in a transaction from outside; it is mined with the next block.
    ///
    /// # Errors
    ///
    /// When the chain refuses it.
    pub fn submit_transaction(&mut self, transaction: Transaction) -> Result<TxHash, SubmitError> {
        let hash = self.chain.submit(transaction)?;
        self.plan_block();
        Ok(hash)
    }

    /// Takes over a chain on which state was set by hand; false, and nothing is taken over, when it
    /// has another head.
    pub fn take_state(&mut self, chain: Chain) -> bool {
        let same = chain.head().hash == self.chain.head().hash;
        if same {
            self.chain = chain;
        }
        same
    }
}
