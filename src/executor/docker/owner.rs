//! Whose a container or a folder is, so that what a killed process left can be told from what a
//! living one uses. The rule: in doubt it is somebody's.

use std::{collections::HashMap, fs, time::Duration};

/// Before every label's name.
const PREFIX: &str = "org.emulate.";

/// What folders of this program are called at the beginning.
const FOLDER: &str = "emulate-task-";

/// A process, told from all that had or will have its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    /// Its number.
    pid: u32,
    /// When it began, in the kernel's ticks since the machine did.
    started: u64,
    /// The machine's boot.
    boot: String,
    /// The machine, or the container that this process takes for one.
    machine: String,
}

impl Owner {
    /// Returns this process.
    pub(super) fn this_process() -> Self {
        let pid = std::process::id();
        let line = |path: &str| {
            let text = fs::read_to_string(path).unwrap_or_default();
            text.trim().to_owned()
        };
        let machine = [line("/etc/machine-id"), line("/proc/sys/kernel/hostname")];
        Self {
            pid,
            started: started(pid).unwrap_or(0),
            boot: line("/proc/sys/kernel/random/boot_id"),
            machine: machine.join("/"),
        }
    }

    /// Returns labels that say whose a container is, which run it belongs to, and until when it may
    /// be of use to anybody, in Unix seconds.
    pub(super) fn labels(&self, run: &str, deadline: u64) -> HashMap<String, String> {
        let labels = [
            ("pid", self.pid.to_string()),
            ("started", self.started.to_string()),
            ("boot", self.boot.clone()),
            ("machine", self.machine.clone()),
            ("run", run.to_owned()),
            ("deadline", deadline.to_string()),
        ];
        labels
            .into_iter()
            .map(|(name, value)| (label(name), value))
            .collect()
    }

    /// Whether whoever made a container with these labels is gone, as seen from this process.
    pub(super) fn outlived(&self, labels: &HashMap<String, String>, now: u64) -> bool {
        let number = |name| labels.get(&label(name))?.parse::<u64>().ok();
        if number("deadline").is_some_and(|deadline| deadline < now) {
            return true;
        }
        let text = |name| labels.get(&label(name)).map(String::as_str).unwrap_or("");
        if text("machine") != self.machine {
            // Another machine may use the same engine; it alone knows.
            return false;
        }
        if text("boot") != self.boot {
            return true;
        }
        match (number("pid"), number("started")) {
            (Some(pid), Some(since)) => !is_alive(pid, since),
            _ => false,
        }
    }

    /// Returns how the names of this process's folders begin.
    pub(super) fn folder_prefix(&self) -> String {
        format!("{FOLDER}{}-{}-", self.pid, self.started)
    }

    /// Returns a text that no other process on this machine shares.
    pub(super) fn id(&self) -> String {
        format!("{}-{}", self.pid, self.started)
    }
}

/// Returns the full name of a label.
pub(super) fn label(name: &str) -> String {
    format!("{PREFIX}{name}")
}

/// Whether a folder of this name was left by a process that is gone.
pub(super) fn is_left_folder(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(FOLDER) else {
        return false;
    };
    let mut numbers = rest.split('-').map(str::parse::<u64>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(pid)), Some(Ok(since))) => !is_alive(pid, since),
        _ => false,
    }
}

/// Whether a process with this number began then. Where the system does not tell, it may have.
fn is_alive(pid: u64, since: u64) -> bool {
    if started(std::process::id()).is_none() {
        return true;
    }
    let pid = u32::try_from(pid).ok();
    pid.and_then(started).is_some_and(|began| began == since)
}

/// When a living process began: the 22nd word of its line, after a name that may hold anything.
fn started(pid: u32) -> Option<u64> {
    let line = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = line.rsplit_once(')')?;
    rest.split_ascii_whitespace().nth(19)?.parse().ok()
}

/// Returns the wall's time in Unix seconds.
#[expect(
    clippy::disallowed_methods,
    reason = "containers outlive processes: their deadlines are on the wall's clock"
)]
pub(super) fn unix_seconds() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.unwrap_or(Duration::ZERO).as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_living_process_keeps_what_it_made_and_a_dead_one_loses_it() {
        let me = Owner::this_process();
        let mine = me.labels("r-1", 1_000);
        assert!(!me.outlived(&mine, 999));
        assert!(me.outlived(&mine, 1_001), "its deadline passed");
        let dead = Owner {
            started: me.started + 1,
            ..me.clone()
        };
        assert!(me.outlived(&dead.labels("r", 1_000), 0));
        let rebooted = Owner {
            boot: "another".into(),
            ..me.clone()
        };
        assert!(me.outlived(&rebooted.labels("r", 1_000), 0));
        let elsewhere = Owner {
            machine: "another".into(),
            ..rebooted
        };
        assert!(!me.outlived(&elsewhere.labels("r", 1_000), 0));
        assert!(!me.outlived(&HashMap::new(), 0));
    }

    #[test]
    fn a_folder_says_whose_it_is() {
        let me = Owner::this_process();
        assert!(!is_left_folder(&format!("{}x", me.folder_prefix())));
        assert!(is_left_folder("emulate-task-1-1-abc"));
        for strange in ["emulate-task-", "emulate-task-a-b-c", "emulate", "1-1"] {
            assert!(!is_left_folder(strange), "{strange}");
        }
    }
}
