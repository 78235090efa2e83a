//! The order book: who offers and asks what, and who meets whom.
//!
//! Price first, then time. A pure table: it never looks at the chain or a clock. What is published
//! meets nobody until [`Market::find_partners`] is called, so that all orders of one moment are there
//! before the first is served. A match reserves volume at once and is settled or released when the
//! chain has spoken, so that two requesters are never sent after the same last task.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use alloy_primitives::{Address, B256, U256};

use crate::{
    amount::Nrlc,
    protocol::{AppOrder, DatasetOrder, Name, OrderKind, RequestOrder, Rules, WorkerpoolOrder},
};

mod fill;
mod lot;

pub use fill::Fill;
pub use lot::LotShare;

/// An order with what the book must know of it.
#[derive(Clone, Debug)]
pub struct MarketOrder {
    /// Its EIP-712 hash.
    pub hash: B256,
    /// Who signed it, qualified.
    pub by: Name,
    /// The order itself.
    pub order: AnyOrder,
    /// Whether the book looks for partners of this request, and tells its owner.
    pub seeks: bool,
    /// The lot it is one of, if it is not for as many tasks as it says whatever else is sold.
    pub lot: Option<LotShare>,
}

/// One of the four kinds of orders.
#[derive(Clone, Debug)]
pub enum AnyOrder {
    /// What an application costs.
    App(AppOrder),
    /// What a dataset costs.
    Dataset(DatasetOrder),
    /// What a workerpool charges.
    Workerpool(WorkerpoolOrder),
    /// What a requester wants.
    Request(RequestOrder),
}

impl AnyOrder {
    /// Returns which of the four it is.
    pub fn kind(&self) -> OrderKind {
        match self {
            Self::App(_) => OrderKind::App,
            Self::Dataset(_) => OrderKind::Dataset,
            Self::Workerpool(_) => OrderKind::Workerpool,
            Self::Request(_) => OrderKind::Request,
        }
    }

    /// Returns its price per task; of a request, the most it pays a pool.
    pub fn price(&self) -> Nrlc {
        Nrlc(self.word().saturating_to())
    }

    /// Returns for how many tasks it was signed, at most `u64::MAX`.
    pub fn volume(&self) -> u64 {
        match self {
            Self::App(order) => order.volume,
            Self::Dataset(order) => order.volume,
            Self::Workerpool(order) => order.volume,
            Self::Request(order) => order.volume,
        }
        .saturating_to()
    }

    fn word(&self) -> U256 {
        match self {
            Self::App(order) => order.appprice,
            Self::Dataset(order) => order.datasetprice,
            Self::Workerpool(order) => order.workerpoolprice,
            Self::Request(order) => order.workerpoolmaxprice,
        }
    }
}

/// The best prices and how much is offered and asked.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Quote {
    /// The lowest price a workerpool asks.
    pub best_ask: Option<Nrlc>,
    /// The highest price a waiting request bids.
    pub best_bid: Option<Nrlc>,
    /// Tasks workerpools still offer.
    pub ask_volume: u64,
    /// Tasks requesters still wait for.
    pub bid_volume: u64,
}

/// A refusal to take an order into the book.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarketError {
    /// The same order is there already, or was.
    #[error("order {0} was published before; change its salt to publish another")]
    Duplicate(B256),
    /// The order is for nothing.
    #[error("order {0} has volume 0; at least 1 task is needed")]
    Empty(B256),
}

#[derive(Clone, Debug)]
struct Entry {
    order: MarketOrder,
    /// Neither used nor reserved; its lot may hold less.
    left: u64,
    sequence: u64,
    /// Of a request: the offers it was brought to the chain with, and refused.
    refused: Vec<Vec<B256>>,
}

/// What was published and not looked at yet.
#[derive(Clone, Debug, Default)]
struct Fresh {
    /// Whether there is an app or a dataset, which requests of every category may wait for.
    any: bool,
    /// Categories in which there is a new offer.
    categories: BTreeSet<U256>,
    requests: Vec<B256>,
}

type Ask = (U256, u64, B256);
type Bid = (Reverse<U256>, u64, B256);

/// The order book.
#[derive(Clone, Debug)]
pub struct Market {
    rules: Rules,
    categories: U256,
    entries: BTreeMap<B256, Entry>,
    apps: BTreeMap<Address, BTreeSet<Ask>>,
    datasets: BTreeMap<Address, BTreeSet<Ask>>,
    asks: BTreeMap<U256, BTreeSet<Ask>>,
    bids: BTreeMap<U256, BTreeSet<Bid>>,
    lots: BTreeMap<B256, lot::Lot>,
    reserved: BTreeMap<u64, fill::Reservation>,
    fresh: Fresh,
    ask_volume: u64,
    bid_volume: u64,
    next: u64,
}

impl Market {
    /// Returns an empty book of a hub with these rules and so many categories.
    pub fn new(rules: Rules, categories: usize) -> Self {
        Self {
            rules,
            categories: U256::from(categories),
            entries: BTreeMap::new(),
            apps: BTreeMap::new(),
            datasets: BTreeMap::new(),
            asks: BTreeMap::new(),
            bids: BTreeMap::new(),
            lots: BTreeMap::new(),
            reserved: BTreeMap::new(),
            fresh: Fresh::default(),
            ask_volume: 0,
            bid_volume: 0,
            next: 0,
        }
    }

    /// Takes an order in; it is matched when partners are looked for the next time.
    ///
    /// # Errors
    ///
    /// When the order is for nothing, or was published before.
    pub fn publish(&mut self, order: MarketOrder) -> Result<(), MarketError> {
        let (hash, left) = (order.hash, order.order.volume());
        if left == 0 {
            return Err(MarketError::Empty(hash));
        }
        if self.entries.contains_key(&hash) {
            return Err(MarketError::Duplicate(hash));
        }
        let sequence = self.sequence();
        let entry = Entry {
            order,
            left,
            sequence,
            refused: Vec::new(),
        };
        self.join_lot(entry.order.lot, hash);
        self.list(&entry);
        match &entry.order.order {
            AnyOrder::Request(_) => self.fresh.requests.push(hash),
            AnyOrder::Workerpool(order) => {
                self.fresh.categories.insert(order.category);
            }
            AnyOrder::App(_) | AnyOrder::Dataset(_) => self.fresh.any = true,
        }
        self.entries.insert(hash, entry);
        Ok(())
    }

    /// Returns the matches that were made possible by what was published since the last call: the
    /// highest bid chooses first, and the oldest among equals.
    pub fn find_partners(&mut self) -> Vec<Fill> {
        let fresh = std::mem::take(&mut self.fresh);
        if fresh.any {
            let waiting = self.waiting();
            return self.fill_all(&waiting);
        }
        let served = fresh.categories.iter();
        let served = served.filter_map(|category| self.bids.get(category));
        let mut bids: BTreeSet<Bid> = served.flatten().copied().collect();
        let requests = fresh.requests.iter();
        bids.extend(requests.filter_map(|hash| Self::bid(self.entries.get(hash)?)));
        let waiting: Vec<B256> = bids.into_iter().map(|(.., hash)| hash).collect();
        self.fill_all(&waiting)
    }

    /// Takes an order out; reservations made of it stay.
    pub fn cancel(&mut self, hash: B256) -> Option<MarketOrder> {
        let entry = self.entries.remove(&hash)?;
        self.unlist(&entry);
        self.leave_lot(&entry);
        Some(entry.order)
    }

    /// Notes that so much of an order was used by somebody the book did not send.
    pub fn consume(&mut self, hash: B256, volume: u64) {
        self.change(hash, |left| left.saturating_sub(volume));
    }

    /// Returns how much of an order is neither used nor reserved; none when it is not there.
    pub fn left(&self, hash: &B256) -> Option<u64> {
        self.entries.get(hash).map(|entry| self.available(entry))
    }

    /// Returns an order that is in the book.
    pub fn get(&self, hash: &B256) -> Option<&MarketOrder> {
        self.entries.get(hash).map(|entry| &entry.order)
    }

    /// Returns the orders of one kind that are not used up, oldest first, with what is left.
    pub fn orders(&self, kind: OrderKind) -> Vec<(&MarketOrder, u64)> {
        let is_open = |entry: &Entry| entry.order.order.kind() == kind && self.available(entry) > 0;
        let mut found: Vec<_> = self
            .entries
            .values()
            .filter(|entry| is_open(entry))
            .collect();
        found.sort_by_key(|entry| entry.sequence);
        found
            .iter()
            .map(|entry| (&entry.order, self.available(entry)))
            .collect()
    }

    /// Returns the best prices over all categories.
    pub fn quote(&self) -> Quote {
        let ask = |asks: &BTreeSet<Ask>| asks.first().map(|(price, ..)| *price);
        let bid = |bids: &BTreeSet<Bid>| bids.first().map(|(Reverse(price), ..)| *price);
        let best_ask = self.asks.values().filter_map(ask).min();
        let best_bid = self.bids.values().filter_map(bid).max();
        Quote {
            best_ask: best_ask.map(|price| Nrlc(price.saturating_to())),
            best_bid: best_bid.map(|price| Nrlc(price.saturating_to())),
            ask_volume: self.ask_volume,
            bid_volume: self.bid_volume,
        }
    }

    fn sequence(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Requests that wait, in all categories, best price first.
    fn waiting(&self) -> Vec<B256> {
        let mut bids: Vec<Bid> = self.bids.values().flatten().copied().collect();
        bids.sort_unstable();
        bids.into_iter().map(|(.., hash)| hash).collect()
    }

    /// The place of a request among those that wait.
    fn bid(entry: &Entry) -> Option<Bid> {
        match &entry.order.order {
            AnyOrder::Request(order) => {
                let price = Reverse(order.workerpoolmaxprice);
                Some((price, entry.sequence, entry.order.hash))
            }
            AnyOrder::App(_) | AnyOrder::Dataset(_) | AnyOrder::Workerpool(_) => None,
        }
    }

    /// Changes what is left of an order, and its place in the lists.
    fn change(&mut self, hash: B256, change: impl Fn(u64) -> u64) {
        let family = self.family(&hash).into_iter();
        let mut family: Vec<Entry> = family
            .filter_map(|member| self.entries.remove(&member))
            .collect();
        for entry in &family {
            self.unlist(entry);
        }
        for entry in family.iter_mut().filter(|entry| entry.order.hash == hash) {
            entry.left = change(entry.left);
            self.change_lot(entry.order.lot, &change);
        }
        for entry in family {
            self.list(&entry);
            self.entries.insert(entry.order.hash, entry);
        }
    }

    fn list(&mut self, entry: &Entry) {
        if self.available(entry) == 0 {
            return;
        }
        let (hash, at) = (entry.order.hash, entry.sequence);
        match &entry.order.order {
            AnyOrder::App(order) => {
                let listed = self.apps.entry(order.app).or_default();
                listed.insert((order.appprice, at, hash));
            }
            AnyOrder::Dataset(order) => {
                let listed = self.datasets.entry(order.dataset).or_default();
                listed.insert((order.datasetprice, at, hash));
            }
            AnyOrder::Workerpool(order) => {
                let listed = self.asks.entry(order.category).or_default();
                listed.insert((order.workerpoolprice, at, hash));
                self.count_in(entry);
            }
            AnyOrder::Request(order) => {
                let listed = self.bids.entry(order.category).or_default();
                listed.insert((Reverse(order.workerpoolmaxprice), at, hash));
                self.bid_volume = self.bid_volume.saturating_add(entry.left);
            }
        }
    }

    fn unlist(&mut self, entry: &Entry) {
        if self.available(entry) == 0 {
            return;
        }
        let (hash, at) = (entry.order.hash, entry.sequence);
        match &entry.order.order {
            AnyOrder::App(order) => {
                let listed = self.apps.entry(order.app).or_default();
                listed.remove(&(order.appprice, at, hash));
            }
            AnyOrder::Dataset(order) => {
                let listed = self.datasets.entry(order.dataset).or_default();
                listed.remove(&(order.datasetprice, at, hash));
            }
            AnyOrder::Workerpool(order) => {
                let listed = self.asks.entry(order.category).or_default();
                listed.remove(&(order.workerpoolprice, at, hash));
                self.count_out(entry);
            }
            AnyOrder::Request(order) => {
                let listed = self.bids.entry(order.category).or_default();
                listed.remove(&(Reverse(order.workerpoolmaxprice), at, hash));
                self.bid_volume = self.bid_volume.saturating_sub(entry.left);
            }
        }
    }
}

#[cfg(test)]
mod tests;
