//! Which bytes a name stands for, and who decides it.

use std::fs;

use emulate::executor::{
    Executor, Image, OutcomeKind,
    docker::{Pull, Settings},
};

use super::{ENGINES, REGISTRY, docker, job_of, run_with, said, settings};

/// Puts another image under a name in the registry, and takes the name away from the engine.
fn publish(source: &str, name: &str) {
    let (source, name) = (format!("{REGISTRY}/{source}"), format!("{REGISTRY}/{name}"));
    said("docker", &["pull", "-q", &source]);
    said("docker", &["tag", &source, &name]);
    said("docker", &["push", "-q", &name]);
    said("docker", &["rmi", &name]);
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn a_tag_that_moves_during_a_run_moves_for_nobody_in_it() {
    publish("emulate/behave:1", "emulate/moving:1");
    let job = job_of(Image::new("emulate/moving:1"), &["hello"]);
    let image = |outcome: emulate::executor::Outcome| outcome.contained.unwrap().image;
    let run = docker();
    let first = image(run_with(&run, &job));
    publish("emulate/behave:user", "emulate/moving:1");
    assert_eq!(image(run_with(&run, &job)), first);
    let always = Settings {
        pull: Pull::Always,
        ..settings()
    };
    let next = ENGINES.open(always, None).unwrap();
    assert_ne!(image(run_with(&next, &job)), first);
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn an_image_can_be_named_by_its_digest() {
    let run = docker();
    let by_tag = run_with(&run, &job_of(Image::new("emulate/behave:1"), &["hello"]));
    let digest = by_tag.contained.unwrap().image;
    let pinned = Image::new(format!("emulate/behave@{digest}"));
    let by_digest = run_with(&run, &job_of(pinned, &["hello"]));
    assert_eq!(by_digest.contained.unwrap().image, digest);
    let wrong = format!("emulate/behave@sha256:{}", "0".repeat(64));
    let nothing = run_with(&run, &job_of(Image::new(wrong), &["hello"]));
    assert_eq!(nothing.kind, OutcomeKind::ImageError);
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn what_must_not_be_pulled_is_not() {
    let never = Settings {
        pull: Pull::Never,
        ..settings()
    };
    let run = ENGINES.open(never, None).unwrap();
    let outcome = run_with(&run, &job_of(Image::new("emulate/unseen:1"), &[]));
    assert_eq!(outcome.kind, OutcomeKind::ImageError);
    assert!(
        outcome.detail.contains("never pulled"),
        "{}",
        outcome.detail
    );
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn a_registry_that_is_not_there_is_no_result_but_a_fault() {
    let mut nowhere = settings();
    nowhere.rewrites.mirror = Some("127.0.0.1:1".into());
    let run = ENGINES.open(nowhere, None).unwrap();
    let outcome = run_with(&run, &job_of(Image::new("emulate/elsewhere:1"), &[]));
    assert_eq!(
        (outcome.kind, outcome.digest),
        (OutcomeKind::Unavailable, None)
    );
    assert!(run.trouble().unwrap().contains("127.0.0.1:1"));
}

/// A registry of its own that knows one user, for as long as this is kept.
struct Guarded {
    registry: std::process::Child,
    folder: tempfile::TempDir,
    host: String,
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let _ = self.registry.kill();
        let _ = self.registry.wait();
    }
}

impl Guarded {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let host = free.local_addr().unwrap().to_string();
        drop(free);
        let at = folder.path().display();
        // The password is `secret`.
        let users = "iexec:$2b$05$nKtxvuxNSM9/RmveqllQWO18yao6jtTsjQKtGQBoLyxZsluuFpnVC\n";
        fs::write(folder.path().join("users"), users).unwrap();
        let config = format!(
            "version: 0.1\nlog: {{ level: error }}\nstorage: {{ filesystem: {{ rootdirectory: {at}/data }} }}\n\
             http: {{ addr: {host} }}\nauth: {{ htpasswd: {{ realm: test, path: {at}/users }} }}\n"
        );
        fs::write(folder.path().join("registry.yml"), config).unwrap();
        let registry = std::process::Command::new("docker-registry")
            .arg("serve")
            .arg(folder.path().join("registry.yml"))
            .stderr(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let guarded = Self {
            registry,
            folder,
            host,
        };
        guarded.login("secret");
        guarded.fill();
        guarded
    }

    /// Writes docker's configuration with this password.
    fn login(&self, password: &str) {
        let login = self.encoded(&format!("iexec:{password}"));
        let config = format!(r#"{{"auths": {{"{}": {{"auth": "{login}"}}}}}}"#, self.host);
        fs::write(self.folder.path().join("config.json"), config).unwrap();
    }

    fn encoded(&self, text: &str) -> String {
        let plain = self.folder.path().join("plain");
        fs::write(&plain, text).unwrap();
        said("base64", &["-w0", plain.to_str().unwrap()])
    }

    /// Puts an image into it.
    fn fill(&self) {
        let source = format!("{REGISTRY}/emulate/behave:1");
        let name = format!("{}/guarded/app:1", self.host);
        said("docker", &["pull", "-q", &source]);
        said("docker", &["tag", &source, &name]);
        let config = self.folder.path().to_str().unwrap().to_owned();
        let push = || {
            let output = std::process::Command::new("docker")
                .args(["--config", &config, "push", "-q", &name])
                .output();
            output.unwrap().status.success()
        };
        // The registry may need a moment to begin.
        assert!((0..50).any(|_| push() || {
            std::thread::sleep(std::time::Duration::from_millis(100));
            false
        }));
        said("docker", &["rmi", &name]);
    }

    fn run(&self) -> emulate::executor::Outcome {
        let settings = Settings {
            config: Some(self.folder.path().to_owned()),
            ..Settings::default()
        };
        let run = ENGINES.open(settings, None).unwrap();
        let name = format!("{}/guarded/app:1", self.host);
        run_with(&run, &job_of(Image::new(&name), &["hello"]))
    }
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn a_registry_with_a_lock_opens_to_who_has_the_key() {
    let guarded = Guarded::start();
    guarded.login("wrong");
    let refused = guarded.run();
    assert_eq!(refused.kind, OutcomeKind::ImageError, "{}", refused.detail);
    fs::write(guarded.folder.path().join("config.json"), "{}").unwrap();
    let refused = guarded.run();
    assert_eq!(refused.kind, OutcomeKind::ImageError, "{}", refused.detail);
    guarded.login("secret");
    let outcome = guarded.run();
    assert_eq!(outcome.kind, OutcomeKind::Ok, "{}", outcome.detail);
    let name = format!("{}/guarded/app:1", guarded.host);
    said("docker", &["rmi", &name]);
}
