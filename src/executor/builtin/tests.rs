//! What each builtin program prints and leaves.

use ::sha2::{Digest, Sha256};
use alloy_primitives::B256;

use super::*;
use crate::executor::Program;

fn job(builtin: Builtin, args: &[&str]) -> Job {
    let mut job = Job::new("t", "w-0", Program::Builtin(builtin));
    job.args = args.iter().map(|arg| (*arg).to_owned()).collect();
    job
}

fn outcome(builtin: Builtin, args: &[&str]) -> Outcome {
    run(&job(builtin, args), builtin)
}

#[test]
fn hello_greets_and_agrees_on_the_greeting() {
    let outcome = outcome(Builtin::Hello, &["world"]);
    assert_eq!(outcome.output(), "Hello, world!");
    assert_eq!(outcome.outputs.paths(), ["consensus.iexec", "hello.txt"]);
    let expected = B256::from_slice(&Sha256::digest("Hello, world!\n"));
    assert_eq!(outcome.digest, Some(expected));
    assert_eq!(outcome.warning(), None);
}

#[test]
fn the_modern_contract_gives_the_same_digest() {
    for builtin in [Builtin::Hello, Builtin::Echo] {
        let old = outcome(builtin, &["a", "b"]);
        let mut modern = job(builtin, &["a", "b"]);
        modern.contract = Contract::V5;
        let new = run(&modern, builtin);
        assert_eq!(new.digest, old.digest);
        assert!(new.outputs.get("computed.json").is_some());
        modern.callback = true;
        let answered = run(&modern, builtin);
        assert_eq!(answered.callback, Some(old.stdout.bytes));
    }
}

#[test]
fn wc_counts_the_lines_of_every_input_in_order() {
    let mut job = job(Builtin::Wc, &[]);
    job.inputs.insert("books/moby.txt", &b"a\nb\n"[..]).unwrap();
    job.inputs.insert("books/alice.txt", &b"a\nb"[..]).unwrap();
    let outcome = run(&job, Builtin::Wc);
    assert_eq!(
        outcome.output(),
        "1 books/alice.txt\n2 books/moby.txt\n3 total"
    );
    assert_eq!(outcome.outputs.paths(), ["consensus.iexec", "wc.txt"]);
}

#[test]
fn sha256_prints_what_sha256sum_prints() {
    let mut job = job(Builtin::Sha256, &[]);
    job.inputs.insert("a", &b"hello\n"[..]).unwrap();
    let output = run(&job, Builtin::Sha256).output();
    assert!(
        output.starts_with("5891b5b5") && output.ends_with("be03  a"),
        "{output}"
    );
}

#[test]
fn sleep_takes_its_time_within_the_limit() {
    let slept = outcome(Builtin::Sleep, &["250ms"]);
    assert_eq!(slept.duration, Some(Duration::from_millis(250)));
    assert_eq!(slept.kind, OutcomeKind::Ok);
    let late = outcome(Builtin::Sleep, &["6m"]);
    assert_eq!(late.kind, OutcomeKind::Timeout);
    assert_eq!(late.duration, Some(Duration::from_secs(300)));
    assert_eq!(
        outcome(Builtin::Sleep, &["a while"]).kind,
        OutcomeKind::Exit(2)
    );
}

#[test]
fn fail_ends_with_the_code_it_is_told() {
    assert_eq!(outcome(Builtin::Fail, &[]).kind, OutcomeKind::Exit(1));
    let failed = outcome(Builtin::Fail, &["42"]);
    assert_eq!(failed.kind, OutcomeKind::Exit(42));
    assert!(failed.outputs.is_empty() && failed.detail.contains("42"));
    assert_eq!(outcome(Builtin::Fail, &["1000"]).kind, OutcomeKind::Exit(2));
}

#[test]
fn fill_writes_as_many_bytes_as_it_may() {
    let filled = outcome(Builtin::Fill, &["1000"]);
    assert_eq!(filled.outputs.get("fill.bin").unwrap().len(), 1000);
    let mut small = job(Builtin::Fill, &["1000"]);
    small.limits.output_bytes = 999;
    assert_eq!(run(&small, Builtin::Fill).kind, OutcomeKind::Exit(1));
    small.args = vec!["990".into()];
    assert_eq!(run(&small, Builtin::Fill).kind, OutcomeKind::OutputError);
    assert_eq!(outcome(Builtin::Fill, &["-1"]).kind, OutcomeKind::Exit(2));
}

#[test]
fn every_program_has_a_name_that_finds_it() {
    for builtin in Builtin::ALL {
        assert_eq!(builtin.name().parse(), Ok(builtin));
    }
    let error = "hallo".parse::<Builtin>().unwrap_err();
    assert!(error.to_string().contains("hello"));
}
