//! Readers of a growing log. Each is independent: one that fails is reported and left out, the
//! others go on, and nothing a reader does changes the run.

use std::io;

use super::{EventLog, Record};

/// Somebody who wants to hear of every record, once, in order.
pub trait Sink: Send {
    /// Takes in the next record.
    ///
    /// # Errors
    ///
    /// When it cannot be written. The sink hears of nothing more.
    fn record(&mut self, record: &Record) -> io::Result<()>;

    /// Writes out what is held back. Called once, at the end of the run.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A sink that failed, and why.
#[derive(Debug, thiserror::Error)]
#[error("{sink} stopped listening at record {seq}: {cause}")]
pub struct SinkFailure {
    /// What the sink was called.
    pub sink: String,
    /// The record it failed on; the number of records when it failed to finish.
    pub seq: u64,
    /// What went wrong.
    #[source]
    pub cause: io::Error,
}

/// The sinks of one run and how far they have read.
#[derive(Default)]
pub struct Sinks<'a> {
    sinks: Vec<(String, Box<dyn Sink + 'a>)>,
    next: u64,
    failures: Vec<SinkFailure>,
}

impl<'a> Sinks<'a> {
    /// Adds a sink, called `name` when it fails. It hears of records not yet passed on.
    pub fn add(&mut self, name: impl Into<String>, sink: impl Sink + 'a) {
        self.sinks.push((name.into(), Box::new(sink)));
    }

    /// Passes on every record of `log` the sinks have not heard of.
    pub fn catch_up(&mut self, log: &EventLog) {
        if self.sinks.is_empty() {
            self.next = log.records().len() as u64;
            return;
        }
        for record in log.records().since(self.next) {
            self.next = record.seq + 1;
            let failures = &mut self.failures;
            self.sinks.retain_mut(|(name, sink)| {
                let done = sink.record(record);
                done.map_err(|cause| failures.push(failure(name, record.seq, cause)))
                    .is_ok()
            });
        }
    }

    /// Takes note that `log` is as it was earlier: records it does not have any more are forgotten.
    /// Returns whether there are such.
    pub fn return_to(&mut self, log: &EventLog) -> bool {
        let length = log.records().len() as u64;
        let returned = length < self.next;
        self.next = self.next.min(length);
        returned
    }

    /// Lets every sink write out what it holds back, and returns all failures of the run.
    pub fn finish(mut self) -> Vec<SinkFailure> {
        for (name, sink) in &mut self.sinks {
            if let Err(cause) = sink.finish() {
                self.failures.push(failure(name, self.next, cause));
            }
        }
        self.failures
    }

    /// Returns the failures so far.
    pub fn failures(&self) -> &[SinkFailure] {
        &self.failures
    }
}

fn failure(name: &str, seq: u64, cause: io::Error) -> SinkFailure {
    SinkFailure {
        sink: name.to_owned(),
        seq,
        cause,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        log::{EndReason, Event},
        time::Timestamp,
    };

    struct Counter<'a> {
        seen: &'a mut u64,
        room: u64,
    }

    impl Sink for Counter<'_> {
        fn record(&mut self, _: &Record) -> io::Result<()> {
            if *self.seen == self.room {
                return Err(io::Error::new(io::ErrorKind::StorageFull, "disk full"));
            }
            *self.seen += 1;
            Ok(())
        }
    }

    #[test]
    fn a_sink_that_fails_is_reported_and_the_others_go_on() {
        let mut log = EventLog::default();
        let append = |log: &mut EventLog| {
            let reason = EndReason::Complete;
            log.append(Timestamp::START, 0, None, Event::RunFinished { reason });
        };
        let (mut full, mut healthy) = (0, 0);
        let mut sinks = Sinks::default();
        sinks.add(
            "file.jsonl",
            Counter {
                seen: &mut full,
                room: 2,
            },
        );
        sinks.add(
            "terminal",
            Counter {
                seen: &mut healthy,
                room: 100,
            },
        );
        for _ in 0..5 {
            append(&mut log);
            sinks.catch_up(&log);
        }
        let failures = sinks.finish();
        assert_eq!((full, healthy), (2, 5));
        assert_eq!(failures.len(), 1);
        assert_eq!(
            failures[0].to_string(),
            "file.jsonl stopped listening at record 2: disk full"
        );
    }
}
