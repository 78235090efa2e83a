//! Engines of the tests' own, beside the machine's: with their own folders, sockets and bridge, so
//! that they can be reached over the network, and killed.

use std::{
    fs,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use super::{SECOND, now, said};

/// A docker engine that ends with this value.
pub(super) struct Engine {
    folder: tempfile::TempDir,
    bridge: String,
    port: u16,
    is_secret: bool,
    /// Whether what it keeps lies on a disk of its own.
    has_disk: bool,
    daemon: Option<Child>,
}

impl Engine {
    /// Starts an engine that is reached over TCP by everybody on this machine.
    pub(super) fn open() -> Self {
        Self::start(false, None)
    }

    /// Starts an engine that is reached over TLS by who has a certificate of its own authority.
    pub(super) fn secret() -> Self {
        Self::start(true, None)
    }

    /// Starts an engine that keeps everything on a disk of so many megabytes.
    pub(super) fn cramped(megabytes: u32) -> Self {
        Self::start(false, Some(megabytes))
    }

    fn start(is_secret: bool, megabytes: Option<u32>) -> Self {
        // A port that was free a moment ago is all one gets from a daemon that does not tell its own.
        let free = || {
            Some(
                TcpListener::bind("127.0.0.1:0")
                    .ok()?
                    .local_addr()
                    .ok()?
                    .port(),
            )
        };
        let port = free().unwrap();
        let bridge = format!("emu{port}");
        let [high, low] = port.to_be_bytes();
        // Without a bridge of its own it would take away that of the machine's engine.
        said("ip", &["link", "add", &bridge, "type", "bridge"]);
        let own = format!("10.{high}.{low}.1/24");
        said("ip", &["addr", "add", &own, "dev", &bridge]);
        said("ip", &["link", "set", &bridge, "up"]);
        let mut engine = Self {
            folder: tempfile::tempdir().unwrap(),
            bridge,
            port,
            is_secret,
            has_disk: megabytes.is_some(),
            daemon: None,
        };
        if let Some(megabytes) = megabytes {
            let (place, size) = (engine.data(), format!("size={megabytes}m"));
            fs::create_dir(&place).unwrap();
            let place = place.display().to_string();
            said("mount", &["-t", "tmpfs", "-o", &size, "tmpfs", &place]);
        }
        if is_secret {
            engine.certify();
        }
        engine.begin();
        engine
    }

    /// Starts the daemon, on what an earlier one left.
    pub(super) fn begin(&mut self) {
        let at = |name: &str| self.path(name).display().to_string();
        let log = fs::File::create(self.path("log")).unwrap();
        // A killed daemon leaves its number behind, and the next would take it for alive.
        let _ = fs::remove_file(self.path("pid"));
        let mut command = Command::new("dockerd");
        command
            .args(["--data-root", &at("data"), "--exec-root", &at("exec")])
            .args(["--pidfile", &at("pid"), "--bridge", &self.bridge])
            .args(["-H", &format!("unix://{}", at("docker.sock"))])
            .args(["-H", &self.address()])
            .args(["--iptables=false", "--ip-forward=false", "--ip-masq=false"])
            .arg("--userland-proxy=false")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        if self.is_secret {
            command
                .args(["--tlsverify", "--tlscacert", &at("ca.pem")])
                .args(["--tlscert", &at("server.pem")])
                .args(["--tlskey", &at("server.key")]);
        }
        self.daemon = Some(command.spawn().unwrap());
        let began = now();
        while !self.docker(&["version"]).status.success() {
            let log = fs::read_to_string(self.path("log")).unwrap_or_default();
            let over = self.daemon.as_mut().unwrap().try_wait().unwrap();
            assert!(began.elapsed() < 60 * SECOND && over.is_none(), "{log}");
            thread::sleep(Duration::from_millis(200));
        }
    }

    /// Kills the daemon without a chance to clean up.
    pub(super) fn kill(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill().unwrap();
            daemon.wait().unwrap();
        }
    }

    /// Where it keeps everything.
    pub(super) fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// Where it is reached on this machine.
    pub(super) fn socket(&self) -> String {
        format!("unix://{}", self.path("docker.sock").display())
    }

    /// Where it is reached over the network.
    pub(super) fn address(&self) -> String {
        format!("tcp://127.0.0.1:{}", self.port)
    }

    /// The folder that holds `ca.pem`, `cert.pem` and `key.pem` of its users.
    pub(super) fn certificates(&self) -> PathBuf {
        self.folder.path().to_path_buf()
    }

    /// What docker's own client says of it, through its socket.
    pub(super) fn docker(&self, args: &[&str]) -> std::process::Output {
        let socket = self.socket();
        let mut command = Command::new("docker");
        command.args(["-H", &socket]).args(args);
        // How others are reached is nothing to this one.
        for name in ["DOCKER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"] {
            command.env_remove(name);
        }
        command.output().unwrap()
    }

    /// Everything on it that somebody left: containers and volumes.
    pub(super) fn left(&self) -> String {
        let mut left = String::new();
        for list in [&["ps", "-aq"][..], &["volume", "ls", "-q"]] {
            let output = self.docker(list);
            assert!(output.status.success(), "{output:?}");
            left.push_str(&String::from_utf8_lossy(&output.stdout));
        }
        left
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes an authority, and certificates of it for the engine and for its users.
    fn certify(&self) {
        let run = |args: &[&str]| {
            let mut command = Command::new("openssl");
            let output = command.args(args).current_dir(self.folder.path()).output();
            let output = output.unwrap();
            assert!(output.status.success(), "{args:?}: {output:?}");
        };
        let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
        let mut authority = vec!["req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=tests"];
        authority.extend(curve);
        authority.extend(["-keyout", "ca.key", "-out", "ca.pem"]);
        run(&authority);
        let whom = [
            (
                "server",
                "server.pem",
                "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n",
            ),
            ("key", "cert.pem", "extendedKeyUsage=clientAuth\n"),
        ];
        for (name, certificate, extensions) in whom {
            let (key, request) = (format!("{name}.key"), format!("{name}.csr"));
            let mut asked = vec!["req", "-nodes", "-subj", "/CN=tests of emulate"];
            asked.extend(curve);
            asked.extend(["-keyout", &key, "-out", &request]);
            run(&asked);
            fs::write(self.path("extensions"), extensions).unwrap();
            let mut signed = vec!["x509", "-req", "-days", "2", "-in", &request];
            signed.extend(["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"]);
            signed.extend(["-extfile", "extensions", "-out", certificate]);
            run(&signed);
        }
        fs::rename(self.path("key.key"), self.path("key.pem")).unwrap();
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // What is still running on it would outlive it.
        let ids = self.docker(&["ps", "-aq"]).stdout;
        for id in String::from_utf8_lossy(&ids).lines() {
            let _ = self.docker(&["rm", "-f", "-v", id]);
        }
        if let Some(mut daemon) = self.daemon.take() {
            let _ = Command::new("kill").arg(daemon.id().to_string()).output();
            let began = now();
            while daemon.try_wait().is_ok_and(|over| over.is_none()) {
                if began.elapsed() > 30 * SECOND {
                    let _ = daemon.kill();
                }
                thread::sleep(Duration::from_millis(100));
            }
        }
        if self.has_disk {
            // What the daemon has mounted below goes with it.
            let _ = Command::new("umount")
                .args(["--recursive", "--lazy"])
                .arg(self.data())
                .output();
        }
        let _ = Command::new("ip")
            .args(["link", "del", &self.bridge])
            .output();
    }
}
