//! Everything known so far: the only fold over the log.
//!
//! `View::apply` answers to every event by name, without a wildcard: a new event must be read here
//! before it compiles. Each record costs constant time.

mod apply;
mod cast;
mod money;
mod network;
mod since;
mod task;
mod work;

use std::collections::BTreeMap;

use serde::Serialize;

pub use cast::{AccountView, PoolView, ResourceView, WorkerState, WorkerView};
pub use network::{BookView, Breach, ChainView, FaultView, Measured, Outage, RunView};
pub use task::{Execution, Product, TaskStatus, TaskView, Terms, Vote};

use since::touch;
pub(crate) use since::{Since, Sourced};

use super::{Check, Event, Record, Records, Table};
use crate::{amount::Nrlc, protocol::Name};

/// The hub's kitty, as accounts are named in the log.
pub const KITTY: &str = "kitty";

/// The hub's own account, which holds what is set aside.
pub const HUB: &str = "hub";

/// What is known so far. Rebuilt by applying records in order, from memory or from a file.
///
/// A clone shares all tables with the original. Names are bare in `workers`, `pools`, `apps`,
/// `datasets` and `tasks`, qualified in `accounts`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// The run itself.
    pub run: RunView,
    /// What the machine spent; set from outside, never folded.
    pub measured: Measured,
    /// The chain.
    pub chain: ChainView,
    /// The order book.
    pub book: BookView,
    /// Tasks in the order of their requests.
    pub tasks: Table<TaskView>,
    /// Workers in the order in which they joined.
    pub workers: Table<WorkerView>,
    /// Workerpools.
    pub pools: Table<PoolView>,
    /// Accounts of the hub, `kitty` among them.
    pub accounts: Table<AccountView>,
    /// Applications.
    pub apps: Table<ResourceView>,
    /// Datasets.
    pub datasets: Table<ResourceView>,
    /// Members of each group of tasks.
    pub task_groups: Table<Vec<Name>>,
    /// Members of each group of workers.
    pub worker_groups: Table<Vec<Name>>,
    /// Entries of the timeline that took effect.
    pub faults: Vec<FaultView>,
    /// Times during which actors were down.
    pub outages: Vec<Outage>,
    /// Messages lost on the way.
    pub messages_lost: u64,
    /// Laws that were broken.
    pub breaches: Vec<Breach>,
    /// Expectations judged so far.
    pub checks: Vec<Check>,
    /// Outages that still last, by actor.
    down: BTreeMap<Name, usize>,
}

/// A row of a table with its name, for documents.
#[derive(Serialize)]
pub struct Named<'a, T> {
    /// The name.
    pub name: &'a Name,
    /// The row.
    #[serde(flatten)]
    pub row: &'a T,
}

impl View {
    /// Folds a whole log, leaving out what the chain took back.
    ///
    /// Equal to applying the records one by one unless the chain reorganised; then facts read from
    /// blocks that are gone count no more.
    pub fn fold(records: &Records) -> Self {
        let gone = taken_back(records);
        let mut view = Self::default();
        for (record, gone) in records.iter().zip(gone) {
            if !gone {
                view.apply(record);
            }
        }
        view
    }

    /// Returns the tasks `name` stands for, with their own names: the task called so, or every
    /// member of the group called so. Empty when there is neither.
    pub fn tasks_called(&self, name: &str) -> Vec<(&Name, &TaskView)> {
        called(&self.tasks, &self.task_groups, name)
    }

    /// Returns the workers `name` stands for, with their own names: the worker called so, or every
    /// member of the group called so. Empty when there is neither.
    pub fn workers_called(&self, name: &str) -> Vec<(&Name, &WorkerView)> {
        called(&self.workers, &self.worker_groups, name)
    }

    /// Returns every member of the group of tasks called `name`; the task called so when no group is.
    pub fn tasks_of_group(&self, name: &str) -> Vec<(&Name, &TaskView)> {
        members(&self.tasks, &self.task_groups, name)
    }

    /// Returns every member of the group of workers called `name`, the later identities of a
    /// whitewasher among them; the worker called so when no group is.
    pub fn workers_of_group(&self, name: &str) -> Vec<(&Name, &WorkerView)> {
        members(&self.workers, &self.worker_groups, name)
    }

    /// Returns what the kitty holds, which is always locked.
    pub fn kitty(&self) -> Nrlc {
        self.accounts
            .get(KITTY)
            .map_or(Nrlc::ZERO, |kitty| kitty.locked)
    }

    /// Takes in the next record.
    pub fn apply(&mut self, record: &Record) {
        let mut run = touch(&mut self.run, record.seq);
        (run.now, run.records) = (record.time, record.seq + 1);
        drop(run);
        self.chain.head = record.block;
        self.apply_event(record, &record.event);
        if let Some(task) = record.event.task()
            && let Some(task) = self.tasks.get_mut(task)
        {
            task.first.get_or_insert(record.seq);
            task.since = record.seq;
        }
    }
}

/// For each record, whether it is a fact of a block the chain took back later.
pub(crate) fn taken_back(records: &Records) -> Vec<bool> {
    let mut gone = vec![false; records.len()];
    let mut head = u64::MAX;
    for (record, gone) in records.iter().rev().zip(gone.iter_mut().rev()) {
        if matches!(record.event, Event::ChainReorganised { .. }) {
            head = head.min(record.block);
        }
        *gone = record.block > head && record.event.is_chain_fact();
    }
    gone
}

fn members<'a, T>(
    table: &'a Table<T>,
    groups: &'a Table<Vec<Name>>,
    name: &str,
) -> Vec<(&'a Name, &'a T)> {
    match groups.get(name) {
        Some(members) => members.iter().filter_map(|one| table.row(one)).collect(),
        None => table.row(name).into_iter().collect(),
    }
}

fn called<'a, T>(
    table: &'a Table<T>,
    groups: &'a Table<Vec<Name>>,
    name: &str,
) -> Vec<(&'a Name, &'a T)> {
    let own = table.row(name).into_iter();
    let members = groups.get(name).filter(|_| !table.contains(name));
    let members = members.into_iter().flatten();
    own.chain(members.filter_map(|member| table.row(member)))
        .collect()
}
