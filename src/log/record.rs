//! Records and the append-only log that keeps their digest in step.

use alloy_primitives::{B256, Keccak256};
use serde::{Deserialize, Serialize};

use super::Event;
use crate::{protocol::Name, time::Timestamp};

/// One line of the log. In JSON:
/// `{"seq":3,"time":1000,"block":1,"actor":"pool.main","event":"TaskInitialize","task":"greet",…}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Position in the log, from 0, without gaps.
    pub seq: u64,
    /// When it happened, in milliseconds of the run's own time.
    pub time: Timestamp,
    /// The head of the chain when it happened.
    pub block: u64,
    /// Who recorded it, qualified; none for the chain and the run itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Name>,
    /// The fact.
    #[serde(flatten)]
    pub event: Event,
}

/// An append-only sequence of records whose digest is always up to date.
#[derive(Clone, Debug, Default)]
pub struct EventLog {
    records: Vec<Record>,
    digest: B256,
}

impl EventLog {
    /// Appends `event`: the only way anything becomes known.
    ///
    /// # Panics
    ///
    /// When `time` is earlier than that of the last record: time never runs backwards.
    pub fn append(&mut self, time: Timestamp, block: u64, actor: Option<Name>, event: Event) {
        assert!(
            self.records.last().is_none_or(|last| last.time <= time),
            "time ran backwards"
        );
        let seq = self.records.len() as u64;
        let record = Record {
            seq,
            time,
            block,
            actor,
            event,
        };
        let line = serde_json::to_vec(&record).expect("a record is plain data");
        let mut hasher = Keccak256::new();
        hasher.update(self.digest);
        hasher.update(&line);
        self.digest = hasher.finalize();
        self.records.push(record);
    }

    /// Returns all records, oldest first.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Returns a hash over all records: equal digests mean equal runs.
    pub fn digest(&self) -> B256 {
        self.digest
    }
}
