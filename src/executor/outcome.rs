//! What came of running a program.

use std::{fmt, time::Duration};

use alloy_primitives::{B256, Bytes};
use serde::{Deserialize, Serialize};

use super::Files;
use crate::log::named;

/// The most bytes of text output an [`Outcome`] shows.
const OUTPUT_BYTES_MAX: usize = 4096;

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeKind {
    /// The program ended by itself with code 0.
    Ok,
    /// The program ended by itself with another code.
    Exit(i32),
    /// The time limit was reached.
    Timeout,
    /// The memory limit was reached.
    OutOfMemory,
    /// The instruction limit was reached: the time limit of programs whose steps are counted.
    OutOfFuel,
    /// The program did something no program may do, such as reading outside its memory.
    Trap,
    /// The program ended well but left nothing a vote could be about.
    NoConsensus,
    /// The program left more files or bytes than allowed, or names that are not.
    OutputError,
    /// The program itself could not be obtained or understood.
    ImageError,
    /// An input could not be obtained or understood.
    InputError,
    /// This machine cannot run such programs; the worker has no opinion.
    Unavailable,
    /// Something the program needs cannot be had now; the worker has no opinion yet.
    Hindered,
}

impl OutcomeKind {
    /// Returns the word that goes into an error digest, equal on every machine.
    ///
    /// None for [`OutcomeKind::Ok`], which is no error, and for [`OutcomeKind::Unavailable`] and
    /// [`OutcomeKind::Hindered`], on which an honest worker must not vote.
    pub fn code(&self) -> Option<String> {
        Some(match self {
            Self::Ok | Self::Unavailable | Self::Hindered => return None,
            Self::Exit(code) => format!("exit:{code}"),
            Self::Timeout | Self::OutOfFuel => "timeout".into(),
            Self::OutOfMemory => "oom".into(),
            Self::Trap => "trap".into(),
            Self::NoConsensus => "no-consensus".into(),
            Self::OutputError => "output".into(),
            Self::ImageError => "image".into(),
            Self::InputError => "input".into(),
        })
    }
}

named! {
    OutcomeKind {
        Ok => "ok",
        Exit => "exit",
        Timeout => "timeout",
        OutOfMemory => "out of memory",
        OutOfFuel => "out of fuel",
        Trap => "trap",
        NoConsensus => "no consensus file",
        OutputError => "output refused",
        ImageError => "image error",
        InputError => "input error",
        Unavailable => "unavailable",
        Hindered => "hindered",
    }
}

impl OutcomeKind {
    /// Returns whether the log may write an outcome so: one of the names, or `exit 3`.
    pub fn is_written(text: &str) -> bool {
        let exit = Self::Exit(0).name();
        match text.strip_prefix(exit) {
            Some(code) => code
                .strip_prefix(' ')
                .and_then(|code| code.parse::<i32>().ok())
                .is_some_and(|code| code != 0 && Self::Exit(code).to_string() == text),
            None => Self::NAMES.contains(&text),
        }
    }
}

impl fmt::Display for OutcomeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::Exit(code) => write!(f, " {code}"),
            Self::Ok
            | Self::Timeout
            | Self::OutOfMemory
            | Self::OutOfFuel
            | Self::Trap
            | Self::NoConsensus
            | Self::OutputError
            | Self::ImageError
            | Self::InputError
            | Self::Unavailable
            | Self::Hindered => Ok(()),
        }
    }
}

/// What the digest of an outcome is a digest of.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The file in which the program wrote what all workers agree on.
    ConsensusFile,
    /// The path `computed.json` names.
    OutputPath,
    /// The data for the callback contract.
    Callback,
    /// All outputs, for want of a consensus file.
    Tree,
    /// The result archive, for want of a consensus file.
    Archive,
    /// Nothing: the scenario states the digest.
    Declared,
    /// The fact that it failed, and how.
    Failure,
    /// There is no digest: the worker abstains.
    Nothing,
}

/// A captured stream of text, cut at a limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// The bytes kept.
    pub bytes: Bytes,
    /// Whether there were more.
    pub truncated: bool,
}

impl Captured {
    /// Keeps the first `limit` bytes of `bytes`.
    pub fn capped(bytes: impl Into<Bytes>, limit: usize) -> Self {
        let bytes = bytes.into();
        Self {
            truncated: bytes.len() > limit,
            bytes: bytes.slice(..bytes.len().min(limit)),
        }
    }

    /// Returns the bytes as text; what is not UTF-8 is replaced.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }
}

/// What is known of a program's container once it is over; equal wherever it ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contained {
    /// What stands for the image's content: `sha256:…`; empty when there was no image.
    pub image: String,
    /// The exit code, unless the container was stopped or never started.
    pub exit: Option<i64>,
    /// Whether the kernel took a process away for want of memory.
    pub out_of_memory: bool,
}

/// What came of running a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How the run ended.
    pub kind: OutcomeKind,
    /// What the worker votes for; none when it abstains.
    pub digest: Option<B256>,
    /// What the digest is a digest of.
    pub basis: Basis,
    /// More on why it ended so, for people; empty when all is well.
    pub detail: String,
    /// Files the program made or changed; its standard streams are not among them.
    pub outputs: Files,
    /// What it wrote to standard output.
    pub stdout: Captured,
    /// What it wrote to standard error.
    pub stderr: Captured,
    /// Data for the callback contract; its Keccak-256 is the digest.
    pub callback: Option<Bytes>,
    /// The archive the digest was taken of, when [`Basis::Archive`] asked for one.
    pub archive: Option<Bytes>,
    /// How long the program says it took in the run's own time; none leaves it to the scenario.
    pub duration: Option<Duration>,
    /// Which executor ran it: `builtin`, `mock`, `wasm`, `docker`.
    pub executor: &'static str,
    /// What is known of its container, if it ran in one.
    pub contained: Option<Contained>,
}

impl Outcome {
    /// Returns what comes of a program that could not even begin, and why; nobody votes on that.
    pub fn unavailable(why: impl Into<String>) -> Self {
        Self::nothing(OutcomeKind::Unavailable, why)
    }

    /// Returns the same of a program that might begin later.
    pub fn hindered(why: impl Into<String>) -> Self {
        Self::nothing(OutcomeKind::Hindered, why)
    }

    fn nothing(kind: OutcomeKind, why: impl Into<String>) -> Self {
        Self {
            kind,
            digest: None,
            basis: Basis::Nothing,
            detail: why.into(),
            outputs: Files::new(),
            stdout: Captured::default(),
            stderr: Captured::default(),
            callback: None,
            archive: None,
            duration: None,
            executor: "none",
            contained: None,
        }
    }

    /// Returns the program's text output: what it printed, else its consensus file, if that is
    /// text; without the final line feed, and capped.
    ///
    /// Of a container it is the consensus file first: what it prints may differ every time.
    pub fn output(&self) -> String {
        let consensus = self.outputs.get(super::digest::CONSENSUS_FILE);
        let consensus = consensus.filter(|bytes| std::str::from_utf8(bytes).is_ok());
        let printed = Some(&self.stdout.bytes).filter(|bytes| !bytes.is_empty());
        let first = match self.contained {
            Some(_) => consensus.or(printed),
            None => printed.or(consensus),
        };
        let Some(bytes) = first else {
            return String::new();
        };
        let shown = &bytes[..bytes.len().min(OUTPUT_BYTES_MAX)];
        let text = String::from_utf8_lossy(shown);
        text.strip_suffix('\n').unwrap_or(&text).to_owned()
    }

    /// Returns what a careful author would want to know about the digest, if anything.
    pub fn warning(&self) -> Option<String> {
        let what = match self.basis {
            Basis::Tree => {
                "the vote is about all outputs, names and contents; \
                 write what every worker must agree on to consensus.iexec"
            }
            Basis::Archive => {
                "the vote is about the result archive, on which two workers \
                 agree only by chance; write consensus.iexec"
            }
            Basis::Failure | Basis::Nothing => return self.reason(),
            Basis::ConsensusFile | Basis::OutputPath | Basis::Callback | Basis::Declared => {
                return None;
            }
        };
        // Where the file is there and does not count, this says why.
        Some(match self.detail.as_str() {
            "" => format!("no consensus.iexec: {what}"),
            fault => format!("{fault}: {what}"),
        })
    }

    /// Why it failed, where the kind of failure does not say it.
    fn reason(&self) -> Option<String> {
        match self.kind {
            OutcomeKind::OutputError
            | OutcomeKind::ImageError
            | OutcomeKind::InputError
            | OutcomeKind::NoConsensus => {
                let is_told = !self.detail.is_empty();
                is_told.then(|| format!("{}: {}", self.kind, self.detail))
            }
            OutcomeKind::Ok
            | OutcomeKind::Exit(_)
            | OutcomeKind::Timeout
            | OutcomeKind::OutOfMemory
            | OutcomeKind::OutOfFuel
            | OutcomeKind::Trap
            | OutcomeKind::Unavailable
            | OutcomeKind::Hindered => None,
        }
    }
}
