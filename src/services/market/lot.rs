//! Lots: several orders that are for so many tasks together.
//!
//! On the chain an order is for one category and has a volume of its own. A pool that serves
//! several categories signs an order for each; the book sees to it that together they sell no more
//! than the lot holds, at the moment one of them is reserved and not when the chain has spoken.

use alloy_primitives::B256;

use super::{Entry, Market};

/// That an order is one of several, which are for so many tasks together.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct LotShare {
    /// What its orders have in common: any hash no other lot has.
    pub id: B256,
    /// For how many tasks all are; the first order that is published says it for the others.
    pub volume: u64,
}

/// The orders of a lot.
#[derive(Clone, Debug, Default)]
pub(super) struct Lot {
    /// Neither used nor reserved.
    left: u64,
    /// Those that are in the book.
    members: Vec<B256>,
    /// How many of them are listed.
    listed: usize,
}

impl Market {
    /// Enters an order into its lot, if it has one.
    pub(super) fn join_lot(&mut self, share: Option<LotShare>, hash: B256) {
        let Some(LotShare { id, volume }) = share else {
            return;
        };
        let lot = self.lots.entry(id).or_insert(Lot {
            left: volume,
            ..Lot::default()
        });
        lot.members.push(hash);
    }

    /// Takes an order that leaves the book out of its lot.
    pub(super) fn leave_lot(&mut self, entry: &Entry) {
        let Some(LotShare { id, .. }) = entry.order.lot else {
            return;
        };
        if let Some(lot) = self.lots.get_mut(&id) {
            lot.members.retain(|member| *member != entry.order.hash);
            if lot.members.is_empty() {
                self.lots.remove(&id);
            }
        }
    }

    /// Returns the orders of the lot an order is in, or the order alone.
    pub(super) fn family(&self, hash: &B256) -> Vec<B256> {
        let lot = self.entries.get(hash).and_then(|entry| self.lot(entry));
        lot.map_or_else(|| vec![*hash], |lot| lot.members.clone())
    }

    /// Returns how much of an order can still be had: no more than its lot holds.
    pub(super) fn available(&self, entry: &Entry) -> u64 {
        let lot = self.lot(entry);
        lot.map_or(entry.left, |lot| entry.left.min(lot.left))
    }

    /// Changes what is left of a lot; none of its orders is listed meanwhile.
    pub(super) fn change_lot(&mut self, share: Option<LotShare>, change: impl FnOnce(u64) -> u64) {
        if let Some(lot) = share.and_then(|share| self.lots.get_mut(&share.id)) {
            lot.left = change(lot.left);
        }
    }

    /// Adds what a pool's order offers to the quote, a lot only once.
    pub(super) fn count_in(&mut self, entry: &Entry) {
        let mut volume = entry.left;
        if let Some(lot) = entry
            .order
            .lot
            .and_then(|share| self.lots.get_mut(&share.id))
        {
            lot.listed += 1;
            volume = if lot.listed == 1 { lot.left } else { 0 };
        }
        self.ask_volume = self.ask_volume.saturating_add(volume);
    }

    /// Takes what a pool's order offers out of the quote, a lot with the last of its orders.
    pub(super) fn count_out(&mut self, entry: &Entry) {
        let mut volume = entry.left;
        if let Some(lot) = entry
            .order
            .lot
            .and_then(|share| self.lots.get_mut(&share.id))
        {
            lot.listed -= 1;
            volume = if lot.listed == 0 { lot.left } else { 0 };
        }
        self.ask_volume = self.ask_volume.saturating_sub(volume);
    }

    fn lot(&self, entry: &Entry) -> Option<&Lot> {
        self.lots.get(&entry.order.lot?.id)
    }
}
