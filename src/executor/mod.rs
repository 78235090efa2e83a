//! Things that run programs.
//!
//! A [`Job`] goes in, an [`Outcome`] comes out. Every kind of program sees the same folder, obeys
//! the same limits and is digested by the same rules; nothing here knows the chain or the actors.

mod archive;
mod builtin;
mod choose;
mod cmdline;
mod commands;
mod computed;
pub mod determinism;
mod digest;
pub mod docker;
mod files;
pub mod inputs;
mod job;
mod memory;
mod mock;
mod oddity;
mod outcome;
mod sandbox;
#[cfg(feature = "wasm")]
mod wasm;

pub use archive::pack;
pub use builtin::{Builtin, UnknownBuiltin};
pub use choose::{Executor, Executors, Running, Spent};
pub use cmdline::CmdlineError;
pub use commands::{Commands, Surroundings};
pub use computed::ComputedError;
pub use digest::{Ended, conclude};
pub use docker::{Confinement, Place, Profile};
pub use files::{Files, FilesError};
pub use job::{
    Contract, DigestRule, Image, Job, Limits, OnChain, OnError, Program, Randomness, Wasm,
};
pub use mock::Mock;
pub use oddity::{Oddities, Oddity};
pub use outcome::{Basis, Captured, Contained, Outcome, OutcomeKind};
pub use sandbox::environment;
