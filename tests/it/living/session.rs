//! Sessions with a living network, saved and lived through once more.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::{Living, QUIET};
use crate::program::program;

fn greeting() -> String {
    format!("{QUIET}\n[task.greet]\napp = \"hello\"\nreplication = 2\n")
}

fn replay(file: &Path, words: &[&str]) -> (Option<i32>, String) {
    let ended = program()
        .arg("replay")
        .arg(file)
        .args(words)
        .output()
        .unwrap();
    let all = [ended.stdout, ended.stderr].concat();
    (
        ended.status.code(),
        String::from_utf8_lossy(&all).into_owned(),
    )
}

/// A network whose session goes to a file in a folder.
fn saved(flags: &[&str]) -> (Living, tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("session.emu");
    let save = ["--save", file.to_str().unwrap()];
    (
        Living::start(&greeting(), &[flags, &save].concat()),
        folder,
        file,
    )
}

fn is_done(net: &Living) -> Option<()> {
    let tasks = net.call("emulate_tasks", json!([]));
    (tasks[0]["status"] == "COMPLETED").then_some(())
}

#[track_caller]
fn is_the_same(file: &Path) {
    let (code, told) = replay(file, &[]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("the same to the byte"), "{told}");
    assert!(!told.contains("cut off"), "{told}");
}

#[test]
fn what_clients_did_by_hand_is_lived_through_again() {
    let (mut net, _folder, file) = saved(&["--manual"]);
    let accounts = net.call("eth_accounts", json!([]));
    let rich = accounts[0].as_str().unwrap().to_owned();
    net.call("emulate_warp", json!([3]));
    net.call("emulate_crash", json!(["worker.w-0"]));
    let before = net.call("evm_snapshot", json!([]));
    net.call("emulate_warp", json!([120]));
    is_done(&net).expect("two workers are enough");
    net.call("evm_revert", json!([before]));
    assert!(is_done(&net).is_none());
    let other = "0x00000000000000000000000000000000000000aa";
    net.call("anvil_setBalance", json!([other, "0x64"]));
    net.call(
        "anvil_setStorageAt",
        json!([other, "0x1", format!("0x{:064x}", 7)]),
    );
    net.call("anvil_impersonateAccount", json!([other]));
    net.call(
        "eth_sendTransaction",
        json!([{ "from": rich, "to": other, "value": "0x5" }]),
    );
    net.call("evm_mine", json!([]));
    net.call(
        "eth_sendTransaction",
        json!([{ "from": other, "to": rich, "value": "0x1" }]),
    );
    net.call("emulate_restart", json!(["worker.w-0"]));
    net.call("evm_increaseTime", json!([120]));
    is_done(&net).expect("time was given");
    let balance = net.call("eth_getBalance", json!([other, "latest"]));
    assert_eq!(balance, json!("0x68"));
    net.signal("-TERM");
    net.exit_code();
    is_the_same(&file);
    let (code, told) = replay(&file, &["--event", "TaskFinalize"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("greet"), "{told}");
}

#[test]
fn what_happened_on_the_wall_clock_is_lived_through_again() {
    let (mut net, _folder, file) = saved(&["--speed", "30x"]);
    let accounts = net.call("eth_accounts", json!([]));
    let rich = accounts[0].as_str().unwrap();
    let send = json!([{ "from": rich, "to": rich, "value": "0x5" }]);
    net.until("greet is done", |net| {
        net.call("eth_sendTransaction", send.clone());
        is_done(net)
    });
    net.signal("-TERM");
    net.exit_code();
    is_the_same(&file);
    // With a change it is another session, in which everything comes to its end all the same.
    let changed = program()
        .args([
            "whatif",
            file.to_str().unwrap(),
            "--set",
            "app.hello.duration=3s",
        ])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&changed.stdout).into_owned();
    assert!(changed.status.success(), "{told}");
    assert!(told.contains("They part at event"), "{told}");
}

#[test]
fn a_session_that_was_killed_is_lived_through_as_far_as_it_was_told() {
    let (mut net, folder, _) = saved(&["--manual"]);
    net.call("emulate_warp", json!([120]));
    is_done(&net).expect("time was given");
    net.call("evm_mine", Value::Array(Vec::new()));
    net.child.kill().unwrap();
    net.child.wait().unwrap();
    let files = fs::read_dir(folder.path()).unwrap();
    let mut files = files.map(|entry| entry.unwrap().path());
    let partial = files.find(|path| path.to_string_lossy().ends_with(".partial.emu"));
    let (code, told) = replay(&partial.unwrap(), &["--event", "TaskFinalize"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("greet"), "{told}");
}
