//! What is asked of an engine for one task: the image, the arguments, the folders, the limits.

use std::collections::HashMap;

use bollard::models::{ContainerCreateBody, HostConfig, HostConfigLogConfig, ResourcesUlimits};

use super::{Confinement, Profile, connect::Host, pull::Pin};
use crate::executor::{Job, environment};

/// What a container of profile `iexec` may still do as root: what installing and running ordinary
/// programs needs, and nothing about the machine.
const CAPABILITIES: [&str; 5] = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"];

/// Processes a container may have unless it is said otherwise.
const PIDS: u64 = 512;
const PIDS_STRICT: u64 = 64;

/// Open files a process may have.
const FILES: i64 = 65_536;

/// Nobody in particular.
const NOBODY: &str = "65534:65534";

/// Where a task's folders come from.
pub(super) struct Folders {
    /// Folders of this machine and what they are inside: `/tmp/x:/iexec`.
    pub(super) binds: Vec<String>,
    /// Folders that begin empty and end with the container.
    pub(super) volumes: Vec<String>,
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
        user: is_strict.then(|| NOBODY.to_owned()),
        hostname: confinement.hostname.clone(),
        labels: Some(labels),
        volumes: Some(folders.volumes).filter(|volumes| !volumes.is_empty()),
        host_config: Some(HostConfig {
            binds: Some(folders.binds).filter(|binds| !binds.is_empty()),
            ..host_config(host, job, confinement)
        }),
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
