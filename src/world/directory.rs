//! Who is who and what is what: names, keys and addresses, tasks and what they run.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use alloy_primitives::{Address, B256};

use super::cast::{AppCast, DatasetCast, TaskCast};
use crate::{
    protocol::{Account, DealId, Name, TaskId},
    signature::Signers,
};

/// The registry of a world. Lookups only: nothing iterates over its maps.
#[derive(Clone, Debug, Default)]
pub(super) struct Directory {
    /// What the accounts here sign is remembered, so that the chain need not find out.
    pub(super) signers: Signers,
    accounts: HashMap<Name, Account>,
    names: HashMap<Address, Name>,
    entries: HashMap<Name, Address>,
    pub(super) apps: BTreeMap<Name, Arc<AppCast>>,
    pub(super) datasets: BTreeMap<Name, Arc<DatasetCast>>,
    tasks: HashMap<Name, TaskRecord>,
    ids: HashMap<TaskId, Name>,
    requests: HashMap<B256, Name>,
}

/// A task as the world knows it.
#[derive(Clone, Debug)]
pub(super) struct TaskRecord {
    pub(super) cast: Arc<TaskCast>,
    pub(super) state: TaskState,
    pub(super) id: Option<TaskId>,
    pub(super) deal: Option<DealId>,
    /// The digest revealed last.
    pub(super) revealed: Option<B256>,
    pub(super) truth: Truth,
}

/// How far a task is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum TaskState {
    /// Somebody wants it, or will.
    Wanted,
    /// It is not wanted any more.
    Withdrawn,
    /// It is done or claimed; judged once the truth is known.
    Over { completed: bool, is_judged: bool },
}

/// What is known of the honest result.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    /// Nobody asked yet.
    Unasked,
    /// Honest runs are under way: how many, and the digest so far; none in it when they differ.
    Running {
        left: usize,
        digest: Option<Option<B256>>,
    },
    /// The digest all honest runs agree on, if they do.
    Known(Option<B256>),
}

impl Directory {
    /// Enters an account under its qualified name.
    pub(super) fn add_account(&mut self, account: Account) {
        let account = account.witnessed_by(self.signers.clone());
        self.names.insert(account.address(), account.name().clone());
        self.accounts.insert(account.name().clone(), account);
    }

    /// Lets `name` stand for the account of `owner` as well; what happens to it is told of `owner`.
    pub(super) fn add_alias(&mut self, name: Name, owner: &Name) {
        if let Some(account) = self.accounts.get(owner).cloned() {
            self.accounts.insert(name, account);
        }
    }

    /// Enters a contract under its qualified name: `app.hello`, `workerpool.main`.
    pub(super) fn add_entry(&mut self, name: Name, address: Address) {
        self.names.insert(address, name.clone());
        self.entries.insert(name, address);
    }

    /// Returns the key of a qualified name.
    pub(super) fn account(&self, name: &Name) -> Option<&Account> {
        self.accounts.get(name)
    }

    /// Returns the address of a qualified name, account or contract.
    pub(super) fn address(&self, name: &Name) -> Option<Address> {
        let account = self.accounts.get(name).map(Account::address);
        account.or_else(|| self.entries.get(name).copied())
    }

    /// Returns the qualified name of an address; its digits when it has none.
    pub(super) fn name(&self, address: Address) -> Name {
        let known = self.names.get(&address);
        known.map_or_else(|| address.to_string().into(), Clone::clone)
    }

    pub(super) fn add_task(&mut self, cast: Arc<TaskCast>) {
        let record = TaskRecord {
            cast: Arc::clone(&cast),
            state: TaskState::Wanted,
            id: None,
            deal: None,
            revealed: None,
            truth: Truth::Unasked,
        };
        self.tasks.insert(cast.name.clone(), record);
    }

    pub(super) fn task(&self, name: &Name) -> Option<&TaskRecord> {
        self.tasks.get(name)
    }

    pub(super) fn task_mut(&mut self, name: &Name) -> Option<&mut TaskRecord> {
        self.tasks.get_mut(name)
    }

    /// Returns the tasks that are over, in the order of their names.
    pub(super) fn over(&self) -> Vec<Name> {
        let over =
            |(_, record): &(&Name, &TaskRecord)| matches!(record.state, TaskState::Over { .. });
        let mut names: Vec<Name> = self
            .tasks
            .iter()
            .filter(over)
            .map(|(name, _)| name.clone())
            .collect();
        names.sort_unstable();
        names
    }

    /// Notes which request order stands for a task.
    pub(super) fn announce(&mut self, request: B256, task: Name) {
        self.requests.insert(request, task);
    }

    /// Returns the task a request order stands for.
    pub(super) fn requested(&self, request: &B256) -> Option<&Name> {
        self.requests.get(request)
    }

    /// Notes the id of a task that is part of a deal now.
    pub(super) fn add_id(&mut self, id: TaskId, deal: DealId, task: &Name) {
        self.ids.insert(id, task.clone());
        if let Some(record) = self.tasks.get_mut(task) {
            record.id = Some(id);
            record.deal = Some(deal);
        }
    }

    /// Returns the name of a task by its id; its digits when it has none.
    pub(super) fn task_name(&self, id: TaskId) -> Name {
        let known = self.ids.get(&id);
        known.map_or_else(|| id.to_string().into(), Clone::clone)
    }
}
