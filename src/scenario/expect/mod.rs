//! Expectations: paths to values, matchers, patterns of events. Rule: what can be refused without
//! a run is refused before it.

mod field;
mod matcher;
mod operand;
mod path;
mod pattern;
mod words;

pub use field::Wanted;
pub use matcher::{Kind, Matcher, Operator};
pub use operand::Operand;
pub use path::{Aggregate, Subject, ValuePath};
pub use pattern::EventPattern;
pub(crate) use pattern::event_names;
