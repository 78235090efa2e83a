//! What actors tell each other. Words only: whoever receives one decides what to do.

use std::sync::Arc;

use alloy_primitives::{Address, Bytes};

use crate::{
    ahead::Ahead,
    amount::Nrlc,
    log::named,
    protocol::{DealId, Name, TaskId},
    time::Timestamp,
};

/// Everything a worker must know of a task it is asked to compute.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The task.
    pub task: Name,
    /// Its id on chain.
    pub id: TaskId,
    /// The deal it belongs to.
    pub deal: DealId,
    /// What contributing locks.
    pub worker_stake: Nrlc,
    /// Before when a contribution counts.
    pub contribution_deadline: Timestamp,
    /// The enclave to run in; zero for none.
    pub enclave: Address,
    /// The pool owner's signature that lets this worker contribute.
    pub authorization: Ahead<Bytes>,
}

/// How it stands with a worker, in its own words: whoever hears it need not remember what was told
/// before, or got lost.
#[derive(Clone, Debug)]
pub struct Standing {
    /// By which key it votes.
    pub address: Address,
    /// How many tasks it computes at once.
    pub slots: u32,
    /// How many more it can take now.
    pub free: u32,
    /// The tasks it is at, up to the vote.
    pub tasks: Vec<Name>,
}

/// A message between actors.
#[derive(Clone, Debug)]
pub enum Message {
    // ---- worker to scheduler -------------------------------------------------------------
    /// I am here, and this is how it stands with me: said on coming, whenever a slot becomes free, and
    /// when asked.
    Hello(Standing),
    /// I take this task.
    Accepted {
        /// Which.
        task: Name,
    },
    /// I do not take this task, nor any other before I say so.
    Refused {
        /// Which.
        task: Name,
    },
    /// I am still computing this task.
    Alive {
        /// Which.
        task: Name,
    },
    /// I will not contribute to this task any more.
    GaveUp {
        /// Which.
        task: Name,
        /// Whether I might if I were asked again later.
        for_now: bool,
    },
    /// The result can be fetched.
    Uploaded {
        /// Of which task.
        task: Name,
        /// Where it lies, as it will be put on chain.
        link: String,
        /// What the callback contract is to be given.
        callback: Bytes,
    },

    // ---- scheduler to worker -------------------------------------------------------------
    /// Please compute.
    Assign(Arc<Assignment>),
    /// Your vote won: please show your result.
    PleaseReveal {
        /// Of which task.
        task: Name,
    },
    /// Please put the result where the requester can fetch it.
    PleaseUpload {
        /// Of which task.
        task: Name,
    },
    /// Please stop computing: the vote is over.
    PleaseAbort {
        /// Which task.
        task: Name,
    },
    /// Are you there? Answered by [`Message::Hello`].
    Ping,
}

named! {
    Message {
        Hello => "Hello",
        Accepted => "Accepted",
        Refused => "Refused",
        Alive => "Alive",
        GaveUp => "GaveUp",
        Uploaded => "Uploaded",
        Assign => "Assign",
        PleaseReveal => "PleaseReveal",
        PleaseUpload => "PleaseUpload",
        PleaseAbort => "PleaseAbort",
        Ping => "Ping",
    }
}

impl Message {
    /// What the log says is lost when nobody takes a result.
    pub const UPLOAD: &'static str = "upload";

    /// Everything the log may say is lost.
    pub const LOST: &'static [&'static str] = &{
        let mut lost = [Self::UPLOAD; Self::NAMES.len() + 1];
        let mut at = 0;
        while at < Self::NAMES.len() {
            lost[at] = Self::NAMES[at];
            at += 1;
        }
        lost
    };
}
