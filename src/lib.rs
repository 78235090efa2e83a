//! `emulate`: a whole decentralised-compute network of the iExec kind in one process.
//!
//! The modules are listed from the ground up. A module uses only itself and modules above it in
//! this list; `tests/it/layers.rs` reads the list and fails on the first `use` that looks down.

// A blank line after each module keeps rustfmt from sorting the list.

/// Points in time as plain values.
pub mod time;

/// The single source of chance.
pub mod seed;

/// Amounts of RLC, exact.
pub mod amount;

/// The words and rules of PoCo, pure.
pub mod protocol;

/// What happened, in order: the single source of truth.
pub mod log;

/// The log, rendered.
pub mod report;

/// An EVM dev chain: synchronous, clock-free, knowing nothing of iExec.
pub mod chain;

/// iExec's contracts on that chain.
pub mod contracts;

/// Things that keep: tables with rules, no timers.
pub mod services;

/// Things that run programs.
pub mod executor;

/// Things that decide: input in, effects out.
pub mod actors;

/// Everything together, one event at a time.
pub mod world;

/// Scenario files in, verdicts out.
pub mod scenario;

/// HTTP and WebSocket adapters; no rule lives here.
pub mod server;

/// The commands.
pub mod cli;
