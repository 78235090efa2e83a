//! What happened, in order: the single source of truth for everybody who watches a run.
//!
//! Reports, servers and expectations read records and the view folded from them. They never look
//! into actors or the chain: a number worth showing is a number worth recording.

mod event;
mod kind;
mod ratio;
mod read;
mod record;
mod records;
mod sink;
pub mod statistics;
mod table;
mod verb;
pub mod view;
mod words;

pub use event::Event;
pub use ratio::Ratio;
pub use read::{LogError, SavedLog, read, read_line};
pub use record::{EventLog, Record};
pub use records::Records;
pub use sink::{Sink, SinkFailure, Sinks};
pub use table::Table;
pub use verb::{Ending, VerbKind};
pub use view::{TaskStatus, TaskView, View, WorkerState, WorkerView};
pub(crate) use words::named;
pub use words::{Check, CheckOutcome, EndReason, Law, Verdict};

pub use crate::protocol::OrderKind;
