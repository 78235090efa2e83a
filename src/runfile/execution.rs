//! What came of programs outside, kept and given again: a replayed run needs no docker.
//!
//! Rule: what was recorded is given back in the order in which it came, never made up.

use std::{collections::BTreeMap, io, sync::Arc, time::Duration};

use alloy_primitives::{B256, Bytes};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::content::{split_head, with_head};
use crate::{
    executor::{
        Basis, Captured, Contained, Ended, Executor, Files, Job, Outcome, OutcomeKind, Running,
        Spent, conclude,
    },
    protocol::Name,
};

/// One program that ran outside of `emulate`, and what came of it.
///
/// In a file: a line of JSON that says everything but bytes, then the bytes of standard output,
/// standard error, callback data, archive and output files, as long as the line says each is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// The task it was for.
    pub task: Name,
    /// Who ran it; `reference` for the emulator itself.
    pub worker: Name,
    /// What came of it.
    pub outcome: Outcome,
}

#[derive(Serialize, Deserialize)]
struct Head {
    task: Name,
    worker: Name,
    kind: OutcomeKind,
    digest: Option<B256>,
    basis: Basis,
    detail: String,
    duration_ns: Option<u64>,
    executor: String,
    /// Length, and whether there was more.
    stdout: (u64, bool),
    stderr: (u64, bool),
    callback: Option<u64>,
    archive: Option<u64>,
    files: Vec<(String, u64)>,
    directories: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contained: Option<Contained>,
}

impl Execution {
    /// Returns it as the content of a frame.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let outcome = &self.outcome;
        let long = |bytes: &Bytes| bytes.len() as u64;
        let captured = |stream: &Captured| (long(&stream.bytes), stream.truncated);
        let head = Head {
            task: self.task.clone(),
            worker: self.worker.clone(),
            kind: outcome.kind.clone(),
            digest: outcome.digest,
            basis: outcome.basis,
            detail: outcome.detail.clone(),
            duration_ns: outcome
                .duration
                .map(|span| u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)),
            executor: outcome.executor.to_owned(),
            stdout: captured(&outcome.stdout),
            stderr: captured(&outcome.stderr),
            callback: outcome.callback.as_ref().map(long),
            archive: outcome.archive.as_ref().map(long),
            files: outcome
                .outputs
                .iter()
                .map(|(path, bytes)| (path.to_owned(), long(bytes)))
                .collect(),
            directories: outcome.outputs.directories().map(str::to_owned).collect(),
            contained: outcome.contained.clone(),
        };
        let mut bytes = [&outcome.stdout.bytes[..], &outcome.stderr.bytes[..]].concat();
        let optional = [&outcome.callback, &outcome.archive];
        for part in optional.into_iter().flatten() {
            bytes.extend_from_slice(part);
        }
        for (_, content) in outcome.outputs.iter() {
            bytes.extend_from_slice(content);
        }
        with_head(&head, &bytes)
    }

    /// Reads the content of a frame.
    pub(super) fn from_bytes(content: &[u8]) -> Result<Self, String> {
        let (head, rest) = split_head::<Head>(content)?;
        let rest = Bytes::copy_from_slice(rest);
        let mut at = 0;
        let mut cut = |len: u64| {
            let end = usize::try_from(len)
                .ok()
                .and_then(|len| len.checked_add(at));
            let end = end.filter(|end| *end <= rest.len());
            let end = end.ok_or("it is shorter than it says")?;
            let part = rest.slice(at..end);
            at = end;
            Ok::<_, String>(part)
        };
        let mut captured = |(len, truncated)| {
            let bytes = cut(len)?;
            Ok::<_, String>(Captured { bytes, truncated })
        };
        let (stdout, stderr) = (captured(head.stdout)?, captured(head.stderr)?);
        let callback = head.callback.map(&mut cut).transpose()?;
        let archive = head.archive.map(&mut cut).transpose()?;
        let mut outputs = Files::new();
        for path in &head.directories {
            let made = outputs.insert_directory(path);
            made.map_err(|error| error.to_string())?;
        }
        for (path, len) in head.files {
            let inserted = outputs.insert(&path, cut(len)?);
            inserted.map_err(|error| error.to_string())?;
        }
        let outcome = Outcome {
            kind: head.kind,
            digest: head.digest,
            basis: head.basis,
            detail: head.detail,
            outputs,
            stdout,
            stderr,
            callback,
            archive,
            duration: head.duration_ns.map(Duration::from_nanos),
            executor: match head.executor.as_str() {
                "docker" => "docker",
                _ => "recorded",
            },
            contained: head.contained,
        };
        Ok(Self {
            task: head.task,
            worker: head.worker,
            outcome,
        })
    }
}

/// What is done with each execution.
type Keep = dyn Fn(&Execution) -> io::Result<()> + Send + Sync;

/// An executor whose outcomes are kept.
pub struct Recorder {
    inner: Arc<dyn Executor>,
    keep: Box<Keep>,
    failed: Mutex<Option<io::Error>>,
}

impl Recorder {
    /// Returns `inner`, with everything that comes of its programs handed to `keep`.
    pub fn new(
        inner: Arc<dyn Executor>,
        keep: impl Fn(&Execution) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self {
            inner,
            keep: Box::new(keep),
            failed: Mutex::default(),
        }
    }

    /// Returns why something could not be kept, once.
    pub fn failure(&self) -> Option<io::Error> {
        self.failed.lock().take()
    }
}

impl Executor for Recorder {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn execute<'a>(&'a self, job: &'a Job) -> Running<'a> {
        Box::pin(async move {
            let outcome = self.inner.execute(job).await;
            let execution = Execution {
                task: job.task.clone(),
                worker: job.worker.clone(),
                outcome,
            };
            if let Err(error) = (self.keep)(&execution) {
                *self.failed.lock() = Some(error);
            }
            execution.outcome
        })
    }

    fn stop(&self) {
        self.inner.stop();
    }

    fn close(&self) {
        self.inner.close();
    }

    fn trouble(&self) -> Option<String> {
        self.inner.trouble()
    }

    fn spent(&self) -> Vec<Spent> {
        self.inner.spent()
    }
}

/// What was recorded, to be given again: per task and worker in the order in which it came.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    outcomes: BTreeMap<(Name, Name), Vec<Outcome>>,
}

impl Recorded {
    /// Returns these, sorted by whom they were for.
    pub fn new(executions: impl IntoIterator<Item = Execution>) -> Self {
        let mut outcomes: BTreeMap<_, Vec<Outcome>> = BTreeMap::new();
        for execution in executions {
            let key = (execution.task, execution.worker);
            outcomes.entry(key).or_default().push(execution.outcome);
        }
        Self { outcomes }
    }

    /// Returns what came of the `nth` run of a task's program by a worker, counted from 0; a run
    /// that was not recorded comes out as unavailable.
    pub fn outcome(&self, job: &Job, nth: usize) -> Outcome {
        let key = (job.task.clone(), job.worker.clone());
        let known = self.outcomes.get(&key).and_then(|known| known.get(nth));
        known.cloned().unwrap_or_else(|| {
            let why = "the run that was saved has no such execution";
            conclude(job, "recorded", Ended::empty(OutcomeKind::Unavailable, why))
        })
    }
}
