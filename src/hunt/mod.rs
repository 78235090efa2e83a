//! Bugs looked for and made small: random casts and faults within a scenario's bounds, and the
//! fewest lines of a scenario that still go wrong.
//!
//! Rule: chance comes from one number, so that what is found once is found again. How a scenario is
//! played is an argument: whoever hunts in a network of their own passes their own way.

mod draw;
mod failure;
mod fault;
mod search;
mod shrink;
mod staff;

pub use draw::Bounds;
pub use failure::Failure;
pub use fault::FaultKind;
pub use search::{Attempt, Find, Hunt};
pub use shrink::{Shrunk, shrink};

use crate::scenario::{Finished, Loaded, StartError};

/// How a scenario is played to its end and judged.
pub type Play<'a> = dyn Fn(&Loaded) -> Result<Finished, StartError> + Sync + 'a;
