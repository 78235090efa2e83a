//! `emulate up` as the shell sees it: ready file, READY line, command, signals, ports.

#![expect(
    clippy::disallowed_methods,
    reason = "a process that does not end must not stop the tests"
)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::program::program;

/// A running `emulate up`, killed if a test leaves it behind.
struct Up {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
    ready: Value,
}

fn command(arguments: &[&str]) -> Command {
    let mut command = program();
    command.arg("up").args(arguments).stdin(Stdio::null());
    command
}

fn finished(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

impl Up {
    fn start(arguments: &[&str]) -> Self {
        Self::spawn(command(arguments))
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        let json = line
            .strip_prefix("READY ")
            .unwrap_or_else(|| panic!("{line:?}"));
        let ready = serde_json::from_str(json).unwrap();
        Self {
            child,
            lines,
            ready,
        }
    }

    fn port(&self) -> u16 {
        let url = self.ready["rpc"].as_str().unwrap();
        url.rsplit(':').next().unwrap().parse().unwrap()
    }

    fn call(&self, method: &str, params: Value) -> Value {
        let mut answer = self.ask(method, params);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].take()
    }

    /// Calls a method and returns the whole answer.
    fn ask(&self, method: &str, params: Value) -> Value {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let body = body.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port())).unwrap();
        let head = format!(
            "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
             connection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all((head + &body).as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (_, body) = text.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap()
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([name, &self.child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
    }

    fn exit_code(&mut self) -> Option<i32> {
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("still running");
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_contracts_stand_where_the_ready_line_says() {
    let up = Up::start(&["--port", "0"]);
    let contracts = &up.ready["contracts"];
    for name in [
        "hub",
        "rlc",
        "appRegistry",
        "datasetRegistry",
        "workerpoolRegistry",
    ] {
        let code = up.call("eth_getCode", json!([contracts[name], "latest"]));
        assert!(code.as_str().unwrap().len() > 100, "{name}: {code}");
    }
    let owner = &up.ready["accounts"][0];
    assert_eq!(contracts["owner"], owner["address"]);
    assert_eq!(
        owner["privateKey"],
        "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
    );
    assert_eq!(up.ready["accounts"].as_array().unwrap().len(), 20);
    // balanceOf(account 0) is the whole supply: totalSupply().
    let balance = format!(
        "0x70a08231{:0>64}",
        &owner["address"].as_str().unwrap()[2..]
    );
    let of = |data: &str| up.call("eth_call", json!([{"to": contracts["rlc"], "data": data}]));
    assert_eq!(of(&balance), of("0x18160ddd"));
}

#[test]
fn an_empty_chain_begins_at_block_zero() {
    let up = Up::start(&[
        "--port",
        "0",
        "--no-contracts",
        "--chain-id",
        "7",
        "--accounts",
        "3",
    ]);
    assert_eq!(up.call("eth_blockNumber", json!([])), "0x0");
    assert_eq!(up.call("eth_chainId", json!([])), "0x7");
    assert_eq!(
        up.call("eth_accounts", json!([])).as_array().unwrap().len(),
        3
    );
    assert!(up.ready.get("contracts").is_none());
}

#[test]
fn only_so_many_blocks_are_kept_as_asked() {
    let kept = ["--port", "0", "--no-contracts", "--blocks-kept", "4"];
    let up = Up::start(&kept);
    up.call("anvil_mine", json!(["0x14"]));
    let block = |number: &str| up.call("eth_getBlockByNumber", json!([number, false]));
    assert_eq!(block("0x11")["number"], "0x11");
    assert_eq!(block("earliest")["number"], "0x11");
    let gone = up.ask("eth_getBlockByNumber", json!(["0x10", false]));
    assert_eq!(gone["error"]["code"], 4444, "{gone}");
}

#[test]
fn the_ready_file_is_whole_and_goes_away() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ready.json");
    let mut up = Up::start(&[
        "--port",
        "0",
        "--no-contracts",
        "--ready",
        path.to_str().unwrap(),
    ]);
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), up.ready);
    assert_eq!(up.ready["pid"], up.child.id());
    up.signal("-TERM");
    assert_eq!(up.exit_code(), Some(143));
    assert!(!path.exists());
    assert_eq!(
        std::fs::read_dir(directory.path()).unwrap().count(),
        0,
        "nothing is left"
    );
}

#[test]
fn ctrl_c_ends_with_130() {
    let mut up = Up::start(&["--port", "0", "--no-contracts"]);
    up.signal("-INT");
    assert_eq!(up.exit_code(), Some(130));
}

#[test]
fn a_command_finds_the_chain_and_passes_its_exit_code_on() {
    let script = "test -s \"$EMULATE_READY\" && test \"$ETH_RPC_URL\" = \"$EMULATE_RPC\" \
                  && echo \"$EMULATE_RPC $EMULATE_WS $EMULATE_CHAIN_ID $EMULATE_HUB $EMULATE_RLC\"; exit 7";
    let output = finished(&["--port", "0", "--", "sh", "-c", script]);
    assert_eq!(output.status.code(), Some(7));
    let text = String::from_utf8(output.stdout).unwrap();
    let (ready, said) = text.split_once('\n').unwrap();
    let ready: Value = serde_json::from_str(ready.strip_prefix("READY ").unwrap()).unwrap();
    let said: Vec<&str> = said.split_whitespace().collect();
    let contracts = &ready["contracts"];
    let wanted = [
        &ready["rpc"],
        &ready["ws"],
        &json!("31337"),
        &contracts["hub"],
        &contracts["rlc"],
    ];
    for (said, wanted) in said.iter().zip(wanted) {
        let wanted = wanted.as_str().unwrap();
        assert!(said.eq_ignore_ascii_case(wanted), "{said} is {wanted}");
    }
    assert_eq!(said.len(), 5);
}

#[test]
fn a_command_ended_by_a_signal_counts_as_in_a_shell() {
    let output = finished(&[
        "--port",
        "0",
        "--no-contracts",
        "--",
        "sh",
        "-c",
        "kill -9 $$",
    ]);
    assert_eq!(output.status.code(), Some(137));
    let output = finished(&["--port", "0", "--no-contracts", "--", "/no/such/program"]);
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn a_command_is_not_left_behind() {
    let mut up = Up::start(&[
        "--port",
        "0",
        "--no-contracts",
        "--",
        "sh",
        "-c",
        "echo $$; exec sleep 600",
    ]);
    let mut pid = String::new();
    up.lines.read_line(&mut pid).unwrap();
    let alive = || Path::new(&format!("/proc/{}", pid.trim())).exists();
    assert!(alive());
    up.signal("-TERM");
    assert_eq!(up.exit_code(), Some(143));
    assert!(!alive());
}

#[test]
fn it_ends_with_its_parent_when_asked() {
    let mut command = command(&["--port", "0", "--no-contracts", "--exit-with-parent"]);
    command.stdin(Stdio::piped());
    let mut up = Up::spawn(command);
    let stdin = up.child.stdin.take().unwrap();
    assert_eq!(up.call("eth_blockNumber", json!([])), "0x0");
    drop(stdin);
    assert_eq!(up.exit_code(), Some(0));
}

#[test]
fn a_port_asked_for_and_taken_is_an_error_of_the_machine() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = finished(&["--port", &port, "--no-contracts"]);
    assert_eq!(output.status.code(), Some(3));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains(&port) && text.contains("--port"), "{text}");
    assert!(output.stdout.is_empty());
}

#[test]
fn without_a_port_the_usual_one_is_taken_if_it_is_free() {
    // Whoever holds the port, another is found; if nobody does, this one is.
    let held = TcpListener::bind("127.0.0.1:8545");
    let up = Up::start(&["--no-contracts"]);
    assert_ne!(up.port(), 0);
    if held.is_ok() {
        assert_ne!(up.port(), 8545);
    }
}

#[test]
fn wrong_flags_say_what_would_be_right() {
    for (flags, said) in [
        (["--balance", "many"], "ether"),
        (["--block-time", "0"], "0.001"),
        (["--hardfork", "bellecour"], "prague"),
        (["--mnemonic", "three wrong words"], "mnemonic"),
        (["--history", "0"], "at least 1"),
        (["--genesis", "/no/such/file"], "/no/such/file"),
    ] {
        let output = finished(&flags);
        assert_eq!(output.status.code(), Some(2), "{flags:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains(said), "{flags:?}: {text}");
    }
}

#[test]
fn block_0_of_a_genesis_file_is_the_files_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("genesis.json");
    let file = file.to_str().unwrap();
    let genesis = json!({
        "config": {"chainId": 5, "terminalTotalDifficulty": 0, "shanghaiTime": 0},
        "alloc": {"0x00000000000000000000000000000000000000aa": {"balance": "0x1"}},
        "difficulty": "0x0", "gasLimit": "0x1c9c380",
    });
    std::fs::write(file, genesis.to_string()).unwrap();
    let first = |more: &[&str]| {
        let up = Up::start(&[&["--port", "0", "--genesis", file], more].concat());
        let block = up.call("eth_getBlockByNumber", json!(["0x0", false]));
        let accounts = up.call("eth_accounts", json!([]));
        (block, accounts.as_array().unwrap().len())
    };
    let (own, none) = first(&[]);
    assert_eq!((own.clone(), none), first(&["--accounts", "0"]));
    assert_eq!(none, 0);
    let (other, three) = first(&["--accounts", "3"]);
    assert_ne!(other["stateRoot"], own["stateRoot"]);
    assert_eq!(three, 3);
    for (text, said) in [
        ("{}", "no `alloc`"),
        (r#"[{"type": "function", "name": "f"}]"#, "no `alloc`"),
        (r#"{"alloc": {"#, "malformed"),
    ] {
        std::fs::write(file, text).unwrap();
        let output = finished(&["--genesis", file]);
        assert_eq!(output.status.code(), Some(2), "{text}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains(said) && told.contains(file), "{text}: {told}");
    }
}

#[test]
fn keys_of_ones_own_mnemonic_are_not_shown() {
    let words = "legal winner thank year wave sausage worth useful legal winner thank yellow";
    let up = Up::start(&["--port", "0", "--no-contracts", "--mnemonic", words]);
    assert!(up.ready["accounts"][0].get("privateKey").is_none());
    assert_ne!(
        up.ready["accounts"][0]["address"],
        "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"
    );
}

#[test]
fn blocks_come_by_the_clock_when_asked() {
    let up = Up::start(&["--port", "0", "--no-contracts", "--block-time", "0.05"]);
    let deadline = Instant::now() + Duration::from_secs(20);
    while up.call("eth_blockNumber", json!([])) == "0x0" {
        assert!(Instant::now() < deadline);
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(up.call("anvil_getAutomine", json!([])), false);
}

#[test]
fn the_chain_goes_on_where_it_was_saved() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("chain.state");
    let flags = ["--port", "0", "--state", file.to_str().unwrap()];
    let mut first = Up::start(&flags);
    first.call("evm_increaseTime", json!([100_000]));
    first.call("evm_mine", json!([]));
    let head = first.call("eth_getBlockByNumber", json!(["latest", false]));
    let contracts = first.ready["contracts"].clone();
    first.signal("-INT");
    assert_eq!(first.exit_code(), Some(130));
    let second = Up::start(&flags);
    assert_eq!(
        second.call("eth_getBlockByNumber", json!(["latest", false])),
        head
    );
    assert_eq!(second.ready["contracts"], contracts);
    // And so does its time, which is ahead of the clock.
    second.call("evm_increaseTime", json!([60]));
    second.call("evm_mine", json!([]));
    let next = second.call("eth_getBlockByNumber", json!(["latest", false]));
    let time = |block: &Value| {
        let time = block["timestamp"].as_str().unwrap();
        u64::from_str_radix(time.trim_start_matches("0x"), 16).unwrap()
    };
    assert!(time(&next) >= time(&head) + 60, "{next}");
}

#[test]
fn a_kill_at_any_moment_leaves_a_whole_state() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("chain.state");
    let flags = [
        "--port",
        "0",
        "--no-contracts",
        "--state",
        file.to_str().unwrap(),
        "--state-interval",
        "0.001",
    ];
    let height = |up: &Up| {
        let number = up.call("eth_blockNumber", json!([]));
        u64::from_str_radix(number.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
    };
    let mut known = 0;
    for round in 0..6 {
        // It starts: what the last one left is a whole chain.
        let mut up = Up::start(&flags);
        let found = height(&up);
        assert!(round == 0 || found > known, "round {round}: {found} blocks");
        known = found;
        let deadline = Instant::now() + Duration::from_secs(30);
        // The first save comes at once, whatever happens.
        let before = loop {
            assert!(Instant::now() < deadline, "no file");
            if let Ok(saved) = std::fs::read(&file) {
                break saved;
            }
        };
        let mut extra = 0;
        // Some requests after something new was saved, while the next save is under way.
        while extra <= round {
            assert!(Instant::now() < deadline, "nothing was saved");
            up.call("anvil_mine", json!(["0x3"]));
            extra += u64::from(std::fs::read(&file).unwrap() != before);
        }
        up.child.kill().unwrap();
        up.child.wait().unwrap();
    }
    std::fs::write(directory.path().join(".chain.state.left.part"), "half").unwrap();
    let mut last = Up::start(&flags);
    last.signal("-TERM");
    assert_eq!(last.exit_code(), Some(143));
    let left = std::fs::read_dir(directory.path()).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["chain.state"]);
}

#[test]
fn a_chain_begins_when_it_is_told_to_and_lets_everybody_send() {
    let up = Up::start(&[
        "--port=0",
        "--no-contracts",
        "--timestamp=86400",
        "--slots-in-an-epoch=2",
        "--auto-impersonate",
        "--disable-pool-balance-checks",
    ]);
    let genesis = up.call("eth_getBlockByNumber", json!(["0x0", false]));
    assert_eq!(genesis["timestamp"], "0x15180");
    let stranger = "0x00000000000000000000000000000000000057a9";
    let pay = json!([{"from": stranger, "to": stranger, "gas": "0x5208"}]);
    let hash = up.call("eth_sendTransaction", pay);
    let dropped = up.call("eth_getTransactionReceipt", json!([hash]));
    assert!(dropped.is_null(), "it has nothing to pay with: {dropped}");
    up.call("anvil_mine", json!([5]));
    let head = up.call("eth_getBlockByNumber", json!(["latest", false]));
    let time = u64::from_str_radix(&head["timestamp"].as_str().unwrap()[2..], 16).unwrap();
    assert!((86_400..86_400 + 3_600).contains(&time), "{time}");
    let safe = up.call("eth_getBlockByNumber", json!(["safe", false]));
    assert_eq!(safe["number"], "0x3");

    let scenario = finished(&["happy-path", "--timestamp", "86400"]);
    assert_eq!(scenario.status.code(), Some(2));
}
