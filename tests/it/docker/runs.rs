//! Whole scenarios with containers: in parallel, the same every time, recorded and replayed.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    path::Path,
    process::Output,
    thread,
};

use super::REGISTRY;
use crate::program::program;

/// Runs the program; images come from the registry of these tests.
fn emulate(args: &[&str]) -> Output {
    program()
        .args(args)
        .args(["--set", &format!("docker.mirror={REGISTRY}")])
        .output()
        .unwrap()
}

#[track_caller]
fn passes(args: &[&str]) -> String {
    let output = emulate(args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{args:?}\n{told}\n{said}");
    format!("{told}\n{said}")
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn the_dapp_of_the_documentation_of_2018_runs_as_written_and_twice_the_same() {
    let file = "scenarios/02-ffmpeg-2018.toml";
    let told = passes(&["run", file, "--offline", "--docker", "require", "--twice"]);
    assert!(told.contains("no consensus.iexec"), "{told}");
    assert!(told.contains("the same to the byte"), "{told}");
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn unequal_machines_agree_on_what_is_invariant_and_on_nothing_else() {
    for file in ["17-ffmpeg-one-core.toml", "18-ffmpeg-consensus.toml"] {
        let file = format!("scenarios/{file}");
        passes(&["run", &file, "--offline", "--docker", "require", "--twice"]);
    }
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn an_input_comes_over_http_as_in_2018() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // It ends with the process: a thread that waits for connections holds up nobody.
    thread::spawn(move || {
        let video = fs::read("scenarios/fixtures/small.mp4").unwrap();
        for mut stream in listener.incoming().flatten() {
            let mut head = [0; 4096];
            let _ = stream.read(&mut head);
            let length = video.len();
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n"
            );
            let _ = stream.write_all(&video);
        }
    });
    let uri = format!("task.transcode.dirinuri=http://127.0.0.1:{port}/videos/small.mp4");
    let output = program()
        .env_remove("CI")
        .args([
            "run",
            "scenarios/02-ffmpeg-2018.toml",
            "--docker",
            "require",
        ])
        .args(["--set", &uri, "--set", &format!("docker.mirror={REGISTRY}")])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}\n{said}");
}

/// A scenario of many tasks whose programs take unequal times.
fn crowd(folder: &Path) -> String {
    let path = folder.join("crowd.toml");
    let mut text = String::from(
        r#"
[worker.w]
count = 4
[app.work]
run      = { image = "emulate/behave:1" }
duration = "10s ± 5s"
"#,
    );
    for index in 0..6 {
        let nap = (index * 3) % 4;
        text.push_str(&format!(
            "[task.t{index}]\napp = \"work\"\nargs = \"sleep 0.{nap}\"\nreplication = 2\n"
        ));
    }
    text.push_str("[[expect]]\ntask.t0.correct = true\ntask.t5.status = \"COMPLETED\"\n");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The log's digest at the end of a run's story.
fn digest(told: &str) -> &str {
    let line = told.lines().find(|line| line.contains("digest ")).unwrap();
    line.rsplit(' ').next().unwrap()
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn the_log_does_not_depend_on_which_container_is_over_first() {
    let folder = tempfile::tempdir().unwrap();
    let file = crowd(folder.path());
    let told = passes(&[
        "run", &file, "--docker", "require", "--twice", "--format", "plain",
    ]);
    let alone = passes(&[
        "run",
        &file,
        "--docker",
        "require",
        "--format",
        "plain",
        "--set",
        "docker.parallel=1",
    ]);
    assert_eq!(digest(&told), digest(&alone));
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn a_recorded_run_is_replayed_without_docker_to_the_byte() {
    let folder = tempfile::tempdir().unwrap();
    let file = crowd(folder.path());
    let record = folder.path().join("crowd.zip");
    let record = record.to_str().unwrap();
    let real = passes(&["run", &file, "--format", "plain", "--record", record]);
    assert!(real.contains("recorded 18 container runs"), "{real}");
    let replayed = passes(&[
        "run", &file, "--format", "plain", "--docker", "replay", "--record", record,
    ]);
    assert_eq!(digest(&real), digest(&replayed));
    let miss = emulate(&[
        "run",
        &file,
        "--docker",
        "replay",
        "--record",
        record,
        "--set",
        "task.t0.args=hello",
    ]);
    let said = String::from_utf8_lossy(&miss.stderr);
    assert_eq!(miss.status.code(), Some(3), "{said}");
    assert!(said.contains("holds no run of emulate/behave:1"), "{said}");
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn what_containers_print_and_how_long_they_take_is_kept_beside_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let file = crowd(folder.path());
    let out = folder.path().join("out");
    passes(&["run", &file, "--out", out.to_str().unwrap()]);
    let lines = fs::read_to_string(out.join("crowd/containers.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), 18, "{lines}");
    assert!(lines.contains("\"run_s\":"), "{lines}");
    let events = fs::read_to_string(out.join("crowd/events.jsonl")).unwrap();
    assert!(events.contains("\"image\":\"sha256:"), "{events}");
    assert!(events.contains("\"exit\":0"), "{events}");
}
