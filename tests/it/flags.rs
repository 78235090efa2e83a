//! Flags and files that `emulate up` refuses before anything lives.

use std::process::{Command, Output, Stdio};

use crate::program::program;

fn command(arguments: &[&str]) -> Command {
    let mut command = program();
    command.arg("up").args(arguments).stdin(Stdio::null());
    command
}

fn finished(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

#[test]
fn what_a_bare_chain_has_no_use_for_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for flags in [
        ["--contracts", "x"],
        ["--out", "x"],
        ["--record", "x"],
        ["--docker", "off"],
        ["--seed", "7"],
        ["--offline", "--no-contracts"],
        ["--allow-shell", "--no-contracts"],
    ] {
        let output = command(&flags).current_dir(folder.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{flags:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        let said = format!("{} is about a scenario", flags[0]);
        assert!(text.contains(&said), "{flags:?}: {text}");
    }
    // What the environment says may be meant for others.
    let chain = command(&["--port", "0", "--no-contracts", "--", "true"])
        .env("EMULATE_OUT", folder.path().join("out"))
        .env("EMULATE_SEED", "7")
        .env("EMULATE_CONTRACTS", "x")
        .env("EMULATE_DOCKER", "off")
        .output()
        .unwrap();
    assert_eq!(chain.status.code(), Some(0));
    // And what a scenario has no use for.
    let output = finished(&["happy-path", "--state-interval", "1"]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("--state-interval"), "{text}");
}

#[test]
fn files_that_cannot_serve_are_told_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(at("empty.rlp"), "").unwrap();
    std::fs::write(at("g.json"), r#"{"config":{"chainId":7},"alloc":{}}"#).unwrap();
    let (missing, within) = (at("no/such/chain"), at("."));
    for (flags, code, said) in [
        (
            vec!["--genesis", &at("g.json"), "--import", &at("empty.rlp")],
            2,
            "no block to import",
        ),
        (vec!["--state", &missing], 3, "make it first"),
        (vec!["--state", &within], 3, "name a file"),
    ] {
        let flags = [&flags[..], &["--port", "0", "--", "true"]].concat();
        let output = finished(&flags);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{flags:?}: {text}");
        assert!(text.contains(said), "{flags:?}: {text}");
        assert!(output.stdout.is_empty(), "{flags:?}");
    }
}

#[test]
fn a_chain_without_a_number_is_refused() {
    let output = finished(&["--chain-id", "0"]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("--chain-id"), "{text}");
}

#[test]
fn a_wrong_value_is_shown_behind_the_flag_that_was_typed() {
    for (flags, said) in [
        (["--speed", "fast"], "--speed fast"),
        (["--until", "soon"], "--until soon"),
        (["--contracts", "no/such/folder"], "--contracts "),
        (["--set", "time.speed=fast"], "--set time.speed=fast"),
    ] {
        let mut command = program();
        command.args(["run", "hello"]).args(flags);
        let output = command.env("NO_COLOR", "1").output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{flags:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains(said), "{flags:?}: {text}");
    }
    let mut command = program();
    command.args(["run", "hello", "--report", "json=-"]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("`-` is no file"), "{text}");
}
