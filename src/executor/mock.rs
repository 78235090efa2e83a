//! Programs that are not run: the scenario states what they leave.

use std::collections::BTreeMap;

use alloy_primitives::{B256, Bytes, hex};

use super::{
    Basis, Captured, Contract, Ended, Files, FilesError, Job, Outcome, OutcomeKind, conclude,
    digest::{CALLBACK_FILE, CONSENSUS_FILE},
};

/// What a program that is not run leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Mock {
    /// Its text output, which is also what all workers agree on.
    pub output: Option<String>,
    /// Other files it leaves, by path below its output folder.
    pub files: BTreeMap<String, Bytes>,
    /// Data for a callback contract.
    pub callback: Option<Bytes>,
    /// The digest to vote for, instead of the one the files would have.
    pub digest: Option<B256>,
    /// Its exit code.
    pub exit: i32,
}

/// The file that holds the text output under the modern contract.
const OUTPUT_FILE: &str = "result.txt";

pub(super) fn run(job: &Job, mock: &Mock) -> Outcome {
    let files = match lay_out(job, mock) {
        Ok(files) => files,
        Err(error) => {
            let ended = Ended::empty(OutcomeKind::OutputError, error.to_string());
            return conclude(job, "mock", ended);
        }
    };
    let output = mock.output.clone().unwrap_or_default();
    let ended = Ended {
        kind: match mock.exit {
            0 => OutcomeKind::Ok,
            code => OutcomeKind::Exit(code),
        },
        files,
        stdout: Captured::capped(output.into_bytes(), job.limits.log_bytes),
        ..Ended::empty(OutcomeKind::Ok, "")
    };
    let mut outcome = conclude(job, "mock", ended);
    if let Some(digest) = mock.digest {
        outcome.digest = Some(digest);
        outcome.basis = Basis::Declared;
    }
    outcome
}

/// Lays out what the mock leaves as a program of the job's contract would.
fn lay_out(job: &Job, mock: &Mock) -> Result<Files, FilesError> {
    let mut files = match job.contract {
        Contract::V2 => job.inputs.clone(),
        Contract::V5 => Files::new(),
    };
    for (path, content) in &mock.files {
        files.insert(path, content.clone())?;
    }
    let output = mock.output.as_ref().map(|text| text.clone().into_bytes());
    let callback = mock.callback.as_ref().map(hex::encode_prefixed);
    match job.contract {
        Contract::V2 => {
            if let Some(output) = output {
                files.insert(CONSENSUS_FILE, output)?;
            }
            if let Some(callback) = callback {
                files.insert(CALLBACK_FILE, callback.into_bytes())?;
            }
        }
        Contract::V5 => {
            super::builtin::declare(&mut files, output.map(|o| (OUTPUT_FILE, o)), callback)?
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use alloy_primitives::keccak256;
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::executor::Program;

    fn job(mock: &Mock) -> Job {
        Job::new("t", "w-0", Program::Mock(Arc::new(mock.clone())))
    }

    #[test]
    fn the_output_is_what_workers_agree_on_under_both_contracts() {
        let mock = Mock {
            output: Some("42".into()),
            ..Mock::default()
        };
        let mut job = job(&mock);
        let digest = B256::from_slice(&Sha256::digest("42"));
        for contract in [Contract::V2, Contract::V5] {
            job.contract = contract;
            let outcome = run(&job, &mock);
            assert_eq!(
                (outcome.kind.clone(), outcome.digest),
                (OutcomeKind::Ok, Some(digest))
            );
            assert_eq!(outcome.output(), "42");
        }
    }

    #[test]
    fn callback_data_is_the_vote_when_the_deal_has_a_callback() {
        let mock = Mock {
            output: Some("42".into()),
            callback: Some(Bytes::from(vec![0, 42])),
            ..Mock::default()
        };
        let mut job = job(&mock);
        for contract in [Contract::V2, Contract::V5] {
            job.contract = contract;
            job.callback = true;
            let outcome = run(&job, &mock);
            assert_eq!(outcome.digest, Some(keccak256([0, 42])));
            assert_eq!(outcome.callback, mock.callback);
            job.callback = false;
            assert_eq!(run(&job, &mock).callback, None);
        }
    }

    #[test]
    fn a_stated_digest_or_exit_code_is_taken_as_it_is() {
        let stated = Mock {
            digest: Some(B256::repeat_byte(7)),
            ..Mock::default()
        };
        let outcome = run(&job(&stated), &stated);
        assert_eq!(
            (outcome.digest, outcome.basis),
            (stated.digest, Basis::Declared)
        );
        let failing = Mock {
            exit: 3,
            ..Mock::default()
        };
        assert_eq!(run(&job(&failing), &failing).kind, OutcomeKind::Exit(3));
        let mut climbing = Mock::default();
        climbing.files.insert("../x".into(), Bytes::new());
        assert_eq!(
            run(&job(&climbing), &climbing).kind,
            OutcomeKind::OutputError
        );
    }
}
