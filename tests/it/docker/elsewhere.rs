//! A second engine, reached over TCP and over TLS: it sees none of this machine's files, and every
//! program leaves there what it leaves here, whatever it is allowed.

use std::{
    fs,
    process::{Output, Stdio},
};

use emulate::executor::{
    Confinement, Contract, Executor, Image, Job, OutcomeKind, Profile, docker::Settings,
};

use super::{
    ENGINES, REGISTRY, SECOND, engine::Engine, inputs, job_of, leftovers::eventually, run,
    run_with, settings, text,
};
use crate::program::program;

fn with(image: &str, profile: Profile, contract: Contract, args: &[&str]) -> Job {
    let image = Image {
        confinement: Confinement {
            profile,
            ..Confinement::default()
        },
        ..Image::new(image)
    };
    let mut job = job_of(image, args);
    job.contract = contract;
    job.inputs = inputs(&[("data.txt", "42\n"), ("in/more.txt", "more\n")]);
    job
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn every_profile_reads_and_writes_its_folders_on_an_engine_elsewhere() {
    let engine = Engine::open();
    let settings = Settings {
        host: Some(engine.address()),
        ..settings()
    };
    let far = ENGINES.open(settings, None).unwrap();
    for image in ["emulate/behave:1", "emulate/behave:user"] {
        for profile in [Profile::Iexec, Profile::Strict, Profile::Open] {
            let jobs = [
                with(image, profile, Contract::V2, &["copy", "in/more.txt"]),
                with(image, profile, Contract::V2, &["owned", "data.txt"]),
                with(image, profile, Contract::V5, &["modern", "x"]),
            ];
            for job in jobs {
                let (near, far) = (run(&job), run_with(&far, &job));
                let what = format!("{image} {profile:?} {:?}", job.args);
                let words = format!("{} {}", far.detail, far.stderr.text());
                assert_eq!(near.kind, OutcomeKind::Ok, "{what}: {}", near.stderr.text());
                assert_eq!(far.kind, OutcomeKind::Ok, "{what}: {words}");
                assert_eq!(near.outputs.paths(), far.outputs.paths(), "{what}");
                assert_eq!(near.digest, far.digest, "{what}");
            }
        }
    }
    let narrow = |args: &[&str]| {
        let job = with("emulate/behave:1", Profile::Strict, Contract::V2, args);
        run_with(&far, &job).outputs
    };
    assert_eq!(text(&narrow(&["copy", "data.txt"]), "out.txt"), "42\n");
    let owners = text(&narrow(&["owned", "data.txt"]), "consensus.iexec");
    assert_eq!(owners, "65534\n65534\n");
    far.close();
    eventually("nothing is left", 30 * SECOND, || engine.left().is_empty());
}

/// A scenario of two tasks, one of them with as little freedom as there is.
const SCENARIO: &str = r#"
[docker]
mirror = "127.0.0.1:5000"
[app.free]
run = { image = "emulate/behave:1" }
[app.narrow]
run       = { image = "emulate/behave:1" }
container = { profile = "strict" }
[task.one]
app  = "free"
args = "hello you"
[task.two]
app  = "narrow"
args = "hello you"
[[expect]]
task.one.correct = true
task.two.correct = true
"#;

fn emulate(engine: &Engine, file: &std::path::Path, has_certificate: bool) -> Output {
    let mut command = program();
    command
        .args(["run", "--docker", "require", "--format", "plain"])
        .arg(file)
        .env("DOCKER_HOST", engine.address())
        .env_remove("DOCKER_TLS_VERIFY")
        .env_remove("DOCKER_CERT_PATH");
    if has_certificate {
        command
            .env("DOCKER_TLS_VERIFY", "1")
            .env("DOCKER_CERT_PATH", engine.certificates());
    }
    command.output().unwrap()
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn an_engine_behind_tls_takes_who_has_a_certificate_and_nobody_else() {
    assert!(SCENARIO.contains(REGISTRY));
    let engine = Engine::secret();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tls.toml");
    fs::write(&file, SCENARIO).unwrap();
    let output = emulate(&engine, &file, true);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(engine.left(), "");
    let output = emulate(&engine, &file, false);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    let clear = format!("no docker engine answers at {}: ", engine.address());
    assert!(said.contains(&clear), "{said}");
    // The emulator's own wish to be secret does not help an engine that knows nothing of it.
    fs::write(engine.certificates().join("ca.pem"), "no certificate").unwrap();
    let output = emulate(&engine, &file, true);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn an_engine_that_is_killed_halfway_ends_the_run_and_the_next_takes_away_what_was_left() {
    let mut engine = Engine::open();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("killed.toml");
    fs::write(&file, SCENARIO.replace("hello you", "sleep 600")).unwrap();
    let begun = program()
        .args(["run", "--format", "plain"])
        .arg(&file)
        .env("DOCKER_HOST", engine.address())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    eventually("it runs", 60 * SECOND, || {
        !engine.docker(&["ps", "-q"]).stdout.is_empty()
    });
    engine.kill();
    let output = begun.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    let clear = format!("error: docker at {} fails: ", engine.address());
    assert!(said.contains(&clear), "{said}");
    engine.begin();
    assert_ne!(engine.left(), "");
    fs::write(&file, SCENARIO).unwrap();
    let output = emulate(&engine, &file, false);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(engine.left(), "");
}
