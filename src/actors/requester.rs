//! A requester: signs requests, matches them with what the book found, fetches results, and
//! claims its money back when nothing comes.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use alloy_primitives::{Address, B256, U256};

use super::{Call, Context, Effect, Submission, Timer, scheduler::salt};
use crate::{
    amount::Nrlc,
    log::Event,
    protocol::{
        Account, Deadlines, DealId, Domain, Name, Order as _, OrderKind, RequestOrder, Rules, Tag,
        TaskId, TaskStatus,
    },
    services::{AnyOrder, Fill, MarketOrder},
    time::Timestamp,
};

/// How a requester behaves.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum RequesterBehaviour {
    /// It pays, fetches its results, and claims what was not delivered.
    #[default]
    Honest,
    /// It orders, and is never heard of again: no download, no claim.
    Silent,
    /// It takes its money out of the hub before its orders are matched.
    Broke,
    /// It fetches results but never claims.
    NeverClaims,
}

/// A task somebody wants done, in terms of the chain.
#[derive(Clone, Debug)]
pub struct Request {
    /// The task's bare name.
    pub task: Name,
    /// The group it is a member of.
    pub group: Name,
    /// When it is requested.
    pub at: Timestamp,
    /// The application: name, entry contract, most paid per task.
    pub app: (Name, Address, Nrlc),
    /// The dataset likewise, if any.
    pub dataset: Option<(Name, Address, Nrlc)>,
    /// The only pool it may run in; zero for any.
    pub pool: Address,
    /// The most paid to the pool.
    pub max_price: Nrlc,
    /// The category: name and id.
    pub category: (Name, u64),
    /// The trust asked for.
    pub trust: u64,
    /// What it asks of app and pool.
    pub tag: Tag,
    /// The contract that is told of the result; zero for none.
    pub callback: Address,
    /// What is put on chain for the workers.
    pub params: String,
}

/// A request under way.
#[derive(Clone, Debug)]
struct Open {
    request: B256,
    /// Its deal and index once matched.
    matched: Option<(DealId, u64)>,
    /// When it is claimed if nothing comes.
    claim_at: Option<Timestamp>,
    /// The orders it was brought to the chain with.
    fill: Option<Arc<Fill>>,
}

/// A requester.
#[derive(Clone, Debug)]
pub struct Requester {
    account: Account,
    domain: Domain,
    rules: Rules,
    /// Seconds of each category, by id.
    categories: Vec<u64>,
    behaviour: RequesterBehaviour,
    due: VecDeque<Request>,
    open: BTreeMap<Name, Open>,
    /// Those that are over, where blocks may be taken back.
    closed: BTreeMap<Name, Open>,
    tasks: BTreeMap<B256, Name>,
    /// Fills a broke requester keeps until its money is gone.
    held_back: Vec<Arc<Fill>>,
    has_withdrawn: bool,
}

impl Requester {
    /// Returns a requester that wants nothing yet.
    pub fn new(
        account: Account,
        domain: Domain,
        rules: Rules,
        categories: Vec<u64>,
        behaviour: RequesterBehaviour,
    ) -> Self {
        Self {
            account,
            domain,
            rules,
            categories,
            behaviour,
            due: VecDeque::new(),
            open: BTreeMap::new(),
            closed: BTreeMap::new(),
            tasks: BTreeMap::new(),
            held_back: Vec::new(),
            has_withdrawn: false,
        }
    }

    /// Returns the same requester with work to ask for, each when it is due.
    #[must_use]
    pub fn wanting(mut self, mut requests: Vec<Request>) -> Self {
        requests.sort_by_key(|request| request.at);
        self.due = requests.into();
        self
    }

    /// Wants more work done, at once.
    pub(super) fn request(&mut self, cx: &mut Context<'_>, requests: Vec<Request>) {
        for request in &requests {
            self.publish(cx, request);
        }
    }

    /// Publishes every request that is due, and waits for the next.
    pub(super) fn arrive(&mut self, cx: &mut Context<'_>) {
        while let Some(request) = self.due.front() {
            if request.at > cx.now {
                cx.wake_at(request.at, Timer::Arrival);
                return;
            }
            if let Some(request) = self.due.pop_front() {
                self.publish(cx, &request);
            }
        }
    }

    /// Says that a task is wanted, and signs the order for it.
    fn order_for(&self, cx: &mut Context<'_>, request: &Request) -> (B256, RequestOrder) {
        let requester = cx.bare();
        let (app, app_address, app_price) = &request.app;
        let dataset = request.dataset.as_ref();
        cx.record(Event::TaskRequested {
            task: request.task.clone(),
            group: request.group.clone(),
            requester,
            app: app.clone(),
            dataset: dataset.map(|(name, ..)| name.clone()),
            trust: request.trust,
            category: request.category.0.clone(),
        });
        let order = RequestOrder {
            app: *app_address,
            appmaxprice: U256::from(app_price.0),
            dataset: dataset.map_or(Address::ZERO, |(_, address, _)| *address),
            datasetmaxprice: dataset.map_or(U256::ZERO, |(.., price)| U256::from(price.0)),
            workerpool: request.pool,
            workerpoolmaxprice: U256::from(request.max_price.0),
            requester: self.account.address(),
            volume: U256::ONE,
            tag: request.tag,
            category: U256::from(request.category.1),
            trust: U256::from(request.trust),
            beneficiary: self.account.address(),
            callback: request.callback,
            params: request.params.clone(),
            salt: salt(cx),
            ..RequestOrder::default()
        };
        let order = order.signed(&self.domain, &self.account);
        (order.hash(&self.domain).0, order)
    }

    fn publish(&mut self, cx: &mut Context<'_>, request: &Request) {
        let (hash, order) = self.order_for(cx, request);
        let open = Open {
            request: hash,
            matched: None,
            claim_at: None,
            fill: None,
        };
        self.open.insert(request.task.clone(), open);
        self.tasks.insert(hash, request.task.clone());
        cx.effect(Effect::Announce {
            task: request.task.clone(),
            request: hash,
        });
        cx.publish(MarketOrder {
            hash,
            by: cx.me.clone(),
            order: AnyOrder::Request(order),
            seeks: true,
            lot: None,
        });
    }

    /// The book found partners: brings the four orders to the chain.
    pub(super) fn on_filled(&mut self, cx: &mut Context<'_>, fill: &Arc<Fill>) {
        let task = self.tasks.get(&fill.request);
        if let Some(open) = task.and_then(|task| self.open.get_mut(task)) {
            open.fill = Some(Arc::clone(fill));
        }
        if self.behaviour == RequesterBehaviour::Broke && !self.has_withdrawn {
            if self.held_back.is_empty() {
                let free = cx.hub.balance(self.account.address()).free;
                cx.submit(Submission {
                    call: Call::Withdraw(free),
                    task: None,
                    may_fail: true,
                    token: 0,
                });
            }
            self.held_back.push(Arc::clone(fill));
            return;
        }
        self.match_orders(cx, fill);
    }

    /// The money is out of the hub: now the orders it should have paid for may come.
    pub(super) fn on_withdrawn(&mut self, cx: &mut Context<'_>) {
        self.has_withdrawn = true;
        for fill in std::mem::take(&mut self.held_back) {
            self.match_orders(cx, &fill);
        }
    }

    fn match_orders(&self, cx: &mut Context<'_>, fill: &Arc<Fill>) {
        cx.submit(Submission {
            call: Call::MatchOrders(Arc::clone(fill)),
            task: self.tasks.get(&fill.request).cloned(),
            may_fail: self.behaviour == RequesterBehaviour::Broke,
            token: fill.id,
        });
    }

    /// The chain refused the match: the request waits in the book, for other offers.
    pub(super) fn on_refused(&mut self, task: &Name) {
        if let Some(open) = self.open.get_mut(task) {
            open.fill = None;
        }
    }

    pub(super) fn on_chain(&mut self, cx: &mut Context<'_>, event: &Event) {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "all other events are no news"
        )]
        match event {
            Event::OrdersMatched { deal, tasks, .. } => self.on_matched(cx, DealId(*deal), tasks),
            Event::TaskFinalize { task, results } => {
                let downloads = match self.behaviour {
                    RequesterBehaviour::Silent => false,
                    RequesterBehaviour::Honest
                    | RequesterBehaviour::Broke
                    | RequesterBehaviour::NeverClaims => true,
                };
                if self.forget(cx, task) && downloads {
                    cx.record(Event::ResultDownloaded {
                        task: task.clone(),
                        link: results.clone(),
                    });
                }
            }
            Event::TaskClaimed { task } => {
                self.forget(cx, task);
            }
            _ => {}
        }
    }

    fn on_matched(&mut self, cx: &mut Context<'_>, deal: DealId, tasks: &[Name]) {
        let on_chain = cx.hub.deal(deal);
        if on_chain.requester == Address::ZERO {
            // Taken back before anybody heard of it: `look_back` will find it missing.
            for task in tasks {
                if let Some(open) = self.open.get_mut(task) {
                    open.matched = Some((deal, 0));
                }
            }
            return;
        }
        for (index, task) in on_chain.indexes().zip(tasks) {
            let Some(open) = self.open.get_mut(task) else {
                continue;
            };
            open.matched = Some((deal, index));
            self.await_end(cx, task, deal);
        }
    }

    /// Claims a task's money back after its final deadline.
    pub(super) fn claim(&mut self, cx: &mut Context<'_>, task: &Name) {
        let claims = match self.behaviour {
            RequesterBehaviour::Honest | RequesterBehaviour::Broke => true,
            RequesterBehaviour::Silent | RequesterBehaviour::NeverClaims => false,
        };
        let open = self.open.get_mut(task);
        let due = open.filter(|open| open.claim_at.is_some_and(|at| at <= cx.now));
        let Some(open) = due.filter(|_| claims) else {
            return;
        };
        open.claim_at = None;
        let Some((deal, index)) = open.matched else {
            return;
        };
        let id = TaskId::of(deal, U256::from(index));
        let call = match cx.hub.task(id).status {
            TaskStatus::Unset => Call::InitializeAndClaim { deal, index },
            TaskStatus::Active | TaskStatus::Revealing => Call::Claim { task: id },
            TaskStatus::Completed | TaskStatus::Failed => return,
        };
        cx.submit(Submission {
            call,
            task: Some(task.clone()),
            // Anybody may claim, and somebody may have been faster.
            may_fail: true,
            token: 0,
        });
    }

    /// A claim was refused. One that came too early, for a clock that is wrong, is made again when the
    /// chain's own clock is there.
    pub(super) fn on_claim_refused(&mut self, cx: &mut Context<'_>, task: &Name) {
        let Some((deal, _)) = self.open.get(task).and_then(|open| open.matched) else {
            return;
        };
        let left = self
            .deadlines(cx, deal)
            .final_
            .saturating_sub(cx.hub.time());
        if left > 0 {
            self.await_claim(cx, task, cx.now + Duration::from_secs(left));
        }
    }

    /// Its clock was set: claims are due at another moment.
    pub(super) fn look_at_the_clock(&mut self, cx: &mut Context<'_>) {
        let open = self.open.iter();
        let waits = open.filter(|(_, open)| open.claim_at.is_some());
        let waits: Vec<(Name, DealId)> = waits
            .filter_map(|(task, open)| Some((task.clone(), open.matched?.0)))
            .collect();
        for (task, deal) in waits {
            self.await_end(cx, &task, deal);
        }
    }

    /// Withdraws requests that still wait, and those whose time has not come yet.
    pub(super) fn cancel(&mut self, cx: &mut Context<'_>, tasks: &[Name]) {
        let is_gone = |request: &Request| tasks.contains(&request.task);
        let due = std::mem::take(&mut self.due).into_iter();
        let (gone, due): (Vec<Request>, Vec<Request>) = due.partition(is_gone);
        self.due = due.into();
        for request in gone {
            let (order, _) = self.order_for(cx, &request);
            let by = cx.me.clone();
            cx.record(Event::OrderCancelled {
                kind: OrderKind::Request,
                order,
                by,
                task: Some(request.task.clone()),
            });
            cx.effect(Effect::Forgo(request.task));
        }
        for task in tasks {
            // One on its way to the chain waits no more: who took it on counts on it.
            let waits = |open: &&Open| open.matched.is_none() && open.fill.is_none();
            if let Some(open) = self.open.get(task).filter(waits) {
                cx.effect(Effect::Withdraw(open.request));
                self.open.remove(task);
            }
        }
    }

    /// Blocks were taken back: what is not over any more is wanted again, and a deal that has never
    /// been is made once more, of the same orders.
    pub(super) fn look_back(&mut self, cx: &mut Context<'_>) {
        for (task, open) in std::mem::take(&mut self.closed) {
            let Some((deal, index)) = open.matched else {
                continue;
            };
            let status = cx.hub.task(TaskId::of(deal, U256::from(index))).status;
            if matches!(status, TaskStatus::Completed | TaskStatus::Failed) {
                self.closed.insert(task, open);
                continue;
            }
            self.tasks.insert(open.request, task.clone());
            self.open.insert(task.clone(), open);
            self.await_end(cx, &task, deal);
        }
        let is_gone = |open: &Open| {
            let deal = open.matched.map(|(deal, _)| cx.hub.deal(deal));
            deal.is_some_and(|deal| deal.requester == Address::ZERO)
        };
        let gone = self.open.values().filter(|open| is_gone(open));
        let fills: Vec<Arc<Fill>> = gone.filter_map(|open| open.fill.clone()).collect();
        for open in self.open.values_mut() {
            open.matched = open.matched.filter(|(deal, _)| {
                let deal = cx.hub.deal(*deal);
                deal.requester != Address::ZERO
            });
        }
        for fill in fills {
            self.match_orders(cx, &fill);
        }
    }

    /// Wants to hear of a task's end, and claims it when none has come.
    fn await_end(&mut self, cx: &mut Context<'_>, task: &Name, deal: DealId) {
        cx.watch(task, false);
        let end = cx.moment(self.deadlines(cx, deal).final_);
        self.await_claim(cx, task, end);
    }

    fn await_claim(&mut self, cx: &mut Context<'_>, task: &Name, at: Timestamp) {
        if let Some(open) = self.open.get_mut(task) {
            open.claim_at = Some(at);
            cx.wake_at(at, Timer::Claim(task.clone()));
        }
    }

    fn deadlines(&self, cx: &Context<'_>, deal: DealId) -> Deadlines {
        let on_chain = cx.hub.deal(deal);
        let category: usize = on_chain.category.saturating_to();
        let seconds = self.categories.get(category).copied().unwrap_or(0);
        Deadlines::of(on_chain.start_time, seconds, &self.rules)
    }

    /// After a crash: what was matched or finished meanwhile, from the chain.
    pub(super) fn recover(&mut self, cx: &mut Context<'_>, missed: &[Arc<Event>]) {
        self.look_back(cx);
        for event in missed {
            self.on_chain(cx, event);
        }
        self.arrive(cx);
        let open: Vec<(Name, DealId)> = self
            .open
            .iter()
            .filter_map(|(task, open)| Some((task.clone(), open.matched?.0)))
            .collect();
        for (task, deal) in open {
            self.await_end(cx, &task, deal);
        }
    }

    fn forget(&mut self, cx: &mut Context<'_>, task: &Name) -> bool {
        cx.unwatch(task);
        let open = self.open.remove(task);
        let Some(open) = open else {
            return false;
        };
        self.tasks.remove(&open.request);
        if cx.hub.may_be_taken_back() {
            self.closed.insert(task.clone(), open);
        }
        true
    }
}
