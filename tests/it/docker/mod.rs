//! Containers for real: what a program in one sees, may do and leaves, and what is left of it.
//!
//! These tests need an engine and the images of `tests/docker/setup`, so they are ignored unless
//! asked for: `cargo nextest run --profile docker --run-ignored all`.

mod contract;
mod disks;
mod doctor;
mod elsewhere;
mod engine;
mod forward;
mod images;
mod leftovers;
mod limits;
mod pins;
mod runs;

use std::{
    process::Command,
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use emulate::executor::{
    Confinement, Executor, Files, Image, Job, Outcome, Program,
    docker::{Docker, Engines, Rewrites, Settings},
};

use crate::clock::block_on;

/// The registry of `tests/docker/setup`.
const REGISTRY: &str = "127.0.0.1:5000";

/// The engines of this process.
static ENGINES: LazyLock<Arc<Engines>> = LazyLock::new(|| Engines::new().unwrap());

fn settings() -> Settings {
    Settings {
        rewrites: Rewrites {
            mirror: Some(REGISTRY.into()),
            ..Rewrites::default()
        },
        ..Settings::default()
    }
}

fn docker() -> Docker {
    ENGINES.open(settings(), None).unwrap()
}

/// A job of the app that behaves in many ways.
fn job(args: &[&str]) -> Job {
    job_of(Image::new("emulate/behave:1"), args)
}

fn job_of(image: Image, args: &[&str]) -> Job {
    let mut job = Job::new("task", "w-0", Program::Image(image));
    job.args = args.iter().map(|arg| (*arg).to_owned()).collect();
    job
}

fn confined(confinement: Confinement, args: &[&str]) -> Job {
    let image = Image {
        confinement,
        ..Image::new("emulate/behave:1")
    };
    job_of(image, args)
}

fn run_with(docker: &Docker, job: &Job) -> Outcome {
    block_on(docker.execute(job))
}

fn run(job: &Job) -> Outcome {
    run_with(&docker(), job)
}

fn inputs(files: &[(&str, &str)]) -> Files {
    let mut inputs = Files::new();
    for (path, content) in files {
        inputs.insert(path, content.as_bytes().to_vec()).unwrap();
    }
    inputs
}

fn text(files: &Files, path: &str) -> String {
    let content = files.get(path);
    String::from_utf8(
        content
            .unwrap_or_else(|| panic!("no {path} in {files:?}"))
            .to_vec(),
    )
    .unwrap()
}

/// The standard output of a command that has to succeed.
fn said(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().unwrap();
    assert!(output.status.success(), "{program} {args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The containers on this engine that carry a label of emulate's.
fn containers(filter: &str) -> Vec<String> {
    let filter = format!("label=org.emulate.{filter}");
    let ids = said("docker", &["ps", "-aq", "--no-trunc", "--filter", &filter]);
    ids.lines().map(str::to_owned).collect()
}

const SECOND: Duration = Duration::from_secs(1);

#[expect(
    clippy::disallowed_methods,
    reason = "containers end in real time, and soon enough"
)]
fn now() -> Instant {
    Instant::now()
}
