//! Living networks as those outside see them: by their ready line, JSON-RPC, REST and exit codes.

#![expect(
    clippy::disallowed_methods,
    reason = "a process that does not end must not stop the tests"
)]

mod dapp;
mod ends;
mod hand;
mod session;
mod time;

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::program::program;

/// A network somebody started, killed if a test leaves it behind.
struct Living {
    child: Child,
    ready: Value,
    /// The scenario and whatever the network leaves.
    folder: tempfile::TempDir,
    // The pipe stays open for as long as the process may write to it.
    _out: BufReader<std::process::ChildStdout>,
}

/// Writes a scenario into a folder of its own, beside a file of two lines.
fn scenario(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("network.toml");
    std::fs::write(&file, text).unwrap();
    std::fs::write(folder.path().join("lines.txt"), "one\ntwo\n").unwrap();
    (folder, file)
}

fn up(file: &std::path::Path, arguments: &[&str]) -> Command {
    let mut command = program();
    command.arg("up").arg(file).args(arguments);
    command.stdin(Stdio::null());
    command
}

impl Living {
    fn start(text: &str, arguments: &[&str]) -> Self {
        let (folder, file) = scenario(text);
        let mut child = up(&file, arguments)
            .args(["--port", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let ready = line.strip_prefix("READY ").unwrap_or_else(|| {
            panic!("{line:?}");
        });
        let ready = serde_json::from_str(ready).unwrap();
        Self {
            child,
            ready,
            folder,
            _out: out,
        }
    }

    fn url(&self, key: &str) -> &str {
        self.ready[key].as_str().unwrap()
    }

    /// What a JSON-RPC call answers: result or error.
    fn answer(&self, method: &str, params: Value) -> Value {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        post(self.url("rpc"), body.to_string())
    }

    fn call(&self, method: &str, params: Value) -> Value {
        let mut answer = self.answer(method, params);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].take()
    }

    /// Asks until what is asked is so.
    fn until<T>(&self, what: &str, mut ask: impl FnMut(&Self) -> Option<T>) -> T {
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            if let Some(answer) = ask(self) {
                return answer;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("never: {what}; {}", self.answer("emulate_tasks", json!([])));
    }

    fn get(&self, path: &str) -> (u16, Vec<u8>) {
        get(&format!("{}{path}", self.url("api")))
    }

    fn account(&self, name: &str) -> &Value {
        let accounts = self.ready["accounts"].as_array().unwrap();
        let named = accounts.iter().find(|account| account["name"] == name);
        named.unwrap()
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

impl Drop for Living {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn post(url: &str, body: String) -> Value {
    let sent = ureq::post(url)
        .header("content-type", "application/json")
        .send(body);
    let text = sent.unwrap().body_mut().read_to_string().unwrap();
    serde_json::from_str(&text).unwrap()
}

fn get(url: &str) -> (u16, Vec<u8>) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let mut answer = agent.get(url).call().unwrap();
    let body = answer.body_mut().read_to_vec().unwrap();
    (answer.status().as_u16(), body)
}

/// A network with one app and nothing to do.
const QUIET: &str = r#"
[scenario]
title = "waiting for orders"
[app.hello]
run      = { builtin = "hello" }
price    = "1 RLC"
duration = "2s"
"#;
