//! What happened, in order: the single source of truth for everybody who watches a run.
//!
//! Reports, servers and expectations read records and the view folded from them. They never look
//! into actors or the chain: a number worth showing is a number worth recording.

mod event;
mod record;

pub use event::{Check, CheckOutcome, EndReason, Event, OrderKind, Verdict};
pub use record::{EventLog, Record};
