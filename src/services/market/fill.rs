//! How requests find partners: the cheapest pool order that fits, the oldest among equals.

use alloy_primitives::{Address, B256};

use super::{AnyOrder, Ask, Entry, Market};
use crate::protocol::{
    AppOrder, DatasetOrder, Name, Orders, RequestOrder, WorkerpoolOrder, matching,
};

/// A match the book found; its volume is reserved until it is settled or released.
#[derive(Clone, Debug)]
pub struct Fill {
    /// Its number, by which it is settled or released.
    pub id: u64,
    /// The four orders, ready for the chain.
    pub orders: Orders,
    /// The request's hash.
    pub request: B256,
    /// Who asked, qualified.
    pub by: Name,
    /// For how many tasks.
    pub volume: u64,
}

/// What a fill holds back.
#[derive(Clone, Debug)]
pub(super) struct Reservation {
    request: B256,
    offers: Vec<B256>,
    volume: u64,
}

impl Reservation {
    fn holds(&self, hash: &B256) -> bool {
        self.request == *hash || self.offers.contains(hash)
    }
}

/// The offers of a match, by hash.
struct Partners {
    app: B256,
    dataset: Option<B256>,
    workerpool: B256,
    orders: Orders,
}

impl Partners {
    fn hashes(&self) -> Vec<B256> {
        let mut hashes = vec![self.app, self.workerpool];
        hashes.extend(self.dataset);
        hashes
    }
}

impl Market {
    /// Confirms a fill: what it reserved is used. Orders used up are forgotten.
    pub fn settle(&mut self, fill: u64) {
        let Some(reservation) = self.reserved.remove(&fill) else {
            return;
        };
        let still_reserved = |hash: &B256| {
            let mut others = self.reserved.values();
            others.any(|other| other.holds(hash))
        };
        // What is released of one order of a lot is there for all of them.
        let is_used_up = |family: &Vec<B256>| {
            let mut family = family.iter();
            family.all(|hash| self.left(hash) == Some(0) && !still_reserved(hash))
        };
        let held = std::iter::once(reservation.request).chain(reservation.offers);
        let families = held.map(|hash| self.family(&hash));
        let used_up: Vec<Vec<B256>> = families.filter(is_used_up).collect();
        for hash in used_up.into_iter().flatten() {
            self.cancel(hash);
        }
    }

    /// Returns whether a fill holds anything back: it is neither settled nor released.
    pub fn holds(&self, fill: u64) -> bool {
        self.reserved.contains_key(&fill)
    }

    /// Undoes a fill the chain refused, and returns the matches that became possible again.
    ///
    /// Its orders are open again, but its request meets the same offers no more: what the chain
    /// refused once, for want of money as a rule, it would refuse again. It waits for others.
    pub fn release(&mut self, fill: u64) -> Vec<Fill> {
        let Some(Reservation {
            request,
            offers,
            volume,
        }) = self.reserved.remove(&fill)
        else {
            return Vec::new();
        };
        let was_scarce = offers.iter().any(|hash| self.left(hash) == Some(0));
        for hash in std::iter::once(&request).chain(&offers) {
            self.change(*hash, |left| left.saturating_add(volume));
        }
        if let Some(entry) = self.entries.get_mut(&request) {
            entry.refused.push(offers);
        }
        let waiting = match was_scarce {
            true => self.waiting(),
            // Whoever else waits could have had these offers before.
            false => vec![request],
        };
        self.fill_all(&waiting)
    }

    /// Finds partners for these requests, in order.
    pub(super) fn fill_all(&mut self, requests: &[B256]) -> Vec<Fill> {
        let mut fills = Vec::new();
        for hash in requests {
            while let Some(fill) = self.fill(hash) {
                fills.push(fill);
            }
        }
        fills
    }

    fn fill(&mut self, hash: &B256) -> Option<Fill> {
        let entry = self.entries.get(hash)?;
        let (true, true, AnyOrder::Request(request)) =
            (entry.order.seeks, entry.left > 0, &entry.order.order)
        else {
            return None;
        };
        let by = entry.order.by.clone();
        let partners = self.partners(request, &entry.refused)?;
        let (request, offers) = (*hash, partners.hashes());
        let held = std::iter::once(&request).chain(&offers);
        let volume = held.filter_map(|hash| self.left(hash)).min()?;
        for hash in std::iter::once(&request).chain(&offers) {
            self.change(*hash, |left| left - volume);
        }
        let id = self.sequence();
        let reservation = Reservation {
            request,
            offers,
            volume,
        };
        self.reserved.insert(id, reservation);
        Some(Fill {
            id,
            orders: partners.orders,
            request: *hash,
            by,
            volume,
        })
    }

    /// The best offers for a request, if all it needs is offered, and was not refused before.
    fn partners(&self, request: &RequestOrder, refused: &[Vec<B256>]) -> Option<Partners> {
        let asks = self.asks.get(&request.category)?;
        let affordable = asks
            .iter()
            .take_while(|(price, ..)| *price <= request.workerpoolmaxprice);
        affordable
            .filter_map(|(.., hash)| self.entries.get(hash))
            .find_map(|entry| match &entry.order.order {
                AnyOrder::Workerpool(order) => {
                    self.with_pool(request, (entry.order.hash, order), refused)
                }
                AnyOrder::App(_) | AnyOrder::Dataset(_) | AnyOrder::Request(_) => None,
            })
    }

    fn with_pool(
        &self,
        request: &RequestOrder,
        (workerpool, pool): (B256, &WorkerpoolOrder),
        refused: &[Vec<B256>],
    ) -> Option<Partners> {
        let no_dataset = request.dataset == Address::ZERO;
        let datasets: Vec<(Option<B256>, DatasetOrder)> = match no_dataset {
            true => vec![(None, DatasetOrder::default())],
            false => self
                .listed(self.datasets.get(&request.dataset)?)
                .filter_map(|entry| match &entry.order.order {
                    AnyOrder::Dataset(order) => Some((Some(entry.order.hash), order.clone())),
                    AnyOrder::App(_) | AnyOrder::Workerpool(_) | AnyOrder::Request(_) => None,
                })
                .collect(),
        };
        let apps = self.listed(self.apps.get(&request.app)?);
        let apps = apps.filter_map(|entry| match &entry.order.order {
            AnyOrder::App(order) => Some((entry.order.hash, order)),
            AnyOrder::Dataset(_) | AnyOrder::Workerpool(_) | AnyOrder::Request(_) => None,
        });
        for (app, app_order) in apps {
            for (dataset, dataset_order) in &datasets {
                let partners = Partners {
                    app,
                    dataset: *dataset,
                    workerpool,
                    orders: orders(app_order, dataset_order, pool, request),
                };
                let is_refused = !refused.is_empty() && refused.contains(&partners.hashes());
                if !is_refused && self.fits(&partners.orders) {
                    return Some(partners);
                }
            }
        }
        None
    }

    /// Whether the hub would match these, as far as a table can tell.
    fn fits(&self, orders: &Orders) -> bool {
        let terms = matching::check_terms(orders, &self.rules, self.categories);
        // Restrictions to groups of accounts are for the chain to judge; here nobody is a member.
        terms.is_ok() && matching::check_restrictions(orders, |_, _| false).is_ok()
    }

    fn listed<'a>(
        &'a self,
        asks: &'a std::collections::BTreeSet<Ask>,
    ) -> impl Iterator<Item = &'a Entry> {
        asks.iter().filter_map(|(.., hash)| self.entries.get(hash))
    }
}

fn orders(
    app: &AppOrder,
    dataset: &DatasetOrder,
    workerpool: &WorkerpoolOrder,
    request: &RequestOrder,
) -> Orders {
    Orders {
        app: app.clone(),
        dataset: dataset.clone(),
        workerpool: workerpool.clone(),
        request: request.clone(),
    }
}
