//! The JSON-RPC face of a chain: one table of methods behind HTTP, WebSocket and function calls.
//!
//! - [`envelope`] reads and writes messages, [`params`] their arguments, [`error`] their failures;
//! - `answer` holds what is answered, and the room there is for it;
//! - `dispatch` answers a message with the table of `methods`, which holds one file per family;
//! - [`node`] is the chain in service: turns for changes, a snapshot for readers, news of blocks;
//! - [`living`] puts a world behind it, whose chain it shows and of whom changes are asked;
//! - `log` tells of requests, `supposed` reads what callers suppose of blocks, `slot` how they name
//!   places in storage;
//! - `http`, `ws` and `provider` carry messages; `filter` and `subscribe` carry news.

mod answer;
mod dispatch;
pub mod envelope;
pub mod error;
mod filter;
mod host;
mod http;
mod identifier;
pub mod living;
mod log;
mod method;
mod methods;
pub mod node;
mod number;
pub mod params;
mod provider;
mod render;
mod slot;
mod subscribe;
mod supposed;
mod wording;
mod ws;

pub(super) use self::http::allow_all_origins;
pub use self::{
    answer::Json,
    error::RpcError,
    host::HostGuard,
    http::{Limits, router},
    living::Owner,
    log::LogFn,
    node::{ClockFn, Mining, Node, NodeOptions},
    provider::InProcess,
};
