//! JSON-RPC: through the endpoint without a socket, and over real ones where the socket matters.

mod chain;
mod client;
mod conform;
mod flood;
mod look;
mod malformed;
mod replay;
mod room;
mod send;
mod simulate;
mod socket;
mod spec;
mod token;
mod transport;
mod usual;
