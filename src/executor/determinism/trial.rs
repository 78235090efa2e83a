//! Trials: the same job over and over, with one thing changed at a time. Rule: the first two change
//! nothing, so that what differs between them is the program's own doing.

use std::{fmt, time::Duration};

use crate::executor::{Job, Program, Randomness};

/// How long after the one before it a trial begins: times in zip archives count in two seconds.
const PAUSE: Duration = Duration::from_millis(2_100);

/// What is different about a trial.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// Nothing but the time.
    Nothing,
    /// It has a single processor.
    Cpus,
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
            Self::Cpus => "one processor",
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
    /// How long to wait before it.
    pub pause: Duration,
}

/// Returns `count` trials of `job`: twice as it is, then with each change by itself, and from the
/// beginning again.
pub fn trials(job: &Job, count: usize) -> Vec<Trial> {
    let changes: &[Change] = match &job.program {
        Program::Image(_) => &[
            Change::Nothing,
            Change::Nothing,
            Change::Cpus,
            Change::Locale,
            Change::Host,
        ],
        Program::Builtin(_) | Program::Mock(_) | Program::Wasm(_) => &[
            Change::Nothing,
            Change::Nothing,
            Change::Random,
            Change::Locale,
            Change::Host,
        ],
    };
    let changes = changes.iter().cycle().take(count);
    changes
        .enumerate()
        .map(|(number, change)| Trial {
            change: *change,
            job: changed(job, *change),
            // Only containers have a clock that goes on by itself.
            pause: match (&job.program, number) {
                (Program::Image(_), 1..) => PAUSE,
                _ => Duration::ZERO,
            },
        })
        .collect()
}

fn changed(job: &Job, change: Change) -> Job {
    let mut job = job.clone();
    if let Program::Image(image) = &mut job.program {
        // An engine gives every container another name, which would look like chance.
        let name = &mut image.confinement.hostname;
        name.get_or_insert_with(|| "a-host".to_owned());
    }
    let mut set = |pairs: &[(&str, &str)]| {
        for (key, value) in pairs {
            job.env.insert((*key).to_owned(), (*value).to_owned());
        }
    };
    match change {
        Change::Nothing => {}
        Change::Cpus => job.place.cpuset = Some("0".to_owned()),
        // A zone that needs no table of zones, which small images do not have.
        Change::Locale => set(&[
            ("TZ", "GMT+14:00"),
            ("LANG", "tr_TR.UTF-8"),
            ("LC_ALL", "tr_TR.UTF-8"),
        ]),
        Change::Host => {
            set(&[("HOSTNAME", "another-host")]);
            if let Program::Image(image) = &mut job.program {
                image.confinement.hostname = Some("another-host".to_owned());
            }
        }
        Change::Random => {
            job.worker = "another-worker".into();
            if let Program::Wasm(wasm) = &mut job.program {
                wasm.random = Randomness::Worker;
            }
        }
    }
    job
}

/// Returns what cannot be changed for such a program, and so was not tried.
pub fn untried(program: &Program) -> &'static [&'static str] {
    match program {
        Program::Image(_) => &[
            "another date: containers share this machine's clock; runs are two seconds apart",
            "another model of processor: this machine has one",
            "the umask and the order of files in a folder: they are the image's and the engine's",
        ],
        Program::Builtin(_) | Program::Mock(_) | Program::Wasm(_) => &[
            "clock, processors, umask and order of files: they are the same for every worker of \
             such a program, by construction",
        ],
    }
}
