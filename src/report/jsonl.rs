//! The log as JSON lines: the format of saved logs and of `--format jsonl`.

use std::io::{self, Write};

use crate::log::{Record, Sink};

/// A sink that writes each record as one line of JSON.
///
/// Lines are written whole: what a crash leaves behind ends with at most one cut-off line, which
/// [`crate::log::read`] drops.
pub struct JsonLines<W> {
    out: W,
    line: Vec<u8>,
}

impl<W: Write> JsonLines<W> {
    /// Returns a sink that writes to `out`, which should be buffered.
    pub fn new(out: W) -> Self {
        Self {
            out,
            line: Vec::new(),
        }
    }

    /// Returns what was written to.
    pub fn into_inner(self) -> W {
        self.out
    }
}

impl<W: Write + Send> Sink for JsonLines<W> {
    fn record(&mut self, record: &Record) -> io::Result<()> {
        self.line.clear();
        record.write_line(&mut self.line);
        self.out.write_all(&self.line)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
