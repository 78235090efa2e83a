//! What the log tells of no one in particular: the run, the chain, the book, faults and outages.

use std::time::Duration;

use serde::Serialize;

use super::since::{Sourced, Sources, reading};
use crate::{
    amount::{Nrlc, NrlcChange},
    log::EndReason,
    protocol::Name,
    time::Timestamp,
};

/// The run itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RunView {
    /// The scenario's title.
    pub title: String,
    /// The seed all chance derives from.
    pub seed: u64,
    /// The version of `emulate` that ran.
    pub version: String,
    /// The chain's time at the start, in Unix seconds.
    pub start: u64,
    /// Milliseconds between blocks.
    pub block_ms: u64,
    /// The time of the newest record: how long the run has lasted in its own time.
    pub now: Timestamp,
    /// How many records there are.
    pub records: u64,
    /// Why it ended; none while it goes on.
    pub end: Option<EndReason>,
    /// The records its values come from.
    #[serde(skip)]
    sources: Sources<1>,
}

impl RunView {
    /// Returns how long the run has lasted in its own time.
    pub fn duration(&self) -> Duration {
        self.now - Timestamp::START
    }
}

/// What the machine spent on the run. Not part of the log: it differs from run to run.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Measured {
    /// Real time spent.
    pub wall: Option<Duration>,
    /// The most memory used, in bytes.
    pub memory: Option<u64>,
}

/// The chain.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ChainView {
    /// The head's number.
    pub head: u64,
    /// Blocks mined and not taken back.
    pub blocks: u64,
    /// Transactions in them.
    pub txs: u64,
    /// Gas they used.
    pub gas: u64,
    /// Transactions that reverted.
    pub reverts: u64,
    /// Transactions that reverted to the surprise of their sender.
    pub reverts_unexpected: u64,
    /// How often the chain took blocks back.
    pub reorganisations: u64,
    /// The records its values come from.
    #[serde(skip)]
    sources: Sources<5>,
}

/// The order book after its last change.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BookView {
    /// The lowest price a workerpool asks.
    pub best_ask: Option<Nrlc>,
    /// The highest price a waiting request bids; [`Nrlc::ANY_PRICE`] for any.
    pub best_bid: Option<Nrlc>,
    /// Tasks workerpools still offer.
    pub ask_volume: u64,
    /// Tasks requesters still wait for.
    pub bid_volume: u64,
    /// The record that last changed anything above.
    pub since: u64,
    /// The records its values come from.
    #[serde(skip)]
    sources: Sources<4>,
}

impl BookView {
    /// Returns the highest price a waiting request names; none when nobody bids, or somebody takes
    /// any price.
    pub fn named_bid(&self) -> Option<Nrlc> {
        self.best_bid.filter(|bid| *bid != Nrlc::ANY_PRICE)
    }

    /// Returns the best ask minus the best bid; none when one of them is no price.
    pub fn spread(&self) -> Option<NrlcChange> {
        Some(NrlcChange::from(self.best_ask?).lose(self.named_bid()?))
    }

    /// Returns how many tasks both sides of the book hold.
    pub fn depth(&self) -> u64 {
        self.ask_volume.saturating_add(self.bid_volume)
    }
}

impl Sourced<1> for RunView {
    const FIELDS: [&'static str; 1] = ["duration"];

    fn readings(&self) -> [i128; 1] {
        [reading(i128::try_from(self.duration().as_millis()).ok())]
    }

    fn sources(&self) -> &Sources<1> {
        &self.sources
    }

    fn sources_mut(&mut self) -> &mut Sources<1> {
        &mut self.sources
    }
}

impl Sourced<5> for ChainView {
    const FIELDS: [&'static str; 5] = ["blocks", "txs", "reverts", "reverts_unexpected", "gas"];

    fn readings(&self) -> [i128; 5] {
        [
            self.blocks.into(),
            self.txs.into(),
            self.reverts.into(),
            self.reverts_unexpected.into(),
            self.gas.into(),
        ]
    }

    fn sources(&self) -> &Sources<5> {
        &self.sources
    }

    fn sources_mut(&mut self) -> &mut Sources<5> {
        &mut self.sources
    }
}

impl Sourced<4> for BookView {
    const FIELDS: [&'static str; 4] = ["best_ask", "best_bid", "spread", "depth"];

    fn readings(&self) -> [i128; 4] {
        [
            reading(self.best_ask.map(|price| price.0)),
            reading(self.named_bid().map(|price| price.0)),
            reading(self.spread().map(|spread| spread.0)),
            self.depth().into(),
        ]
    }

    fn sources(&self) -> &Sources<4> {
        &self.sources
    }

    fn sources_mut(&mut self) -> &mut Sources<4> {
        &mut self.sources
    }
}

/// An entry of the timeline that took effect.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FaultView {
    /// The verb.
    pub verb: String,
    /// On whom, qualified.
    pub targets: Vec<Name>,
    /// The author's note.
    pub note: Option<String>,
    /// The record that says so.
    pub seq: u64,
    /// When it began.
    pub from: Timestamp,
    /// When it ended, if it has.
    pub until: Option<Timestamp>,
}

/// A time during which an actor was down.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outage {
    /// Who, qualified.
    pub actor: Name,
    /// When it fell silent.
    pub from: Timestamp,
    /// When it came back, if it has.
    pub until: Option<Timestamp>,
}

/// A law of the economy that was broken.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Breach {
    /// The record that says so.
    pub seq: u64,
    /// The block.
    pub block: u64,
    /// Which law.
    pub law: String,
    /// The transaction after which it no longer held.
    pub transaction: Option<alloy_primitives::B256>,
    /// The numbers.
    pub detail: String,
}
