//! Trials: the same job over and over, with one thing changed at a time. Rule: the first two change
//! nothing, so that what differs between them is the program's own doing.

use std::fmt;

use crate::executor::{Job, Program, Randomness};

/// What is different about a trial.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// Nothing but the time.
    Nothing,
    /// Its time zone and its language.
    Locale,
    /// The name of its host.
    Host,
    /// The random bytes it gets.
    Random,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "nothing",
            Self::Locale => "time zone and language",
            Self::Host => "host name",
            Self::Random => "random bytes",
        })
    }
}

/// One run to make.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What is different about it.
    pub change: Change,
    /// What to run.
    pub job: Job,
}

/// Returns `count` trials of `job`: twice as it is, then with each change by itself, and from the
/// beginning again.
pub fn trials(job: &Job, count: usize) -> Vec<Trial> {
    let changes = [
        Change::Nothing,
        Change::Nothing,
        Change::Random,
        Change::Locale,
        Change::Host,
    ];
    let changes = changes.iter().cycle().take(count);
    changes
        .map(|change| Trial {
            change: *change,
            job: changed(job, *change),
        })
        .collect()
}

fn changed(job: &Job, change: Change) -> Job {
    let mut job = job.clone();
    let mut set = |pairs: &[(&str, &str)]| {
        for (key, value) in pairs {
            job.env.insert((*key).to_owned(), (*value).to_owned());
        }
    };
    match change {
        Change::Nothing => {}
        Change::Locale => set(&[
            ("TZ", "Pacific/Kiritimati"),
            ("LANG", "tr_TR.UTF-8"),
            ("LC_ALL", "tr_TR.UTF-8"),
        ]),
        Change::Host => set(&[("HOSTNAME", "another-host")]),
        Change::Random => {
            job.worker = "another-worker".into();
            if let Program::Wasm(wasm) = &mut job.program {
                wasm.random = Randomness::Worker;
            }
        }
    }
    job
}

/// What cannot be changed for programs in a sandbox, and so is not tried.
pub const UNTRIED: &[&str] = &[
    "clock, processors, umask and order of files: they are the same for every worker of such a \
     program, by construction",
];
