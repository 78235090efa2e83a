//! Saved runs as the shell sees them: where they lie, what commands print, exit codes, a kill.

#![expect(
    clippy::disallowed_methods,
    reason = "a process that does not end must not stop the tests"
)]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::program::program;

/// A folder one works in.
pub(super) struct Desk(pub(super) TempDir);

impl Desk {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command
            .args(arguments)
            .current_dir(self.0.path())
            .env_remove("CI")
            .env_remove("GITHUB_ACTIONS")
            .env_remove("EMULATE_RUNS")
            .stdin(Stdio::null());
        command
    }

    pub(super) fn run(&self, arguments: &[&str]) -> (i32, String) {
        said(&self.command(arguments).output().unwrap())
    }

    pub(super) fn saved(&self) -> Vec<PathBuf> {
        files(&self.0.path().join(".emulate/runs"))
    }
}

pub(super) fn said(output: &Output) -> (i32, String) {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    (output.status.code().unwrap_or(-1), text)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn a_result_has_the_same_letter_wherever_a_run_is_told_of() {
    let desk = Desk::new();
    let (_, story) = desk.run(&["run", "byzantine-minority"]);
    assert!(story.contains("consensus on result B of job"), "{story}");
    let (_, stopped) = desk.run(&["replay", "last", "--event", "TaskConsensus#1"]);
    let last = "last: 00:13.000 TaskConsensus: consensus on result B of job with 4 votes";
    assert!(stopped.contains(last), "{stopped}");
    let expected = "[[expect]]\nnever = \"TaskConsensus\"\n";
    let scenario = fs::read_to_string("scenarios/03-byzantine-minority.toml").unwrap();
    fs::write(desk.0.path().join("x.toml"), scenario + expected).unwrap();
    let (code, told) = desk.run(&["run", "x.toml", "--no-save"]);
    let since = "block 7, TaskConsensus: consensus on result B of job";
    assert_eq!((code, told.contains(since)), (1, true), "{told}");
}

#[test]
fn a_run_leaves_one_file_that_is_found_again() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["run", "hello"]).0, 0);
    assert_eq!(desk.run(&["run", "hello"]).0, 0);
    let saved = desk.saved();
    assert_eq!(saved.len(), 1, "the same run is the same file: {saved:?}");
    let name = saved[0].file_name().unwrap().to_str().unwrap();
    assert!(
        name.starts_with("hello-42-") && name.ends_with(".emu"),
        "{name}"
    );
    let ignore = fs::read_to_string(desk.0.path().join(".emulate/.gitignore"));
    assert_eq!(ignore.unwrap(), "*\n");
    for run in ["last", "hello", "hello-42", saved[0].to_str().unwrap()] {
        let (code, text) = desk.run(&["replay", run]);
        assert_eq!(code, 0, "{text}");
        assert!(
            text.starts_with("the same to the byte: 93 events, block 8, digest 0x"),
            "{text}"
        );
    }
    let (code, text) = desk.run(&["replay", "last~1"]);
    assert!(code == 2 && text.contains("not that many runs"), "{text}");
    let (code, text) = desk.run(&["replay", "hel"]);
    assert!(code == 2 && text.contains("no file `hel`"), "{text}");
}

#[test]
fn nothing_is_left_where_nobody_asked_for_it() {
    let desk = Desk::new();
    let mut in_ci = desk.command(&["run", "hello"]);
    assert!(in_ci.env("CI", "true").output().unwrap().status.success());
    assert_eq!(desk.run(&["run", "hello", "--no-save"]).0, 0);
    assert_eq!(desk.run(&["run", "nonsense"]).0, 2);
    assert_eq!(files(desk.0.path()), [] as [PathBuf; 0]);
    assert_eq!(desk.run(&["run", "hello", "--out", "out"]).0, 0);
    let kept = desk.0.path().join("out/hello/run.emu");
    assert!(kept.exists());
    let mut asked = desk.command(&["run", "hello", "--save", "mine/my.emu"]);
    assert!(asked.env("CI", "true").output().unwrap().status.success());
    assert_eq!(desk.run(&["replay", "mine/my.emu"]).0, 0);
    assert!(desk.saved().is_empty());
    fs::write(desk.0.path().join("wall"), "").unwrap();
    let (code, text) = desk.run(&["run", "hello", "--save", "wall/my.emu"]);
    assert_eq!(code, 3, "{text}");
}

#[test]
fn a_changed_file_is_caught_with_exit_code_six() {
    let desk = Desk::new();
    fs::write(
        desk.0.path().join("a.toml"),
        "[app.hello]\nrun = { builtin = \"hello\" }\n[task.t]\napp = \"hello\"\nargs = \"you\"\n",
    )
    .unwrap();
    assert_eq!(desk.run(&["run", "a.toml", "--save", "a.emu"]).0, 0);
    // The scenario of another run under the log of this one.
    fs::write(
        desk.0.path().join("b.toml"),
        "[app.hello]\nrun = { builtin = \"hello\" }\n[task.t]\napp = \"hello\"\nargs = \"me!\"\n",
    )
    .unwrap();
    assert_eq!(desk.run(&["run", "b.toml", "--save", "b.emu"]).0, 0);
    let (a, b) = (
        fs::read(desk.0.path().join("a.emu")).unwrap(),
        fs::read(desk.0.path().join("b.emu")).unwrap(),
    );
    let forged = forge(&a, &b);
    fs::write(desk.0.path().join("c.emu"), forged).unwrap();
    let (code, text) = desk.run(&["replay", "c.emu"]);
    assert_eq!(code, 6, "{text}");
    assert!(
        text.contains("they part at event") && text.contains("OrderPublished"),
        "{text}"
    );
    let (code, text) = desk.run(&["replay", "c.emu", "--event", "TaskFinalize"]);
    assert_eq!(code, 6, "{text}");
    let (code, text) = desk.run(&["diff", "a.emu", "b.emu"]);
    assert_eq!(code, 1, "{text}");
    assert!(
        text.contains("They part at event") && text.contains("output"),
        "{text}"
    );
    let (code, text) = desk.run(&["diff", "a.emu", "a.emu"]);
    assert!(code == 0 && text.contains("the same to the byte"), "{text}");
}

/// The scenario frames of one file and the other frames of another.
fn forge(scenario: &[u8], log: &[u8]) -> Vec<u8> {
    let frames = |bytes: &[u8]| {
        let mut frames = Vec::new();
        let mut at = 10;
        while at < bytes.len() {
            let length: [u8; 4] = bytes[at + 1..at + 5].try_into().unwrap();
            let end = at + 13 + u32::from_le_bytes(length) as usize;
            frames.push(bytes[at..end].to_vec());
            at = end;
        }
        frames
    };
    let mut forged = scenario[..10].to_vec();
    let is_scenario = |frame: &Vec<u8>| matches!(frame[0], b'H' | b'S' | b'I');
    forged.extend(frames(scenario).into_iter().filter(is_scenario).flatten());
    forged.extend(
        frames(log)
            .into_iter()
            .filter(|frame| !is_scenario(frame))
            .flatten(),
    );
    forged
}

/// A task of trust 20, one worker of score 60 and as many newcomers as said.
fn one_experienced(newcomers: usize) -> String {
    format!(
        "[pool.main]\npolicy = \"all\"\n[worker.big]\nscore = 60\n[worker.small]\ncount = {newcomers}\n\
         [app.h]\nrun = {{ builtin = \"hello\" }}\n[task.t]\napp = \"h\"\ntrust = 20\n"
    )
}

#[test]
fn only_the_vote_without_which_there_is_no_consensus_is_said_to_have_decided() {
    let desk = Desk::new();
    let file = desk.0.path().join("votes.toml");
    let explained = |text: &str| {
        fs::write(&file, text).unwrap();
        let (code, told) = desk.run(&["explain", "votes.toml", "t", "--offline"]);
        assert_eq!(code, 0, "{told}");
        let lines = told.lines().filter(|line| line.contains("decided it"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    // 2 × 19 = 38 of 39 is enough without either newcomer, so the experienced one decides.
    assert_eq!(
        explained(&one_experienced(2)),
        ["The vote of big decided it: without it there was no consensus."]
    );
    let alone = "[pool.main]\n[worker.w]\n[app.h]\nrun = { builtin = \"hello\" }\n[task.t]\napp = \"h\"\ntrust = 1\n";
    assert_eq!(
        explained(alone),
        ["The vote of w decided it: without it there was no consensus."]
    );
    let tag = "tag = [\"tee\", \"scone\"]\n";
    let enclave = alone
        .replace("[pool.main]\n", &format!("[pool.main]\n{tag}"))
        .replace("[app.h]\n", &format!("[app.h]\n{tag}"));
    assert_eq!(
        explained(&enclave),
        ["The vote of w decided it: without it there was no consensus."]
    );
}

#[test]
fn a_seed_that_is_none_is_told_as_it_was_given() {
    let desk = Desk::new();
    for wrong in ["18446744073709551615", "9223372036854775808", "-1", "abc"] {
        let (code, told) = desk.run(&["run", "hello", &format!("--seed={wrong}")]);
        assert_eq!(code, 2, "{told}");
        assert!(
            told.contains("--seed") && told.contains("EMULATE_SEED"),
            "{told}"
        );
        assert!(told.contains("from 0 to 9223372036854775807"), "{told}");
        assert!(!told.contains("--set"), "{told}");
    }
    let from_outside = desk
        .command(&["run", "hello"])
        .env("EMULATE_SEED", "abc")
        .output()
        .unwrap();
    let (code, told) = said(&from_outside);
    assert_eq!(code, 2, "{told}");
    assert!(
        told.contains("EMULATE_SEED") && !told.contains("--set"),
        "{told}"
    );
    for right in ["9223372036854775807", "1_000", "0x2a", "random"] {
        let (code, told) = desk.run(&["run", "hello", "--seed", right]);
        assert_eq!(code, 0, "{told}");
    }
}

#[test]
fn a_speed_of_nothing_is_too_small() {
    let (code, told) = Desk::new().run(&["run", "hello", "--speed", "0x"]);
    assert_eq!(code, 2, "{told}");
    let expected = "`0x` is too small: a factor lies between 0.001x and 1000000x";
    assert!(told.contains(expected), "{told}");
}

#[test]
fn who_is_not_there_may_have_been_meant_as_a_worker() {
    let desk = Desk::new();
    let (code, told) = desk.run(&["explain", "hello", "nobody"]);
    assert_eq!(code, 2, "{told}");
    assert!(
        told.contains("there is no task or worker called `nobody`"),
        "{told}"
    );
    let (code, told) = desk.run(&["explain", "hello", "w-9"]);
    assert_eq!(code, 2, "{told}");
    assert!(told.contains("called `w-9`; did you mean `w-"), "{told}");
}

#[test]
fn a_scenario_without_a_title_begins_as_the_run() {
    let desk = Desk::new();
    fs::write(desk.0.path().join("untitled.toml"), one_experienced(2)).unwrap();
    let (code, told) = desk.run(&["run", "untitled.toml", "-vv", "--offline"]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("the run begins with seed 42"), "{told}");
}

#[test]
fn stepping_reads_what_is_typed() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["run", "hello"]).0, 0);
    let mut child = desk
        .command(&["replay", "last", "--step", "--event", "TaskInitialize"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let typed = "\n\nb\ng event:TaskConsensus\ne greet\nxyzzy\ng soon\np\nr\n\nq\n";
    child
        .stdin
        .take()
        .unwrap()
        .write_all(typed.as_bytes())
        .unwrap();
    let (code, text) = said(&child.wait_with_output().unwrap());
    assert_eq!(code, 0, "{text}");
    for part in [
        "greet opens for votes",
        "consensus on result A",
        "Each of w-2, w-1 and w-0 decided it",
        "`xyzzy` means nothing here",
        "`soon` is no moment",
        "REVEALING",
        "greet is completed and paid",
        "the run is over",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn a_stopped_run_is_served_to_any_client() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["run", "hello"]).0, 0);
    let mut child = desk
        .command(&["replay", "last", "--block", "6", "--serve"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut ready = lines
        .map_while(Result::ok)
        .filter(|line| line.starts_with("READY "));
    let ready: serde_json::Value = serde_json::from_str(&ready.next().unwrap()[6..]).unwrap();
    let address = ready["rpc"]
        .as_str()
        .unwrap()
        .trim_start_matches("http://")
        .to_owned();
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}"#;
    let mut stream = TcpStream::connect(address.trim_end_matches('/')).unwrap();
    let length = body.len();
    write!(stream, "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(answer.contains(r#""result":"0x6""#), "{answer}");
    assert!(ready["contracts"]["hub"].is_string());
}

#[test]
fn a_killed_run_can_be_looked_at_and_proven() {
    let desk = Desk::new();
    let mut child = desk
        .command(&[
            "run",
            "scale",
            "--set",
            "worker.crowd.count=60",
            "--set",
            "task.burst.count=3000",
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    let partial = loop {
        let found = desk.saved().pop();
        match found.filter(|path| fs::metadata(path).is_ok_and(|about| about.len() > 60_000)) {
            Some(path) => break path,
            None => std::thread::sleep(Duration::from_millis(20)),
        }
        assert!(
            began.elapsed() < Duration::from_secs(120),
            "nothing is written as the run goes"
        );
    };
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(partial.to_str().unwrap().ends_with(".partial.emu"));
    let (code, text) = desk.run(&["replay", "last"]);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("up to where the saved run was cut off"),
        "{text}"
    );
    assert!(text.contains("its run was killed"), "{text}");
    let (code, text) = desk.run(&["report", "last", "--report", "html=run.html"]);
    assert_eq!(code, 0, "{text}");
    assert!(desk.0.path().join("run.html").exists());
}

#[test]
fn what_if_tells_what_would_have_become_of_a_run() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["run", "byzantine-minority"]).0, 0);
    let change = ["--set", "worker.honest.behaviour=colluder"];
    let from = ["--from", "event:TaskInitialize"];
    let arguments = [&["whatif", "last"][..], &change, &from].concat();
    let (code, text) = desk.run(&arguments);
    assert_eq!(code, 0, "{text}");
    for part in [
        "They part at event",
        "corrupted",
        "what if",
        "all 5 workers the same",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let wrong = ["whatif", "last", "--set", "worker.mallory.slots=2"];
    let (code, text) = desk.run(&[&wrong[..], &from].concat());
    assert!(code == 2 && text.contains("without --from"), "{text}");
    let (code, text) = desk.run(&wrong);
    assert!(code == 0 && !text.contains("the run had no"), "{text}");
    let (code, text) = desk.run(&["whatif", "last", "--set", "worker.malory.slots=2"]);
    let told = "error: the run has no worker.malory; did you mean worker.mallory?";
    assert!(code == 2 && text.contains(told), "{text}");
}

#[test]
fn a_hunt_that_finds_nothing_and_a_run_that_is_shrunk() {
    let desk = Desk::new();
    let (code, text) = desk.run(&["hunt", "hello", "--runs", "3", "--keep-cast", "-j", "1"]);
    assert!(
        code == 0 && text.contains("3 attempts") && text.contains("nothing found"),
        "{text}"
    );
    for nothing in [["--runs", "0"], ["--budget", "0s"]] {
        let (code, text) = desk.run(&[&["hunt", "hello"][..], &nothing].concat());
        assert_eq!(code, 2, "{text}");
    }
    let (code, text) = desk.run(&["shrink", "hello"]);
    assert!(code == 2 && text.contains("nothing is wrong"), "{text}");
    let bad = ["--set", "worker.honest.count=2"];
    assert_eq!(
        desk.run(&[&["run", "byzantine-minority"][..], &bad].concat())
            .0,
        1
    );
    let (code, text) = desk.run(&["shrink", "last"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("a task is starved"), "{text}");
    let small = fs::read_to_string(desk.0.path().join("byzantine-minority.shrunk.toml")).unwrap();
    assert!(small.starts_with("# a task is starved"), "{small}");
    assert!(small.lines().count() < 25, "{small}");
    assert_eq!(desk.run(&["replay", "byzantine-minority.shrunk.emu"]).0, 0);
    assert_eq!(
        desk.run(&["check", "byzantine-minority.shrunk.toml"]).0,
        0,
        "{small}"
    );
    // A verdict says on which line its expectation is; what is shrunk was never a file.
    let bad = ["--set", "worker.mallory.behaviour=honest"];
    let (code, text) = desk.run(&[&["shrink", "byzantine-minority"][..], &bad].concat());
    assert!(code == 1 && text.contains("expectation"), "{text}");
    let (code, text) = desk.run(&["replay", "byzantine-minority.shrunk.emu"]);
    assert_eq!(code, 0, "{text}");
}
