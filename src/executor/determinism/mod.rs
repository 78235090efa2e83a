//! Whether a program gives the same result whoever runs it: trials that change one thing at a
//! time, and what differs between their outcomes. Rule: nothing here runs anything, so every
//! judgement can be repeated from the outcomes alone.

mod cause;
mod compare;
mod trial;

pub use cause::Cause;
pub use compare::{Comparison, Difference, FileReport};
pub use trial::{Change, Trial, trials, untried};
