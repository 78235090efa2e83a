//! The methods, family by family. Each file opens with its table: names, aliases, and what to run.

mod blocks;
mod call;
mod capabilities;
mod config;
mod constants;
mod dev;
mod failure;
mod fees;
mod logs;
mod ots;
mod pool;
mod send;
mod sign;
mod state;
mod trace;
mod transactions;

use super::method::Method;

/// Every method there is.
pub(super) const TABLES: &[&[Method]] = &[
    blocks::TABLE,
    call::TABLE,
    capabilities::TABLE,
    config::TABLE,
    constants::TABLE,
    dev::accounts::TABLE,
    dev::dump::TABLE,
    dev::mining::TABLE,
    dev::node::TABLE,
    dev::reorg::TABLE,
    dev::state::TABLE,
    dev::time::TABLE,
    dev::token::TABLE,
    fees::TABLE,
    logs::TABLE,
    ots::blocks::TABLE,
    ots::search::TABLE,
    ots::traces::TABLE,
    pool::TABLE,
    send::TABLE,
    sign::TABLE,
    state::TABLE,
    trace::geth::TABLE,
    trace::parity::TABLE,
    trace::raw::TABLE,
    trace::replay::TABLE,
    transactions::TABLE,
];
