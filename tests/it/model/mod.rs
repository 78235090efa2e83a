//! The hub as a pure state machine: recorded runs, laws that always hold, and the contracts' word.

mod cast;
mod examples;
mod figures;
mod laws;
mod log;
mod pick;
mod stage;
mod step;
mod story;
pub(crate) mod twin;
