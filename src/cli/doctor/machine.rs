//! What this machine has for a run. Rule: every finding that is not good says what to do about it.

use std::{net::TcpListener, path::Path, process::Command, time::Duration};

use serde::Serialize;

use super::{Doctor, Need};
use crate::{
    cli::{Exit, Output},
    executor::docker::{Engines, Settings},
};

/// Below this much room images and inputs may not fit: 5 GB.
const DISK_KB_MIN: u64 = 5_000_000;

/// Below this much memory large scenarios do not fit: 1 GB.
const MEMORY_KB_MIN: u64 = 1_000_000;

/// How long a registry may take to answer.
const REGISTRY_PATIENCE: Duration = Duration::from_secs(5);

/// How good a finding is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Good,
    Poor,
    Missing,
}

/// One thing looked at.
#[derive(Debug, Serialize)]
struct Finding {
    what: &'static str,
    state: State,
    found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
    /// Whether somebody said that it must be good.
    needed: bool,
}

impl Finding {
    fn good(what: &'static str, found: impl Into<String>) -> Self {
        Self {
            what,
            state: State::Good,
            found: found.into(),
            advice: None,
            needed: false,
        }
    }

    fn bad(
        what: &'static str,
        state: State,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            state,
            advice: Some(advice.into()),
            ..Self::good(what, found)
        }
    }

    fn needed(mut self, needed: bool) -> Self {
        self.needed = needed;
        self
    }
}

/// Looks at everything and tells.
pub(super) fn examine(arguments: &Doctor, output: &Output) -> Exit {
    let needs = |need| arguments.need.contains(&need);
    let mut findings = vec![
        docker().needed(needs(Need::Docker)),
        wasm().needed(needs(Need::Wasm)),
        port(arguments.port).needed(needs(Need::Port)),
        disk(&std::env::temp_dir()).needed(needs(Need::Disk)),
        memory().needed(needs(Need::Memory)),
        cores(),
    ];
    if let Some(registry) = &arguments.registry {
        findings.insert(1, self::registry(registry).needed(true));
    }
    if arguments.json {
        let json = serde_json::to_string_pretty(&findings).unwrap_or_default();
        output.result_line(&json);
    } else {
        tell(&findings, output);
    }
    let lacks = findings
        .iter()
        .any(|finding| finding.needed && finding.state != State::Good);
    if lacks {
        Exit::Environment
    } else {
        Exit::Success
    }
}

fn tell(findings: &[Finding], output: &Output) {
    let width = findings.iter().map(|one| one.what.len()).max();
    let width = width.unwrap_or(0);
    for one in findings {
        let mark = match one.state {
            State::Good => "✓",
            State::Poor => "!",
            State::Missing => "✗",
        };
        output.result_line(&format!("{mark} {:width$}  {}", one.what, one.found));
        if let Some(advice) = &one.advice {
            output.result_line(&format!("  {:width$}  → {advice}", ""));
        }
    }
}

fn docker() -> Finding {
    let opened = Engines::new().and_then(|engines| engines.open(Settings::default(), None));
    match opened {
        Ok(docker) => {
            let found = format!("{} answers at {}", docker.engine(), docker.address());
            Finding::good("docker", found)
        }
        Err(error) => Finding::bad(
            "docker",
            State::Missing,
            error.to_string(),
            "only apps that are container images need it: start docker, or say where it is with \
             DOCKER_HOST",
        ),
    }
}

/// Asks a registry for its greeting.
fn registry(host: &str) -> Finding {
    let is_local = host.starts_with("localhost") || host.starts_with("127.");
    let scheme = if is_local { "http" } else { "https" };
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(REGISTRY_PATIENCE))
        .build();
    let answer = ureq::Agent::new_with_config(config)
        .get(format!("{scheme}://{host}/v2/"))
        .call();
    match answer {
        // 401 is how a registry says that it wants to know who is there.
        Ok(answer) if answer.status().is_success() || answer.status().as_u16() == 401 => {
            Finding::good("registry", format!("{host} answers"))
        }
        Ok(answer) => Finding::bad(
            "registry",
            State::Missing,
            format!("{host} answers {}, not as a registry does", answer.status()),
            "name the registry itself: registry-1.docker.io stands for docker.io",
        ),
        Err(error) => Finding::bad(
            "registry",
            State::Missing,
            format!("{host} does not answer: {error}"),
            "look at network and proxy, or set a mirror or rewrites in the scenario's `[docker]`",
        ),
    }
}

fn wasm() -> Finding {
    if cfg!(feature = "wasm") {
        return Finding::good("wasm", "built in");
    }
    Finding::bad(
        "wasm",
        State::Missing,
        "this emulate was built without it",
        "build with the feature `wasm`",
    )
}

fn port(port: u16) -> Finding {
    match TcpListener::bind(("127.0.0.1", port)) {
        Ok(_) => Finding::good("port", format!("{port} is free for `emulate up`")),
        Err(error) => Finding::bad(
            "port",
            State::Missing,
            format!("{port} cannot be used: {error}"),
            "end what listens there, or start `emulate up --port 0` for any free port",
        ),
    }
}

/// Asks `df`, which every Unix has, how much room there is.
fn disk(folder: &Path) -> Finding {
    let asked = Command::new("df").arg("-Pk").arg(folder).output();
    let told = asked.ok().filter(|asked| asked.status.success());
    let text = told.map(|told| String::from_utf8_lossy(&told.stdout).into_owned());
    let free = text.as_deref().and_then(free_of_df);
    let Some(free) = free else {
        let found = format!("nobody says how much room {} has", folder.display());
        let advice = "5 GB are enough for most images";
        return Finding::bad("disk", State::Poor, found, advice);
    };
    let found = format!("{} free in {}", gigabytes(free), folder.display());
    if free >= DISK_KB_MIN {
        return Finding::good("disk", found);
    }
    let advice = "images and inputs want 5 GB: make room, or set TMPDIR";
    Finding::bad("disk", State::Poor, found, advice)
}

/// Reads the free kilobytes out of what `df -Pk` prints: the fourth column of its second line.
fn free_of_df(text: &str) -> Option<u64> {
    let line = text.lines().nth(1)?;
    line.split_whitespace().nth(3)?.parse().ok()
}

fn memory() -> Finding {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"));
    let free = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    let Some(free) = free else {
        let advice = "a scenario of a hundred workers fits into 1 GB";
        return Finding::bad(
            "memory",
            State::Poor,
            "nobody says how much there is",
            advice,
        );
    };
    let found = format!("{} available", gigabytes(free));
    if free >= MEMORY_KB_MIN {
        return Finding::good("memory", found);
    }
    let advice = "end other programs, or run smaller scenarios";
    Finding::bad("memory", State::Poor, found, advice)
}

fn cores() -> Finding {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let found = format!("{cores}");
    if cores > 1 {
        return Finding::good("processors", found);
    }
    let advice = "apps that differ with the number of processors cannot be told apart here";
    Finding::bad("processors", State::Poor, found, advice)
}

fn gigabytes(kilobytes: u64) -> String {
    format!("{:.1} GB", kilobytes as f64 / 1_000_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_of_df_is_read() {
        let text = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda1 100 40 60 40% /\n";
        assert_eq!(free_of_df(text), Some(60));
        assert_eq!(free_of_df("nonsense"), None);
    }
}
