//! From what a program left to what its worker votes for.
//!
//! Every executor ends here, so a result means the same whoever computed it.

use std::time::Duration;

use alloy_primitives::{B256, Bytes, keccak256};
use sha2::{Digest, Sha256};

use super::{
    Basis, Captured, Contained, Contract, DigestRule, Files, Job, Oddities, OnError, Outcome,
    OutcomeKind, archive,
    computed::{self, Computed5},
};

/// The file in which a V2 program writes what all workers must agree on.
pub(super) const CONSENSUS_FILE: &str = "consensus.iexec";

/// The file in which a V2 program writes data for a callback contract, in hexadecimal.
pub(super) const CALLBACK_FILE: &str = "callback.iexec";

/// How a run ended and what it left.
#[derive(Clone, Debug)]
pub struct Ended {
    /// How it ended.
    pub kind: OutcomeKind,
    /// More on why, for people.
    pub detail: String,
    /// Everything below the output folder, inputs included if they lie there too.
    pub files: Files,
    /// What lies there and is no file.
    pub oddities: Oddities,
    /// What it wrote to standard output.
    pub stdout: Captured,
    /// What it wrote to standard error.
    pub stderr: Captured,
    /// How long the program says it took.
    pub duration: Option<Duration>,
    /// What is known of its container, if it ran in one.
    pub contained: Option<Contained>,
}

impl Ended {
    /// Returns the end of a run that left nothing.
    pub fn empty(kind: OutcomeKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            files: Files::new(),
            oddities: Oddities::default(),
            stdout: Captured::default(),
            stderr: Captured::default(),
            duration: None,
            contained: None,
        }
    }
}

/// What a worker votes for.
struct Vote {
    kind: OutcomeKind,
    detail: String,
    digest: Option<B256>,
    basis: Basis,
    callback: Option<Bytes>,
    archive: Option<Bytes>,
}

impl Vote {
    fn new(kind: OutcomeKind, basis: Basis, digest: B256) -> Self {
        Self {
            kind,
            detail: String::new(),
            digest: Some(digest),
            basis,
            callback: None,
            archive: None,
        }
    }

    fn callback(kind: OutcomeKind, data: Bytes) -> Self {
        Self {
            callback: Some(data.clone()),
            ..Self::new(kind, Basis::Callback, keccak256(&data))
        }
    }
}

/// Decides what the worker of `job` votes for, given how `executor` saw the run end.
///
/// A program that ended by itself is judged by what it declared, whatever its exit code, as real
/// workers do. One that left more than it may failed. One that was stopped is judged by the fact alone: how far it had got by then is
/// not something two workers could agree on.
pub fn conclude(job: &Job, executor: &'static str, ended: Ended) -> Outcome {
    let outputs = match job.contract {
        Contract::V2 => ended.files.changed_since(&job.inputs),
        Contract::V5 => ended.files.clone(),
    };
    let ended = within_limits(job, ended, &outputs);
    let vote = match (&ended.kind, job.contract) {
        (OutcomeKind::Ok | OutcomeKind::Exit(_), Contract::V2) => v2(job, &ended, &outputs),
        (OutcomeKind::Ok | OutcomeKind::Exit(_), Contract::V5) => v5(job, &ended),
        _ => failure(job, ended.kind.clone(), ended.detail.clone()),
    };
    Outcome {
        kind: vote.kind,
        digest: vote.digest,
        basis: vote.basis,
        detail: vote.detail,
        outputs,
        stdout: ended.stdout,
        stderr: ended.stderr,
        callback: vote.callback,
        archive: vote.archive,
        duration: ended.duration,
        executor,
        contained: ended.contained,
    }
}

/// Turns a run that left more files or bytes than allowed into one that failed.
fn within_limits(job: &Job, ended: Ended, outputs: &Files) -> Ended {
    let limits = &job.limits;
    let (files, bytes) = (outputs.len(), outputs.bytes());
    if files <= limits.output_files && bytes <= limits.output_bytes {
        return ended;
    }
    Ended {
        kind: OutcomeKind::OutputError,
        detail: format!(
            "the program left {files} files of {bytes} bytes, at most {} of {} are allowed",
            limits.output_files, limits.output_bytes
        ),
        ..ended
    }
}

/// The rules of 2018; a deal with a callback contract, unknown then, wants `callback.iexec`, or
/// takes the bytes of `consensus.iexec` for its data.
fn v2(job: &Job, ended: &Ended, outputs: &Files) -> Vote {
    let kind = ended.kind.clone();
    let filled = |name| ended.files.get(name).filter(|content| !content.is_empty());
    let consensus = filled(CONSENSUS_FILE);
    if job.callback {
        let data = match filled(CALLBACK_FILE) {
            Some(text) => std::str::from_utf8(text).ok().and_then(computed::hex_bytes),
            None => consensus.cloned(),
        };
        return match data {
            Some(data) => Vote::callback(kind, data),
            None if kind == OutcomeKind::Ok => {
                let told = "the deal has a callback contract, but the program left neither \
                            callback.iexec in hexadecimal nor consensus.iexec";
                let faults = [CALLBACK_FILE, CONSENSUS_FILE].into_iter();
                let faults = faults.filter_map(|name| {
                    let fault = ended.oddities.fault(&ended.files, name)?;
                    Some(format!("; {name} {fault}"))
                });
                let detail = faults.fold(told.to_owned(), |told, fault| told + &fault);
                failure(job, OutcomeKind::NoConsensus, detail)
            }
            None => failure(job, kind, ended.detail.clone()),
        };
    }
    if let Some(content) = consensus {
        return Vote::new(kind, Basis::ConsensusFile, sha256(content));
    }
    if kind != OutcomeKind::Ok {
        return failure(job, kind, ended.detail.clone());
    }
    // Something may be there and not count.
    let fault = ended.oddities.fault(&ended.files, CONSENSUS_FILE);
    let fault = fault.map(|fault| format!("{CONSENSUS_FILE} {fault}"));
    let detail = fault.clone().unwrap_or_default();
    match job.digest {
        DigestRule::FileOrTree => Vote {
            detail,
            ..Vote::new(kind, Basis::Tree, outputs.digest())
        },
        DigestRule::Strict => {
            let fault = fault.unwrap_or_else(|| "the program left no consensus.iexec".to_owned());
            failure(job, OutcomeKind::NoConsensus, fault)
        }
        DigestRule::Zip2018 => {
            let archive = archive::as_in_2018(job, outputs, &ended.stdout, &ended.stderr);
            Vote {
                detail,
                archive: Some(archive.clone()),
                ..Vote::new(kind, Basis::Archive, sha256(&archive))
            }
        }
    }
}

fn v5(job: &Job, ended: &Ended) -> Vote {
    let kind = ended.kind.clone();
    match computed::read(&ended.files, &ended.oddities, job.callback) {
        Ok(Computed5::Path(digest)) => Vote::new(kind, Basis::OutputPath, digest),
        Ok(Computed5::Callback(data)) => Vote::callback(kind, data),
        Err(error) if kind == OutcomeKind::Ok => {
            failure(job, OutcomeKind::NoConsensus, error.to_string())
        }
        Err(_) => failure(job, kind, ended.detail.clone()),
    }
}

/// The vote on the fact that a run failed: equal for all workers that saw the same failure.
fn failure(job: &Job, kind: OutcomeKind, detail: impl Into<String>) -> Vote {
    let votes = match (job.on_error, job.contract) {
        (OnError::Contribute, _) | (OnError::AsContract, Contract::V2) => true,
        (OnError::Abstain, _) => false,
        (OnError::AsContract, Contract::V5) => {
            matches!(kind, OutcomeKind::ImageError | OutcomeKind::InputError)
        }
    };
    let code = kind.code().filter(|_| votes);
    let digest = code.map(|code| sha256(format!("IEXEC-ERROR\0{code}").as_bytes()));
    Vote {
        kind,
        detail: detail.into(),
        digest,
        basis: digest.map_or(Basis::Nothing, |_| Basis::Failure),
        callback: None,
        archive: None,
    }
}

fn sha256(bytes: &[u8]) -> B256 {
    B256::from_slice(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests;
