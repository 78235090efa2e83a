//! A scheduler: it owns a workerpool, sells its work, and leads every task from deal to payment.
//!
//! Tasks, votes and the addresses of workers are stored and survive a crash; who is free right now
//! is not. After a restart the chain says what happened meanwhile.

mod assign;
mod clock;
mod members;
mod offers;
mod recover;
mod settle;
mod standing;
mod votes;
mod work;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use alloy_primitives::{Address, B256};
use members::Member;
pub use offers::Offer;
pub(in crate::actors) use offers::salt;
use work::{Asked, Work};

use crate::{
    actors::{Actor, Context, Input, Message, Order, Timer},
    protocol::{Account, Domain, Name, Rules},
    time::Timestamp,
};

/// How many workers a scheduler asks.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// As many as reach the trust if they agree.
    #[default]
    JustEnough,
    /// Everybody, as long as there is no consensus.
    All,
    /// So many, never more; none stands for as many newcomers as the trust needs.
    Fixed(Option<u32>),
}

/// How a scheduler behaves.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum PoolBehaviour {
    /// As the protocol asks.
    #[default]
    Honest,
    /// It sells work and never begins it.
    Stall,
    /// It leaves the tasks of some lying, and never asks some workers.
    Censor,
    /// It keeps the work to its own: only the workers it lists are ever asked.
    SelfDeal,
    /// It sends every finalization twice.
    DoubleFinalize,
}

/// What a scheduler is made of.
#[derive(Clone, Debug)]
pub struct PoolSetup {
    /// The pool's bare name.
    pub name: Name,
    /// The key that owns the pool.
    pub account: Account,
    /// The workerpool's entry contract.
    pub workerpool: Address,
    /// The hub orders are signed for.
    pub domain: Domain,
    /// The hub's constants.
    pub rules: Rules,
    /// Seconds of each category, by id.
    pub categories: Vec<u64>,
    /// What it sells.
    pub offers: Vec<Offer>,
    /// For how many tasks in all, whatever the offer; none where only the volume of each counts.
    pub volume: Option<u64>,
    /// How many workers it asks.
    pub policy: Policy,
    /// The lowest score of a worker it asks.
    pub min_score: u64,
    /// Groups in the order in which they are asked; others come last.
    pub pick: Vec<Name>,
    /// Whether lots are drawn among idle workers of the same rank; else the longest idle is asked.
    pub by_lot: bool,
    /// The group of each worker by its qualified name, and its place in the cast.
    pub groups: Arc<BTreeMap<Name, (usize, Name)>>,
    /// How it behaves.
    pub behaviour: PoolBehaviour,
    /// Whom it discriminates, if it does; qualified names.
    pub censors: Vec<Name>,
}

/// A scheduler.
#[derive(Clone)]
pub struct Scheduler {
    setup: PoolSetup,
    store: Store,
    desk: Desk,
}

/// What survives a crash.
#[derive(Clone, Default)]
struct Store {
    works: BTreeMap<Name, Work>,
    /// Those that are over, where blocks may be taken back.
    closed: BTreeMap<Name, Work>,
    /// Addresses of the workers that ever said hello, by qualified name.
    addresses: BTreeMap<Name, Address>,
    /// The orders in the book, one per offer.
    published: Vec<Option<B256>>,
    next_work: u64,
    /// What the chain says of the time.
    clock: clock::ChainClock,
}

/// What does not.
#[derive(Clone, Default)]
struct Desk {
    members: BTreeMap<Name, Member>,
    /// Tasks of which something is awaited from a worker: all of them, and some that are settled.
    awaited: BTreeMap<Name, BTreeSet<Name>>,
    /// Workers that can be asked, best first: rank of their group, idle since, place in the cast.
    idle: BTreeSet<members::IdleKey>,
    /// Tasks that need a worker and found none, most urgent first.
    waiting: work::Waiting,
    /// How long until the next search for lost workers, while one is planned.
    probing: Option<Duration>,
    /// Whether a count of busy workers is planned.
    recounting: bool,
    /// Workers that were busy with nothing when they were last counted.
    unaccounted: BTreeSet<Name>,
}

impl Scheduler {
    /// Returns a scheduler that publishes its offers when it starts.
    pub fn new(setup: PoolSetup) -> Self {
        Self {
            setup,
            store: Store::default(),
            desk: Desk::default(),
        }
    }

    fn on_message(&mut self, cx: &mut Context<'_>, from: &Name, message: Message) {
        match message {
            Message::Hello(standing) => self.on_hello(cx, from, &standing),
            Message::Accepted { task } | Message::Alive { task } => {
                self.on_heard(cx, from, &task);
            }
            Message::Refused { task } => self.on_refused(cx, from, &task),
            Message::GaveUp { task, for_now } => self.on_gave_up(cx, from, &task, for_now),
            Message::Uploaded {
                task,
                link,
                callback,
            } => self.on_uploaded(cx, &task, link, callback),
            Message::Assign(_)
            | Message::PleaseReveal { .. }
            | Message::PleaseUpload { .. }
            | Message::PleaseAbort { .. }
            | Message::Ping => {}
        }
    }

    fn on_timer(&mut self, cx: &mut Context<'_>, timer: Timer) {
        match timer {
            Timer::Silence(task, worker) => self.on_silence(cx, &task, &worker),
            Timer::Stale(task) => self.staff(cx, &task),
            Timer::ContributionDeadline(task) => self.on_contribution_deadline(cx, &task),
            Timer::RevealDeadline(task) => self.on_reveal_deadline(cx, &task),
            Timer::Upload(task) => self.on_upload_overdue(cx, &task),
            Timer::Probe => self.on_probe(cx),
            Timer::Recount => self.on_recount(cx),
            Timer::Arrival
            | Timer::Claim(_)
            | Timer::Heartbeat(_)
            | Timer::Reveal(_)
            | Timer::Resume(..) => {}
        }
    }

    fn on_order(&mut self, cx: &mut Context<'_>, order: Order) {
        match order {
            Order::Price(price) => self.reprice(cx, Some(price), None),
            Order::Volume(volume) => self.reprice(cx, None, Some(volume)),
            Order::AppPrice(..)
            | Order::Speed(_)
            | Order::Conduct(_)
            | Order::Request(_)
            | Order::Cancel(_) => {}
        }
    }

    /// Whether this pool plays foul with that account or worker.
    fn discriminates(&self, name: &Name) -> bool {
        let is_listed = self.setup.censors.contains(name);
        match self.setup.behaviour {
            PoolBehaviour::Censor => is_listed,
            PoolBehaviour::SelfDeal => !is_listed && name.split_kind().is_some_and(is_worker),
            PoolBehaviour::Honest | PoolBehaviour::Stall | PoolBehaviour::DoubleFinalize => false,
        }
    }
}

fn is_worker((kind, _): (&str, &str)) -> bool {
    kind == "worker"
}

impl Actor for Scheduler {
    fn handle(&mut self, cx: &mut Context<'_>, input: Input) {
        self.tell_time(cx, &input);
        match input {
            Input::Start => self.publish_offers(cx),
            Input::Restart { missed } => self.recover(cx, &missed),
            Input::Reconnected => self.resume(cx),
            Input::TakenBack => self.look_back(cx),
            Input::ClockSet => self.look_at_the_clock(cx),
            Input::Message { from, message } => {
                self.on_message(cx, &from, message);
                self.find(cx, &from);
            }
            Input::Chain { event, timestamp } => self.on_chain(cx, &event, timestamp),
            Input::Mined {
                task: Some(task),
                failure: Some(_),
                ..
            } => self.sync(cx, &task),
            Input::Timer(timer) => self.on_timer(cx, timer),
            Input::Order(order) => self.on_order(cx, order),
            Input::Leave
            | Input::Mined { .. }
            | Input::Executed { .. }
            | Input::Stored { .. }
            | Input::Filled(_)
            | Input::NewIdentity(_) => {}
        }
    }

    fn crash(&mut self) {
        self.desk = Desk::default();
    }

    fn box_clone(&self) -> Box<dyn Actor> {
        Box::new(self.clone())
    }
}

/// The qualified name of a worker the log calls `bare`.
fn worker_name(bare: &Name) -> Name {
    bare.of_kind("worker")
}

/// Whether a moment has come.
fn is_past(cx: &Context<'_>, moment: Timestamp) -> bool {
    cx.now >= moment
}
