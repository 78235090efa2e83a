//! The JSON-RPC face of a chain: one table of methods behind HTTP, WebSocket and function calls.
//!
//! - [`envelope`] reads and writes messages, [`params`] their arguments, [`error`] their failures;
//! - `dispatch` answers a message with the table of `methods`, which holds one file per family;
//! - [`node`] is the chain in service: turns for changes, a snapshot for readers, news of blocks;
//! - `http`, `ws` and `provider` carry messages; `filter` and `subscribe` carry news.

mod dispatch;
pub mod envelope;
pub mod error;
mod filter;
mod host;
mod http;
mod identifier;
mod method;
mod methods;
pub mod node;
pub mod params;
mod provider;
mod render;
mod subscribe;
mod ws;

pub use self::{
    error::RpcError,
    host::HostGuard,
    http::{Limits, router},
    node::{Mining, Node, NodeOptions},
    provider::InProcess,
};
