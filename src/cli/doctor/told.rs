//! What a doctor says about an app: as text and as JSON. Rule: first what happened, then whether
//! workers would agree, then what to do.

use std::fmt::Write as _;

use alloy_primitives::B256;
use indexmap::IndexMap;
use serde_json::{Value, json};

use crate::executor::{
    Basis, Outcome, OutcomeKind,
    determinism::{Cause, Comparison, Difference, FileReport, Trial, untried},
};

/// The most files that are listed one by one.
const FILES_SHOWN: usize = 40;

/// The most files that are named in one sentence.
const NAMES_SHOWN: usize = 5;

/// Tells everything, for people.
pub(super) fn text(trials: &[Trial], outcomes: &[Outcome], comparison: &Comparison) -> String {
    let mut text = String::from("Runs\n");
    for (number, (trial, outcome)) in trials.iter().zip(outcomes).enumerate() {
        let change = trial.change.to_string();
        let kind = outcome.kind.to_string();
        let digest = outcome.digest.map_or_else(|| "no vote".to_owned(), short);
        let _ = writeln!(
            text,
            "  {:>2}  changed: {change:<22}  {kind:<12}  {digest}",
            number + 1
        );
        if let Some(why) = why(outcome) {
            let _ = writeln!(text, "      {why}");
        }
    }
    files(&mut text, comparison);
    let _ = writeln!(text, "\nPoCo\n  {}", verdict(comparison));
    let advice = advice(comparison);
    if !advice.is_empty() {
        text.push_str("\nWhat to do\n");
        for line in advice {
            let _ = writeln!(text, "  • {line}");
        }
    }
    if let Some(first) = trials.first() {
        text.push_str("\nNot tried\n");
        for line in untried(&first.job.program) {
            let _ = writeln!(text, "  • {line}");
        }
    }
    text
}

/// Why a run did not end well: what its executor says, else the last thing the program printed.
fn why(outcome: &Outcome) -> Option<String> {
    if outcome.kind == OutcomeKind::Ok {
        return None;
    }
    let printed = outcome.stderr.text();
    let last = |text: &str| {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.next_back().map(str::to_owned)
    };
    last(&outcome.detail).or_else(|| last(&printed))
}

fn files(text: &mut String, comparison: &Comparison) {
    text.push_str("\nOutputs\n");
    if comparison.files.is_empty() {
        text.push_str("  none\n");
    }
    let shown = comparison.unstable().chain(comparison.stable());
    for file in shown.take(FILES_SHOWN) {
        let _ = match file.differences.first() {
            None => writeln!(
                text,
                "  = {}  {} bytes, the same in every run",
                file.path, file.bytes
            ),
            Some(first) => writeln!(text, "  ≠ {}  {}", file.path, differing(file, first)),
        };
    }
    let more = comparison.files.len().saturating_sub(FILES_SHOWN);
    if more > 0 {
        let _ = writeln!(text, "  … and {more} more");
    }
}

/// Tells where a file differs first, and why.
fn differing(file: &FileReport, first: &Difference) -> String {
    let runs: Vec<String> = file
        .differences
        .iter()
        .map(|difference| (difference.run + 1).to_string())
        .collect();
    let byte =
        |byte: Option<u8>| byte.map_or_else(|| "the end".to_owned(), |byte| format!("{byte:#04x}"));
    let cause = file
        .cause
        .map_or_else(String::new, |cause| cause.to_string());
    format!(
        "run {} differ{} from run 1: in run {} at byte {} of {}, {} instead of {}; likely cause: {cause}",
        runs.join(", "),
        if runs.len() == 1 { "s" } else { "" },
        first.run + 1,
        first.offset,
        file.bytes,
        byte(first.here),
        byte(first.first),
    )
}

/// Says whether workers would agree.
fn verdict(comparison: &Comparison) -> String {
    let votes = comparison.votes();
    let silent = comparison
        .digests
        .iter()
        .filter(|digest| digest.is_none())
        .count();
    if votes.is_empty() {
        return "no worker would vote: there is no result to vote on".to_owned();
    }
    if comparison.agrees() {
        let about = match comparison.basis {
            Basis::ConsensusFile => "consensus.iexec",
            Basis::OutputPath => "the path computed.json names",
            Basis::Callback => "the data for the callback",
            Basis::Tree => "names and contents of all outputs",
            Basis::Archive => "the result archive",
            Basis::Declared => "the stated digest",
            Basis::Failure => "the fact that it fails",
            Basis::Nothing => "nothing",
        };
        return format!("a consensus is found: every run votes for the same, by {about}");
    }
    let (_, most) = votes[0];
    let runs = comparison.digests.len();
    let quiet = match silent {
        0 => String::new(),
        1 => ", and 1 run does not vote".to_owned(),
        many => format!(", and {many} runs do not vote"),
    };
    format!(
        "no consensus is certain: {} different results in {runs} runs, {most} of them alike{quiet}",
        votes.len()
    )
}

/// Says what to do, most telling first; empty when all is well.
fn advice(comparison: &Comparison) -> Vec<String> {
    let mut advice: Vec<String> = Vec::new();
    if comparison.agrees() {
        if comparison.failed {
            advice.push("it fails in every run; look at its arguments and inputs first".to_owned());
        }
        if comparison.basis == Basis::Tree {
            advice.push(format!(
                "write consensus.iexec all the same, so that only what matters is voted on: {}",
                hashing(comparison)
            ));
        }
        return advice;
    }
    let mut causes: IndexMap<Cause, Vec<&str>> = IndexMap::new();
    for file in comparison.unstable() {
        if let Some(cause) = file.cause {
            causes.entry(cause).or_default().push(&file.path);
        }
    }
    for (cause, mut paths) in causes {
        paths.truncate(NAMES_SHOWN);
        advice.push(format!("{}: {}", paths.join(", "), cause.advice()));
    }
    if comparison.basis == Basis::ConsensusFile {
        let line = "consensus.iexec itself differs: write only what every worker must find";
        advice.push(line.to_owned());
    } else if comparison.stable().next().is_some() {
        let line = "write into consensus.iexec what was the same in every run";
        advice.push(format!("{line}: {}", hashing(comparison)));
    } else if !comparison.files.is_empty() {
        let line = "write into consensus.iexec what must be the same whoever computes: the answer, \
                    not the file it comes in (counts, sizes, rounded numbers, sorted lines)";
        advice.push(line.to_owned());
    }
    advice
}

/// The command that votes on the files that never differed.
fn hashing(comparison: &Comparison) -> String {
    let stable = comparison.stable().map(|file| file.path.as_str());
    let names: Vec<&str> = stable
        .filter(|path| *path != "consensus.iexec")
        .take(NAMES_SHOWN)
        .collect();
    format!(
        "cd /iexec && sha256sum {} > consensus.iexec",
        names.join(" ")
    )
}

/// Tells everything, for programs.
pub(super) fn json(trials: &[Trial], outcomes: &[Outcome], comparison: &Comparison) -> String {
    let runs = trials.iter().zip(outcomes).map(|(trial, outcome)| {
        json!({
            "changed": trial.change.to_string(),
            "outcome": outcome.kind.to_string(),
            "digest": outcome.digest.map(|digest| digest.to_string()),
            "why": why(outcome),
        })
    });
    let files = comparison.files.iter().map(|file| {
        let differences = file.differences.iter().map(|one| {
            json!({ "run": one.run + 1, "offset": one.offset, "first": one.first, "here": one.here })
        });
        json!({
            "path": file.path,
            "bytes": file.bytes,
            "differences": differences.collect::<Vec<Value>>(),
            "cause": file.cause.map(|cause| cause.to_string()),
        })
    });
    let untried = trials
        .first()
        .map_or(&[][..], |first| untried(&first.job.program));
    let told = json!({
        "consensus": comparison.agrees(),
        "verdict": verdict(comparison),
        "runs": runs.collect::<Vec<Value>>(),
        "outputs": files.collect::<Vec<Value>>(),
        "advice": advice(comparison),
        "not_tried": untried,
    });
    serde_json::to_string_pretty(&told).unwrap_or_default()
}

fn short(digest: B256) -> String {
    let digest = digest.to_string();
    format!("{}…{}", &digest[..10], &digest[digest.len() - 6..])
}
