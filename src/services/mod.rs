//! Things that keep: tables with rules, no timers.

pub mod enclave;
mod market;
pub mod results;

pub use market::{AnyOrder, Fill, LotShare, Market, MarketError, MarketOrder, Quote};
