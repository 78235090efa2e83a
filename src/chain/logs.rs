//! Logs by address and by topic: posting lists, so that a rare log among a million is found at once.
//!
//! A row says where a log is, not what it says: the block holds that.

use std::{ops::Range, sync::Arc};

use alloy_primitives::{Address, B256, Log};
use imbl::Vector;

use super::{
    Chain,
    block::{Block, Receipt},
    state::Map,
};

/// What to look for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// The first block.
    pub from: u64,
    /// The last block; later than the head means the head.
    pub to: u64,
    /// Written by any of these; by anybody if empty.
    pub addresses: Vec<Address>,
    /// At each position any of these; anything, even nothing, if empty.
    pub topics: [Vec<B256>; 4],
}

impl LogQuery {
    /// Returns the query for addresses and topics of an RPC filter within some blocks.
    pub fn new(filter: &alloy_rpc_types::Filter, from: u64, to: u64) -> Self {
        Self {
            from,
            to,
            addresses: filter.address.iter().copied().collect(),
            topics: filter
                .topics
                .each_ref()
                .map(|topics| topics.iter().copied().collect()),
        }
    }

    /// Returns whether a log is looked for, wherever it is.
    pub fn matches(&self, log: &Log) -> bool {
        let address = self.addresses.is_empty() || self.addresses.contains(&log.address);
        address
            && self.topics.iter().enumerate().all(|(position, wanted)| {
                wanted.is_empty()
                    || log
                        .topics()
                        .get(position)
                        .is_some_and(|topic| wanted.contains(topic))
            })
    }
}

/// A log and where it is.
#[derive(Clone, Debug)]
pub struct LogEntry {
    receipt: Receipt,
    /// Its place among the logs of its transaction.
    place: usize,
    /// Its place among the logs of the block.
    log_index: usize,
    /// Whether its block is no longer part of the chain.
    removed: bool,
}

impl LogEntry {
    /// Returns the log.
    pub fn log(&self) -> &Log {
        &self.receipt.logs()[self.place]
    }

    /// Returns the transaction that wrote it.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// Returns its place among the logs of the block.
    pub fn log_index(&self) -> usize {
        self.log_index
    }

    /// Returns whether its block is no longer part of the chain.
    pub fn is_removed(&self) -> bool {
        self.removed
    }

    /// Returns the log as JSON-RPC shows it.
    pub fn to_rpc(&self) -> alloy_rpc_types::Log {
        let block = self.receipt.block();
        alloy_rpc_types::Log {
            inner: self.log().clone(),
            block_hash: Some(block.hash),
            block_number: Some(block.number()),
            block_timestamp: Some(block.timestamp()),
            transaction_hash: Some(self.receipt.hash()),
            transaction_index: Some(self.receipt.index() as u64),
            log_index: Some(self.log_index as u64),
            removed: self.removed,
        }
    }
}

/// Returns the logs of one block that a query looks for, in their order.
pub fn logs_of(block: &Arc<Block>, query: &LogQuery, removed: bool) -> Vec<LogEntry> {
    let mut found = Vec::new();
    let mut log_index = 0;
    for (index, receipt) in block.receipts.iter().enumerate() {
        for (place, log) in receipt.logs().iter().enumerate() {
            if query.matches(log)
                && let Some(receipt) = Receipt::new(Arc::clone(block), index)
            {
                found.push(LogEntry {
                    receipt,
                    place,
                    log_index,
                    removed,
                });
            }
            log_index += 1;
        }
    }
    found
}

/// Where a log is.
#[derive(Clone, Copy, Debug)]
struct Row {
    block: u32,
    transaction: u32,
    place: u32,
    log_index: u32,
}

/// Rows by address and topic; a clone is free.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogIndex {
    rows: Vector<Row>,
    /// How many rows were forgotten before the first: rows keep their places.
    forgotten: u32,
    by_address: Map<Address, Vector<u32>>,
    by_topic: Map<B256, Vector<u32>>,
}

impl LogIndex {
    /// Adds the logs of the next block.
    pub(crate) fn add(&mut self, block: &Block) {
        let mut log_index = 0;
        for (transaction, receipt) in block.receipts.iter().enumerate() {
            for (place, log) in receipt.logs().iter().enumerate() {
                let id = self.end();
                self.rows.push_back(Row {
                    block: narrow_block(block.number()),
                    transaction: narrow(transaction),
                    place: narrow(place),
                    log_index,
                });
                log_index += 1;
                self.by_address
                    .entry(log.address)
                    .or_default()
                    .push_back(id);
                for topic in log.topics() {
                    let postings = self.by_topic.entry(*topic).or_default();
                    // A log that says the same twice is listed once.
                    if postings.last() != Some(&id) {
                        postings.push_back(id);
                    }
                }
            }
        }
    }

    /// Returns the place of the next row.
    fn end(&self) -> u32 {
        self.forgotten.saturating_add(narrow(self.rows.len()))
    }

    fn row(&self, id: u32) -> Option<&Row> {
        self.rows.get(id.checked_sub(self.forgotten)? as usize)
    }

    /// Forgets the logs of the oldest block.
    pub(crate) fn forget_oldest(&mut self, block: &Block) {
        for log in block.receipts.iter().flat_map(|receipt| receipt.logs()) {
            let gone = self.forgotten;
            if self.rows.pop_front().is_some() {
                self.forgotten += 1;
            }
            forget(&mut self.by_address, &log.address, |id| id <= gone);
            for topic in log.topics() {
                forget(&mut self.by_topic, topic, |id| id <= gone);
            }
        }
    }

    /// Forgets the logs of the newest blocks, given newest first.
    pub(crate) fn truncate(&mut self, undone: &[Arc<Block>]) {
        let Some(oldest) = undone.last() else {
            return;
        };
        let keep = self.first_row_of(oldest.number());
        let receipts = undone.iter().flat_map(|block| &block.receipts);
        for log in receipts.flat_map(|receipt| receipt.logs()) {
            forget(&mut self.by_address, &log.address, |id| id >= keep);
            for topic in log.topics() {
                forget(&mut self.by_topic, topic, |id| id >= keep);
            }
        }
        self.rows.truncate((keep - self.forgotten) as usize);
    }

    /// Returns the rows a query may match, a superset in order, at the least cost.
    fn candidates(&self, query: &LogQuery) -> Vec<u32> {
        let first = self.first_row_of(query.from);
        let end = query
            .to
            .checked_add(1)
            .map_or(self.end(), |after| self.first_row_of(after));
        let rows = first..end.max(first);
        let mut constraints = Vec::new();
        if !query.addresses.is_empty() {
            let wanted = query.addresses.iter();
            constraints.push(Postings::within(
                wanted.filter_map(|key| self.by_address.get(key)),
                &rows,
            ));
        }
        for topics in query.topics.iter().filter(|topics| !topics.is_empty()) {
            let wanted = topics.iter();
            constraints.push(Postings::within(
                wanted.filter_map(|key| self.by_topic.get(key)),
                &rows,
            ));
        }
        let Some(cheapest) = constraints.into_iter().min_by_key(|some| some.length) else {
            return rows.collect();
        };
        cheapest.rows()
    }

    fn first_row_of(&self, block: u64) -> u32 {
        let found = partition_point(&self.rows, |row| u64::from(row.block) < block);
        self.forgotten.saturating_add(narrow(found))
    }
}

/// What some posting lists have within a range of rows.
struct Postings<'a> {
    lists: Vec<(&'a Vector<u32>, Range<usize>)>,
    length: usize,
}

impl<'a> Postings<'a> {
    fn within(lists: impl Iterator<Item = &'a Vector<u32>>, rows: &Range<u32>) -> Self {
        let lists: Vec<_> = lists
            .map(|postings| {
                let start = partition_point(postings, |id| *id < rows.start);
                let end = partition_point(postings, |id| *id < rows.end);
                (postings, start..end)
            })
            .collect();
        let length = lists.iter().map(|(_, places)| places.len()).sum();
        Self { lists, length }
    }

    /// Returns the rows of all the lists in order, each once.
    fn rows(self) -> Vec<u32> {
        let mut ids = Vec::with_capacity(self.length);
        for (postings, places) in self.lists {
            ids.extend(places.filter_map(|place| postings.get(place).copied()));
        }
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

/// Returns how many leading items satisfy `before`; the items that do come first.
fn partition_point<T: Clone>(items: &Vector<T>, before: impl Fn(&T) -> bool) -> usize {
    let (mut low, mut high) = (0, items.len());
    while low < high {
        let middle = low + (high - low) / 2;
        if items.get(middle).is_some_and(&before) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// Places are counted in 32 bits: four thousand million logs do not fit into memory anyway.
fn narrow(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

fn narrow_block(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Takes the rows from `keep` on off a posting list.
fn forget<K: Clone + Eq + std::hash::Hash>(
    lists: &mut Map<K, Vector<u32>>,
    key: &K,
    gone: impl Fn(u32) -> bool,
) {
    let Some(postings) = lists.get_mut(key) else {
        return;
    };
    while postings.last().is_some_and(|id| gone(*id)) {
        postings.pop_back();
    }
    while postings.front().is_some_and(|id| gone(*id)) {
        postings.pop_front();
    }
    if postings.is_empty() {
        lists.remove(key);
    }
}

impl Chain {
    /// Returns the logs a query looks for, in the order of blocks and within them.
    ///
    /// Takes time in proportion to the rarest thing asked for, not to the chain.
    pub fn logs(&self, query: &LogQuery) -> Vec<LogEntry> {
        self.find_logs(query).collect()
    }

    /// As [`Chain::logs`], one after the other: they need not exist at once.
    pub fn find_logs(&self, query: &LogQuery) -> impl Iterator<Item = LogEntry> {
        let candidates = self.logs.candidates(query).into_iter();
        candidates.filter_map(|id| {
            let row = self.logs.row(id)?;
            let block = self.block(u64::from(row.block))?;
            let entry = LogEntry {
                receipt: Receipt::new(Arc::clone(block), row.transaction as usize)?,
                place: row.place as usize,
                log_index: row.log_index as usize,
                removed: false,
            };
            query.matches(entry.log()).then_some(entry)
        })
    }
}
