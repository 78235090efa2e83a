//! Nothing stays behind: after success, failure, cancelling, signals, and death.

use std::{
    fs,
    io::Read as _,
    path::PathBuf,
    process::{Child, Stdio},
    time::Duration,
};

use emulate::executor::{Confinement, Executor, OutcomeKind};

use super::{SECOND, confined, containers, docker, forward::Way, job, now, run_with};
use crate::{clock::block_on, program::program};

/// The folders on this machine that tasks of this process have.
fn folders(pid: u32) -> usize {
    let own = format!("emulate-task-{pid}-");
    let entries = fs::read_dir(std::env::temp_dir()).unwrap().flatten();
    entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&own))
        .count()
}

fn own_containers(pid: u32) -> Vec<String> {
    containers(&format!("pid={pid}"))
}

#[track_caller]
pub(super) fn eventually(what: &str, within: Duration, mut holds: impl FnMut() -> bool) {
    let began = now();
    while !holds() {
        assert!(began.elapsed() < within, "{what}: not within {within:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn nothing_is_left_after_success_failure_and_timeout() {
    let me = std::process::id();
    let docker = docker();
    let short = Confinement {
        timeout: Some(SECOND),
        ..Confinement::default()
    };
    for job in [
        job(&["hello"]),
        job(&["fail", "1"]),
        job(&["links"]),
        confined(short, &["stubborn"]),
    ] {
        run_with(&docker, &job);
    }
    docker.close();
    assert!(own_containers(me).is_empty());
    assert_eq!(folders(me), 0);
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn whoever_stops_a_run_ends_its_containers() {
    let me = std::process::id();
    let docker = docker();
    let long = job(&["sleep", "600"]);
    std::thread::scope(|scope| {
        let running = scope.spawn(|| run_with(&docker, &long));
        eventually("it runs", 60 * SECOND, || !own_containers(me).is_empty());
        docker.stop();
        let outcome = running.join().unwrap();
        assert_eq!(
            (outcome.kind, outcome.digest),
            (OutcomeKind::Unavailable, None)
        );
    });
    docker.close();
    eventually("they are gone", 30 * SECOND, || {
        own_containers(me).is_empty()
    });
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn whoever_gives_up_waiting_ends_the_container() {
    let me = std::process::id();
    let docker = docker();
    let long = job(&["sleep", "600"]);
    block_on(async {
        let running = docker.execute(&long);
        let waited = tokio::time::timeout(5 * SECOND, running).await;
        assert!(waited.is_err());
    });
    eventually("it is gone", 30 * SECOND, || own_containers(me).is_empty());
}

/// A scenario whose one task takes ten minutes.
fn long_scenario() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.toml");
    let text = r#"
[docker]
mirror = "127.0.0.1:5000"
[app.slow]
run = { image = "emulate/behave:1" }
[task.nap]
app  = "slow"
args = "sleep 600"
"#;
    fs::write(&path, text).unwrap();
    (folder, path)
}

fn begin(path: &PathBuf) -> Child {
    let child = program()
        .args(["run", "--format", "plain"])
        .arg(path)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let running = || !own_containers(child.id()).is_empty();
    eventually("it runs", 120 * SECOND, running);
    child
}

fn signal(child: &Child, name: &str) {
    super::said("kill", &[&format!("-{name}"), &child.id().to_string()]);
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn ctrl_c_and_sigterm_end_the_run_with_its_containers() {
    // At the first sight of a container, which may be there to ask the engine something, and a
    // little later each time.
    let signals = [("INT", 130), ("TERM", 143)].repeat(4);
    for (pause, (name, code)) in (0..).step_by(30).zip(signals) {
        let (_folder, path) = long_scenario();
        let mut child = begin(&path);
        std::thread::sleep(std::time::Duration::from_millis(pause));
        signal(&child, name);
        let began = now();
        assert_eq!(child.wait().unwrap().code(), Some(code));
        assert!(began.elapsed() < 30 * SECOND, "{:?}", began.elapsed());
        assert!(own_containers(child.id()).is_empty());
        assert_eq!(folders(child.id()), 0);
    }
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn what_a_killed_run_left_is_taken_away_by_the_next() {
    let (_folder, path) = long_scenario();
    let mut child = begin(&path);
    // The first container one sees only asks the engine something, and is gone soon.
    let own = format!("label=org.emulate.pid={}", child.id());
    let running = || !super::said("docker", &["ps", "-q", "--filter", &own]).is_empty();
    eventually("its program runs", 120 * SECOND, running);
    signal(&child, "KILL");
    child.wait().unwrap();
    assert!(!own_containers(child.id()).is_empty());
    drop(docker());
    assert!(own_containers(child.id()).is_empty());
    assert_eq!(folders(child.id()), 0);
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn an_engine_that_goes_away_is_no_result_and_no_hang() {
    let way = Way::new();
    let docker = way.docker();
    let long = job(&["sleep", "600"]);
    std::thread::scope(|scope| {
        let running = scope.spawn(|| run_with(&docker, &long));
        let me = std::process::id();
        eventually("it runs", 60 * SECOND, || !own_containers(me).is_empty());
        way.cut();
        let outcome = running.join().unwrap();
        assert_eq!(
            (outcome.kind, outcome.digest),
            (OutcomeKind::Unavailable, None)
        );
        assert!(
            outcome.detail.contains("docker at tcp://127.0.0.1:"),
            "{}",
            outcome.detail
        );
    });
    assert!(docker.trouble().is_some());
    // The engine itself is fine: what is left on it goes by another way.
    drop(docker);
    let filter = format!("pid={}", std::process::id());
    for id in containers(&filter) {
        super::said("docker", &["rm", "-f", "-v", &id]);
    }
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn a_run_whose_engine_goes_away_ends_with_a_clear_error() {
    let way = Way::new();
    let (_folder, path) = long_scenario();
    let mut child = program()
        .args(["run", "--format", "plain", "--set"])
        .arg(format!("docker.host={}", way.address()))
        .arg(&path)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let running = || !own_containers(child.id()).is_empty();
    eventually("it runs", 120 * SECOND, running);
    way.cut();
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(3), "{said}");
    assert!(said.contains("error: docker at tcp://127.0.0.1:"), "{said}");
    for id in own_containers(child.id()) {
        super::said("docker", &["rm", "-f", "-v", &id]);
    }
}
