//! Transactions in, blocks out, and what a block says to whom.

use std::sync::Arc;

use alloy_primitives::B256;

use super::{World, deliver::Delivery, foresight::Foresight, network::CHAIN};
use crate::{
    actors::{Call, Input, Submission},
    chain::Block,
    log::Event,
    protocol::Name,
    services::Fill,
};

/// A transaction on its way into a block.
#[derive(Clone, Debug)]
pub(super) struct InFlight {
    from: usize,
    call: &'static str,
    task: Option<Name>,
    may_fail: bool,
    token: u64,
    /// The match that is settled or released with it.
    fill: Option<Arc<Fill>>,
    /// What was asked, to explain a refusal.
    asked: Call,
}

impl InFlight {
    /// Returns what there is to remember of a transaction an actor sends.
    pub(super) fn new(from: usize, submission: Submission) -> Self {
        let Submission {
            call,
            task,
            may_fail,
            token,
        } = submission;
        Self {
            from,
            call: call.name(),
            task,
            may_fail,
            token,
            fill: call.fill().cloned(),
            asked: call,
        }
    }

    /// Returns the task it is about, if any.
    pub(super) fn task(&self) -> Option<&Name> {
        self.task.as_ref()
    }

    /// Returns what its sender is told.
    pub(super) fn answer(&self, failure: Option<String>) -> Input {
        Input::Mined {
            token: self.token,
            call: self.call,
            task: self.task.clone(),
            failure,
        }
    }
}

impl World {
    /// Plans the next block, unless one is planned.
    pub(super) fn plan_block(&mut self) {
        if !std::mem::replace(&mut self.is_mining, true) {
            let at = self.now.next_multiple_of(self.block);
            self.push(at, Delivery::Mine);
        }
    }

    /// Mines a block of everything that waits, and tells everybody concerned.
    pub(super) fn mine(&mut self) {
        self.is_mining = false;
        self.send_off();
        let block = match self.trouble.room() {
            Some(room) => self.chain.mine_most(self.unix(), room),
            None => self.chain.mine(self.unix()),
        };
        self.price_gas();
        self.take_in(&block);
        // What had no room waits for the next block, as long as blocks take anything at all.
        let goes_on = self.trouble.room().is_some() && !block.transactions.is_empty();
        if goes_on && !self.chain.mempool().is_empty() && !self.is_mining {
            self.is_mining = true;
            let next = self.now.next_multiple_of(self.block);
            let later = if next > self.now {
                next
            } else {
                next + self.block
            };
            self.push(later, Delivery::Mine);
        }
    }

    /// Logs a block and tells everybody concerned.
    pub(super) fn take_in(&mut self, block: &Arc<Block>) {
        self.append(
            None,
            Event::BlockMined {
                hash: block.hash,
                transactions: block.transactions.len() as u64,
                gas_used: block.header.gas_used,
                timestamp: block.timestamp(),
            },
        );
        let timestamp = block.timestamp();
        self.foresight = Foresight::of(block, &self.chain, self.deployment.hub());
        for (index, transaction) in block.transactions.iter().enumerate() {
            let hash = *transaction.inner().tx_hash();
            let in_flight = self.in_flight.remove(&hash);
            if let Some(sent) = &in_flight {
                self.past.note(hash, sent);
            }
            let again = self.past.again(&hash);
            let is_known = again.is_some();
            match &block.outcomes[index].failure {
                Some(failure) => {
                    self.refuse(transaction, failure, in_flight.or(again), timestamp);
                }
                None => {
                    let logs = alloy_consensus::TxReceipt::logs(&block.receipts[index]);
                    for log in logs {
                        self.take_in_log(log, hash, timestamp, is_known);
                    }
                    if let Some(in_flight) = in_flight {
                        self.conclude(in_flight, None);
                    }
                }
            }
        }
        self.check_economy();
        self.foresight.settle();
    }

    /// Takes in what a transaction says; whom it concerns is told, unless they know.
    fn take_in_log(
        &mut self,
        log: &alloy_primitives::Log,
        transaction: B256,
        timestamp: u64,
        is_known: bool,
    ) {
        for event in self.decode(log) {
            self.before_chain_event(&event);
            self.economy.observe(&event, transaction);
            self.append(None, event.clone());
            self.after_chain_event(&event);
            if !is_known {
                self.tell(Arc::new(event), timestamp);
            }
        }
    }

    /// Tells an event to everybody who watches its task, or is party to a deal.
    fn tell(&mut self, event: Arc<Event>, timestamp: u64) {
        let is_vote = matches!(&*event, Event::TaskContribute { .. });
        let mut told: Vec<usize> = Vec::new();
        if let Event::OrdersMatched {
            pool, requester, ..
        } = &*event
        {
            let scheduler = self.places.get(&pool.of_kind("pool"));
            told.extend(scheduler.into_iter().chain(self.places.get(requester)));
        } else if is_told(&event)
            && let Some(task) = event.task()
            && let Some(watchers) = self.watchers.get(task)
        {
            let heeds = |(_, votes): &&(usize, bool)| *votes || !is_vote;
            told.extend(watchers.iter().filter(heeds).map(|(place, _)| *place));
        }
        for to in told {
            let event = Arc::clone(&event);
            self.tell_from_chain(to, Input::Chain { event, timestamp });
        }
    }

    /// Brings news from the chain to an actor, or keeps them until there is a way.
    pub(super) fn tell_from_chain(&mut self, to: usize, input: Input) {
        let chain = Name::from(CHAIN);
        let name = &self.slots[to].name;
        if self.network.is_cut(&chain, name) {
            self.slots[to].held.push(input);
            return;
        }
        let delay = self.network.extra(&chain) + self.network.extra(name);
        let at = self.slots[to].in_line(None, self.now + delay);
        self.push(at, Delivery::Input { to, input });
    }

    /// A transaction was refused: says why, in words, and answers its sender.
    fn refuse(
        &mut self,
        transaction: &crate::chain::Transaction,
        failure: &crate::chain::Failure,
        in_flight: Option<InFlight>,
        timestamp: u64,
    ) {
        let from = self.directory.name(transaction.signer());
        let asked = in_flight.as_ref().map(|sent| &sent.asked);
        let reason = self.explain(transaction, failure, asked, timestamp);
        let call = in_flight.as_ref().map_or("call", |sent| sent.call);
        self.append(
            None,
            Event::Revert {
                from,
                call: call.into(),
                reason: reason.clone(),
                expected: in_flight.as_ref().is_some_and(|sent| sent.may_fail),
                task: in_flight.as_ref().and_then(|sent| sent.task.clone()),
            },
        );
        if let Some(in_flight) = in_flight {
            self.conclude(in_flight, Some(reason));
        }
    }

    /// Answers the sender of a transaction, and settles or releases the match it stood for.
    pub(super) fn conclude(&mut self, in_flight: InFlight, failure: Option<String>) {
        if let Some(fill) = &in_flight.fill {
            let fills = match failure {
                None => {
                    self.market.settle(fill.id);
                    Vec::new()
                }
                Some(_) => {
                    // Of a deal made again after blocks were taken back nothing is in the book.
                    if !self.market.holds(fill.id) || self.has_deal(&fill.request) {
                        self.give_up_request(&fill.request);
                        self.market.cancel(fill.request);
                    }
                    self.market.release(fill.id)
                }
            };
            self.after_book(fills);
        }
        self.tell_from_chain(in_flight.from, in_flight.answer(failure));
    }
}

/// Whether those who watch a task want to hear of this.
fn is_told(event: &Event) -> bool {
    matches!(
        event,
        Event::TaskInitialize { .. }
            | Event::TaskContribute { .. }
            | Event::TaskConsensus { .. }
            | Event::TaskReveal { .. }
            | Event::TaskReopen { .. }
            | Event::TaskFinalize { .. }
            | Event::TaskClaimed { .. }
            | Event::AccurateContribution { .. }
            | Event::FaultyContribution { .. }
    )
}
