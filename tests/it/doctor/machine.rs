//! The machine: every finding says what it is, and what is needed decides the exit code.

use std::{net::TcpListener, path::Path};

use serde_json::Value;

use super::doctor;

fn findings(words: &[&str]) -> (Option<i32>, Vec<Value>) {
    let words = [words, &["--json"]].concat();
    let (code, json, notes) = doctor(Path::new("."), &words);
    let read: Value = serde_json::from_str(&json).unwrap_or_else(|_| panic!("{json}{notes}"));
    (code, read.as_array().unwrap().clone())
}

fn of<'a>(findings: &'a [Value], what: &str) -> &'a Value {
    let found = findings.iter().find(|one| one["what"] == what);
    found.unwrap_or_else(|| panic!("nothing is said of {what}"))
}

#[test]
fn what_nobody_needs_may_be_missing() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, found) = findings(&["--port", &port]);
    assert_eq!(code, Some(0));
    let port = of(&found, "port");
    assert_eq!(
        (&port["state"], &port["needed"]),
        (&"missing".into(), &false.into())
    );
    assert!(port["advice"].as_str().unwrap().contains("--port 0"));
    for what in ["docker", "wasm", "disk", "memory", "processors"] {
        let one = of(&found, what);
        assert!(!one["found"].as_str().unwrap().is_empty(), "{what}");
        let is_good = one["state"] == "good";
        assert_eq!(is_good, one["advice"].is_null(), "{what}: {one}");
    }
}

#[test]
fn what_is_needed_and_missing_is_exit_code_three() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, found) = findings(&["--need", "port", "--port", &port]);
    assert_eq!(
        (code, &of(&found, "port")["needed"]),
        (Some(3), &true.into())
    );
    drop(taken);
    let (code, _) = findings(&["--need", "port", "--port", &port]);
    assert_eq!(code, Some(0));
}

#[test]
fn a_registry_that_does_not_answer_is_missing() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("127.0.0.1:{}", closed.local_addr().unwrap().port());
    drop(closed);
    let (code, found) = findings(&["--registry", &host]);
    assert_eq!(
        (code, &of(&found, "registry")["state"]),
        (Some(3), &"missing".into())
    );
}

#[test]
fn what_is_about_an_app_is_refused_without_one() {
    for words in [
        ["--args", "x"],
        ["--input", "x"],
        ["--env", "A=b"],
        ["-n", "4"],
        ["--modern", "--json"],
    ] {
        let (code, _, notes) = doctor(Path::new("."), &words);
        assert_eq!(code, Some(2), "{words:?}");
        assert!(notes.contains("--image"), "{words:?}: {notes}");
    }
}

#[test]
fn why_no_engine_answers_is_told_without_the_layers_in_between() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("tcp://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let output = crate::program::program()
        .args(["doctor", "--image", "busybox"])
        .env("DOCKER_HOST", &host)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{told}");
    if cfg!(feature = "docker") {
        assert!(
            told.contains(&format!("{host}: Connection refused")),
            "{told}"
        );
    }
}
