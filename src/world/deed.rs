//! What is done to a world from outside, told as it is done: by clients, by hands, and by programs
//! that come to an end in real time.
//!
//! Rule: a world of the same cast to which the same is done at the same moments becomes the same
//! world. Time itself is no deed: each deed says at which moment it was done, and whether everything
//! due by then had happened.

use std::sync::Arc;

use alloy_consensus::{TxEnvelope, transaction::Recovered};
use alloy_eips::eip2718::{Decodable2718 as _, Encodable2718 as _};
use alloy_primitives::{Address, Bytes};
use serde::{Deserialize, Serialize};

use super::{Started, World};
use crate::{
    chain::{ByHand, Transaction},
    protocol::Name,
    time::Timestamp,
};

/// Something done to a world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// The world's time then.
    pub time: Timestamp,
    /// Whether everything due by then had happened; if not, nothing happened since the deed before.
    pub settled: bool,
    /// What was done.
    #[serde(flatten)]
    pub what: What,
}

/// What can be done to a world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "deed", rename_all = "snake_case")]
pub enum What {
    /// A transaction was sent.
    Transaction {
        /// By whom, with a signature or believed without.
        from: Address,
        /// The transaction as EIP-2718 writes it.
        raw: Bytes,
    },
    /// The chain's state was set by hand.
    State {
        /// What was set.
        set: Box<ByHand>,
    },
    /// An actor was made to crash.
    Crash {
        /// Who, qualified.
        actor: Name,
    },
    /// A crashed actor was brought back.
    Restart {
        /// Who, qualified.
        actor: Name,
    },
    /// A block was mined.
    Mine,
    /// A program came to its end.
    Completed {
        /// Its place among all that was ever planned.
        ticket: u64,
    },
    /// The whole world was remembered.
    Remembered {
        /// Under which number.
        id: u64,
    },
    /// The whole world was made what it was.
    Restored {
        /// When it was remembered under this number.
        id: u64,
    },
    /// Nothing more was done: the world was let go.
    Over,
}

/// Who is told of every deed.
pub type Witness = Arc<dyn Fn(&Deed) + Send + Sync>;

impl World {
    /// Tells `witness` everything that is done to this world and its clones from now on, except for
    /// tasks a program requests with [`World::request`].
    pub fn tell_deeds(&mut self, witness: Witness) {
        self.witness = Some(witness);
    }

    /// Tells that something is about to be done.
    pub(super) fn note(&self, what: impl FnOnce() -> What) {
        if let Some(witness) = &self.witness {
            witness(&Deed {
                time: self.now,
                settled: !self.is_due(self.now),
                what: what(),
            });
        }
    }

    /// Tells that nothing more will be done.
    pub fn let_go(&self) {
        self.note(|| What::Over);
    }

    /// Does once more what was done to another world. Programs that end and worlds that are
    /// remembered are for whoever moves this world.
    pub fn redo(&mut self, what: &What) {
        match what {
            // What the chain refuses now has no effect, as it would have had none then.
            What::Transaction { from, raw } => {
                if let Some(transaction) = transaction(*from, raw) {
                    let _ = self.submit_transaction(transaction);
                }
            }
            What::State { set } => self.chain.set_by_hand(set),
            What::Crash { actor } => {
                self.crash_actor(actor);
            }
            What::Restart { actor } => {
                self.restart_actor(actor);
            }
            What::Mine => self.mine_now(),
            What::Completed { .. }
            | What::Remembered { .. }
            | What::Restored { .. }
            | What::Over => {}
        }
    }
}

impl What {
    pub(super) fn sent(transaction: &Transaction) -> Self {
        Self::Transaction {
            from: transaction.signer(),
            raw: transaction.inner().encoded_2718().into(),
        }
    }

    pub(super) fn completed(started: &Started) -> Self {
        let ticket = started.number();
        Self::Completed { ticket }
    }
}

fn transaction(from: Address, raw: &Bytes) -> Option<Transaction> {
    let envelope = TxEnvelope::decode_2718(&mut raw.as_ref()).ok()?;
    Some(Recovered::new_unchecked(envelope, from))
}
