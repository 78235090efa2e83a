//! What comes from outside while a run goes on: work, transactions, and hands on the chain's state.

use alloy_primitives::TxHash;

use super::{SetupError, World, cast::TaskCast, deed::What};
use crate::{
    chain::{Chain, SubmitError, Transaction},
    protocol::{Account, Name},
    time::Timestamp,
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
        self.send_off();
        self.note(|| What::sent(&transaction));
        let hash = self.chain.submit(transaction)?;
        self.plan_block();
        Ok(hash)
    }

    /// Makes an actor lose its memory and fall silent; false when nobody has that qualified name.
    pub fn crash_actor(&mut self, name: &Name) -> bool {
        let actor = name.clone();
        self.note(|| What::Crash { actor });
        let place = self.places.get(name).copied();
        place.map(|place| self.crash(place)).is_some()
    }

    /// Brings a crashed actor back with what it had stored; false when nobody has that qualified
    /// name.
    pub fn restart_actor(&mut self, name: &Name) -> bool {
        let actor = name.clone();
        self.note(|| What::Restart { actor });
        let place = self.places.get(name).copied();
        place.map(|place| self.restart(place)).is_some()
    }

    /// Mines a block now, of everything that waits; one that was planned comes as well.
    ///
    /// A block never has the time of the one before it: if need be, time first passes until the
    /// chain's next second.
    pub fn mine_now(&mut self) {
        self.note(|| What::Mine);
        let ahead = (self.chain.head().timestamp() + 1).saturating_sub(self.start);
        if Timestamp::from_secs(ahead) > self.now {
            self.advance(Timestamp::from_secs(ahead));
        }
        let block = self.chain.mine(self.unix());
        self.take_in(&block);
    }

    /// Takes over a chain on which state was set by hand; false, and nothing is taken over, when it
    /// has another head.
    pub fn take_state(&mut self, chain: Chain) -> bool {
        let same = chain.head().hash == self.chain.head().hash;
        if same {
            self.note(|| {
                let set = Box::new(self.chain.set_since(&chain));
                What::State { set }
            });
            self.chain = chain;
        }
        same
    }
}
