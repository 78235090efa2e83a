//! Records kept in shared chunks: a copy of a long log costs one pointer per chunk.

use std::{ops::Index, sync::Arc};

use super::Record;

/// Records in one chunk. A clone of the log copies the chunk written next, so chunks stay small.
const CHUNK: usize = 256;

/// All records of a run, oldest first: append-only, cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Records {
    chunks: Vec<Arc<Vec<Record>>>,
    len: usize,
}

impl Records {
    /// Appends a record.
    pub(crate) fn push(&mut self, record: Record) {
        if self.len.is_multiple_of(CHUNK) {
            self.chunks.push(Arc::new(Vec::with_capacity(CHUNK)));
        }
        let last = self.chunks.last_mut().expect("a chunk was just made");
        Arc::make_mut(last).push(record);
        self.len += 1;
    }

    /// Returns the newest chunk, if the newest record has just made it full: it never changes again.
    pub(super) fn filled(&self) -> Option<Arc<Vec<Record>>> {
        let newest = self.chunks.last()?;
        (newest.len() == CHUNK).then(|| Arc::clone(newest))
    }

    /// Returns the records after the last full chunk.
    pub(super) fn unfilled(&self) -> &[Record] {
        match self.chunks.last() {
            Some(newest) if newest.len() < CHUNK => newest,
            Some(_) | None => &[],
        }
    }

    /// Returns how many records there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Tells whether nothing has happened yet.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the record at position `seq`.
    pub fn get(&self, seq: u64) -> Option<&Record> {
        let at = usize::try_from(seq).ok()?;
        self.chunks.get(at / CHUNK)?.get(at % CHUNK)
    }

    /// Returns the newest record.
    pub fn last(&self) -> Option<&Record> {
        self.chunks.last()?.last()
    }

    /// Returns the records from position `seq` on, oldest first; none when there are fewer.
    pub fn since(&self, seq: u64) -> impl DoubleEndedIterator<Item = &Record> {
        let at = usize::try_from(seq).map_or(self.len, |at| at.min(self.len));
        let chunks = self.chunks.get(at / CHUNK..).unwrap_or_default();
        let (first, rest) = match chunks.split_first() {
            Some((first, rest)) => (&first[at % CHUNK..], rest),
            None => (&[][..], chunks),
        };
        first
            .iter()
            .chain(rest.iter().flat_map(|chunk| chunk.iter()))
    }

    /// Returns all records, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Record> {
        self.since(0)
    }
}

impl Index<usize> for Records {
    type Output = Record;

    /// Panics when there are not that many records.
    fn index(&self, at: usize) -> &Record {
        &self.chunks[at / CHUNK][at % CHUNK]
    }
}

impl PartialEq for Records {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        log::{EndReason, Event},
        time::Timestamp,
    };

    fn of_length(length: u64) -> Records {
        let mut records = Records::default();
        for seq in 0..length {
            records.push(Record {
                seq,
                time: Timestamp::from_millis(seq),
                block: 0,
                actor: None,
                event: Event::RunFinished {
                    reason: EndReason::Complete,
                },
            });
        }
        records
    }

    #[test]
    fn reading_on_from_anywhere_misses_nothing() {
        let length = 3 * CHUNK as u64 + 5;
        let records = of_length(length);
        for start in [0, 1, 255, 256, 257, 512, 700, length - 1, length, u64::MAX] {
            let seen: Vec<u64> = records.since(start).map(|record| record.seq).collect();
            let expected: Vec<u64> = (start.min(length)..length).collect();
            assert_eq!(seen, expected, "from {start}");
        }
        assert_eq!(records.get(300).unwrap().seq, 300);
        assert_eq!(records[300].seq, 300);
        assert!(records.get(length).is_none());
        assert_eq!(records.iter().next_back(), records.last());
    }

    #[test]
    fn a_copy_does_not_see_what_is_appended_later() {
        let mut records = of_length(300);
        let copy = records.clone();
        assert_eq!(records, copy);
        records.push(copy[0].clone());
        assert_eq!(copy.len(), 300);
        assert_eq!(copy.iter().count(), 300);
        assert_ne!(records, copy);
    }
}
