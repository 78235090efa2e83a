//! Engines: where they are, how they are reached, and how many containers each runs at once.

use std::{path::PathBuf, time::Duration};

use bollard::{API_DEFAULT_VERSION, Docker};
use tokio::sync::{OnceCell, Semaphore};

use super::{DockerError, owner::Owner, sweep};

/// How long an engine may take to say who it is.
const GREETING: Duration = Duration::from_secs(15);

/// How long, in seconds, an engine may take until it begins to answer.
const ANSWER_SECONDS: u64 = 120;

/// An engine that answered.
pub(super) struct Host {
    /// Where it is.
    pub(super) address: String,
    /// The way there.
    pub(super) docker: Docker,
    /// Whether it may see this machine's files.
    pub(super) is_local: bool,
    /// Whether it is Podman, which differs in a few places.
    pub(super) is_podman: bool,
    /// Which version it says it is.
    pub(super) version: String,
    /// Places for containers.
    pub(super) slots: Semaphore,
    /// Where it keeps images and containers, as it says.
    pub(super) data: Option<PathBuf>,
    /// Whether it does see this machine's files; asked with the first image.
    pub(super) sees_files: OnceCell<bool>,
}

impl Host {
    /// Finds the engine at `address` and takes away what killed processes left there.
    pub(super) async fn connect(
        address: &str,
        parallel: Option<usize>,
        owner: &Owner,
    ) -> Result<Self, DockerError> {
        let unreachable = |reason: String| DockerError::Unreachable {
            host: address.to_owned(),
            reason,
        };
        let docker = client(address)?;
        let version = async {
            let docker = docker.negotiate_version().await?;
            let version = docker.version().await?;
            Ok::<_, bollard::errors::Error>((docker, version))
        };
        let (docker, version) = tokio::time::timeout(GREETING, version)
            .await
            .map_err(|_| unreachable(format!("no answer for {} s", GREETING.as_secs())))?
            .map_err(|error| unreachable(words(&error)))?;
        let spoken = version.version.unwrap_or_default();
        let components = version.components.unwrap_or_default();
        let is_podman = components.iter().any(|one| one.name.contains("Podman"));
        let info = docker.info().await.unwrap_or_default();
        let cores = info.ncpu;
        let cores = cores.and_then(|cores| usize::try_from(cores).ok());
        let slots = parallel.unwrap_or(2 * cores.unwrap_or(1).max(1));
        sweep::sweep_containers(&docker, owner)
            .await
            .map_err(|error| unreachable(words(&error)))?;
        Ok(Self {
            address: address.to_owned(),
            docker,
            is_local: is_socket(address),
            version: spoken,
            is_podman,
            slots: Semaphore::new(slots.max(1)),
            data: info.docker_root_dir.map(PathBuf::from),
            sees_files: OnceCell::new(),
        })
    }

    /// Whether the engine answers now.
    pub(super) async fn answers(&self) -> bool {
        let ping = self.docker.ping();
        matches!(tokio::time::timeout(GREETING, ping).await, Ok(Ok(_)))
    }
}

/// Returns where the engine is unless somebody says: `DOCKER_HOST`, else the first socket there is.
pub(super) fn default_address() -> String {
    if let Some(host) = std::env::var("DOCKER_HOST")
        .ok()
        .filter(|it| !it.is_empty())
    {
        return host;
    }
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let usual = PathBuf::from("/var/run/docker.sock");
    let places = [
        Some(usual.clone()),
        folder("XDG_RUNTIME_DIR").map(|run| run.join("docker.sock")),
        folder("HOME").map(|home| home.join(".docker/run/docker.sock")),
        Some(PathBuf::from("/run/podman/podman.sock")),
        folder("XDG_RUNTIME_DIR").map(|run| run.join("podman/podman.sock")),
    ];
    let found = places.into_iter().flatten().find(|place| place.exists());
    format!("unix://{}", found.unwrap_or(usual).display())
}

fn is_socket(address: &str) -> bool {
    address.starts_with("unix://") || address.starts_with("npipe://")
}

fn client(address: &str) -> Result<Docker, DockerError> {
    let wrong = |reason: &str| DockerError::Address {
        host: address.to_owned(),
        reason: reason.to_owned(),
    };
    let Some((scheme, rest)) = address.split_once("://") else {
        return Err(wrong("it names no way to get there"));
    };
    if rest.is_empty() {
        return Err(wrong("it names no place"));
    }
    let connected = match scheme {
        "unix" => Docker::connect_with_unix(address, ANSWER_SECONDS, API_DEFAULT_VERSION),
        "ssh" => {
            let reason = "ssh is not spoken here; forward its socket with `ssh -L`";
            return Err(wrong(reason));
        }
        _ => Docker::connect_with_host(address),
    };
    use bollard::errors::Error::{SocketNotFoundError, UnsupportedURISchemeError};
    connected.map_err(|error| {
        if let SocketNotFoundError(_) = error {
            return DockerError::Unreachable {
                host: address.to_owned(),
                reason: "there is no such socket".to_owned(),
            };
        }
        if let UnsupportedURISchemeError { .. } = error {
            return wrong("this way is not known here");
        }
        wrong(&words(&error))
    })
}

/// Returns what an engine, or the way to it, has to say, in one line and down to the cause.
pub(super) fn words(error: &bollard::errors::Error) -> String {
    use std::error::Error as _;
    if let bollard::errors::Error::DockerResponseServerError { message, .. } = error {
        return message.trim().replace('\n', " ");
    }
    if let bollard::errors::Error::HyperLegacyError { err } = error {
        // Through which layers of a client it came up says nothing to anybody.
        let mut deepest: &dyn std::error::Error = err;
        while let Some(deeper) = deepest.source() {
            deepest = deeper;
        }
        return deepest.to_string();
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let more = deeper.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = deeper.source();
    }
    text.trim().replace('\n', " ")
}
