//! How containers are run, as data: what one app may do, where one worker computes, and what holds
//! for all. Nothing here needs docker.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use super::{Reference, Rewrites};

/// What a container may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Confinement {
    /// The bundle of rules it starts from.
    pub profile: Profile,
    /// Whether it has a network; without it, as the profile says.
    pub network: Option<bool>,
    /// Memory in bytes, swap included; without it, that of the task's category.
    pub memory: Option<u64>,
    /// Processor time in thousandths of a core; without it, all there is.
    pub cpus_permille: Option<u64>,
    /// Processes and threads.
    pub pids: Option<u64>,
    /// Time by the wall's clock; without it, that of the task's category.
    pub timeout: Option<Duration>,
    /// Bytes it may leave; without it, those of the task's category.
    pub output: Option<u64>,
    /// The name it has for itself; without it, docker's.
    pub hostname: Option<String>,
}

/// Bundles of rules for containers.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// As workers do, without the network: the image's user, a few capabilities, limits.
    #[default]
    Iexec,
    /// For programs nobody trusts: no capability, a file system that cannot be written, no root.
    Strict,
    /// For programs of 2018 that fetch from the network: docker's own defaults, and limits.
    Open,
}

impl Profile {
    /// Whether containers have a network unless it is said otherwise.
    pub fn has_network(self) -> bool {
        match self {
            Self::Iexec | Self::Strict => false,
            Self::Open => true,
        }
    }
}

/// Where a worker computes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// The engine it talks to, such as `tcp://10.0.0.7:2376`; without it, the scenario's.
    pub docker_host: Option<String>,
    /// The processors it has, such as `0` or `0-3,6`; without it, all.
    pub cpuset: Option<String>,
}

/// When an image is fetched.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Pull {
    /// When the engine does not have it, as `docker run` does.
    #[default]
    Missing,
    /// Once in every run, even when the engine has it.
    Always,
    /// Never.
    Never,
}

/// What holds for all containers of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The engine; without it, what `DOCKER_HOST` says, else the usual socket.
    pub host: Option<String>,
    /// When images are fetched.
    pub pull: Pull,
    /// Where images are fetched instead of where their names say.
    pub rewrites: Rewrites,
    /// By registry, the environment variable that holds `user:password`.
    pub logins: BTreeMap<String, String>,
    /// Where docker's own configuration lies; without it, `DOCKER_CONFIG` or `~/.docker`.
    pub config: Option<PathBuf>,
    /// How many containers an engine runs at once; without it, two for each core. The first
    /// who talks to an engine decides.
    pub parallel: Option<usize>,
    /// Whether to keep what was run, to be answered from later.
    pub record: bool,
}

/// What to tell while images are fetched.
pub type Tell = Arc<dyn Fn(&Progress) + Send + Sync>;

/// Something worth telling while an image is fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It begins.
    Started(Reference),
    /// So many bytes of so many known ones are there.
    Bytes {
        /// The image.
        image: Reference,
        /// Bytes fetched.
        done: u64,
        /// Bytes known of.
        of: u64,
    },
    /// It is there, with this digest.
    Finished {
        /// The image.
        image: Reference,
        /// What stands for its content.
        digest: String,
    },
    /// It cannot be had.
    Failed(Reference),
}
