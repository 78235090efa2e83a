//! How a living network ends, and what it leaves: verdicts, reports, exit codes, nothing else.

use std::process::Stdio;

use serde_json::{Value, json};

use super::{Living, QUIET, scenario, up};

/// A network that ends after three seconds of its own time.
fn short(expectation: &str) -> String {
    let quiet = QUIET.replace("[app.hello]", "until = \"3s\"\n[app.hello]");
    format!("{quiet}\n[[expect]]\n{expectation}\n")
}

#[test]
fn a_network_that_ends_by_itself_is_judged() {
    for (expectation, code) in [
        ("\"app.hello.earned\" = \"0 RLC\"", 0),
        ("\"app.hello.earned\" = \"1 RLC\"", 1),
    ] {
        let (folder, file) = scenario(&short(expectation));
        let report = folder.path().join("report.json");
        let given = format!("json={}", report.display());
        let ended = up(
            &file,
            &["--port", "0", "--speed", "20x", "--report", &given],
        );
        let ended = { ended }.output().unwrap();
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(code), "{told}");
        let report: Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
        let checks = report["expectations"].as_array().unwrap();
        assert_eq!(checks.len(), 1, "{report}");
        // Without a story one is told all the same why the exit code is what it is.
        let quiet = up(&file, &["--port", "0", "--speed", "20x", "-q"]).output();
        let quiet = quiet.unwrap();
        assert_eq!(quiet.status.code(), Some(code));
        let told = String::from_utf8_lossy(&quiet.stderr).into_owned();
        assert_eq!(told.contains("expected"), code == 1, "{told}");
        assert_eq!(told.is_empty(), code == 0, "{told}");
    }
}

#[test]
fn a_command_gets_the_network_in_its_environment_and_its_exit_code_counts() {
    let (_folder, file) = scenario(&short("\"app.hello.earned\" = \"1 RLC\""));
    let script = "echo \"$EMULATE_SEED $EMULATE_APP_HELLO $EMULATE_POOL_MAIN $EMULATE_KEY_ALICE\"; \
                  test -s \"$EMULATE_READY\" && test -n \"$EMULATE_API\" && exit 7";
    let ended = up(
        &file,
        &["--port", "0", "--seed", "5", "--", "sh", "-c", script],
    )
    .output()
    .unwrap();
    assert_eq!(ended.status.code(), Some(7));
    let text = String::from_utf8(ended.stdout).unwrap();
    let (ready, said) = text.split_once('\n').unwrap();
    let ready: Value = serde_json::from_str(ready.strip_prefix("READY ").unwrap()).unwrap();
    let said: Vec<&str> = said.split_whitespace().collect();
    assert_eq!(said[0], "5");
    let same = |said: &str, wanted: &Value| said.eq_ignore_ascii_case(wanted.as_str().unwrap());
    assert!(same(said[1], &ready["apps"]["hello"]["address"]));
    assert!(same(said[2], &ready["pools"]["main"]["address"]));
    assert!(same(said[3], &ready["accounts"][0]["privateKey"]));
    // The expectation is judged and told all the same.
    assert!(String::from_utf8_lossy(&ended.stderr).contains("FAILED"));
}

#[test]
fn a_command_that_is_cut_short_has_not_passed() {
    for (script, code) in [
        ("exec sleep 600", 143),
        ("trap 'exit 3' TERM; while :; do sleep 0.1; done", 3),
    ] {
        let (_folder, file) = scenario(&short("\"app.hello.earned\" = \"0 RLC\""));
        let flags = ["--port", "0", "--speed", "20x", "--", "sh", "-c", script];
        let ended = up(&file, &flags).output().unwrap();
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(code), "{told}");
        assert!(told.contains("before the command did"), "{told}");
    }
}

#[test]
fn a_signal_tears_everything_down_and_leaves_the_reports() {
    let (out, ready) = ("out", "ready.json");
    let mut net = Living::start(QUIET, &["--speed", "100x"]);
    assert_eq!(net.call("eth_chainId", json!([])), "0x7a69");
    net.signal("-TERM");
    assert_eq!(net.exit_code(), Some(143));
    let folder = tempfile::tempdir().unwrap();
    let (out, ready) = (folder.path().join(out), folder.path().join(ready));
    let flags = [
        "--out",
        out.to_str().unwrap(),
        "--ready",
        ready.to_str().unwrap(),
    ];
    let mut net = Living::start(QUIET, &flags);
    let written = std::fs::read_to_string(&ready).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), net.ready);
    net.signal("-INT");
    assert_eq!(net.exit_code(), Some(130));
    assert!(!ready.exists());
    let log = std::fs::read_to_string(out.join("network/events.jsonl")).unwrap();
    assert!(
        log.trim_end().ends_with("\"reason\":\"released\"}"),
        "{log}"
    );
    assert!(net.folder.path().exists());
}

#[test]
fn what_makes_no_sense_is_refused() {
    let refused = |text: &str, arguments: &[&str], words: &str| {
        let (_folder, file) = scenario(text);
        let ended = up(&file, arguments)
            .stdout(Stdio::piped())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(2), "{told}");
        assert!(told.contains(words), "{told}");
    };
    refused(QUIET, &["--accounts", "3"], "cannot be used with");
    refused(QUIET, &["--manual", "--speed", "2x"], "cannot be used with");
    refused("[serve]\ndashboard = true\n", &[], "cannot be served yet");
    refused("[serve]\nrpc = false\n", &[], "nobody can reach");
    refused("[app.x]\nrun = 3\n", &[], "network.toml");
    let bare = crate::program::program()
        .args(["up", "--manual"])
        .output()
        .unwrap();
    assert_eq!(bare.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&bare.stderr).contains("emulate up FILE"));
}
