//! The comparison by itself: outcomes in, differences and their likely causes out.

use emulate::executor::{
    Basis, Captured, Ended, Files, Job, Outcome, OutcomeKind, Program, conclude,
    determinism::{Cause, Change, Comparison, Trial, trials},
};

/// The job whose runs are compared.
fn job() -> Job {
    let program = Program::Builtin(emulate::executor::Builtin::Echo);
    Job::new("t", "w", program)
}

/// The trials of as many runs, with these changes.
fn tried(changes: &[Change]) -> Vec<Trial> {
    let mut made = trials(&job(), changes.len());
    for (trial, change) in made.iter_mut().zip(changes) {
        trial.change = *change;
    }
    made
}

/// What a run that left these files is worth.
fn outcome(files: &[(&str, &[u8])]) -> Outcome {
    let mut left = Files::new();
    for (path, content) in files {
        left.insert(path, content.to_vec()).unwrap();
    }
    let ended = Ended {
        files: left,
        stdout: Captured::default(),
        ..Ended::empty(OutcomeKind::Ok, "")
    };
    conclude(&job(), "test", ended)
}

/// Compares runs that left one file each, as these changes made them.
fn of_file(changes: &[Change], contents: &[&[u8]]) -> Comparison {
    let outcomes: Vec<Outcome> = contents
        .iter()
        .map(|content| outcome(&[("out", content)]))
        .collect();
    Comparison::of(&tried(changes), &outcomes)
}

const STILL: [Change; 2] = [Change::Nothing, Change::Nothing];

#[test]
fn equal_runs_agree() {
    let compared = of_file(&STILL, &[b"same", b"same"]);
    assert!(compared.agrees() && !compared.failed);
    assert_eq!(compared.basis, Basis::Tree);
    assert_eq!(compared.stable().count(), 1);
    assert_eq!(compared.files[0].cause, None);
}

#[test]
fn the_first_byte_that_differs_is_named() {
    let compared = of_file(&STILL, &[b"abcdef", b"abcxef"]);
    let difference = &compared.files[0].differences[0];
    assert_eq!((difference.run, difference.offset), (1, 3));
    assert_eq!(
        (difference.first, difference.here),
        (Some(b'd'), Some(b'x'))
    );
    let longer = of_file(&STILL, &[b"abc", b"abcd"]);
    let difference = &longer.files[0].differences[0];
    assert_eq!(difference.offset, 3);
    assert_eq!((difference.first, difference.here), (None, Some(b'd')));
}

#[test]
fn what_was_changed_is_the_cause_when_nothing_else_differs() {
    let changes = [Change::Nothing, Change::Nothing, Change::Cpus];
    let compared = of_file(&changes, &[b"9 threads", b"9 threads", b"1 thread"]);
    let cpus = Cause::Changed(Change::Cpus);
    assert_eq!(compared.files[0].cause, Some(cpus));
    assert!(cpus.advice().contains("threads"));
    // When runs without a change differ as well, the change explains nothing.
    let compared = of_file(&changes, &[b"at 10:00:01", b"at 10:00:03", b"at 10:00:05"]);
    assert_eq!(compared.files[0].cause, Some(Cause::Timestamp));
    let compared = of_file(&changes, &[b"abc", b"abd", b"abe"]);
    assert_eq!(
        compared.files[0].cause,
        Some(Cause::Changed(Change::Nothing))
    );
}

#[test]
fn files_that_are_not_always_there_are_told() {
    let outcomes = [
        outcome(&[("a", b"1"), ("consensus.iexec", b"x")]),
        outcome(&[("consensus.iexec", b"x")]),
    ];
    let compared = Comparison::of(&tried(&STILL), &outcomes);
    assert_eq!(compared.files[0].cause, Some(Cause::Sometimes));
    assert!(compared.agrees(), "it is not what the vote is about");
    assert_eq!(compared.basis, Basis::ConsensusFile);
    let paths: Vec<&str> = compared.unstable().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["a"]);
}

#[test]
fn votes_are_counted_and_silence_is_no_agreement() {
    let mut outcomes = vec![
        outcome(&[("out", b"a")]),
        outcome(&[("out", b"b")]),
        outcome(&[("out", b"b")]),
    ];
    let changes = [Change::Nothing; 3];
    let compared = Comparison::of(&tried(&changes), &outcomes);
    let counts: Vec<usize> = compared.votes().iter().map(|(_, count)| *count).collect();
    assert_eq!(counts, [2, 1]);
    assert!(!compared.agrees());
    outcomes[0] = outcomes[1].clone();
    assert!(Comparison::of(&tried(&changes), &outcomes).agrees());
    outcomes[0].digest = None;
    assert!(!Comparison::of(&tried(&changes), &outcomes).agrees());
}

#[test]
fn trials_change_one_thing_at_a_time_and_begin_with_nothing() {
    let made = trials(&job(), 7);
    let changes: Vec<Change> = made.iter().map(|trial| trial.change).collect();
    assert_eq!(changes[..2], STILL);
    assert_eq!(changes[5..], STILL);
    assert_eq!(made[0].job.env, job().env);
    let locale = made.iter().find(|trial| trial.change == Change::Locale);
    assert!(locale.unwrap().job.env.contains_key("TZ"));
    let random = made.iter().find(|trial| trial.change == Change::Random);
    assert_ne!(random.unwrap().job.worker, job().worker);
}
