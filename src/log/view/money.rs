//! The fold over money: balances of accounts, and who earned or lost what in which role.

use super::{
    AccountView, HUB, KITTY, TaskView, View,
    cast::less,
    since::{Touched, touch},
};
use crate::{amount::Nrlc, protocol::Name};

/// In which role an account took part in a task.
enum Role {
    App,
    Dataset,
    Worker(Name),
    Pool(Name),
    Payer,
    Nobody,
}

impl View {
    /// Returns the account for writing.
    pub(super) fn account(&mut self, account: &Name, seq: u64) -> Touched<'_, AccountView, 4> {
        let mut row = touch(self.accounts.entry(account), seq);
        row.since = seq;
        row
    }

    /// Moves deposits. What goes to or comes from the hub itself is half of a lock, an unlock or a
    /// reward and counted there.
    pub(super) fn transfer(
        &mut self,
        from: Option<&Name>,
        to: Option<&Name>,
        amount: Nrlc,
        seq: u64,
    ) {
        if [from, to].into_iter().flatten().any(|name| &**name == HUB) {
            return;
        }
        if let Some(from) = from {
            self.account(from, seq).give(amount);
        }
        if let Some(to) = to {
            self.account(to, seq).receive(amount);
        }
    }

    /// Pays an account for a task.
    pub(super) fn reward(&mut self, account: &Name, amount: Nrlc, task: &Name, seq: u64) {
        let mut row = self.account(account, seq);
        row.stake = row.stake.saturating_add(amount);
        row.earned = row.earned.gain(amount);
        drop(row);
        match self.rewarded_role(account, amount, task) {
            Role::App => self.tasks.entry(task).paid.0 = true,
            Role::Dataset => self.tasks.entry(task).paid.1 = true,
            Role::Worker(worker) => {
                let mut worker = touch(self.workers.entry(&worker), seq);
                worker.earned = worker.earned.gain(amount);
                (worker.earned_since, worker.since) = (seq, seq);
            }
            Role::Pool(pool) => {
                let mut pool = touch(self.pools.entry(&pool), seq);
                pool.earned = pool.earned.gain(amount);
                pool.since = seq;
            }
            Role::Payer | Role::Nobody => {}
        }
    }

    /// Takes from an account what was set aside for a task.
    pub(super) fn seize(&mut self, account: &Name, amount: Nrlc, task: &Name, seq: u64) {
        let role = self.seized_role(account, amount, task);
        let mut row = self.account(account, seq);
        row.locked = less(row.locked, amount);
        if matches!(role, Role::Payer) {
            row.spent = row.spent.saturating_add(amount);
        } else {
            row.earned = row.earned.lose(amount);
        }
        drop(row);
        match role {
            Role::Worker(worker) => {
                let mut worker = touch(self.workers.entry(&worker), seq);
                worker.earned = worker.earned.lose(amount);
                worker.slashed = worker.slashed.saturating_add(amount);
                (worker.earned_since, worker.since) = (seq, seq);
            }
            Role::Pool(pool) => {
                let mut pool = touch(self.pools.entry(&pool), seq);
                pool.earned = pool.earned.lose(amount);
                pool.since = seq;
            }
            Role::App | Role::Dataset | Role::Payer | Role::Nobody => {}
        }
    }

    /// Counts a revert, also against the pool whose owner sent it.
    pub(super) fn reverted(&mut self, from: &Name, expected: bool, task: Option<&Name>, seq: u64) {
        let mut chain = touch(&mut self.chain, seq);
        chain.reverts += 1;
        chain.reverts_unexpected += u64::from(!expected);
        drop(chain);
        if let Some(pool) = self.pool_of(from, task) {
            let mut pool = touch(self.pools.entry(&pool), seq);
            (pool.reverted, pool.since) = (pool.reverted + 1, seq);
        }
        if let Some(("worker", worker)) = from.split_kind()
            && let Some(worker) = self.workers.get_mut(worker)
        {
            worker.since = seq;
        }
    }

    /// The pool for which `account` acts: that of the task if it may be, else the first it owns.
    fn pool_of(&self, account: &Name, task: Option<&Name>) -> Option<Name> {
        let terms = task.and_then(|task| self.tasks.get(task)?.terms.as_ref());
        let of_task = terms.map(|terms| &terms.pool);
        let mut candidates = of_task.into_iter().chain(self.pools.names());
        candidates
            .find(|pool| self.acts_for(account, pool))
            .cloned()
    }

    /// Whether `account` is the pool's own or its owner's.
    fn acts_for(&self, account: &Name, pool: &Name) -> bool {
        let owns = |pool: &Name| {
            self.pools
                .get(pool)
                .is_some_and(|row| row.owner.as_ref() == Some(account))
        };
        account.split_kind() == Some(("pool", pool)) || owns(pool)
    }

    /// The contract pays the owners of app and dataset first, then workers, then the pool.
    fn rewarded_role(&self, account: &Name, amount: Nrlc, task: &Name) -> Role {
        if let Some(worker) = worker_of(account) {
            return Role::Worker(worker);
        }
        let Some(row) = self.tasks.get(task).filter(|_| &**account != KITTY) else {
            return Role::Nobody;
        };
        let Some(terms) = &row.terms else {
            return Role::Nobody;
        };
        let (app_paid, dataset_paid) = row.paid;
        if !app_paid && amount == terms.app_price && self.owner_of_app(row) == Some(account) {
            Role::App
        } else if !dataset_paid
            && amount == terms.dataset_price
            && self.owner_of_dataset(row) == Some(account)
        {
            Role::Dataset
        } else if self.acts_for(account, &terms.pool) {
            Role::Pool(terms.pool.clone())
        } else {
            Role::Nobody
        }
    }

    /// Whoever pays loses the whole price at once, the pool its stake, a worker its own.
    fn seized_role(&self, account: &Name, amount: Nrlc, task: &Name) -> Role {
        if let Some(worker) = worker_of(account) {
            return Role::Worker(worker);
        }
        let Some(terms) = self.tasks.get(task).and_then(|row| row.terms.as_ref()) else {
            return Role::Nobody;
        };
        if *account == terms.sponsor && amount == terms.total() {
            Role::Payer
        } else if &**account != KITTY && self.acts_for(account, &terms.pool) {
            Role::Pool(terms.pool.clone())
        } else {
            Role::Nobody
        }
    }

    fn owner_of_app(&self, task: &TaskView) -> Option<&Name> {
        self.apps.get(task.app.as_ref()?)?.owner.as_ref()
    }

    fn owner_of_dataset(&self, task: &TaskView) -> Option<&Name> {
        self.datasets.get(task.dataset.as_ref()?)?.owner.as_ref()
    }
}

/// The bare name of the worker whose account this is.
fn worker_of(account: &Name) -> Option<Name> {
    match account.split_kind()? {
        ("worker", worker) => Some(worker.into()),
        _ => None,
    }
}
