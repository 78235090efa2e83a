//! The laws of the economy, checked at every block without being asked.
//!
//! Incremental: only accounts a block touched are compared with the hub; at the end, all are.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use alloy_primitives::{Address, B256};

use super::World;
use crate::{
    actors::Ledger as _,
    amount::Nrlc,
    log::{
        Event, Law, Records,
        view::{HUB, taken_back},
    },
    protocol::Name,
};

/// The books as the events tell them.
#[derive(Clone, Debug, Default)]
pub(super) struct Economy {
    /// Free and locked, by qualified name; the hub's own account among them.
    books: BTreeMap<Name, Book>,
    supply: u64,
    locked: u64,
    touched: BTreeSet<Name>,
    /// Who showed a result, by task: task and worker, bare.
    revealed: BTreeSet<(Name, Name)>,
    /// Who was paid for what in this block, likewise.
    paid: BTreeSet<(Name, Name)>,
    is_final: BTreeSet<Name>,
    last: B256,
    breaches: Vec<Breach>,
    is_broken: bool,
}

#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
struct Book {
    free: u64,
    locked: u64,
}

impl fmt::Display for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} free and {} locked",
            Nrlc(self.free),
            Nrlc(self.locked)
        )
    }
}

/// A law that does not hold.
#[derive(Clone, Debug)]
struct Breach {
    law: &'static str,
    transaction: Option<B256>,
    detail: String,
}

impl Economy {
    /// Whether a law was broken, and said so in the log.
    pub(super) fn is_broken(&self) -> bool {
        self.is_broken
    }

    fn breach(&mut self, law: &Law, detail: String) {
        let transaction = Some(self.last);
        self.breaches.push(Breach {
            law: law.name(),
            transaction,
            detail,
        });
    }

    fn change(&mut self, account: &Name, change: impl FnOnce(&mut Book) -> Option<()>) {
        if !self.books.contains_key(account) {
            self.books.insert(account.clone(), Book::default());
        }
        let Some(book) = self.books.get_mut(account) else {
            return;
        };
        let before = *book;
        if change(book).is_none() {
            let detail = format!("{account} has {before}, and is to give more than that");
            self.breach(&Law::NoDebt, detail);
        }
        if !self.touched.contains(account) {
            self.touched.insert(account.clone());
        }
    }

    fn set_locked(&mut self, account: &Name, add: u64, take: u64) {
        self.locked = (self.locked + add).saturating_sub(take);
        self.change(account, |book| {
            book.locked = book.locked.checked_add(add)?.checked_sub(take)?;
            Some(())
        });
    }

    /// Takes in anew what the chain still says, after it took blocks back.
    pub(super) fn refold(&mut self, records: &Records) {
        let is_broken = self.is_broken;
        *self = Self::default();
        for (record, gone) in records.iter().zip(taken_back(records)) {
            if !gone && record.event.is_chain_fact() {
                self.observe(&record.event, B256::ZERO);
            }
        }
        self.touched.clear();
        // What was found before was reported before.
        self.breaches.clear();
        self.is_broken = is_broken;
    }

    /// Takes in what a transaction did.
    pub(super) fn observe(&mut self, event: &Event, transaction: B256) {
        self.last = transaction;
        #[expect(clippy::wildcard_enum_match_arm, reason = "the others move no money")]
        match event {
            Event::Transfer { from, to, amount } => {
                self.transfer(from.as_ref(), to.as_ref(), amount.0);
            }
            Event::Lock { account, amount } => self.set_locked(account, amount.0, 0),
            Event::Unlock { account, amount } => self.set_locked(account, 0, amount.0),
            Event::Seize {
                account, amount, ..
            } => self.set_locked(account, 0, amount.0),
            Event::Reward { account, task, .. } => self.reward(account, task),
            Event::TaskReveal { task, worker, .. } => {
                self.revealed.insert((task.clone(), worker.clone()));
                self.must_be_open(task);
            }
            Event::TaskInitialize { task, .. }
            | Event::TaskContribute { task, .. }
            | Event::TaskConsensus { task, .. }
            | Event::TaskReopen { task } => self.must_be_open(task),
            Event::TaskFinalize { task, .. } | Event::TaskClaimed { task } => {
                self.must_be_open(task);
                self.is_final.insert(task.clone());
            }
            _ => {}
        }
    }

    fn transfer(&mut self, from: Option<&Name>, to: Option<&Name>, amount: u64) {
        match from {
            Some(from) => self.change(from, |book| {
                book.free = book.free.checked_sub(amount)?;
                Some(())
            }),
            None => self.supply += amount,
        }
        match to {
            Some(to) => self.change(to, |book| {
                book.free = book.free.checked_add(amount)?;
                Some(())
            }),
            None => self.supply = self.supply.saturating_sub(amount),
        }
    }

    /// Workers are paid for what they showed; owners, scheduler and kitty by the deal.
    fn reward(&mut self, account: &Name, task: &Name) {
        let Some(("worker", worker)) = account.split_kind() else {
            return;
        };
        // Who votes and completes at once is paid before its reveal is told, in the same block.
        self.paid.insert((task.clone(), Name::from(worker)));
    }

    /// Whoever was paid has shown its result by now.
    fn check_paid(&mut self) {
        for (task, worker) in std::mem::take(&mut self.paid) {
            if !self.revealed.contains(&(task.clone(), worker.clone())) {
                let detail = format!("{worker} was paid for {task}, of which it showed no result");
                self.breach(&Law::Reveal, detail);
            }
        }
    }

    fn must_be_open(&mut self, task: &Name) {
        if self.is_final.contains(task) {
            let detail = format!("{task} was final and changed all the same");
            self.breach(&Law::Final, detail);
        }
    }
}

impl World {
    /// Compares the books of everybody a block touched with the hub's, and the sums.
    pub(super) fn check_economy(&mut self) {
        let touched = std::mem::take(&mut self.economy.touched);
        self.compare_books(touched.iter());
        self.check_sums();
        self.report_breaches();
    }

    /// Compares all books with the hub's.
    pub(super) fn check_whole_economy(&mut self) {
        let all: Vec<Name> = self.economy.books.keys().cloned().collect();
        self.compare_books(all.iter());
        self.check_sums();
        for (worker, score) in &self.scores {
            let address = self.directory.address(&worker.of_kind("worker"));
            let on_chain = address.map(|address| self.hub().score(address));
            if let Some(on_chain) = on_chain.filter(|on_chain| on_chain != score) {
                let detail =
                    format!("{worker} has a score of {on_chain} on chain, {score} by the log");
                self.economy.breach(&Law::Scores, detail);
            }
        }
        self.report_breaches();
    }

    fn compare_books<'a>(&mut self, accounts: impl Iterator<Item = &'a Name>) {
        for account in accounts {
            let Some(address) = self.holder_address(account) else {
                continue;
            };
            let on_chain = self.hub().balance(address);
            let book = self.economy.books.get(account).copied().unwrap_or_default();
            let found = Book {
                free: on_chain.free.0,
                locked: on_chain.locked.0,
            };
            if found != book {
                let detail = format!("{account} has {found} in the hub, {book} by its events");
                self.economy.breach(&Law::Moves, detail);
            }
        }
    }

    fn check_sums(&mut self) {
        self.economy.check_paid();
        let hub = self.economy.books.get(&Name::from(HUB));
        let held = hub.map_or(0, |book| book.free);
        let (locked, supply) = (self.economy.locked, self.economy.supply);
        if held != locked {
            let detail = format!(
                "the hub holds {}, accounts have {} locked",
                Nrlc(held),
                Nrlc(locked)
            );
            self.economy.breach(&Law::Locked, detail);
        }
        let on_chain = self.hub().total_supply();
        if on_chain.0 != supply {
            let detail = format!("deposits are {on_chain}, by the events {}", Nrlc(supply));
            self.economy.breach(&Law::Supply, detail);
        }
    }

    fn holder_address(&self, account: &Name) -> Option<Address> {
        match account.as_str() {
            HUB => Some(self.deployment.hub),
            crate::log::view::KITTY => Some(self.deployment.rules.kitty_address),
            _ => self
                .directory
                .address(account)
                .or_else(|| account.parse().ok()),
        }
    }

    fn report_breaches(&mut self) {
        let breaches = std::mem::take(&mut self.economy.breaches);
        for Breach {
            law,
            transaction,
            detail,
        } in breaches
        {
            self.economy.is_broken = true;
            self.append(
                None,
                Event::InvariantBroken {
                    law: law.into(),
                    transaction,
                    detail,
                },
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_law_is_told_in_words_and_whole_units() {
        let mut economy = Economy::default();
        let (alice, amount) = (Name::from("account.alice"), Nrlc(1_500_000_000));
        let mut take_in = |event: Event| economy.observe(&event, B256::ZERO);
        let (to, from) = (Some(alice.clone()), None);
        take_in(Event::Transfer { from, to, amount });
        let amount = Nrlc(2_000_000_000);
        let (from, to) = (Some(alice), None);
        take_in(Event::Transfer { from, to, amount });
        let [breach] = economy.breaches.as_slice() else {
            panic!("{:?}", economy.breaches);
        };
        assert_eq!(
            breach.detail,
            "account.alice has 1.5 RLC free and 0 RLC locked, and is to give more than that"
        );
    }
}
