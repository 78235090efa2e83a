//! Programs outside of `emulate`: what came of them is kept, and given again without them.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use emulate::{
    executor::{Basis, Captured, Executor, Executors, Files, Job, Outcome, OutcomeKind, Running},
    log::{Sink as _, TaskStatus, view::Measured},
    replay::{Player, Proof, prove},
    runfile::{RunWriter, read},
    scenario::{Loaded, Overrides},
};

use super::inputs;

const SCENARIO: &str = r#"
[worker.w]
count = 2
[app.ffmpeg]
run = { image = "jrottenberg/ffmpeg:scratch" }
[task.film]
app = "ffmpeg"
replication = 2
"#;

/// Stands for docker: counts how often it ran.
struct Engine(Arc<AtomicUsize>);

impl Executor for Engine {
    fn name(&self) -> &'static str {
        "docker"
    }

    fn execute<'a>(&'a self, job: &'a Job) -> Running<'a> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let mut outputs = Files::new();
        outputs.insert("out/film.avi", vec![7; 5000]).unwrap();
        outputs.insert_directory("empty").unwrap();
        let digest = outputs.digest();
        let outcome = Outcome {
            kind: OutcomeKind::Ok,
            digest: Some(digest),
            basis: Basis::Tree,
            detail: String::new(),
            outputs,
            stdout: Captured::capped(format!("for {}", job.worker).into_bytes(), 4),
            stderr: Captured::default(),
            callback: None,
            archive: None,
            duration: None,
            executor: "docker",
            contained: None,
        };
        Box::pin(std::future::ready(outcome))
    }
}

#[test]
fn a_run_with_containers_is_proven_without_docker() {
    let count = Arc::new(AtomicUsize::new(0));
    let loaded = || {
        let read = |_: &std::path::Path| Err(std::io::Error::other("nothing"));
        let path = std::path::Path::new("film.toml");
        Loaded::new(SCENARIO, path, &read, &Overrides::default())
            .unwrap_or_else(|wrong| panic!("{}", wrong.render(false)))
    };
    let bytes = SharedBytes::default();
    let writer = RunWriter::new(bytes.clone(), "film", &loaded(), &inputs()).unwrap();
    let engine = writer.recorder(Arc::new(Engine(Arc::clone(&count))));
    let executors = Executors::new().with_images(Arc::new(engine));
    let mut player = Player::new(loaded(), inputs(), executors).unwrap();
    let reason = player.play();
    let world = player.conclude(reason, Measured::default()).unwrap().world;
    let mut sink = writer.clone();
    for record in world.log().records().iter() {
        sink.record(record).unwrap();
    }
    let head = (world.chain().height(), world.chain().head().hash);
    writer.end(world.log(), head, Measured::default()).unwrap();

    let ran = count.load(Ordering::Relaxed);
    assert!(ran >= 3, "two workers and the honest run: {ran}");
    let film = world.log().view().tasks.get("film").unwrap();
    assert_eq!(film.status, TaskStatus::Completed);
    let run = read(&bytes.0.lock().unwrap()[..]).unwrap();
    assert_eq!(run.executions.len(), ran);
    let first = &run.executions[0].outcome;
    assert_eq!(
        (first.kind.clone(), first.basis),
        (OutcomeKind::Ok, Basis::Tree)
    );
    assert_eq!(first.stdout.text(), "for ");
    assert!(first.stdout.truncated && first.outputs.has_directory("empty"));
    assert_eq!(first.outputs.get("out/film.avi").unwrap().len(), 5000);
    let proof = prove(&run).unwrap();
    assert!(
        matches!(proof, Proof::Same { whole: true, .. }),
        "{proof:?}"
    );
    assert_eq!(count.load(Ordering::Relaxed), ran, "nothing ran again");
}

#[derive(Clone, Default)]
struct SharedBytes(Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for SharedBytes {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
