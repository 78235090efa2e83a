//! One run in one file: what it was made of, what happened, and how it ended.
//!
//! Rule: the file says everything that is needed to run it again, and nothing that is not true of
//! every machine.
//!
//! A file begins with ten bytes: [`MAGIC`] and the version of the format, a `u16`. Numbers are
//! little-endian. What follows are frames until the end of the file:
//!
//! | bytes | what |
//! |---|---|
//! | 1 | the kind, a letter |
//! | 4 | length of the content as packed, `u32` |
//! | 4 | length of the content as unpacked, `u32` |
//! | 4 | CRC-32 (that of zip and PNG) of the nine bytes before and of the packed content |
//! | … | the content, packed by raw deflate |
//!
//! | kind | content |
//! |---|---|
//! | `H` | first of all and once: a [`Header`] as JSON |
//! | `S` | a text the scenario was read from: a line of JSON (`path`), then the text; the scenario itself first |
//! | `I` | an input the scenario asked for: a line of JSON (`uri`), then its bytes |
//! | `C` | contracts of the protocol other than the built-in ones: a line of JSON (`name`, what the scenario calls them), then their code as JSON |
//! | `X` | what came of a program that ran outside of `emulate`: see [`Execution`] |
//! | `D` | what was done from outside to a network that lived, and when: lines of JSON, each a [`Deed`](crate::world::deed::Deed) |
//! | `E` | the next records of the log, as the JSON lines [`crate::log`] is saved in |
//! | `Z` | last of all and once: an [`End`] as JSON |
//!
//! Readers skip kinds they do not know. A frame is written as a whole, so that whatever kills the
//! writer, the file can be read up to its last whole frame; [`read`] says where it ends. The
//! scenario, its inputs, its contracts and the changes from outside come before the first record: even a run that
//! was killed can be run again.

mod content;
mod execution;
mod frame;
mod reader;
mod writer;

pub use content::{End, Header};
pub use execution::{Execution, Recorded, Recorder};
pub use frame::{MAGIC, VERSION};
pub use reader::{Damage, RunFile, RunFileError, read};
pub use writer::RunWriter;

/// How the names of such files end.
pub const EXTENSION: &str = "emu";
