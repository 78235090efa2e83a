//! What `emulate check` finds before a run does, and what a run tells that its timeline missed.

use crate::program::{emulate_on, said};

const WORK: &str = "[app.hello]\nrun = { builtin = \"hello\" }\n[task.t]\napp = \"hello\"\n";

#[test]
fn a_cell_that_cannot_be_run_is_found_by_check() {
    let text = |values: &str| {
        format!("[matrix]\nworker.w.behaviour = {values}\n[worker.w]\ncount = 3\n{WORK}")
    };
    let fine = emulate_on(&text("[\"honest\", \"liar\"]"), &["check", "x.toml"]);
    assert!(fine.status.success(), "{}", said(&fine));
    let broken = emulate_on(&text("[\"honest\", \"nonesuch\"]"), &["check", "x.toml"]);
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
    let fine = emulate_on(&text("task.t.category", "\"s\""), &["check", "x.toml"]);
    assert!(fine.status.success(), "{}", said(&fine));
    for (path, value) in [
        ("task.t.catgory", "\"s\""),
        ("task.t.category", "\"nonesuch\""),
        ("task.t.app", "\"nobody\""),
    ] {
        let broken = emulate_on(&text(path, value), &["check", "x.toml"]);
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
    let broken = emulate_on(&text(2), &["check", "x.toml"]);
    assert_eq!(broken.status.code(), Some(2), "{}", said(&broken));
    let told = said(&broken);
    assert!(told.contains("so the cell n=2 cannot be run"), "{told}");
    let fine = emulate_on(&text(3), &["check", "x.toml"]);
    assert!(fine.status.success(), "{}", said(&fine));
}

#[test]
fn what_the_timeline_missed_is_told_and_is_no_failure() {
    let late = format!(
        "{WORK}[[at]]\ntime = \"2s\"\nnote = \"early\"\n[[at]]\ntime = \"9h\"\ncrash = [\"pool.main\"]\n[[at]]\non = \"TaskReopen\"\nmine = 1\n[[at]]\ntime = \"10h\"\nnote = \"late\"\n"
    );
    let ended = emulate_on(&late, &["run", "x.toml", "--no-save"]);
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
    let quiet = emulate_on(&late, &["run", "x.toml", "--no-save", "-q"]);
    assert!(said(&quiet).is_empty(), "{}", said(&quiet));
    let on_time = format!("{WORK}[[at]]\ntime = \"2s\"\nnote = \"early\"\n");
    let ended = emulate_on(&on_time, &["run", "x.toml", "--no-save"]);
    assert!(!said(&ended).contains("never happened"), "{}", said(&ended));
}
