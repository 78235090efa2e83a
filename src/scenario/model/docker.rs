//! Containers: what an app's may do, and how all of them are run.

use std::time::Duration;

use indexmap::IndexMap;

use crate::scenario::{
    document::{table, words},
    unit::{Factor, Size},
};

words! {
    /// Bundles of rules for containers.
    "a profile"
    pub enum Profile {
        /// As workers do, without the network: the image's user, few rights, limits.
        Iexec = "iexec",
        /// For programs nobody trusts: no rights, nothing but its folders can be written.
        Strict = "strict",
        /// For programs of 2018 that fetch from the network: docker's own defaults, and limits.
        Open = "open",
    }
}

words! {
    /// When images are fetched from their registry.
    "a way to pull"
    pub enum Pull {
        /// When the engine does not have them, as `docker run` does.
        Missing = "missing",
        /// Once in every run, even when the engine has them.
        Always = "always",
        /// Never.
        Never = "never",
    }
}

table! {
    /// What the containers of an app may do.
    "[app.container]"
    pub struct Container {
        /// The bundle of rules it starts from.
        profile: Profile = Profile::Iexec,
        /// Whether there is a network; without it, as the profile says.
        network: Option<bool> = None,
        /// Memory, swap included; without it, 1 GiB.
        memory: Option<Size> = None,
        /// Processor time, in cores: `"0.5x"`; without it, all there is.
        cpus: Option<Factor> = None,
        /// Processes and threads; without it, 512, or 64 in profile `strict`.
        pids: Option<u64> = None,
        /// Time by the clock on the wall; without it, the time of the task's category.
        timeout: Option<Duration> = None,
        /// How much it may leave; without it, 500 MB.
        output: Option<Size> = None,
    }
}

table! {
    /// How containers are run.
    "[docker]"
    pub struct Docker {
        /// The engine; without it, what `DOCKER_HOST` says, else the usual socket.
        host: Option<String> = None,
        /// When images are fetched from their registry.
        pull: Pull = Pull::Missing,
        /// A registry that holds copies of Docker Hub's images, such as `127.0.0.1:5000`.
        mirror: Option<String> = None,
        /// Images that are fetched under another name.
        images: IndexMap<String, String> = IndexMap::new(),
        /// By registry, the environment variable that holds `user:password`; without it, docker's
        /// own configuration is asked.
        login: IndexMap<String, String> = IndexMap::new(),
        /// How many containers an engine runs at once; without it, two for each core.
        parallel: Option<u64> = None,
        /// A file beside the scenario with what containers left, used where there is no docker.
        record: Option<String> = None,
    }
}
