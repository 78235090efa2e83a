//! Apps that need no docker, run over and over: whether workers would agree, and why not.

use std::{fs, path::Path};

use serde_json::Value;

use super::doctor;

/// A module that writes eight random bytes to `consensus.iexec`.
#[cfg(feature = "wasm")]
const RANDOM: &str = r#"(module
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 32) "consensus.iexec")
  (func (export "_start")
    (drop (call $random (i32.const 64) (i32.const 8)))
    (drop (call $open (i32.const 3) (i32.const 0) (i32.const 32) (i32.const 15) (i32.const 9)
      (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 16)))
    (i32.store (i32.const 0) (i32.const 64))
    (i32.store (i32.const 4) (i32.const 8))
    (drop (call $write (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i32.const 20)))))"#;

fn json(folder: &Path, words: &[&str]) -> (Option<i32>, Value) {
    let words = [words, &["--json"]].concat();
    let (code, json, notes) = doctor(folder, &words);
    let read = serde_json::from_str(&json).unwrap_or_else(|_| panic!("{json}{notes}"));
    (code, read)
}

#[test]
fn an_app_that_repeats_itself_finds_a_consensus() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.txt"), "one\ntwo\n").unwrap();
    let words = ["--builtin", "wc", "--input", "a.txt"];
    let (code, told, _) = doctor(folder.path(), &words);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("a consensus is found"), "{told}");
    assert!(told.contains("= consensus.iexec"), "{told}");
    let (code, read) = json(folder.path(), &words);
    assert_eq!(code, Some(0));
    assert_eq!(read["consensus"], true);
    assert_eq!(read["runs"].as_array().unwrap().len(), 5);
    let modern = ["--builtin", "wc", "--input", "a.txt", "--modern", "-n", "2"];
    let (code, read) = json(folder.path(), &modern);
    assert_eq!(
        (code, &read["consensus"]),
        (Some(0), &true.into()),
        "{read}"
    );
}

#[test]
fn an_app_that_depends_on_chance_is_told_with_the_byte() {
    let (code, told, _) = doctor(Path::new("."), &["--builtin", "random"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("no consensus is certain"), "{told}");
    assert!(told.contains("at byte 0 of 33"), "{told}");
    assert!(told.contains("likely cause: random bytes"), "{told}");
    assert!(
        told.contains("generator seeded with the arguments"),
        "{told}"
    );
}

#[cfg(feature = "wasm")]
#[test]
fn a_module_that_asks_for_random_bytes_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("dice.wat"), RANDOM).unwrap();
    let (code, read) = json(folder.path(), &["--wasm", "dice.wat"]);
    assert_eq!(
        (code, &read["consensus"]),
        (Some(1), &false.into()),
        "{read}"
    );
    let file = &read["outputs"][0];
    assert_eq!(file["path"], "consensus.iexec");
    assert_eq!(file["cause"], "random bytes");
    let differences = file["differences"].as_array().unwrap();
    assert_eq!(
        differences.len(),
        1,
        "only other random bytes make a difference"
    );
    assert_eq!(differences[0]["run"], 3);
}

#[test]
fn an_app_that_fails_is_no_healthy_app() {
    let (code, told, _) = doctor(Path::new("."), &["--builtin", "fail", "--args", "3"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("exit 3"), "{told}");
    assert!(told.contains("it fails in every run"), "{told}");
}

#[test]
fn what_is_asked_wrongly_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = |words: &[&str]| {
        let (code, told, notes) = doctor(folder.path(), words);
        assert_eq!((code, told.as_str()), (Some(2), ""), "{words:?} {notes}");
        notes
    };
    assert!(wrong(&["--builtin", "helo"]).contains("no builtin program is called"));
    assert!(wrong(&["--wasm", "none.wasm"]).contains("none.wasm cannot be read"));
    assert!(wrong(&["--builtin", "wc", "--input", "none"]).contains("does not exist"));
    assert!(wrong(&["--builtin", "echo", "--modern", "--args", "'a"]).contains("never closed"));
    assert!(wrong(&["--builtin", "echo", "--env", "x"]).contains("write KEY=VALUE"));
    assert!(wrong(&["--builtin", "echo", "--wasm", "x"]).contains("cannot be used with"));
    assert!(wrong(&["--builtin", "echo", "-n", "1"]).contains("2..=50"));
}
