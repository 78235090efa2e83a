//! What only a development chain offers: time travel, mining at will, state set by hand.
//!
//! anvil, hardhat and ganache name the same things differently; here each thing exists once.

pub(super) mod accounts;
pub(super) mod dump;
pub(super) mod mining;
pub(super) mod node;
pub(super) mod reorg;
pub(super) mod state;
pub(super) mod time;
pub(super) mod token;
