//! From what a scenario says of containers to what runs them.

use std::time::Duration;

use super::{Builder, Diagnostics, Inputs, Loaded};
use crate::{
    executor::{
        self, Confinement, Place,
        docker::{self, Record, Reference, Rewrites, Settings},
    },
    scenario::model::{Container, Profile, Program, Pull, Worker},
};

impl Loaded {
    /// Returns how the scenario wants containers to be run.
    pub fn docker(&self) -> Settings {
        let docker = &self.scenario.docker;
        let parsed = |(from, to): (&String, &String)| {
            let (from, to) = (from.parse::<Reference>().ok()?, to.parse().ok()?);
            Some((from, to))
        };
        let login = docker.login.iter();
        Settings {
            host: docker.host.clone(),
            pull: match docker.pull {
                Pull::Missing => docker::Pull::Missing,
                Pull::Always => docker::Pull::Always,
                Pull::Never => docker::Pull::Never,
            },
            rewrites: Rewrites {
                images: docker.images.iter().filter_map(parsed).collect(),
                mirror: docker.mirror.clone(),
            },
            logins: login
                .map(|(host, name)| (host.clone(), name.clone()))
                .collect(),
            parallel: docker
                .parallel
                .map(|count| usize::try_from(count).unwrap_or(usize::MAX)),
            ..Settings::default()
        }
    }

    /// Whether an app of the scenario is a container image.
    pub fn has_images(&self) -> bool {
        let mut apps = self.scenario.app.values();
        apps.any(|app| matches!(app.program(), Some(Program::Image(_))))
    }

    /// Returns what containers left when the scenario was recorded, if it names such a record.
    ///
    /// # Errors
    ///
    /// When the record cannot be had, with its place in the file.
    pub fn docker_record(&self, inputs: &Inputs) -> Result<Option<Record>, Diagnostics> {
        self.build(inputs, |builder| builder.record())
    }
}

impl Builder<'_> {
    fn record(&mut self) -> Option<Record> {
        let path = ["docker", "record"];
        let file = self.scenario.docker.record.as_deref()?;
        let fetched = self.fetch(file, None, &path)?;
        match Record::read(&fetched.content) {
            Ok(record) => Some(record),
            Err(error) => {
                let help = "`emulate run --record FILE` writes such a file";
                self.refuse(self.span(&path), error.to_string(), help);
                None
            }
        }
    }
}

pub(super) fn confinement(container: &Container) -> Confinement {
    Confinement {
        profile: match container.profile {
            Profile::Iexec => executor::Profile::Iexec,
            Profile::Strict => executor::Profile::Strict,
            Profile::Open => executor::Profile::Open,
        },
        network: container.network,
        memory: container.memory.map(|size| size.0),
        cpus_permille: container.cpus.map(|cpus| cpus.0),
        pids: container.pids,
        timeout: container.timeout.filter(|time| *time > Duration::ZERO),
        output: container.output.map(|size| size.0),
        hostname: None,
    }
}

pub(super) fn place(worker: &Worker) -> Place {
    Place {
        docker_host: worker.docker_host.clone(),
        cpuset: worker.cpuset.clone(),
    }
}
