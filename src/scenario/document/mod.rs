//! The file below the language: texts, places, the tree, complaints, and how typed values are
//! read from the tree. Rule: whatever is wrong is reported with its place, and reading goes on.

mod diagnostic;
mod node;
mod plain;
mod reader;
mod resolve;
mod setting;
mod source;
mod table;
mod variables;

pub use diagnostic::{Diagnostic, Diagnostics, Level};
pub use node::{Entry, Node, Table, Value};
pub(crate) use reader::{Fields, Reader, Setting, listed, nearest};
pub(crate) use resolve::{COMMAND_LINE, outside, resolve};
pub use resolve::{Document, Overrides};
pub(crate) use setting::VARIABLE;
pub use source::{Position, Source, Sources, Span};
pub(crate) use table::{table, words};
