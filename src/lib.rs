//! `emulate`: a whole decentralised-compute network of the iExec kind in one process.
//!
//! The modules are listed from the ground up. A module uses only itself and modules above it in
//! this list; `tests/it/layers.rs` reads the list and fails on the first `use` that looks down.

// A blank line after each module keeps rustfmt from sorting the list.

/// Points in time as plain values.
pub mod time;

/// The single source of chance.
pub mod seed;

/// An EVM dev chain: synchronous, clock-free, knowing nothing of iExec.
pub mod chain;
