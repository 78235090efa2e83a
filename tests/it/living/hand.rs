//! Hands on a network: `ctl` on a living one, `init` for a first one, `keys` of any, and a network
//! of a program on a port.

use std::path::Path;

use emulate::network::{App, Network};
use serde_json::{Value, json};

use super::{Living, QUIET};
use crate::program::{emulate_in, told};

fn emulate(arguments: &[&str], folder: &Path) -> (Option<i32>, String, String) {
    told(&emulate_in(folder, arguments))
}

#[test]
fn ctl_says_what_would_be_right() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("g.json"), "{}").unwrap();
    for (words, code, said) in [
        (&["status"][..], 2, "emulate up FILE --ready"),
        (
            &["--ready", "g.json", "status"],
            2,
            "emulate up FILE --ready",
        ),
        (
            &["--ready", "none", "status"],
            3,
            "as long as the network lives",
        ),
        (&["--rpc", "localhost:1", "status"], 2, "http://HOST:PORT"),
        (
            &["--rpc", "http://127.0.0.1:1", "status"],
            3,
            "1: Connection refused",
        ),
        (&["warp", "5"], 2, "10m"),
        (&["mine", "x"], 2, "such as 1"),
        (&["revert", "xyz"], 2, "emulate ctl snapshot"),
    ] {
        let all = [&["ctl"][..], words].concat();
        let (ended, _, told) = emulate(&all, folder.path());
        assert_eq!(ended, Some(code), "{words:?}: {told}");
        assert!(told.contains(said), "{words:?}: {told}");
    }
    let script = "\"$0\" ctl tasks; test $? = 2 && \"$0\" ctl mine 3 && \"$0\" ctl revert $(\"$0\" ctl snapshot)";
    let program = env!("CARGO_BIN_EXE_emulate");
    let up = [
        "up",
        "--port",
        "0",
        "--no-contracts",
        "-q",
        "--",
        "sh",
        "-c",
        script,
        program,
    ];
    let (code, out, told) = emulate(&up, folder.path());
    assert!(told.contains("a chain without a network"), "{told}");
    assert_eq!(code, Some(0), "{told}");
    assert!(out.ends_with("\nblock 3\nblock 3\n"), "{out}");
}

#[test]
fn ctl_moves_a_living_network() {
    let text = format!("{QUIET}\n[task.greet]\napp = \"hello\"\n");
    let ready = tempfile::tempdir().unwrap();
    let ready = ready.path().join("ready.json");
    let flags = ["--manual", "--ready", ready.to_str().unwrap()];
    let net = Living::start(&text, &flags);
    let folder = net.folder.path();
    let ctl = |words: &[&str]| {
        let mut all = vec!["ctl", "--ready", ready.to_str().unwrap()];
        all.extend(words);
        emulate(&all, folder)
    };
    let (code, told, _) = ctl(&["status"]);
    assert_eq!(code, Some(0));
    assert!(
        told.contains("1 task, 1 open · 3 of 3 workers up"),
        "{told}"
    );
    let (_, told, _) = ctl(&["crash", "worker.w-0", "worker.w-1"]);
    assert!(told.contains("1 of 3 workers up"), "{told}");
    let (_, id, _) = ctl(&["snapshot"]);
    let (code, told, _) = ctl(&["warp", "2m"]);
    assert_eq!(code, Some(0));
    assert!(
        told.starts_with("02:00.000 ") && told.contains("0 open"),
        "{told}"
    );
    let (_, tasks, _) = ctl(&["tasks"]);
    assert!(tasks.starts_with("greet  COMPLETED  hello  {"), "{tasks}");
    let (_, told, _) = ctl(&["revert", id.trim()]);
    assert!(told.contains("1 open"), "{told}");
    let before = net.call("eth_blockNumber", json!([]));
    assert_eq!(ctl(&["mine", "3"]).0, Some(0));
    assert_ne!(net.call("eth_blockNumber", json!([])), before);
    let (code, _, told) = ctl(&["crash", "worker.nobody"]);
    assert_eq!(code, Some(2));
    assert!(told.contains("worker.nobody"), "{told}");
    assert_eq!(ctl(&["revert", "0x99"]).0, Some(2));
    drop(net);
    assert_eq!(
        emulate(
            &["ctl", "--rpc", "http://127.0.0.1:9", "status"],
            Path::new(".")
        )
        .0,
        Some(3)
    );
    assert_eq!(
        emulate(&["ctl", "--ready", "no.json", "status"], Path::new(".")).0,
        Some(3)
    );
}

#[test]
fn on_the_wall_clock_a_run_is_the_same_and_takes_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let digest = |arguments: &[&str]| {
        let mut all = vec!["run", "hello"];
        all.extend(arguments);
        let (code, told, wrong) = emulate(&all, folder.path());
        assert_eq!(code, Some(0), "{told}{wrong}");
        let (_, digest) = told.split_once("digest ").unwrap();
        digest.split_whitespace().next().unwrap().to_owned()
    };
    let virtually = digest(&[]);
    assert_eq!(digest(&["--speed", "200x"]), virtually);
    assert_eq!(digest(&["--wall", "--set", "time.speed=500x"]), virtually);
    let refused = |arguments: &[&str], words: &str| {
        let (code, _, told) = emulate(arguments, folder.path());
        assert_eq!((code, told.contains(words)), (Some(2), true), "{told}");
    };
    // Nobody can ask for time in a run: it passes by itself.
    assert_eq!(digest(&["--set", "time.mode=manual"]), virtually);
    refused(&["run", "hello", "--open"], "html=FILE");
    // Nobody watches a test: the page is written and not opened.
    let page = ["run", "hello", "--open", "--report", "html=page.html"];
    let (code, _, told) = emulate(&page, folder.path());
    assert_eq!(
        (code, told.contains("is not opened")),
        (Some(0), true),
        "{told}"
    );
    assert!(folder.path().join("page.html").exists());
}

#[test]
fn a_first_scenario_runs_and_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(emulate(&["init"], folder.path()).0, Some(0));
    let (code, told, wrong) = emulate(&["run", "scenario.toml"], folder.path());
    assert_eq!(code, Some(0), "{told}{wrong}");
    let (code, _, told) = emulate(&["check", "scenario.toml"], folder.path());
    assert_eq!((code, told.contains("warning")), (Some(0), false), "{told}");
    std::fs::write(folder.path().join("mine.toml"), "mine").unwrap();
    let (code, _, told) = emulate(&["init", "mine.toml"], folder.path());
    assert_eq!(code, Some(2));
    assert!(told.contains("exists"), "{told}");
    let mine = std::fs::read_to_string(folder.path().join("mine.toml")).unwrap();
    assert_eq!(mine, "mine");
}

#[test]
fn keys_that_follow_from_names_are_listed_and_stated_ones_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let key = format!("0x{}", "17".repeat(32));
    let text = format!("{QUIET}\n[account.carol]\nkey = \"{key}\"\n");
    std::fs::write(folder.path().join("s.toml"), text).unwrap();
    let (code, all, _) = emulate(&["keys", "s.toml"], folder.path());
    assert_eq!(code, Some(0));
    assert!(
        !all.contains(&key) && all.contains("the scenario's own key"),
        "{all}"
    );
    let (_, line, _) = emulate(&["keys", "s.toml", "w-1", "--json"], folder.path());
    let line: Value = serde_json::from_str(&line).unwrap();
    let worker = emulate::protocol::Account::named("worker.w-1");
    assert_eq!(line["name"], "worker.w-1");
    assert_eq!(line["privateKey"], worker.private_key().to_string());
    assert_eq!(
        emulate(&["keys", "s.toml", "nobody"], folder.path()).0,
        Some(2)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_of_a_program_can_be_had_on_a_port() {
    let net = Network::builder()
        .app("hello", App::builtin("hello"))
        .start()
        .unwrap();
    let url = net.rpc_url().unwrap();
    assert_eq!(net.rpc_url().unwrap(), url);
    let ask = |method: &'static str, params: Value| {
        let url = url.clone();
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        tokio::task::spawn_blocking(move || super::post(&url, body.to_string()))
    };
    let height = |answer: Value| answer["result"].as_str().unwrap().to_owned();
    let before = height(ask("eth_blockNumber", json!([])).await.unwrap());
    net.request(emulate::network::Task::new("hello"))
        .unwrap()
        .await
        .unwrap();
    let after = height(ask("eth_blockNumber", json!([])).await.unwrap());
    assert_ne!(before, after);
    assert_eq!(after, format!("{:#x}", net.view().chain.head));
}
