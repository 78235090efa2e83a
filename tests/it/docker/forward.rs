//! An engine that is only reached over the network: files travel as archives, and everything is the
//! same.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    os::unix::net::UnixStream,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use emulate::executor::{
    Contract, Job, OutcomeKind,
    docker::{Docker, Settings},
};

use super::{ENGINES, inputs, job, run, run_with, settings};

/// A way to the engine over TCP that can be cut.
pub(super) struct Way {
    port: u16,
    is_cut: Arc<AtomicBool>,
    open: Arc<std::sync::Mutex<Vec<TcpStream>>>,
}

impl Way {
    pub(super) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let way = Self {
            port: listener.local_addr().unwrap().port(),
            is_cut: Arc::default(),
            open: Arc::default(),
        };
        let socket = std::env::var("DOCKER_HOST").unwrap_or_default();
        let socket = socket.strip_prefix("unix://");
        let socket = socket.unwrap_or("/var/run/docker.sock").to_owned();
        let (is_cut, open) = (Arc::clone(&way.is_cut), Arc::clone(&way.open));
        // It ends with the process: a thread that waits for connections holds up nobody.
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                if is_cut.load(Ordering::SeqCst) {
                    continue;
                }
                let far = UnixStream::connect(&socket).unwrap();
                open.lock().unwrap().push(near.try_clone().unwrap());
                let (mut from_near, mut to_near) = (near.try_clone().unwrap(), near);
                let (mut from_far, mut to_far) = (far.try_clone().unwrap(), far);
                thread::spawn(move || {
                    pass(&mut from_near, &mut to_far);
                    let _ = to_far.shutdown(Shutdown::Write);
                });
                thread::spawn(move || {
                    pass(&mut from_far, &mut to_near);
                    let _ = to_near.shutdown(Shutdown::Both);
                });
            }
        });
        way
    }

    pub(super) fn address(&self) -> String {
        format!("tcp://127.0.0.1:{}", self.port)
    }

    pub(super) fn docker(&self) -> Docker {
        let settings = Settings {
            host: Some(self.address()),
            ..settings()
        };
        ENGINES.open(settings, None).unwrap()
    }

    /// Cuts every connection, and lets nobody through any more.
    pub(super) fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn pass(from: &mut impl Read, to: &mut impl Write) {
    // Whoever hung up has said all there is to say.
    let _: io::Result<u64> = io::copy(from, to);
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn results_are_the_same_over_the_network() {
    let way = Way::new();
    let far = way.docker();
    let with = |args: &[&str], contract: Contract| {
        let mut job = job(args);
        job.contract = contract;
        job.inputs = inputs(&[("data.txt", "42\n"), ("in/more.txt", "")]);
        job
    };
    let jobs: Vec<Job> = vec![
        with(&["copy", "data.txt"], Contract::V2),
        with(&["hello"], Contract::V2),
        with(&["fail", "3"], Contract::V2),
        with(&["links"], Contract::V2),
        with(&["eat"], Contract::V2),
        with(&["modern", "x"], Contract::V5),
        with(
            &["odd", "folder", "consensus.iexec", "/iexec"],
            Contract::V2,
        ),
        with(&["odd", "link", "consensus.iexec", "/iexec"], Contract::V2),
        with(&["odd", "pipe", "consensus.iexec", "/iexec"], Contract::V2),
        with(
            &["odd", "link", "computed.json", "/iexec_out"],
            Contract::V5,
        ),
        with(
            &["odd", "folder", "computed.json", "/iexec_out"],
            Contract::V5,
        ),
    ];
    for job in jobs {
        let (near, far) = (run(&job), run_with(&far, &job));
        assert_eq!(near.kind, far.kind, "{:?}: {}", job.args, far.detail);
        assert_eq!(near.outputs.paths(), far.outputs.paths(), "{:?}", job.args);
        assert_eq!(near.digest, far.digest, "{:?}", job.args);
        // What is there and is not taken is told in the same words, too.
        assert_eq!(near.warning(), far.warning(), "{:?}", job.args);
    }
}

#[test]
#[ignore = "needs docker and the images of tests/docker/setup"]
fn limits_hold_over_the_network() {
    let way = Way::new();
    let far = way.docker();
    let mut large = job(&["fill", "2000000"]);
    large.limits.output_bytes = 1_000_000;
    let outcome = run_with(&far, &large);
    assert_eq!(outcome.kind, OutcomeKind::OutputError, "{}", outcome.detail);
    let name = run_with(&far, &job(&["name"]));
    assert_eq!(name.kind, OutcomeKind::OutputError, "{}", name.detail);
    let sparse = run_with(&far, &job(&["sparse"]));
    // The size no file may have ends it: 128 and SIGXFSZ.
    assert_eq!(sparse.kind, OutcomeKind::Exit(153), "{}", sparse.detail);
}
