//! What is due, and how it reaches actors; what actors ask for, and how it is carried out.

use std::{sync::Arc, time::Duration};

use alloy_primitives::B256;

use super::{
    World,
    network::{CHAIN, Passage},
    queue::Ticket,
    slot::{Reception, State},
};
use crate::{
    actors::{Context, Effect, Input, Message, Submission, Timer},
    executor::Outcome,
    log::Event,
    protocol::Name,
    services::{AnyOrder, Fill, MarketOrder},
    time::Timestamp,
};

/// Something due at a point in time.
#[derive(Clone, Debug)]
pub(super) enum Delivery {
    /// An input reaches an actor.
    Input { to: usize, input: Input },
    /// A timer an actor set in one of its lives.
    Timer { to: usize, life: u32, timer: Timer },
    /// A program ended that an actor started in one of its lives.
    Executed {
        to: usize,
        life: u32,
        task: Name,
        outcome: Arc<Outcome>,
        duration: Duration,
    },
    /// What an honest run of a task's program comes to is known.
    Truth { task: Name, digest: Option<B256> },
    /// A transaction reaches the chain.
    Submit { from: usize, submission: Submission },
    /// A block is due.
    Mine,
    /// Everything of a moment is in the order book: requests find partners.
    Match,
    /// An entry of the timeline takes effect.
    Fault { place: usize, brings_work: bool },
    /// The effect of an entry of the timeline ends.
    Undo(usize),
    /// A crashed actor comes back.
    Restart { to: usize, life: u32 },
    /// An actor can be reached from now on, or cannot.
    Reachable { to: usize, online: bool },
    /// A moment somebody wants to look at: until then the run goes on.
    Moment,
}

impl Delivery {
    /// Whether a run goes on for this alone. Idle timers and programs nobody waits for do not count.
    fn is_live(&self) -> bool {
        match self {
            Self::Input { .. }
            | Self::Submit { .. }
            | Self::Mine
            | Self::Match
            | Self::Truth { .. }
            | Self::Moment => true,
            Self::Fault { brings_work, .. } => *brings_work,
            Self::Timer { .. }
            | Self::Executed { .. }
            | Self::Undo(_)
            | Self::Restart { .. }
            | Self::Reachable { .. } => false,
        }
    }
}

impl World {
    pub(super) fn push(&mut self, at: Timestamp, delivery: Delivery) {
        self.live += usize::from(delivery.is_live());
        self.queue.push(at.max(self.now), delivery);
    }

    pub(super) fn push_with(&mut self, ticket: Ticket, at: Timestamp, delivery: Delivery) {
        self.live += usize::from(delivery.is_live());
        self.queue.push_with(ticket, at.max(self.now), delivery);
    }

    pub(super) fn deliver(&mut self, delivery: Delivery) {
        self.live -= usize::from(delivery.is_live());
        match delivery {
            Delivery::Input { to, input } => self.receive(to, input),
            Delivery::Timer { to, life, timer } => {
                if self.slots[to].life == life {
                    self.receive(to, Input::Timer(timer));
                }
            }
            Delivery::Executed {
                to,
                life,
                task,
                outcome,
                duration,
            } => {
                if self.slots[to].life == life {
                    self.on_executed(to, task, outcome, duration);
                }
            }
            Delivery::Truth { task, digest } => self.on_truth(&task, digest),
            Delivery::Submit { from, submission } => self.submit(from, submission),
            Delivery::Mine => self.mine(),
            Delivery::Match => self.match_book(),
            Delivery::Fault { place, .. } => self.inject(place),
            Delivery::Undo(entry) => self.undo(entry),
            Delivery::Restart { to, life } => {
                if self.slots[to].life == life {
                    self.restart(to);
                }
            }
            Delivery::Reachable { to, online } => self.set_reachable(to, online),
            Delivery::Moment => {}
        }
    }

    /// Hands an input to an actor, as far as it can be reached, and carries out what it asks for.
    pub(super) fn receive(&mut self, to: usize, input: Input) {
        match self.slots[to].receive(input) {
            Reception::Now(input) => self.handle(to, input),
            Reception::Dealt => {}
            Reception::Lost(input) => self.lose(to, &input),
        }
    }

    fn lose(&mut self, to: usize, input: &Input) {
        if let Input::Message { from, message } = input {
            let event = Event::MessageLost {
                from: from.clone(),
                to: self.slots[to].name.clone(),
                message: message.name().into(),
            };
            self.append(None, event);
        }
    }

    fn handle(&mut self, to: usize, input: Input) {
        if let Input::NewIdentity(account) = &input {
            self.take_identity(to, account);
        }
        let mut effects = Vec::new();
        let (known, foresight) = (&self.deals, &self.foresight);
        let hub = super::HubView::new(&self.chain, &self.deployment, known, foresight, &self.past);
        let slot = &mut self.slots[to];
        // Who is ahead takes every moment of the chain's clock to come earlier.
        let times = (self.now, self.start.saturating_add_signed(slot.skew));
        let mut cx = Context::new(
            times,
            &slot.name,
            (&hub, &self.market),
            &mut slot.stream,
            &mut effects,
        );
        slot.actor.handle(&mut cx, input);
        for effect in effects {
            self.carry_out(to, effect);
        }
    }

    fn carry_out(&mut self, from: usize, effect: Effect) {
        match effect {
            Effect::Send { to, message } => self.send(from, &to, message),
            Effect::Submit(submission) => self.dispatch(from, submission),
            Effect::Execute { task, pace } => self.execute(from, task, pace),
            Effect::WakeAt { at, timer } => {
                let life = self.slots[from].life;
                let to = from;
                self.push(at, Delivery::Timer { to, life, timer });
            }
            Effect::Record(event) => {
                let actor = self.slots[from].name.clone();
                self.append(Some(actor), event);
            }
            Effect::Watch { task, votes } => {
                let watchers = self.watchers.entry(task).or_default();
                watchers.retain(|(watcher, _)| *watcher != from);
                watchers.push((from, votes));
            }
            Effect::Unwatch(task) => {
                if let Some(watchers) = self.watchers.get_mut(&task) {
                    watchers.retain(|(watcher, _)| *watcher != from);
                    if watchers.is_empty() {
                        self.watchers.remove(&task);
                    }
                }
            }
            Effect::Announce { task, request } => self.directory.announce(request, task),
            Effect::Publish(order) => self.publish(from, *order),
            Effect::Withdraw(hash) => self.withdraw(from, hash),
            Effect::Forgo(task) => self.set_withdrawn(&task),
            Effect::Upload { task, outcome } => self.upload(from, task, outcome),
            Effect::Crash { back_after } => self.crash_for(from, back_after),
            Effect::ChangeIdentity => self.change_identity(from),
        }
    }

    fn send(&mut self, from: usize, to: &Name, message: Message) {
        let Some(&place) = self.places.get(to) else {
            return;
        };
        let slot = &mut self.slots[from];
        let sender = slot.name.clone();
        let passage = match slot.state {
            State::Offline => Passage::Cut,
            State::Absent | State::Up | State::Paused | State::Crashed | State::Gone => {
                self.network.judge(&sender, to, &mut slot.link)
            }
        };
        let input = Input::Message {
            from: sender,
            message,
        };
        match passage {
            Passage::After(delay) => {
                let at = self.slots[place].in_line(Some(from), self.now + delay);
                self.push(at, Delivery::Input { to: place, input });
            }
            Passage::Cut => self.lose(place, &input),
        }
    }

    /// Sends a transaction on its way to the chain, or keeps it until there is a way.
    pub(super) fn dispatch(&mut self, from: usize, submission: Submission) {
        let chain = Name::from(CHAIN);
        let slot = &mut self.slots[from];
        let passage = match slot.state {
            State::Offline => Passage::Cut,
            State::Absent | State::Up | State::Paused | State::Crashed | State::Gone => {
                self.network.judge(&slot.name, &chain, &mut slot.link)
            }
        };
        match passage {
            Passage::After(delay) => {
                let at = slot.in_nonce_order(self.now + delay);
                self.push(at, Delivery::Submit { from, submission });
            }
            Passage::Cut => slot.outbox.push(submission),
        }
    }

    fn publish(&mut self, from: usize, order: MarketOrder) {
        let by = self.slots[from].name.clone();
        let event = Event::OrderPublished {
            kind: order.order.kind(),
            order: order.hash,
            by: by.clone(),
            price: order.order.price(),
            volume: order.order.volume(),
        };
        match self.market.publish(order) {
            Ok(()) => {
                self.append(Some(by), event);
                self.after_book(Vec::new());
                self.plan_match();
            }
            // Actors salt their orders and never publish empty ones.
            Err(error) => debug_assert!(false, "{error}"),
        }
    }

    /// Plans to match what is in the book behind everything that is due at this moment already: who
    /// is served must not follow from who of several was asked first.
    fn plan_match(&mut self) {
        if !self.is_matching {
            self.is_matching = true;
            self.push(self.now, Delivery::Match);
        }
    }

    fn match_book(&mut self) {
        self.is_matching = false;
        let fills = self.market.find_partners();
        self.after_book(fills);
    }

    fn withdraw(&mut self, from: usize, hash: B256) {
        let by = self.slots[from].name.clone();
        let Some(order) = self.market.cancel(hash) else {
            return;
        };
        let kind = order.order.kind();
        let mut task = None;
        if let AnyOrder::Request(_) = order.order {
            task = self.directory.requested(&hash).cloned();
            self.give_up_request(&hash);
        }
        let event = Event::OrderCancelled {
            kind,
            order: hash,
            by: by.clone(),
            task,
        };
        self.append(Some(by), event);
        self.after_book(Vec::new());
    }

    /// A request is out of the book for good: its task will never be done.
    pub(super) fn give_up_request(&mut self, request: &B256) {
        let Some(task) = self.directory.requested(request).cloned() else {
            return;
        };
        self.set_withdrawn(&task);
    }

    /// Whether somebody else brought a request to the chain.
    pub(super) fn has_deal(&self, request: &B256) -> bool {
        let task = self.directory.requested(request);
        let record = task.and_then(|task| self.directory.task(task));
        record.is_some_and(|record| record.deal.is_some())
    }

    /// Tells requesters whom the book found for them, and the log how the book looks now.
    pub(super) fn after_book(&mut self, fills: Vec<Fill>) {
        for fill in fills {
            if let Some(&to) = self.places.get(&fill.by) {
                let input = Input::Filled(Arc::new(fill));
                self.push(self.now, Delivery::Input { to, input });
            }
        }
        let quote = self.market.quote();
        if quote != self.quote {
            self.quote = quote;
            let event = Event::BookChanged {
                best_ask: quote.best_ask,
                best_bid: quote.best_bid,
                ask_volume: quote.ask_volume,
                bid_volume: quote.bid_volume,
            };
            self.append(None, event);
        }
    }
}
