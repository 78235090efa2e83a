//! The rules of `digest.rs`, one by one.

use alloy_primitives::hex;

use super::*;
use crate::executor::{Builtin, Oddity, Program};

fn job() -> Job {
    Job::new("t", "w-0", Program::Builtin(Builtin::Hello))
}

fn ended(kind: OutcomeKind, files: &[(&str, &str)]) -> Ended {
    let mut ended = Ended::empty(kind, "");
    for (path, content) in files {
        ended
            .files
            .insert(path, content.as_bytes().to_vec())
            .unwrap();
    }
    ended
}

fn run(job: &Job, kind: OutcomeKind, files: &[(&str, &str)]) -> Outcome {
    conclude(job, "test", ended(kind, files))
}

#[test]
fn the_consensus_file_is_the_vote_whatever_else_was_left() {
    let alone = run(&job(), OutcomeKind::Ok, &[("consensus.iexec", "hello\n")]);
    let digest = alone.digest.unwrap();
    assert!(hex::encode(digest).starts_with("5891b5b5"));
    assert_eq!(
        hex::encode(keccak256(digest)),
        "5e0c3040e53ee159c1cab119e0610cffeecc52b3bfa8042072660641b546b01d"
    );
    let files = [("consensus.iexec", "hello\n"), ("log.txt", "12:03")];
    let more = run(&job(), OutcomeKind::Exit(1), &files);
    assert_eq!(
        (more.digest, more.basis),
        (alone.digest, Basis::ConsensusFile)
    );
    assert_eq!(more.warning(), None);
}

#[test]
fn without_one_the_outputs_are_the_vote_and_inputs_are_not_outputs() {
    let mut job = job();
    job.inputs.insert("in.txt", &b"in"[..]).unwrap();
    let files = [
        ("consensus.iexec", ""),
        ("in.txt", "in"),
        ("out.txt", "out"),
    ];
    let outcome = run(&job, OutcomeKind::Ok, &files);
    assert_eq!(outcome.basis, Basis::Tree);
    assert_eq!(outcome.outputs.paths(), ["consensus.iexec", "out.txt"]);
    assert_eq!(outcome.digest, Some(outcome.outputs.digest()));
    assert!(
        outcome
            .warning()
            .unwrap()
            .starts_with("consensus.iexec is empty: the vote")
    );
}

#[test]
fn the_strict_rule_votes_on_the_missing_file() {
    let mut job = job();
    job.digest = DigestRule::Strict;
    let outcome = run(&job, OutcomeKind::Ok, &[("out.txt", "out")]);
    assert_eq!(outcome.kind, OutcomeKind::NoConsensus);
    assert_eq!(outcome.digest, Some(sha256(b"IEXEC-ERROR\0no-consensus")));
}

#[test]
fn the_rule_of_2018_votes_on_an_archive_unless_one_small_file_stands_for_itself() {
    let mut job = job();
    job.digest = DigestRule::Zip2018;
    let one = run(&job, OutcomeKind::Ok, &[("out.txt", "out")]);
    assert_eq!(
        (one.digest, one.basis),
        (Some(sha256(b"out")), Basis::Archive)
    );
    let files = [("a", "1"), ("b", "2")];
    let two = run(&job, OutcomeKind::Ok, &files);
    assert_eq!(two, run(&job, OutcomeKind::Ok, &files));
    assert_eq!(
        two.digest,
        two.archive.as_ref().map(|archive| sha256(archive))
    );
    job.worker = "w-1".into();
    assert_ne!(two.digest, run(&job, OutcomeKind::Ok, &files).digest);
}

#[test]
fn a_failure_has_a_digest_of_its_own_or_none() {
    let mut job = job();
    let failed = run(&job, OutcomeKind::Exit(3), &[("out.txt", "out")]);
    assert_eq!(failed.digest, Some(sha256(b"IEXEC-ERROR\0exit:3")));
    assert_eq!(failed.basis, Basis::Failure);
    // What a stopped program had written by then is no vote.
    let stopped = run(&job, OutcomeKind::Timeout, &[("consensus.iexec", "x")]);
    assert_eq!(stopped.digest, Some(sha256(b"IEXEC-ERROR\0timeout")));
    assert_eq!(run(&job, OutcomeKind::Unavailable, &[]).digest, None);
    job.on_error = OnError::Abstain;
    let abstained = run(&job, OutcomeKind::Exit(3), &[]);
    assert_eq!((abstained.digest, abstained.basis), (None, Basis::Nothing));
}

#[test]
fn a_callback_deal_votes_on_its_data() {
    let mut job = job();
    job.callback = true;
    let files = [("consensus.iexec", "42"), ("callback.iexec", "0x2a\n")];
    let hex = run(&job, OutcomeKind::Ok, &files);
    assert_eq!(hex.callback, Some(Bytes::from_static(&[0x2a])));
    assert_eq!(hex.digest, Some(keccak256([0x2a])));
    let bytes = run(&job, OutcomeKind::Ok, &files[..1]);
    assert_eq!(bytes.callback, Some(Bytes::from_static(b"42")));
    let none = run(&job, OutcomeKind::Ok, &[]);
    assert_eq!(none.kind, OutcomeKind::NoConsensus);
    let odd = run(&job, OutcomeKind::Ok, &[("callback.iexec", "forty-two")]);
    assert_eq!((odd.kind, odd.callback), (OutcomeKind::NoConsensus, None));
}

#[test]
fn a_modern_program_is_judged_by_computed_json_alone() {
    let mut job = job();
    job.contract = Contract::V5;
    let json = r#"{"deterministic-output-path": "/iexec_out/a.txt"}"#;
    let files = [("computed.json", json), ("a.txt", "aaaa")];
    for kind in [OutcomeKind::Ok, OutcomeKind::Exit(1)] {
        let outcome = run(&job, kind.clone(), &files);
        assert_eq!(
            (outcome.kind, outcome.digest),
            (kind, Some(sha256(b"aaaa")))
        );
    }
    let silent = run(&job, OutcomeKind::Ok, &files[1..]);
    assert_eq!(
        (silent.kind, silent.digest),
        (OutcomeKind::NoConsensus, None)
    );
    assert!(silent.detail.contains("computed.json"));
    // Real workers vote on an image or input that cannot be had, not on a failed program.
    assert_eq!(run(&job, OutcomeKind::Exit(1), &[]).digest, None);
    assert!(run(&job, OutcomeKind::InputError, &[]).digest.is_some());
    job.on_error = OnError::Contribute;
    assert!(run(&job, OutcomeKind::Exit(1), &[]).digest.is_some());
}

/// What a program left with a folder or something odder in the place of a declaration.
fn odd(path: &str, oddity: Option<Oddity>) -> Ended {
    let mut ended = ended(OutcomeKind::Ok, &[("out.txt", "1")]);
    match oddity {
        Some(oddity) => ended.oddities.note(path, oddity),
        None => ended.files.insert_directory(path).unwrap(),
    }
    ended
}

#[test]
fn a_consensus_file_that_is_none_is_told_by_what_it_is_and_changes_no_digest() {
    let plain = run(&job(), OutcomeKind::Ok, &[("out.txt", "1")]);
    let link = || Oddity::Link("/etc/passwd".into());
    for (oddity, said) in [
        (None, "is a folder"),
        (Some(link()), "is a link to \"/etc/passwd\""),
        (Some(Oddity::Pipe), "is a named pipe"),
        (Some(Oddity::Device), "is a device"),
        (Some(Oddity::Socket), "is a socket"),
    ] {
        let left = odd("consensus.iexec", oddity);
        let said = format!("consensus.iexec {said}, and only a regular file counts");
        let outcome = conclude(&job(), "test", left.clone());
        assert_eq!((outcome.digest, outcome.basis), (plain.digest, Basis::Tree));
        let warning = outcome.warning().unwrap();
        assert!(
            warning.starts_with(&format!("{said}: the vote is")),
            "{warning}"
        );

        let strict = Job {
            digest: DigestRule::Strict,
            ..job()
        };
        let outcome = conclude(&strict, "test", left);
        assert_eq!(outcome.kind, OutcomeKind::NoConsensus);
        let warning = outcome.warning().unwrap();
        assert_eq!(warning, format!("no consensus file: {said}"));
    }
    let empty = run(&job(), OutcomeKind::Ok, &[("consensus.iexec", "")]);
    let warning = empty.warning().unwrap();
    assert!(
        warning.starts_with("consensus.iexec is empty: "),
        "{warning}"
    );
}

#[test]
fn a_modern_declaration_that_is_no_file_is_told_by_what_it_is() {
    let job = Job {
        contract: Contract::V5,
        ..job()
    };
    let told = |left: Ended| {
        let outcome = conclude(&job, "test", left);
        assert_eq!(
            (outcome.kind.clone(), outcome.digest),
            (OutcomeKind::NoConsensus, None)
        );
        outcome.warning().unwrap()
    };
    assert_eq!(
        told(odd("computed.json", None)),
        "no consensus file: computed.json is a folder, and only a regular file counts"
    );
    let link = Oddity::Link("result".into());
    let warning = told(odd("computed.json", Some(link.clone())));
    assert!(
        warning.contains("computed.json is a link to \"result\""),
        "{warning}"
    );

    let mut left = odd("data", Some(link));
    let json = r#"{"deterministic-output-path": "/iexec_out/data/a.txt"}"#;
    left.files
        .insert("computed.json", json.as_bytes().to_vec())
        .unwrap();
    let warning = told(left);
    assert!(
        warning.contains("\"/iexec_out/data\" is a link to \"result\""),
        "{warning}"
    );
}

#[test]
fn a_callback_file_that_is_no_file_is_told_beside_what_is_missing() {
    let job = Job {
        callback: true,
        ..job()
    };
    let outcome = conclude(&job, "test", odd("callback.iexec", Some(Oddity::Pipe)));
    let warning = outcome.warning().unwrap();
    assert!(
        warning.ends_with("; callback.iexec is a named pipe, and only a regular file counts"),
        "{warning}"
    );
}
