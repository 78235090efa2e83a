//! `emulate`: a whole decentralised-compute network of the iExec kind in one process.
//!
//! A program that uses it begins with [`network::Network`]: an embedded chain with the real
//! contracts, an order book, schedulers, workers and requesters, in virtual time.
//!
//! ```
//! use emulate::{
//!     amount::Nrlc,
//!     network::{App, Network, Task, Worker, WorkerBehaviour},
//! };
//!
//! let net = Network::builder()
//!     .seed(7)
//!     .workers(5)
//!     .worker("liar", Worker::group(1).behaviour(WorkerBehaviour::Liar))
//!     .account("alice", Nrlc::from_rlc(10))
//!     .app("hello", App::builtin("hello"))
//!     .start()?;
//!
//! let task = net.request(Task::new("hello").args("world").replication(3))?;
//! let result = task.wait()?; // or `task.await?`: either way time is virtual
//!
//! assert_eq!(result.output.as_deref(), Some("Hello, world!"));
//! assert_eq!(result.correct, Some(true));
//! assert_eq!(net.balance("alice").map(|balance| balance.free), Some(Nrlc::from_rlc(9)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Network::provider`](network::Network::provider) is an alloy provider on its chain, for the
//! contracts of a dapp. Scenario files are read and judged by [`scenario`], and what happened lies
//! in one [`log`]. The same is there on the command line, with a server: see [`cli`].
//!
//! The modules are listed from the ground up. A module uses only itself and modules above it in
//! this list; `tests/it/layers.rs` reads the list and fails on the first `use` that looks down.

// A blank line after each module keeps rustfmt from sorting the list.

pub mod time;

pub mod seed;

pub mod amount;

pub mod ahead;

pub mod signature;

pub mod protocol;

pub mod log;

pub mod report;

pub mod chain;

pub mod contracts;

pub mod services;

pub mod executor;

pub mod actors;

pub mod world;

pub mod scenario;

pub mod runfile;

pub mod replay;

pub mod fidelity;

pub mod explorer;

pub mod hunt;

pub mod server;

pub mod network;

pub mod cli;
