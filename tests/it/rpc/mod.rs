//! JSON-RPC: through the router without a socket, and over real ones where the socket matters.

mod chain;
mod client;
mod flood;
mod look;
mod malformed;
mod send;
mod simulate;
mod socket;
mod token;
mod transport;
