//! The hub as a pure state machine: what every call does to deposits, deals, tasks and scores.
//!
//! The model and the contracts are written apart from each other and compared step by step, so a
//! mistake in either shows. A model is cheap to clone and has equality and a hash: states can be
//! enumerated. Calls are atomic; time is an argument; the token outside the hub is not modelled,
//! nor are contracts that sign, group or are called back.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use imbl::OrdMap;

use super::{
    Category, Contribution, DEFAULT_SCHEDULER_REWARD_RATIO, DEFAULT_WORKER_STAKE_RATIO, Deal,
    DealId, Domain, OrderHash, OrderKind, Refusal, Rules, Task, TaskId,
    check::Situation,
    consensus::Groups,
    matching::{Entry, Facts},
};

mod action;
mod deal;
mod effect;
mod flaw;
mod ledger;
mod settle;
mod vote;

pub use action::{Action, Call};
pub use effect::Effect;
pub use flaw::Flaw;
use ledger::Ledger;

/// A registered app, dataset or workerpool; the ratios are of workerpools only.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
struct EntryState {
    owner: Address,
    worker_stake_ratio: U256,
    scheduler_reward_ratio: u64,
}

/// The state of a hub.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Model {
    domain: Domain,
    rules: Arc<Rules>,
    categories: Arc<[Category]>,
    broker: Option<Address>,
    entries: OrdMap<(OrderKind, Address), EntryState>,
    ledger: Ledger,
    scores: OrdMap<Address, u64>,
    consumed: OrdMap<OrderHash, U256>,
    presigned: OrdMap<OrderHash, Address>,
    deals: OrdMap<DealId, Arc<Deal>>,
    tasks: OrdMap<TaskId, Task>,
    contributions: OrdMap<(TaskId, Address), Contribution>,
    groups: OrdMap<TaskId, Groups>,
    /// The rule that is broken on purpose, if any.
    flaw: Option<Flaw>,
}

/// A task with all that a call about it depends on.
struct Opened {
    task: Task,
    deal: Arc<Deal>,
    contribution: Contribution,
}

impl Opened {
    fn situation(&self, id: TaskId, call: Call) -> Situation<'_> {
        Situation {
            id,
            task: &self.task,
            deal: &self.deal,
            contribution: &self.contribution,
            sender: call.sender,
            now: call.now,
        }
    }
}

impl Model {
    /// Returns a hub without deposits.
    pub fn new(domain: Domain, rules: Rules, categories: Vec<Category>) -> Self {
        Self {
            domain,
            rules: Arc::new(rules),
            categories: categories.into(),
            broker: None,
            entries: OrdMap::new(),
            ledger: Ledger::new(domain.hub()),
            scores: OrdMap::new(),
            consumed: OrdMap::new(),
            presigned: OrdMap::new(),
            deals: OrdMap::new(),
            tasks: OrdMap::new(),
            contributions: OrdMap::new(),
            groups: OrdMap::new(),
            flaw: None,
        }
    }

    /// Carries out a call and returns the events it emits, in order.
    ///
    /// # Errors
    ///
    /// Why the hub refuses; nothing has changed then.
    pub fn apply(&mut self, call: Call, action: &Action) -> Result<Vec<Effect>, Refusal> {
        let mut next = self.clone();
        let mut effects = Vec::new();
        next.run(call, action, &mut effects)?;
        *self = next;
        Ok(effects)
    }

    fn run(
        &mut self,
        call: Call,
        action: &Action,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        match action {
            Action::Deposit { amount } => self.ledger.deposit(call.sender, *amount, effects),
            Action::Withdraw { amount } => self.ledger.withdraw(call.sender, *amount, effects),
            Action::MatchOrders { orders, sponsored } => {
                self.match_orders(call, orders, *sponsored, effects)
            }
            Action::Initialize { deal, index } => self.initialize(*deal, *index, effects),
            Action::Contribute {
                task,
                commitment,
                permission,
            } => self.contribute(call, *task, *commitment, permission, effects),
            Action::Reveal { task, digest } => self.reveal(call, *task, *digest, effects),
            Action::Reopen { task } => self.reopen(call, *task, effects),
            Action::Finalize {
                task,
                results,
                results_callback,
            } => self.finalize(call, *task, (results, results_callback), effects),
            Action::ContributeAndFinalize {
                task,
                digest,
                results,
                results_callback,
                permission,
            } => {
                let opened = self.open(*task, call.sender);
                opened.situation(*task, call).contribute_and_finalize(
                    *digest,
                    results_callback,
                    permission,
                    self.broker,
                )?;
                let vote = settle::LoneVote {
                    worker: call.sender,
                    now: call.now,
                    digest: *digest,
                    enclave: permission.enclave,
                };
                self.finalize_alone(*task, vote, (results, results_callback), effects)
            }
            Action::Claim { task } => self.claim(call, *task, effects),
        }
    }

    fn open(&self, id: TaskId, sender: Address) -> Opened {
        let task = self.task(id).cloned().unwrap_or_default();
        let deal = self.deals.get(&task.deal).cloned().unwrap_or_default();
        Opened {
            deal,
            task,
            contribution: self.contribution(id, sender),
        }
    }
}

/// What the world around the hub decides.
impl Model {
    /// Registers an app, dataset or workerpool, or changes its owner.
    pub fn register(&mut self, kind: OrderKind, address: Address, owner: Address) {
        let state = self.entries.entry((kind, address)).or_insert(EntryState {
            owner,
            worker_stake_ratio: U256::from(DEFAULT_WORKER_STAKE_RATIO),
            scheduler_reward_ratio: DEFAULT_SCHEDULER_REWARD_RATIO,
        });
        state.owner = owner;
    }

    /// Sets the policy of a registered workerpool: the worker's stake in percent of the price, and
    /// the scheduler's part of the reward in percent, at most 100.
    pub fn set_policy(&mut self, pool: Address, worker_stake: U256, scheduler_reward: u64) {
        if let Some(state) = self.entries.get_mut(&(OrderKind::Workerpool, pool)) {
            state.worker_stake_ratio = worker_stake;
            state.scheduler_reward_ratio = scheduler_reward.min(100);
        }
    }

    /// Sets a worker's score, as an import from an earlier hub does.
    pub fn set_score(&mut self, worker: Address, score: u64) {
        self.scores.insert(worker, score);
    }

    /// Names the account that answers for enclaves instead of the pools' owners.
    pub fn set_broker(&mut self, broker: Option<Address>) {
        self.broker = broker;
    }

    /// Records that an order's owner signed it on chain.
    pub fn presign(&mut self, order: OrderHash, owner: Address) {
        self.presigned.insert(order, owner);
    }

    /// Records that an order's owner closed it.
    pub fn close(&mut self, order: OrderHash, volume: U256) {
        self.consumed.insert(order, volume);
    }
}

/// What the hub's views return.
impl Model {
    /// Returns an account's free and locked funds, in nRLC.
    pub fn account(&self, account: Address) -> (U256, U256) {
        (self.ledger.free(account), self.ledger.locked(account))
    }

    /// Returns all deposits, in nRLC.
    pub fn total_supply(&self) -> U256 {
        self.ledger.supply()
    }

    /// Returns the sums of all free funds (the hub's own included) and of all locked funds.
    pub fn sums(&self) -> (U256, U256) {
        self.ledger.sums()
    }

    /// Returns a worker's score.
    pub fn score(&self, worker: Address) -> u64 {
        self.scores.get(&worker).copied().unwrap_or_default()
    }

    /// Returns a deal.
    pub fn deal(&self, id: DealId) -> Option<&Deal> {
        self.deals.get(&id).map(Arc::as_ref)
    }

    /// Returns a task; none before it is initialised.
    pub fn task(&self, id: TaskId) -> Option<&Task> {
        self.tasks.get(&id)
    }

    /// Returns the tasks that were initialised, in the order of their ids.
    pub fn tasks(&self) -> impl Iterator<Item = (TaskId, &Task)> {
        self.tasks.iter().map(|(id, task)| (*id, task))
    }

    /// Returns a worker's contribution to a task; unset when there is none.
    pub fn contribution(&self, task: TaskId, worker: Address) -> Contribution {
        let contribution = self.contributions.get(&(task, worker));
        contribution.copied().unwrap_or_default()
    }

    /// Returns the weighed votes of a task.
    pub fn groups(&self, task: TaskId) -> Groups {
        self.groups.get(&task).cloned().unwrap_or_default()
    }

    /// Returns the numbers the hub was made with.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Returns the domain orders are signed for.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }
}

impl Facts for Model {
    fn categories(&self) -> U256 {
        U256::from(self.categories.len())
    }

    fn consumed(&self, order: OrderHash) -> U256 {
        self.consumed.get(&order).copied().unwrap_or_default()
    }

    fn presigned(&self, order: OrderHash) -> Option<Address> {
        self.presigned.get(&order).copied()
    }

    fn entry(&self, kind: OrderKind, address: Address) -> Entry {
        let elsewhere = |other| self.entries.get(&(other, address));
        match self.entries.get(&(kind, address)) {
            Some(state) => Entry::Registered(state.owner),
            None => [OrderKind::App, OrderKind::Dataset, OrderKind::Workerpool]
                .into_iter()
                .find_map(elsewhere)
                .map_or(Entry::None, |state| Entry::Unregistered(state.owner)),
        }
    }
}
