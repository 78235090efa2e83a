//! What is wrong around the network: crowded blocks, dear gas, services that do not answer, full
//! disks. Rule: several troubles may overlap, and each ends by itself.

use std::collections::{BTreeMap, BTreeSet};

use super::{World, deliver::Delivery, timeline::Service};
use crate::{actors::Input, executor::Outcome, protocol::Name};

/// One trouble.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Blocks have room for so many transactions.
    Crowd(usize),
    /// Gas costs so many wei.
    GasPrice(u64),
    /// These do not answer.
    Down(Vec<Service>),
    /// The disks of these are full.
    FullDisk(Vec<Name>),
}

/// The troubles in force, by the place of their entry in the timeline.
#[derive(Clone, Debug, Default)]
pub(super) struct Trouble {
    kinds: BTreeMap<usize, Kind>,
    /// Who has fetched which app: a registry that is down does not concern them.
    fetched: BTreeSet<(usize, Name)>,
}

impl Trouble {
    /// For how many transactions a block has room; none where nobody crowds it.
    pub(super) fn room(&self) -> Option<usize> {
        let rooms = self.kinds.values().filter_map(|kind| match kind {
            Kind::Crowd(room) => Some(*room),
            Kind::GasPrice(_) | Kind::Down(_) | Kind::FullDisk(_) => None,
        });
        rooms.min()
    }

    /// What gas costs, in wei: the dearest trouble counts.
    fn gas_price(&self) -> Option<u64> {
        let prices = self.kinds.values().filter_map(|kind| match kind {
            Kind::GasPrice(price) => Some(*price),
            Kind::Crowd(_) | Kind::Down(_) | Kind::FullDisk(_) => None,
        });
        prices.max()
    }

    /// Returns whether a service does not answer.
    pub(super) fn is_down(&self, service: Service) -> bool {
        self.kinds.values().any(|kind| match kind {
            Kind::Down(services) => services.contains(&service),
            Kind::Crowd(_) | Kind::GasPrice(_) | Kind::FullDisk(_) => false,
        })
    }

    fn is_disk_full(&self, worker: &Name) -> bool {
        self.kinds.values().any(|kind| match kind {
            Kind::FullDisk(workers) => workers.contains(worker),
            Kind::Crowd(_) | Kind::GasPrice(_) | Kind::Down(_) => false,
        })
    }
}

impl World {
    /// A trouble begins.
    pub(super) fn trouble(&mut self, place: usize, kind: Kind) {
        self.trouble.kinds.insert(place, kind);
        self.price_gas();
    }

    /// A trouble ends.
    pub(super) fn relieve(&mut self, place: usize) {
        self.trouble.kinds.remove(&place);
        self.price_gas();
        // What could not pay, or had no room, may get into the next block.
        if !self.chain.mempool().is_empty() || !self.outbox.is_empty() {
            self.plan_block();
        }
    }

    /// Sets what the next block asks for gas: nothing, unless there is a trouble.
    pub(super) fn price_gas(&mut self) {
        let price = self.trouble.gas_price().unwrap_or(0);
        if price != self.chain.next_base_fee() {
            // What was sent so far was sent at the old price: it waits, and is not refused.
            self.send_off();
            self.chain.set_next_base_fee(price);
        }
    }

    /// The clocks of some go wrong by so many seconds more.
    pub(super) fn skew(&mut self, targets: &[Name], seconds: i64) {
        for target in targets {
            if let Some(&place) = self.places.get(target) {
                let skew = &mut self.slots[place].skew;
                *skew = skew.saturating_add(seconds);
                let (to, input) = (place, Input::ClockSet);
                self.push(self.now, Delivery::Input { to, input });
            }
        }
    }

    /// Returns what comes of it when a worker cannot begin to compute a task now.
    pub(super) fn hindrance(&mut self, from: usize, task: &Name) -> Option<Outcome> {
        let record = self.directory.task(task)?;
        let app = record.cast.app.clone();
        let lacks_inputs = record.cast.lacks_inputs;
        let has_inputs = record.cast.dataset.is_some() || !record.cast.inputs.is_empty();
        if self.trouble.is_disk_full(&self.slots[from].name) {
            return Some(Outcome::hindered("there is no space left on the disk"));
        }
        let key = (from, app);
        if self.trouble.is_down(Service::Registry) && !self.trouble.fetched.contains(&key) {
            return Some(Outcome::hindered("the registry of apps does not answer"));
        }
        if lacks_inputs {
            let why = "its inputs are not at hand: no task of the scenario names them";
            return Some(Outcome::unavailable(why));
        }
        if has_inputs && self.trouble.is_down(Service::Inputs) {
            return Some(Outcome::hindered(
                "the server of the inputs does not answer",
            ));
        }
        self.trouble.fetched.insert(key);
        None
    }
}
