//! The nodes measured: ours, and anvil where the environment names one.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::http::Http;

/// A way to start a node.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    program: PathBuf,
    arguments: Vec<&'static str>,
}

/// A running node; killed when dropped.
pub(crate) struct Node {
    child: Child,
    pub(crate) host: SocketAddr,
    /// Its home folder: gone with it, with all that it left there.
    pub(crate) home: TempDir,
    /// From the start of the process to its first answer.
    pub(crate) ready_after: Duration,
}

impl Peer {
    /// This checkout's node, or the one `EMULATE` names, without the contracts: like for like.
    pub(crate) fn ours() -> Self {
        Self {
            name: "emulate",
            program: std::env::var_os("EMULATE")
                .unwrap_or_else(|| env!("CARGO_BIN_EXE_emulate").into())
                .into(),
            arguments: vec!["--quiet", "up", "--no-contracts"],
        }
    }

    /// The anvil that `ANVIL` names, if any.
    pub(crate) fn anvil() -> Option<Self> {
        Some(Self {
            name: "anvil",
            program: std::env::var_os("ANVIL")?.into(),
            arguments: vec!["--silent"],
        })
    }

    /// Starts the node and waits for its first `eth_chainId`.
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
    pub(crate) fn start(&self, more: &[&str]) -> io::Result<Node> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let host = SocketAddr::from(([127, 0, 0, 1], port));
        let home = tempfile::tempdir()?;
        let began = Instant::now();
        let child = Command::new(&self.program)
            .args(&self.arguments)
            .env("HOME", home.path())
            .args(["--port", &port.to_string()])
            .args(more)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut node = Node {
            child,
            host,
            home,
            ready_after: Duration::ZERO,
        };
        while began.elapsed() < Duration::from_secs(20) {
            let answer = Http::connect(host).and_then(|mut http| http.call("eth_chainId", ""));
            if answer.is_ok() {
                node.ready_after = began.elapsed();
                return Ok(node);
            }
            std::thread::sleep(Duration::from_micros(500));
        }
        Err(io::Error::other(format!("{} did not answer", self.name)))
    }
}

impl Node {
    /// Resident memory in MiB, as the kernel counts it.
    pub(crate) fn memory_mib(&self) -> f64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).unwrap_or_default();
        let kib = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
        kib.unwrap_or(f64::NAN) / 1024.0
    }

    /// Opens a connection.
    pub(crate) fn connect(&self) -> io::Result<Http> {
        Http::connect(self.host)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Bytes below `folder`.
pub(crate) fn disk_used(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries
        .filter_map(Result::ok)
        .map(|entry| match entry.metadata() {
            Ok(data) if data.is_dir() => disk_used(&entry.path()),
            Ok(data) => data.len(),
            Err(_) => 0,
        })
        .sum()
}
