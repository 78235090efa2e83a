//! Everything together, one event at a time.

pub mod cast;
mod network;
mod queue;
mod timeline;
