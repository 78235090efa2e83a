//! Writes a run file as the run goes. Rule: what was written is never touched again.

use std::{
    io::{self, Write},
    sync::Arc,
};

use alloy_primitives::B256;
use parking_lot::Mutex;

use super::{
    End, Execution, Header, Recorder,
    content::{ContractsHead, InputHead, SourceHead, with_head},
    frame::{self, Kind},
};
use crate::{
    executor::{Executor, inputs::Inputs},
    log::{EventLog, Record, Sink, view::Measured},
    scenario::Loaded,
    world::deed::{Deed, What},
};

/// Bytes of JSON lines in one frame: enough to pack well, little enough to lose.
const CHUNK: usize = 64 << 10;

/// A run file in the making. Clones write to the same file: one is the log's [`Sink`], another
/// notes what programs outside made.
pub struct RunWriter<W> {
    inner: Arc<Mutex<Inner<W>>>,
}

struct Inner<W> {
    out: W,
    lines: Vec<u8>,
    deeds: Vec<u8>,
    /// Why a frame could not be written. Nothing follows it: a file that lacks something in its
    /// middle must not look whole.
    broken: Option<(io::ErrorKind, String)>,
}

impl<W: Write> RunWriter<W> {
    /// Begins a file: what the run is made of goes first. `scenario` is what the user called it.
    ///
    /// # Errors
    ///
    /// When `out` cannot be written, or contracts the scenario names cannot be read.
    pub fn new(mut out: W, scenario: &str, loaded: &Loaded, inputs: &Inputs) -> io::Result<Self> {
        frame::begin(&mut out)?;
        let header = Header {
            emulate: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: scenario.to_owned(),
            seed: loaded.scenario.scenario.seed,
            vars: loaded.overrides.vars.clone(),
            sets: loaded.overrides.sets.clone(),
            is_made: loaded.is_made(),
        };
        frame::write(&mut out, Kind::Header, &with_head(&header, &[]))?;
        for (path, text) in loaded.texts() {
            let path = path.to_string_lossy().into_owned();
            let content = with_head(&SourceHead { path }, text.as_bytes());
            frame::write(&mut out, Kind::Source, &content)?;
        }
        for (uri, fetched) in inputs.fetched() {
            let content = with_head(&InputHead { uri }, &fetched.content);
            frame::write(&mut out, Kind::Input, &content)?;
        }
        for (name, build) in loaded.builds().map_err(io::Error::other)? {
            let content = with_head(&ContractsHead { name }, &build.to_json());
            frame::write(&mut out, Kind::Contracts, &content)?;
        }
        let inner = Inner {
            out,
            lines: Vec::new(),
            deeds: Vec::new(),
            broken: None,
        };
        Ok(Self {
            inner: Arc::new(Mutex::new(inner)),
        })
    }

    /// Writes out the records held back, and ends the file.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn end(&self, log: &EventLog, head: (u64, B256), measured: Measured) -> io::Result<()> {
        let (height, head) = head;
        let end = End {
            records: log.records().len() as u64,
            digest: log.digest(),
            height,
            head,
            wall_ns: measured
                .wall
                .map(|wall| u64::try_from(wall.as_nanos()).unwrap_or(u64::MAX)),
            memory: measured.memory,
        };
        let mut inner = self.inner.lock();
        inner.write_deeds();
        inner.write_lines()?;
        inner.frame(Kind::End, &with_head(&end, &[]))?;
        inner.out.flush()
    }

    /// Writes out the records held back.
    ///
    /// # Errors
    ///
    /// When they cannot be written.
    pub fn flush(&self) -> io::Result<()> {
        let mut inner = self.inner.lock();
        inner.write_lines()?;
        inner.out.flush()
    }

    /// Notes what came of a program that ran outside.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn execution(&self, execution: &Execution) -> io::Result<()> {
        let mut inner = self.inner.lock();
        inner.write_lines()?;
        inner.frame(Kind::Execution, &execution.to_bytes())
    }

    /// Notes what was done to the network from outside. Ends of programs wait for company: without
    /// the deeds after them they mean nothing. An error is told by [`RunWriter::end`].
    pub fn deed(&self, deed: &Deed) {
        let mut inner = self.inner.lock();
        let line = serde_json::to_vec(deed).expect("texts, numbers and bytes have a JSON form");
        inner.deeds.extend_from_slice(&line);
        inner.deeds.push(b'\n');
        let waits = matches!(deed.what, What::Completed { .. });
        if !waits || inner.deeds.len() >= CHUNK {
            inner.write_deeds();
        }
    }

    /// Returns `executor`, with everything that comes of its programs noted in this file.
    pub fn recorder(&self, executor: Arc<dyn Executor>) -> Recorder
    where
        W: Send + 'static,
    {
        let writer = self.clone();
        Recorder::new(executor, move |execution| writer.execution(execution))
    }
}

impl<W: Write> Inner<W> {
    fn write_deeds(&mut self) {
        if self.deeds.is_empty() {
            return;
        }
        let deeds = std::mem::take(&mut self.deeds);
        // Nobody waits for deeds: whoever ends the file hears that they are missing.
        let _ = self.frame(Kind::Deeds, &deeds);
    }

    fn write_lines(&mut self) -> io::Result<()> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let mut lines = std::mem::take(&mut self.lines);
        let written = self.frame(Kind::Events, &lines);
        lines.clear();
        self.lines = lines;
        written
    }

    fn frame(&mut self, kind: Kind, content: &[u8]) -> io::Result<()> {
        if let Some((kind, why)) = &self.broken {
            return Err(io::Error::new(*kind, why.clone()));
        }
        let written = frame::write(&mut self.out, kind, content);
        if let Err(error) = &written {
            self.broken = Some((error.kind(), error.to_string()));
        }
        written
    }
}

impl<W> Clone for RunWriter<W> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

impl<W: Write + Send> Sink for RunWriter<W> {
    fn record(&mut self, record: &Record) -> io::Result<()> {
        let mut inner = self.inner.lock();
        record.write_line(&mut inner.lines);
        if inner.lines.len() >= CHUNK {
            inner.write_lines()?;
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.flush()
    }
}
