//! Things that keep: tables with rules, no timers.

pub mod results;
