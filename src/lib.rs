//! `emulate`: a whole decentralised-compute network of the iExec kind in one process.
//!
//! The modules are listed from the ground up. A module uses only itself and modules above it in
//! this list; `tests/it/layers.rs` reads the list and fails on the first `use` that looks down.

// A blank line after each module keeps rustfmt from sorting the list.

pub mod time;

pub mod seed;

pub mod amount;

pub mod protocol;

pub mod log;

pub mod report;

pub mod chain;

pub mod contracts;

pub mod services;

pub mod executor;

pub mod actors;

pub mod world;

pub mod scenario;

pub mod server;

pub mod cli;
