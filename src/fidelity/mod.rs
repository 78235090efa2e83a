//! Is it the real PoCo? One run on the built-in contracts, one on another build of them, in the same
//! EVM, with the same actors and the same chance; then every event is compared.
//!
//! The one rule: a difference is reported unless it is in the table of declared ones, and then it is
//! reported as that. Compared are, record by record, time, block, actor, event and every field of it;
//! and at the end the hub's own word on every account, score and task. Hashes and addresses are not
//! compared with each other but through a one-to-one map: what is one thing in the one run must be
//! one thing in the other, wherever it is mentioned. Left out are block hashes, gas (it is added up
//! and told), and how many transactions it took to put the contracts on the chain.
//!
//! ```no_run
//! use std::{path::Path, sync::Arc};
//! use emulate::{
//!     contracts::Build,
//!     executor::{Executors, inputs::{Inputs, Policy}},
//!     fidelity::compare,
//!     scenario::{Loaded, Overrides, builtin},
//! };
//!
//! let build = Arc::new(Build::read(Path::new("node_modules/@iexec/poco"))?);
//! let hello = builtin("hello").ok_or("it is built in")?;
//! let nothing = |_: &Path| Err(std::io::Error::other("it includes nothing"));
//! let loaded = Loaded::new(hello.text, Path::new(hello.file), &nothing, &Overrides::default())?;
//! let inputs = Inputs::new(Policy::below("."));
//! let compared = compare(&loaded, &build, (&inputs, &Executors::new()))?;
//! assert!(compared.difference.is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod alike;
mod delta;
mod draw;
mod ledger;
mod logs;

use std::{fmt, sync::Arc};

pub use delta::{DELTAS, Delta};
pub use draw::draw;

use crate::{
    contracts::Build,
    executor::{Executors, inputs::Inputs},
    scenario::{Loaded, StartError},
    time::Timestamp,
    world::World,
};

/// What two runs of one scenario have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// How many events are equal, from the first on.
    pub events: u64,
    /// How many accounts, scores and tasks were read from both hubs and are equal.
    pub facts: u64,
    /// Gas used from the first block of the cast on: by the built-in contracts, by the others.
    pub gas: [u64; 2],
    /// Where the runs part, if they do.
    pub difference: Option<Difference>,
}

/// The first thing in which two runs differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where it stands.
    pub place: Place,
    /// The field of the event, or what was asked of the hub.
    pub field: String,
    /// What it is with the built-in contracts.
    pub ours: String,
    /// What it is with the others.
    pub theirs: String,
}

/// Where a difference stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the log.
    Event {
        /// The record's number.
        seq: u64,
        /// When it happened.
        time: Timestamp,
        /// The head of the chain then.
        block: u64,
        /// The event with the built-in contracts; none when their log has ended.
        ours: Option<&'static str>,
        /// The event with the others; none when their log has ended.
        theirs: Option<&'static str>,
    },
    /// In what the hubs hold at the end.
    End {
        /// Whose: an account or a task.
        of: String,
    },
}

impl Difference {
    /// Returns the declared difference this is, between the built-in contracts and a build of this
    /// version.
    pub fn declared(&self, version: Option<&str>) -> Option<&'static Delta> {
        DELTAS
            .iter()
            .find(|delta| delta.is_between(version) && delta.explains(self))
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Event {
                seq,
                time,
                block,
                ours,
                theirs,
            } => {
                let name = |name: &Option<&'static str>| name.unwrap_or("nothing");
                write!(f, "event {seq} at {time}, block {block}: {}", name(ours))?;
                if ours != theirs {
                    write!(f, " here, {} there", name(theirs))?;
                }
            }
            Place::End { of } => write!(f, "at the end: {of}")?,
        }
        write!(
            f,
            "\n  {}\n    built-in contracts: {}\n    the other build:    {}",
            self.field, self.ours, self.theirs
        )
    }
}

/// Plays a scenario twice and compares the runs.
///
/// A scenario that names contracts of its own is played on the built-in ones and on `build` all the
/// same. Programs that take real time come out as unavailable, as in [`Loaded::run`].
///
/// # Errors
///
/// As [`Loaded::run`]; among them, that `build` cannot be deployed.
pub fn compare(
    loaded: &Loaded,
    build: &Arc<Build>,
    (inputs, executors): (&Inputs, &Executors),
) -> Result<Comparison, StartError> {
    let ours = loaded.on(Arc::default()).run(inputs, executors)?;
    let theirs = loaded.on(Arc::clone(build)).run(inputs, executors)?;
    Ok(compare_worlds(&ours.world, &theirs.world))
}

/// Compares two worlds that have come to their end.
pub fn compare_worlds(ours: &World, theirs: &World) -> Comparison {
    let mut names = alike::Names::default();
    let (events, difference) = logs::compare(ours.log(), theirs.log(), &mut names);
    let (facts, at_end) = match difference {
        None => ledger::compare(ours, theirs, &mut names),
        Some(_) => (0, None),
    };
    Comparison {
        events,
        facts,
        gas: [logs::gas(ours.log()), logs::gas(theirs.log())],
        difference: difference.or(at_end),
    }
}
