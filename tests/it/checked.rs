//! What `emulate check` finds before a run does, and what a run tells that its timeline missed.

use std::{
    fs,
    process::{Command, Output},
};

use tempfile::TempDir;

const WORK: &str = "[app.hello]\nrun = { builtin = \"hello\" }\n[task.t]\napp = \"hello\"\n";

/// Starts the program on a scenario in a folder of its own.
fn emulate(arguments: &[&str], scenario: &str) -> Output {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("x.toml"), scenario).unwrap();
    Command::new(env!("CARGO_BIN_EXE_emulate"))
        .args(arguments)
        .current_dir(folder.path())
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_cell_that_cannot_be_run_is_found_by_check() {
    let text = |values: &str| {
        format!("[matrix]\nworker.w.behaviour = {values}\n[worker.w]\ncount = 3\n{WORK}")
    };
    let fine = emulate(&["check", "x.toml"], &text("[\"honest\", \"liar\"]"));
    assert!(fine.status.success(), "{}", said(&fine));
    let broken = emulate(&["check", "x.toml"], &text("[\"honest\", \"nonesuch\"]"));
    assert_eq!(broken.status.code(), Some(2), "{}", said(&broken));
    let told = said(&broken);
    assert!(
        told.contains("so the cell worker.w.behaviour=nonesuch cannot be run"),
        "{told}"
    );
}

#[test]
fn a_second_run_that_cannot_be_is_found_by_check() {
    let text = |path: &str, value: &str| {
        format!(
            "{WORK}[[expect]]\ntask.t.status = \"COMPLETED\"\nwhatif = {{ \"{path}\" = {value} }}\n"
        )
    };
    let fine = emulate(&["check", "x.toml"], &text("task.t.category", "\"s\""));
    assert!(fine.status.success(), "{}", said(&fine));
    for (path, value) in [
        ("task.t.catgory", "\"s\""),
        ("task.t.category", "\"nonesuch\""),
        ("task.t.app", "\"nobody\""),
    ] {
        let broken = emulate(&["check", "x.toml"], &text(path, value));
        let told = said(&broken);
        assert_eq!(broken.status.code(), Some(2), "{path}: {told}");
        assert!(told.contains("x.toml:7"), "{path}: {told}");
        assert!(
            told.contains("the run this compares with"),
            "{path}: {told}"
        );
    }
}

#[test]
fn a_second_run_is_tried_in_the_cells_it_is_written_for() {
    let text = |cell: u8| {
        format!(
            "[vars]\nn = 1\n[matrix]\nn = [1, 2]\n[worker.w]\nscore = \"${{n}}\"\n{WORK}[[expect]]\ntask.t.status = \"COMPLETED\"\nwhere = {{ n = {cell} }}\nwhatif = {{ \"task.t.category\" = \"nonesuch\" }}\n"
        )
    };
    let broken = emulate(&["check", "x.toml"], &text(2));
    assert_eq!(broken.status.code(), Some(2), "{}", said(&broken));
    let told = said(&broken);
    assert!(told.contains("so the cell n=2 cannot be run"), "{told}");
    let fine = emulate(&["check", "x.toml"], &text(3));
    assert!(fine.status.success(), "{}", said(&fine));
}

#[test]
fn what_the_timeline_missed_is_told_and_is_no_failure() {
    let late = format!(
        "{WORK}[[at]]\ntime = \"2s\"\nnote = \"early\"\n[[at]]\ntime = \"9h\"\ncrash = [\"pool.main\"]\n[[at]]\non = \"TaskReopen\"\nmine = 1\n[[at]]\ntime = \"10h\"\nnote = \"late\"\n"
    );
    let ended = emulate(&["run", "x.toml", "--no-save"], &late);
    let told = said(&ended);
    assert!(ended.status.success(), "{told}");
    for words in [
        "3 entries of the timeline never happened; all work was done at 00:",
        "9:00:00.000 crash pool.main",
        "mine 1 blocks, on TaskReopen",
        "10:00:00.000 note `late`",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(!told.contains("early"), "{told}");
    let quiet = emulate(&["run", "x.toml", "--no-save", "-q"], &late);
    assert!(said(&quiet).is_empty(), "{}", said(&quiet));
    let on_time = format!("{WORK}[[at]]\ntime = \"2s\"\nnote = \"early\"\n");
    let ended = emulate(&["run", "x.toml", "--no-save"], &on_time);
    assert!(!said(&ended).contains("never happened"), "{}", said(&ended));
}
