//! One task as the log tells it: from the request to the last payment.

use std::{sync::Arc, time::Duration};

use alloy_primitives::B256;
use serde::{Deserialize, Serialize};

use super::since::{Sourced, Sources, reading};
use crate::{amount::Nrlc, log::Verdict, protocol::Name, time::Timestamp};

/// Where a task stands. From `Active` on, these are the contract's own words.
#[derive(
    Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum TaskStatus {
    /// Requested, and no deal yet.
    #[default]
    Waiting,
    /// Requested, and taken back before there was a deal.
    Withdrawn,
    /// In a deal, and not initialized.
    Unset,
    /// Open for contributions.
    Active,
    /// A consensus is reached; winners reveal.
    Revealing,
    /// Finalized and paid.
    Completed,
    /// Claimed after the final deadline.
    Failed,
}

impl TaskStatus {
    /// Returns the status as scenarios spell it: `COMPLETED`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "WAITING",
            Self::Withdrawn => "WITHDRAWN",
            Self::Unset => "UNSET",
            Self::Active => "ACTIVE",
            Self::Revealing => "REVEALING",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
        }
    }

    /// Tells whether nothing can change any more.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Withdrawn | Self::Completed | Self::Failed)
    }
}

/// One worker's vote on a task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Vote {
    /// Who voted.
    pub worker: Name,
    /// The result hash it vouched for.
    pub hash: B256,
    /// The weight of the vote: what the weight of its group is multiplied with.
    pub weight: u64,
    /// The worker's score when it voted.
    pub score: u64,
    /// When the vote was mined.
    pub time: Timestamp,
    /// The record of the vote.
    pub seq: u64,
    /// When it was revealed.
    pub revealed: Option<Timestamp>,
    /// Whether a reopening threw it out.
    pub rejected: bool,
    /// What the contract said of it in the end: true for accurate, false for faulty.
    pub accurate: Option<bool>,
}

/// One worker's computing for a task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Execution {
    /// Who computes.
    pub worker: Name,
    /// When it began.
    pub started: Timestamp,
    /// When it ended, one way or another.
    pub ended: Option<Timestamp>,
    /// `ok`, or what went wrong; none while it runs.
    pub outcome: Option<Arc<str>>,
    /// The digest of what was computed.
    pub digest: Option<B256>,
}

/// What one execution produced; equal digests are kept once.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Product {
    /// The digest.
    pub digest: B256,
    /// The files left, sorted.
    pub outputs: Vec<String>,
    /// The text output.
    pub output: String,
}

/// What the deal says about a task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Terms {
    /// The deal.
    pub deal: B256,
    /// The workerpool.
    pub pool: Name,
    /// Who pays, qualified.
    pub sponsor: Name,
    /// Price of the application.
    pub app_price: Nrlc,
    /// Price of the dataset.
    pub dataset_price: Nrlc,
    /// Price of the workerpool.
    pub pool_price: Nrlc,
    /// Stake each contributing worker locks.
    pub worker_stake: Nrlc,
    /// The trust the consensus must reach, at least 1.
    pub trust: u64,
    /// Share of the reward the scheduler keeps, in percent.
    pub fee: u64,
}

impl Terms {
    /// Returns what the task costs whoever pays for it.
    pub fn total(&self) -> Nrlc {
        [self.app_price, self.dataset_price, self.pool_price]
            .into_iter()
            .sum()
    }
}

/// A task, as far as the log has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TaskView {
    /// Its name.
    pub name: Option<Name>,
    /// The group it is a member of.
    pub group: Option<Name>,
    /// Who asked for it, as the log names it.
    pub requester: Option<Name>,
    /// The application.
    pub app: Option<Name>,
    /// The dataset, if any.
    pub dataset: Option<Name>,
    /// The category's name.
    pub category: Option<Name>,
    /// The trust asked for.
    pub trust: u64,
    /// Where it stands.
    pub status: TaskStatus,
    /// The record that last changed the status.
    pub status_since: u64,
    /// When it was requested.
    pub requested: Option<Timestamp>,
    /// When its deal was made.
    pub matched: Option<Timestamp>,
    /// What the deal says.
    pub terms: Option<Arc<Terms>>,
    /// When it was initialized.
    pub initialized: Option<Timestamp>,
    /// Its id on chain.
    pub id: Option<B256>,
    /// Unix second before which contributions count.
    pub contribution_deadline: Option<u64>,
    /// Unix second before which it must be final.
    pub final_deadline: Option<u64>,
    /// All votes in order, those thrown out by a reopening included.
    pub votes: Vec<Vote>,
    /// When the last consensus was reached.
    pub consensus_reached: Option<Timestamp>,
    /// The winning result hash, while there is one.
    pub consensus: Option<B256>,
    /// How many votes won.
    pub winners: u64,
    /// How many winners have revealed.
    pub reveals: u64,
    /// The digest that was revealed.
    pub digest: Option<B256>,
    /// How often the vote was opened again.
    pub reopens: u64,
    /// When it was finalized or claimed.
    pub ended: Option<Timestamp>,
    /// Where the result lies, as put on chain.
    pub results: Option<String>,
    /// All computing done for it.
    pub executions: Vec<Execution>,
    /// What the computing produced.
    pub products: Vec<Product>,
    /// The files workers found below the input folder, sorted.
    pub inputs: Vec<String>,
    /// Executions that failed or were given up while a result was still wanted.
    pub errors: u64,
    /// The size of the uploaded archive in bytes.
    pub uploaded: Option<u64>,
    /// When the requester fetched the result.
    pub downloaded: Option<Timestamp>,
    /// The digest of the emulator's own honest run, if honest runs agree.
    pub truth: Option<B256>,
    /// What the emulator, knowing the truth, says of it.
    pub verdict: Option<Verdict>,
    /// The record that first named it.
    pub first: Option<u64>,
    /// The record that last changed anything above.
    pub since: u64,
    /// Whether application and dataset have had their share of the payment.
    #[serde(skip)]
    pub(super) paid: (bool, bool),
    /// How many different results were voted for.
    #[serde(skip)]
    pub(super) groups: u64,
    /// The records its values come from.
    #[serde(skip)]
    sources: Sources<13>,
}

impl TaskView {
    /// Tells whether the task completed with the honest result; none while it is not judged.
    pub fn correct(&self) -> Option<bool> {
        self.verdict.map(|verdict| verdict == Verdict::Correct)
    }

    /// Tells whether the task completed with a wrong result; none while it is not judged.
    pub fn corrupted(&self) -> Option<bool> {
        self.verdict.map(|verdict| verdict == Verdict::Corrupted)
    }

    /// Tells whether the task is requested and has no deal yet.
    pub fn waiting(&self) -> bool {
        self.status == TaskStatus::Waiting
    }

    /// Returns how many different results were voted for.
    pub fn groups(&self) -> u64 {
        self.groups
    }

    /// Returns how many votes were cast, those thrown out by a reopening included.
    pub fn contributions(&self) -> u64 {
        self.votes.len() as u64
    }

    /// Returns the time from the request (or the deal, if it was not requested here) to the end;
    /// none while it is not over.
    pub fn latency(&self) -> Option<Duration> {
        Some(self.ended? - self.requested.or(self.matched)?)
    }

    /// Returns what was computed with the digest that won; none when no execution had that digest.
    pub fn product(&self) -> Option<&Product> {
        self.products.get(self.won()?)
    }

    /// Which of the products has the digest that won.
    fn won(&self) -> Option<usize> {
        let digest = self
            .digest
            .filter(|_| self.status == TaskStatus::Completed)?;
        let mut products = self.products.iter();
        products.position(|product| product.digest == digest)
    }

    /// Returns the text output of the result that won.
    pub fn output(&self) -> Option<&str> {
        self.product().map(|product| product.output.as_str())
    }

    /// Returns the files of the result that won, sorted.
    pub fn outputs(&self) -> Option<&[String]> {
        self.product().map(|product| product.outputs.as_slice())
    }

    /// Returns the vote of `worker`, if it voted.
    pub fn vote_of(&self, worker: &str) -> Option<&Vote> {
        self.votes.iter().find(|vote| &*vote.worker == worker)
    }

    /// Changes the status and remembers which record did.
    pub(super) fn enter(&mut self, status: TaskStatus, seq: u64) {
        self.status = status;
        self.status_since = seq;
    }
}

impl Sourced<13> for TaskView {
    const FIELDS: [&'static str; 13] = [
        "status",
        "correct",
        "corrupted",
        "groups",
        "contributions",
        "winners",
        "reopens",
        "latency",
        "output",
        "outputs",
        "inputs",
        "errors",
        "waiting",
    ];

    fn readings(&self) -> [i128; 13] {
        let latency = self.latency().map(|span| span.as_millis() as i128);
        // Products never change, and so nor does what is read of one.
        let won = reading(self.won().map(|at| at as i128));
        [
            self.status as i128,
            reading(self.correct()),
            reading(self.corrupted()),
            self.groups().into(),
            self.contributions().into(),
            self.winners.into(),
            self.reopens.into(),
            reading(latency),
            won,
            won,
            self.inputs.len() as i128,
            self.errors.into(),
            self.waiting().into(),
        ]
    }

    fn sources(&self) -> &Sources<13> {
        &self.sources
    }

    fn sources_mut(&mut self) -> &mut Sources<13> {
        &mut self.sources
    }
}
