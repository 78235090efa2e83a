//! More RLC than there is. Rule: it is refused before the run, at the line that asks for most.

use std::collections::BTreeMap;

use super::{Builder, bare, deposit};
use crate::{
    amount::Nrlc,
    protocol::Name,
    scenario::{
        model::{Pool, Task},
        names,
    },
    world::cast::Cast,
};

/// Where an amount is written, or follows from: keys from the root of the file.
type Place = Vec<String>;

impl Builder<'_> {
    /// Complains when the cast holds more than all the RLC there is.
    pub(super) fn check_money(&mut self, cast: &Cast) {
        let wanted = cast.money();
        if wanted <= Nrlc::SUPPLY {
            return;
        }
        let mut holders: BTreeMap<Place, Nrlc> = BTreeMap::new();
        for (place, amount) in self.holdings(cast) {
            let held = holders.entry(place).or_default();
            *held = held.saturating_add(amount);
        }
        let most = holders.into_iter().max_by_key(|(_, amount)| *amount);
        let Some((place, amount)) = most else {
            return;
        };
        let path: Vec<&str> = place.iter().map(String::as_str).collect();
        let help = match path.last() {
            Some(&("price" | "max_price")) => {
                "ask for less, or less often, or write `deposit`s: who has none is given twice what its tasks or \
                 stakes come to at the prices of the file"
            }
            _ => "let it be less",
        };
        let message = format!("the cast holds {wanted}, there are {} in all", Nrlc::SUPPLY);
        let label = format!("{amount} of it by this");
        let wrong = super::Diagnostic::error(self.span(&path), message);
        self.wrong.push(wrong.label(label).help(help));
    }

    /// Everything somebody holds, with the place that says so or that it is reckoned from.
    fn holdings(&self, cast: &Cast) -> Vec<(Place, Nrlc)> {
        let mut holdings = Vec::new();
        for account in &cast.accounts {
            let name = account.name.as_str();
            holdings.push((place("account", name, "rlc"), account.wallet));
            let written = self.scenario.account.get(name);
            let written = written.and_then(|account| account.deposit);
            match written {
                Some(_) => holdings.push((place("account", name, "deposit"), account.deposit)),
                None => holdings.extend(self.asked_of(&account.name, account.deposit)),
            }
        }
        for pool in cast.pools.iter().filter(|pool| pool.owner.is_none()) {
            let written = self.scenario.pool.get(&pool.name);
            let from = match written.and_then(|pool| pool.deposit) {
                Some(_) => place("pool", &pool.name, "deposit"),
                None => place("pool", &pool.name, "price"),
            };
            holdings.push((from, pool.deposit));
        }
        for worker in &cast.workers {
            let own = self.scenario.worker.get_key_value(&worker.name);
            let own = own.or_else(|| self.scenario.worker.get_key_value(&worker.group));
            let from = match own.filter(|(_, own)| own.deposit.is_some()) {
                Some((name, _)) => place("worker", name, "deposit"),
                None => place("pool", &worker.pool, "price"),
            };
            holdings.push((from, worker.deposit));
        }
        holdings
    }

    /// Of what an account is given follows: of each price its tasks pay, as often as they pay it, and
    /// of the price of each pool it owns.
    fn asked_of(&self, account: &Name, deposit: Nrlc) -> Vec<(Place, Nrlc)> {
        let scenario = self.scenario;
        let mut asked = Vec::new();
        let tasks = scenario.task.iter();
        for (name, task) in tasks.filter(|(_, task)| task.by == *account) {
            // What they cost is given twice.
            let times = task.count.unwrap_or(1).saturating_mul(2);
            let prices = self.prices(name, task).into_iter();
            asked.extend(prices.map(|(at, price)| {
                let all = price.checked_mul(times).unwrap_or(Nrlc(u64::MAX));
                (at, all)
            }));
        }
        let owner = |pool: &Pool| pool.owner.as_ref().map(bare);
        let pools = scenario.pool.iter();
        for (name, pool) in pools.filter(|(_, pool)| owner(pool).as_ref() == Some(account)) {
            asked.push((
                place("pool", name, "price"),
                deposit::stakes_of(scenario, pool),
            ));
        }
        if asked.is_empty() {
            asked.push((place("account", account, "deposit"), deposit));
        }
        asked
    }

    /// What one task pays, and where that is written.
    fn prices(&self, name: &Name, task: &Task) -> Vec<(Place, Nrlc)> {
        let scenario = self.scenario;
        let mut prices = Vec::new();
        if let Some(app) = scenario.app.get(&task.app) {
            prices.push((place("app", &task.app, "price"), app.price));
        }
        let dataset = task.dataset.as_ref();
        if let Some((name, dataset)) = dataset.and_then(|name| scenario.dataset.get_key_value(name))
        {
            prices.push((place("dataset", name, "price"), dataset.price));
        }
        let dearest = scenario.pool.iter().max_by_key(|(_, pool)| pool.price);
        let (pool, price) = match dearest {
            Some((pool, terms)) => (place("pool", pool, "price"), terms.price),
            None => (place("pool", names::POOL, "price"), Pool::default().price),
        };
        prices.push(match task.max_price {
            Some(most) if most < price => (place("task", name, "max_price"), most),
            Some(_) | None => (pool, price),
        });
        prices
    }
}

fn place(section: &str, name: &str, key: &str) -> Place {
    [section, name, key].map(str::to_owned).to_vec()
}
