//! What is asked of an engine for one task: the image, the arguments, the folders, the limits.

use std::collections::HashMap;

use bollard::models::{
    ContainerCreateBody, HostConfig, HostConfigLogConfig, Mount, MountType, MountVolumeOptions,
    ResourcesUlimits,
};

use super::{Confinement, Profile, connect::Host, pull::Pin};
use crate::executor::{Job, environment};

/// What a container of profile `iexec` may still do as root: what installing and running ordinary
/// programs needs, and nothing about the machine.
const CAPABILITIES: [&str; 5] = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"];

/// Processes a container may have unless it is said otherwise.
const PIDS: u64 = 512;
const PIDS_STRICT: u64 = 64;

/// Open files a process may have: so many the owner of any engine has to give.
const FILES: i64 = 4_096;

/// The number of nobody in particular, as user and as group.
pub(super) const NOBODY: u32 = 65_534;

/// Where a task's folders come from.
#[derive(Default)]
pub(super) struct Folders {
    /// Folders of this machine and what they are inside: `/tmp/x:/iexec`.
    pub(super) binds: Vec<String>,
    /// Folders that begin empty and end with the container.
    pub(super) volumes: Vec<String>,
    /// The name of another container that has the folders.
    pub(super) from: Option<String>,
}

impl Folders {
    fn given(self, config: HostConfig) -> HostConfig {
        // What an image has in such a place is hidden, as by a folder of the machine.
        let volume = |target: String| Mount {
            target: Some(target),
            typ: Some(MountType::VOLUME),
            volume_options: Some(MountVolumeOptions {
                no_copy: Some(true),
                ..MountVolumeOptions::default()
            }),
            ..Mount::default()
        };
        let mounts: Vec<Mount> = self.volumes.into_iter().map(volume).collect();
        HostConfig {
            binds: Some(self.binds).filter(|binds| !binds.is_empty()),
            mounts: Some(mounts).filter(|mounts| !mounts.is_empty()),
            volumes_from: self.from.map(|from| vec![from]),
            ..config
        }
    }
}

/// Returns a container that never begins: what `folders` names is made and filled in it, for one
/// whose own files nobody may write, not even its engine.
pub(super) fn holder(
    pin: &Pin,
    folders: Folders,
    labels: HashMap<String, String>,
) -> ContainerCreateBody {
    ContainerCreateBody {
        image: Some(pin.id.clone()),
        // An image may have no command of its own; this one is never run.
        cmd: Some(vec!["folders".to_owned()]),
        labels: Some(labels),
        host_config: Some(folders.given(HostConfig {
            network_mode: Some("none".to_owned()),
            ..HostConfig::default()
        })),
        ..ContainerCreateBody::default()
    }
}

/// Returns what to make for `job`.
pub(super) fn body(
    host: &Host,
    job: &Job,
    confinement: &Confinement,
    pin: &Pin,
    (folders, labels): (Folders, HashMap<String, String>),
) -> ContainerCreateBody {
    let variables = environment(job).into_iter();
    let is_strict = confinement.profile == Profile::Strict;
    ContainerCreateBody {
        image: Some(pin.id.clone()),
        // Without arguments the image's own command holds.
        cmd: Some(job.args.clone()).filter(|args| !args.is_empty()),
        env: Some(
            variables
                .map(|(key, value)| format!("{key}={value}"))
                .collect(),
        ),
        user: is_strict.then(|| format!("{NOBODY}:{NOBODY}")),
        hostname: confinement.hostname.clone(),
        labels: Some(labels),
        host_config: Some(folders.given(host_config(host, job, confinement))),
        ..ContainerCreateBody::default()
    }
}

fn host_config(host: &Host, job: &Job, confinement: &Confinement) -> HostConfig {
    let profile = confinement.profile;
    let is_strict = profile == Profile::Strict;
    let has_network = confinement.network.unwrap_or(profile.has_network());
    let pids = confinement.pids.unwrap_or(match profile {
        Profile::Iexec | Profile::Open => PIDS,
        Profile::Strict => PIDS_STRICT,
    });
    let memory = bounded(job.limits.memory);
    let capabilities = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    HostConfig {
        memory: Some(memory),
        memory_swap: Some(memory),
        nano_cpus: confinement
            .cpus_permille
            .map(|cpus| bounded(cpus.saturating_mul(1_000_000))),
        pids_limit: Some(bounded(pids)),
        cpuset_cpus: job.place.cpuset.clone(),
        network_mode: (!has_network).then(|| "none".to_owned()),
        cap_drop: (profile != Profile::Open).then(|| vec!["ALL".to_owned()]),
        cap_add: (profile == Profile::Iexec).then(|| capabilities(&CAPABILITIES)),
        security_opt: (profile != Profile::Open).then(|| vec!["no-new-privileges".to_owned()]),
        readonly_rootfs: is_strict.then_some(true),
        tmpfs: is_strict.then(|| {
            let options = "rw,noexec,nosuid,nodev,size=16m".to_owned();
            HashMap::from([("/tmp".to_owned(), options)])
        }),
        ulimits: Some(ulimits(host, job, pids)),
        // What it prints is read as it comes; a copy on the engine's disk would be for nobody.
        log_config: Some(HostConfigLogConfig {
            typ: Some("none".to_owned()),
            config: None,
        }),
        ..HostConfig::default()
    }
}

fn ulimits(host: &Host, job: &Job, pids: u64) -> Vec<ResourcesUlimits> {
    // One byte more than it may leave: so the file that broke the limit says so by its size.
    let mut limits = vec![("fsize", bounded(job.limits.output_bytes.saturating_add(1)))];
    if host.is_podman {
        // Podman's own numbers need a right that it may not have.
        limits.extend([("nofile", FILES), ("nproc", bounded(pids))]);
    }
    let limit = |(name, value): (&str, i64)| ResourcesUlimits {
        name: Some(name.to_owned()),
        soft: Some(value),
        hard: Some(value),
    };
    limits.into_iter().map(limit).collect()
}

fn bounded(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
