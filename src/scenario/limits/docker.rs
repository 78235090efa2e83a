//! What is wrong with images and containers and can be seen without an engine.

use std::time::Duration;

use super::Limits;
use crate::{
    executor::docker::{Reference, is_registry_host},
    scenario::{
        model::{App, Container, Docker, Program, Worker},
        unit::{Size, Unit as _},
    },
};

/// The least memory engines give to a container.
const MEMORY_MIN: Size = Size(6 << 20);

/// The highest number of a processor one may write.
const PROCESSOR_MAX: u32 = 1023;

impl Limits<'_> {
    pub(super) fn docker(&mut self, docker: &Docker) {
        if let Some(host) = &docker.host {
            self.engine(&["docker", "host"], host);
        }
        if let Some(mirror) = docker.mirror.as_ref().filter(|it| !is_registry_host(it)) {
            let wrong = format!("`{mirror}` is no registry");
            let help = "write host or host:port, such as \"127.0.0.1:5000\"";
            self.refuse(&["docker", "mirror"], wrong, help);
        }
        for (from, to) in &docker.images {
            for name in [from, to] {
                self.image(&["docker", "images", from], name);
            }
        }
        for (registry, variable) in &docker.login {
            let path = ["docker", "login", registry.as_str()];
            if !is_registry_host(registry) {
                let help = "write host or host:port, such as \"registry.example.com\"";
                self.refuse(&path, format!("`{registry}` is no registry"), help);
            }
            let plain = |char: char| char.is_ascii_alphanumeric() || char == '_';
            if variable.is_empty() || !variable.chars().all(plain) {
                let help = "write the variable's name; the login itself has no place in a file";
                self.refuse(
                    &path,
                    format!("`{variable}` is no environment variable"),
                    help,
                );
            }
        }
        if docker.parallel == Some(0) {
            let wrong = "with no container at once nothing would ever run";
            self.refuse(&["docker", "parallel"], wrong, "write 1 or more");
        }
    }

    pub(super) fn place(&mut self, name: &str, worker: &Worker) {
        if let Some(host) = &worker.docker_host {
            self.engine(&["worker", name, "docker_host"], host);
        }
        if let Some(cpuset) = worker.cpuset.as_ref().filter(|set| !is_cpuset(set)) {
            let wrong = format!("`{cpuset}` is no set of processors");
            let help = "write numbers and ranges, such as \"0\" or \"0-3,6\"";
            self.refuse(&["worker", name, "cpuset"], wrong, help);
        }
    }

    pub(super) fn container(&mut self, name: &str, app: &App) {
        let path = |key| ["app", name, "container", key];
        let container = &app.container;
        match app.program() {
            Some(Program::Image(reference)) => {
                let run = ["app", name, "run", "image"];
                let classic = ["app", name, "envvars"];
                let is_run = app.run.is_some();
                self.image(if is_run { &run } else { &classic }, &reference);
            }
            Some(Program::Builtin(_) | Program::Wasm { .. } | Program::Mock(_))
                if *container != Container::default() =>
            {
                let help = "leave `container` out, or let the app be an image";
                let wrong = "only images run in containers";
                self.refuse(&["app", name, "container"], wrong, help);
            }
            Some(Program::Builtin(_) | Program::Wasm { .. } | Program::Mock(_)) | None => {}
        }
        if let Some(memory) = container.memory.filter(|memory| *memory < MEMORY_MIN) {
            let wrong = format!("{} are too little for any container", memory.print());
            let help = format!("engines give {} at least", MEMORY_MIN.print());
            self.refuse(&path("memory"), wrong, help);
        }
        if container.pids == Some(0) {
            let wrong = "a container needs a process";
            self.refuse(&path("pids"), wrong, "write 1 or more");
        }
        if container.timeout == Some(Duration::ZERO) {
            let wrong = "no program is over at once";
            self.refuse(&path("timeout"), wrong, "write a time such as \"30s\"");
        }
    }

    fn image(&mut self, path: &[&str], name: &str) {
        if let Err(error) = name.parse::<Reference>() {
            let help = "an image is called user/app:1.0, or host:port/user/app:1.0";
            self.refuse(path, error.to_string(), help);
        }
    }

    fn engine(&mut self, path: &[&str], host: &str) {
        let known = ["unix://", "npipe://", "tcp://", "http://", "https://"];
        let rest = known.iter().find_map(|scheme| host.strip_prefix(scheme));
        if rest.is_none_or(str::is_empty) {
            let wrong = format!("`{host}` is no address of a docker engine");
            let help = "write \"unix:///var/run/docker.sock\" or \"tcp://host:2376\"";
            self.refuse(path, wrong, help);
        }
    }
}

/// Whether a text lists processors: `0`, `0-3`, `0,2-3`.
fn is_cpuset(text: &str) -> bool {
    let number = |text: &str| {
        let digits = !text.is_empty() && text.chars().all(|char| char.is_ascii_digit());
        text.parse::<u32>()
            .ok()
            .filter(|number| digits && *number <= PROCESSOR_MAX)
    };
    text.split(',').all(|part| match part.split_once('-') {
        None => number(part).is_some(),
        Some((first, last)) => match (number(first), number(last)) {
            (Some(first), Some(last)) => first <= last,
            _ => false,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_processors_is_numbers_and_ranges() {
        for right in ["0", "0-3", "0,2", "0-1,3-5"] {
            assert!(is_cpuset(right), "{right}");
        }
        for wrong in ["", "a", "-1", "3-1", "0,", "0--1", "+1", "99999", "0 1"] {
            assert!(!is_cpuset(wrong), "{wrong}");
        }
    }
}
