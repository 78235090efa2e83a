//! One test binary; each module is one room or one promise.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod chain;
mod checked;
mod clients;
#[cfg(all(feature = "docker", unix))]
mod clock;
mod command;
mod containers;
mod contracts;
mod dapp;
#[cfg(all(feature = "docker", unix))]
mod docker;
mod doctor;
mod dump;
mod executor;
mod explorer;
mod exported;
mod fidelity;
mod fixture;
mod flags;
#[cfg(unix)]
mod hunted;
mod import;
mod layers;
mod living;
mod log;
mod model;
mod outputs;
mod program;
mod project;
mod readme;
mod report;
mod room;
mod rpc;
mod runs;
mod scenario;
mod sweep;
mod trace;
mod up;
mod world;
