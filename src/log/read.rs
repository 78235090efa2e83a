//! Reads a saved log back. A log cut off by a crash is read up to its last whole record.

use std::io::{self, BufRead};

use super::{EventLog, Record};

/// A log read from a file.
#[derive(Clone, Debug)]
pub struct SavedLog {
    /// Everything that was saved whole.
    pub log: EventLog,
    /// Whether the last line was cut off, as a crash leaves it.
    pub torn: bool,
}

/// Why a saved log cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file could not be read.
    #[error("cannot read the log: {0}")]
    Io(#[from] io::Error),
    /// A line is not a record.
    #[error("line {line} of the log is not a record: {cause}")]
    NotARecord {
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        cause: serde_json::Error,
    },
    /// A record is missing or doubled.
    #[error("line {line} of the log holds record {found} where record {expected} belongs")]
    OutOfOrder {
        /// The line, from 1.
        line: u64,
        /// The position that belongs there.
        expected: u64,
        /// The position found.
        found: u64,
    },
    /// Time runs backwards.
    #[error("line {line} of the log is earlier than the line before it")]
    TimeBackwards {
        /// The line, from 1.
        line: u64,
    },
}

/// Reads a log of JSON lines.
///
/// A last line without its newline is what a crash leaves behind: it is dropped and the log called
/// torn. Everything else that is not the next record is an error.
///
/// # Errors
///
/// When the source cannot be read or holds something else than the records of one run in order.
pub fn read(mut source: impl BufRead) -> Result<SavedLog, LogError> {
    let mut log = EventLog::default();
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        source.read_until(b'\n', &mut bytes)?;
        if bytes.last() != Some(&b'\n') {
            let torn = !bytes.is_empty();
            return Ok(SavedLog { log, torn });
        }
        read_line(&mut log, &bytes)?;
    }
}

/// Appends the record in `line` to `log`, which must be whole up to there.
///
/// # Errors
///
/// When the line is not the next record.
pub fn read_line(log: &mut EventLog, bytes: &[u8]) -> Result<(), LogError> {
    let expected = log.records().len() as u64;
    let line = expected + 1;
    let record: Record =
        serde_json::from_slice(bytes).map_err(|cause| LogError::NotARecord { line, cause })?;
    if record.seq != expected {
        return Err(LogError::OutOfOrder {
            line,
            expected,
            found: record.seq,
        });
    }
    let last = log.records().last();
    if last.is_some_and(|last| last.time > record.time) {
        return Err(LogError::TimeBackwards { line });
    }
    log.append(record.time, record.block, record.actor, record.event);
    Ok(())
}
