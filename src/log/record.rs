//! The append-only log: records, the digest over them and the view folded from them, in step.

use std::fmt;

use alloy_primitives::{B256, Keccak256};
use serde::{Deserialize, Serialize};

use super::{
    Check, Event, Records, View,
    view::{Measured, taken_back},
};
use crate::{ahead::Ahead, protocol::Name, time::Timestamp};

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

impl Record {
    /// Appends the record to `text` as one line of JSON, newline included.
    pub fn write_line(&self, text: &mut Vec<u8>) {
        serde_json::to_writer(&mut *text, self).expect("a record is plain data");
        text.push(b'\n');
    }
}

/// An append-only sequence of records; its digest and its view are always up to date.
///
/// A clone shares the records and the view's tables with the original: taking a snapshot of a long
/// run costs microseconds.
#[derive(Clone, Default)]
pub struct EventLog {
    records: Records,
    view: View,
    /// Over the lines of the chunks that are full; none when none is. Lines are written and hashed
    /// on a second thread, chunk by chunk.
    hashed: Option<Ahead<Keccak256>>,
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
        let record = Record {
            seq: self.records.len() as u64,
            time,
            block,
            actor,
            event,
        };
        if matches!(record.event, Event::ChainReorganised { .. }) {
            self.records.push(record);
            let measured = self.view.measured;
            self.view = View::fold(&self.records);
            self.view.measured = measured;
        } else {
            self.view.apply(&record);
            self.records.push(record);
        }
        if let Some(chunk) = self.records.filled() {
            let hasher = self.hasher();
            self.hashed = Some(Ahead::new(move || hashed_on(hasher, chunk.iter())));
        }
    }

    /// Notes that time has come to `now`, though nothing happened since the last record.
    pub(crate) fn reach(&mut self, now: Timestamp) {
        self.view.run.now = self.view.run.now.max(now);
    }

    /// Returns all records, oldest first.
    pub fn records(&self) -> &Records {
        &self.records
    }

    /// Returns the records about the task called `name` that still count, oldest first: all but the
    /// facts of blocks the chain took back. None when there is no such task.
    pub fn facts_about<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Record> {
        let task = self.view.tasks.get(name);
        let (first, last) =
            task.map_or((u64::MAX, 0), |task| (task.first.unwrap_or(0), task.since));
        let gone = match self.view.chain.reorganisations {
            0 => Vec::new(),
            _ => taken_back(&self.records),
        };
        let is_gone = move |seq: u64| {
            let at = usize::try_from(seq).unwrap_or(usize::MAX);
            gone.get(at).copied().unwrap_or(false)
        };
        self.records
            .since(first)
            .take_while(move |record| record.seq <= last)
            .filter(move |record| record.event.task().is_some_and(|task| &**task == name))
            .filter(move |record| !is_gone(record.seq))
    }

    /// Returns everything known so far.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Notes what the machine spent on the run. Not part of the records or of their digest, for it
    /// differs from run to run.
    pub fn measure(&mut self, measured: Measured) {
        self.view.measured = measured;
    }

    /// Notes a verdict about the machine the run happened on, for the same reason: reports see it
    /// among the others, the records do not have it.
    pub fn remark(&mut self, check: Check) {
        let checks = &mut self.view.checks;
        let at = checks.partition_point(|known| known.line <= check.line);
        checks.insert(at, check);
    }

    /// Returns the keccak-256 of the log's JSON lines: equal digests mean equal runs.
    ///
    /// It is the hash of the file a saved log consists of.
    pub fn digest(&self) -> B256 {
        hashed_on(self.hasher(), self.records.unfilled().iter()).finalize()
    }

    /// Returns what hashes on where the full chunks end.
    fn hasher(&self) -> Keccak256 {
        let hashed = self.hashed.as_ref();
        hashed.map_or_else(Keccak256::new, |hashed| hashed.get().clone())
    }
}

/// Hashes on over the lines of `records`.
fn hashed_on<'a>(mut hasher: Keccak256, records: impl Iterator<Item = &'a Record>) -> Keccak256 {
    let mut line = Vec::new();
    for record in records {
        line.clear();
        record.write_line(&mut line);
        hasher.update(&line);
    }
    hasher
}

impl fmt::Debug for EventLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLog")
            .field("digest", &self.digest())
            .field("records", &self.records)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::keccak256;

    use super::*;
    use crate::log::EndReason;

    #[test]
    fn the_digest_of_a_long_log_and_of_its_copies_is_the_hash_of_their_lines() {
        let mut log = EventLog::default();
        let mut text = Vec::new();
        let mut copies = Vec::new();
        for seq in 0..3_000 {
            let reason = EndReason::Complete;
            log.append(
                Timestamp::from_millis(seq),
                seq / 7,
                None,
                Event::RunFinished { reason },
            );
            log.records()
                .last()
                .expect("a record was just appended")
                .write_line(&mut text);
            if seq % 500 == 499 {
                copies.push((log.clone(), keccak256(&text)));
            }
        }
        for (copy, expected) in copies {
            assert_eq!(copy.digest(), expected);
        }
        assert_eq!(log.digest(), keccak256(&text));
    }
}
