//! Programs inside this binary: for lessons and tests, on every machine and in no time.
//!
//! They behave as a real app would: they read their folder, print, and write what all workers must
//! agree on to `consensus.iexec`, or name it in `computed.json` under the modern contract.

mod echo;
mod fail;
mod fill;
mod hello;
mod random;
mod sha256;
mod sleep;
mod wc;

use std::{str::FromStr, time::Duration};

use alloy_primitives::hex;
use serde_json::{Map, Value};
use thiserror::Error;

use super::{
    Captured, Contract, Ended, Files, FilesError, Job, Outcome, OutcomeKind,
    computed::COMPUTED_FILE, conclude, digest::CONSENSUS_FILE, memory::Depends,
};

/// The programs there are.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Builtin {
    /// Prints `Hello, NAME!` for its arguments.
    Hello,
    /// Prints its arguments.
    Echo,
    /// Counts the lines of every input file.
    Wc,
    /// Prints a number that is different on every worker.
    Random,
    /// Takes the time it is told, prints nothing else.
    Sleep,
    /// Ends with the exit code it is told.
    Fail,
    /// Writes a file of the size it is told.
    Fill,
    /// Prints the SHA-256 of every input file.
    Sha256,
}

/// There is no program of that name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "no builtin program is called {0:?}; there are hello, echo, wc, random, sleep, fail, fill and sha256"
)]
pub struct UnknownBuiltin(String);

impl Builtin {
    /// Every program.
    pub const ALL: [Self; 8] = [
        Self::Hello,
        Self::Echo,
        Self::Wc,
        Self::Random,
        Self::Sleep,
        Self::Fail,
        Self::Fill,
        Self::Sha256,
    ];

    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Echo => "echo",
            Self::Wc => "wc",
            Self::Random => "random",
            Self::Sleep => "sleep",
            Self::Fail => "fail",
            Self::Fill => "fill",
            Self::Sha256 => "sha256",
        }
    }

    /// Returns what its outcome depends on besides arguments and inputs.
    pub(super) fn depends(self) -> Depends {
        Depends {
            on_task: false,
            on_worker: self == Self::Random,
        }
    }
}

impl FromStr for Builtin {
    type Err = UnknownBuiltin;

    fn from_str(name: &str) -> Result<Self, UnknownBuiltin> {
        let named = |builtin: &Self| builtin.name() == name;
        Self::ALL
            .into_iter()
            .find(named)
            .ok_or_else(|| UnknownBuiltin(name.into()))
    }
}

/// What a program did.
#[derive(Default)]
struct Ran {
    exit: i32,
    stdout: String,
    stderr: String,
    /// A file it left besides the one with its text: name and content.
    file: Option<(&'static str, Vec<u8>)>,
    duration: Option<Duration>,
}

impl Ran {
    /// A run that printed `text` and a line feed.
    fn printing(text: impl Into<String>) -> Self {
        Self {
            stdout: text.into() + "\n",
            ..Self::default()
        }
    }

    /// A run that was called wrongly: it explains itself and ends with code 2.
    fn misused(usage: &str) -> Self {
        Self {
            exit: 2,
            stderr: format!("usage: {usage}\n"),
            ..Self::default()
        }
    }
}

pub(super) fn run(job: &Job, builtin: Builtin) -> Outcome {
    let ran = match builtin {
        Builtin::Hello => hello::run(job),
        Builtin::Echo => echo::run(job),
        Builtin::Wc => wc::run(job),
        Builtin::Random => random::run(job),
        Builtin::Sleep => sleep::run(job),
        Builtin::Fail => fail::run(job),
        Builtin::Fill => fill::run(job),
        Builtin::Sha256 => sha256::run(job),
    };
    if ran
        .duration
        .is_some_and(|duration| duration > job.limits.wall)
    {
        let mut ended = Ended::empty(OutcomeKind::Timeout, "the time limit was reached");
        ended.duration = Some(job.limits.wall);
        return conclude(job, "builtin", ended);
    }
    let kind = match ran.exit {
        0 => OutcomeKind::Ok,
        code => OutcomeKind::Exit(code),
    };
    let ended = match leave(job, builtin, &ran) {
        Ok(files) => Ended {
            detail: ran.stderr.trim_end().into(),
            files,
            stdout: Captured::capped(ran.stdout.into_bytes(), job.limits.log_bytes),
            stderr: Captured::capped(ran.stderr.into_bytes(), job.limits.log_bytes),
            duration: ran.duration,
            ..Ended::empty(kind, "")
        },
        Err(error) => Ended::empty(OutcomeKind::OutputError, error.to_string()),
    };
    conclude(job, "builtin", ended)
}

/// What lies in the output folder after the run. A program that fails leaves nothing.
fn leave(job: &Job, builtin: Builtin, ran: &Ran) -> Result<Files, FilesError> {
    let mut files = match job.contract {
        Contract::V2 => job.inputs.clone(),
        Contract::V5 => Files::new(),
    };
    if ran.exit != 0 {
        return Ok(files);
    }
    if let Some((name, content)) = &ran.file {
        files.insert(name, content.clone())?;
    }
    let text_file = format!("{}.txt", builtin.name());
    let text = ran.stdout.clone().into_bytes();
    match job.contract {
        Contract::V2 => {
            files.insert(&text_file, text.clone())?;
            files.insert(CONSENSUS_FILE, text)?;
        }
        Contract::V5 => {
            let callback = job.callback.then(|| hex::encode_prefixed(&text));
            declare(&mut files, Some((&text_file, text)), callback)?;
        }
    }
    Ok(files)
}

/// Writes a file with the result, and `computed.json` that names it and the callback data.
pub(super) fn declare(
    files: &mut Files,
    result: Option<(&str, Vec<u8>)>,
    callback: Option<String>,
) -> Result<(), FilesError> {
    let mut computed = Map::new();
    if let Some((name, content)) = result {
        files.insert(name, content)?;
        let path = format!("/iexec_out/{name}");
        computed.insert("deterministic-output-path".into(), Value::String(path));
    }
    if let Some(data) = callback {
        computed.insert("callback-data".into(), Value::String(data));
    }
    if !computed.is_empty() && files.get(COMPUTED_FILE).is_none() {
        let json = Value::Object(computed).to_string();
        files.insert(COMPUTED_FILE, json.into_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
