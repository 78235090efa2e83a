//! The whole network as one synchronous state machine.
//!
//! A [`World`] owns the chain, the actors, the queue of what is due, and the log. It never waits:
//! a driver asks for [`World::next_deadline`], waits or jumps, and calls [`World::advance`]. It
//! alone carries out what actors ask for, one thing at a time, in the order of time and ticket.
//! A world is a value: a clone is a fork that goes its own way.

pub mod cast;
mod change;
mod decode;
pub mod deed;
mod deliver;
mod directory;
mod drive;
mod explain;
mod fault;
mod foresight;
mod ground;
mod handle;
mod hub;
mod identity;
mod invariant;
mod jobs;
mod judge;
mod mining;
mod network;
mod outbox;
mod outside;
mod presence;
mod programs;
mod queue;
mod reorg;
mod setup;
mod slot;
mod timeline;
mod trouble;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use alloy_primitives::{Address, TxHash};
pub use cast::Cast;
use deed::Witness;
use deliver::Delivery;
use directory::Directory;
pub use drive::{Clock, drive, run_virtual, warp};
use fault::Timeline;
use foresight::Foresight;
pub use ground::Ground;
pub use handle::{Call, Ended, Memory, Request, WorldHandle, told};
use hub::Deals;
pub use hub::HubView;
use invariant::Economy;
pub use jobs::Started;
use mining::InFlight;
use network::Network;
use outbox::Outbox;
pub use outside::RequestError;
pub use programs::Programs;
use queue::Queue;
use reorg::Past;
pub use setup::SetupError;
use slot::Slot;
use trouble::Trouble;

use crate::{
    chain::Chain,
    contracts::Deployment,
    log::{Check, EndReason, Event, EventLog},
    protocol::Name,
    seed::Seed,
    services::{Market, Quote, results::Results},
    time::Timestamp,
};

/// A running network.
#[derive(Clone)]
pub struct World {
    now: Timestamp,
    seed: Seed,
    /// The chain's clock when the run began, in Unix seconds.
    start: u64,
    block: Duration,
    until: Option<Timestamp>,
    timeout: Option<Timestamp>,
    queue: Queue<Delivery>,
    chain: Chain,
    deployment: Deployment,
    deals: Deals,
    /// Of the last block whose news were taken in.
    foresight: Foresight,
    cast: Arc<Cast>,
    directory: Directory,
    slots: Vec<Slot>,
    places: HashMap<Name, usize>,
    /// Who wants to hear of a task, and who of every vote on it.
    watchers: HashMap<Name, Vec<(usize, bool)>>,
    network: Network,
    market: Market,
    /// Whether it is planned to match what is in the book.
    is_matching: bool,
    quote: Quote,
    results: Results,
    outbox: Outbox,
    in_flight: HashMap<TxHash, InFlight>,
    past: Past,
    is_mining: bool,
    jobs: Vec<Started>,
    /// Commands of the machine that nobody has taken yet.
    commands: Vec<Name>,
    /// Apps whose authors were told what to do better.
    warned: BTreeSet<Name>,
    log: EventLog,
    economy: Economy,
    timeline: Timeline,
    trouble: Trouble,
    scores: BTreeMap<Name, u64>,
    /// Tasks wanted and not over.
    open_tasks: usize,
    /// Things under way that may still change something: messages, transactions, faults.
    live: usize,
    ended: Option<EndReason>,
    /// Who is told what is done from outside.
    witness: Option<Witness>,
}

impl World {
    /// Returns the time of the run.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Returns everything that happened so far.
    pub fn log(&self) -> &EventLog {
        &self.log
    }

    /// Returns the chain.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Returns the chain's present, in Unix seconds.
    pub fn unix(&self) -> u64 {
        self.start + self.now.as_secs()
    }

    /// From now on the chain keeps no state but the newest, unless the timeline may take blocks
    /// back: for a run nobody looks into, where older states would cost memory alone.
    pub fn forget_states(&mut self) {
        if !self.past.is_kept {
            self.chain.keep_states(1);
        }
    }

    /// Returns the order book.
    pub fn market(&self) -> &Market {
        &self.market
    }

    /// Returns the archives workers uploaded.
    pub fn results(&self) -> &Results {
        &self.results
    }

    /// Returns where the contracts are.
    pub fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// Returns the cast the world was made of.
    pub fn cast(&self) -> &Cast {
        &self.cast
    }

    /// Returns the address of a qualified name: `account.alice`, `worker.w-0`, `workerpool.main`.
    pub fn address(&self, name: &Name) -> Option<Address> {
        self.directory.address(name)
    }

    /// Returns the hub, for reading.
    pub fn hub(&self) -> HubView<'_> {
        let (known, foresight) = (&self.deals, &self.foresight);
        HubView::new(&self.chain, &self.deployment, known, foresight, &self.past)
    }

    /// Returns why the run has ended, if it has.
    pub fn ended(&self) -> Option<EndReason> {
        self.ended
    }

    /// Whether nothing is left that could change anything: the run is over, or waits for outsiders.
    pub fn is_idle(&self) -> bool {
        self.ended.is_some() || (self.open_tasks == 0 && self.live == 0)
    }

    /// Returns when something is next due; none when the run is over or nothing will ever happen.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        if self.open_tasks == 0 && self.live == 0 {
            return None;
        }
        self.queue.next_at().and_then(|_| self.next_due())
    }

    /// Returns when something is next due, idle timers included: what a living network goes by.
    /// None when the run is over, or nothing is planned
    /// and it has no limit.
    pub fn next_due(&self) -> Option<Timestamp> {
        if self.ended.is_some() {
            return None;
        }
        let due = [self.queue.next_at(), self.until, self.timeout];
        due.into_iter().flatten().min()
    }

    /// Moves time to `now` and carries out everything due by then, in order.
    pub fn advance(&mut self, now: Timestamp) {
        while self.advance_one(now) {}
    }

    /// Tells whether [`World::advance_one`] would carry out anything.
    pub fn is_due(&self, now: Timestamp) -> bool {
        let limits = [self.until, self.timeout];
        let limit = limits.into_iter().flatten().min().unwrap_or(now);
        let next = self.queue.next_at();
        self.ended.is_none() && next.is_some_and(|next| next <= now.min(limit))
    }

    /// Carries out the next thing due by `now`, and nothing else; false when there is none, which
    /// moves time to `now`, and when the run is over.
    ///
    /// Advancing one by one until it is false is the same as [`World::advance`].
    pub fn advance_one(&mut self, now: Timestamp) -> bool {
        match self.step(now) {
            Some(None) => true,
            Some(broken) => {
                self.ended = broken;
                false
            }
            None => {
                self.now = self.now.max(now);
                self.check_limits();
                false
            }
        }
    }

    /// Carries out the next thing due by `now`; the inner value says why the run is over.
    fn step(&mut self, now: Timestamp) -> Option<Option<EndReason>> {
        if self.ended.is_some() {
            return None;
        }
        let limits = [self.until, self.timeout];
        let limit = limits.into_iter().flatten().min().unwrap_or(now);
        let (at, delivery) = self.queue.pop_due(now.min(limit))?;
        // A program that really ran may report an end slightly in the past.
        self.now = self.now.max(at);
        self.deliver(delivery);
        Some(
            self.economy
                .is_broken()
                .then_some(EndReason::InvariantBroken),
        )
    }

    fn check_limits(&mut self) {
        let reached = |limit: Option<Timestamp>| limit.is_some_and(|limit| self.now >= limit);
        if self.ended.is_none() {
            self.ended = match (reached(self.until), reached(self.timeout)) {
                (true, _) => Some(EndReason::Until),
                (false, true) => Some(EndReason::Timeout),
                (false, false) => None,
            };
        }
    }

    /// Ends the run: checks the books once more and writes the last record.
    ///
    /// Verdicts on expectations are put into the log before, with [`World::record`].
    pub fn finish(&mut self, reason: EndReason) -> EndReason {
        self.check_whole_economy();
        let reason = match self.economy.is_broken() {
            true => EndReason::InvariantBroken,
            false => reason,
        };
        self.ended = Some(reason);
        self.append(None, Event::RunFinished { reason });
        reason
    }

    /// Puts a fact into the log that comes from outside the world, such as a verdict.
    pub fn record(&mut self, event: Event) {
        self.append(None, event);
    }

    /// Lets the log know how late it is: what is judged of a run lasts to its end.
    pub(crate) fn tell_time(&mut self) {
        self.log.reach(self.now);
    }

    /// Notes a verdict about the machine the run happens on, beside the log.
    pub fn remark(&mut self, check: Check) {
        self.log.remark(check);
    }

    fn append(&mut self, actor: Option<Name>, event: Event) {
        let block = self.chain.height();
        self.log.append(self.now, block, actor, event);
        if let Some(record) = self.log.records().last() {
            self.timeline.notice(record);
        }
        self.trigger_faults();
    }
}
