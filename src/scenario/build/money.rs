//! More RLC than there is. Rule: it is refused before the run, at the line that asks for most.

use std::collections::BTreeMap;

use super::{Builder, bare};
use crate::{
    amount::Nrlc,
    protocol::Name,
    scenario::model::{Pool, Task},
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
                "ask for less, or write `deposit`s: who has none is given twice what its tasks or \
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
            let from = match written {
                Some(_) => place("account", name, "deposit"),
                None => self.dearest_of(&account.name),
            };
            holdings.push((from, account.deposit));
        }
        for pool in cast.pools.iter().filter(|pool| pool.owner.is_none()) {
            let written = self.scenario.pool.get(&pool.name);
            let key = match written.and_then(|pool| pool.deposit) {
                Some(_) => "deposit",
                None => "price",
            };
            holdings.push((place("pool", &pool.name, key), pool.deposit));
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

    /// The greatest price of which what an account is given follows: of what its tasks use, or of a
    /// pool it owns.
    fn dearest_of(&self, account: &Name) -> Place {
        let scenario = self.scenario;
        let own: Vec<&Task> = scenario
            .task
            .values()
            .filter(|task| task.by == *account)
            .collect();
        let serves = |name: &Name, pool: &Pool| {
            let is_owner = pool
                .owner
                .as_ref()
                .is_some_and(|owner| bare(owner) == *account);
            let is_asked = |task: &&Task| task.pool.as_ref().is_none_or(|wanted| wanted == name);
            is_owner || own.iter().any(is_asked)
        };
        let pools = scenario
            .pool
            .iter()
            .filter(|(name, pool)| serves(name, pool));
        let mut prices: Vec<(Nrlc, Place)> = pools
            .map(|(name, pool)| (pool.price, place("pool", name, "price")))
            .collect();
        for task in own {
            if let Some(app) = scenario.app.get(&task.app) {
                prices.push((app.price, place("app", &task.app, "price")));
            }
            let dataset = task.dataset.as_ref();
            if let Some((name, dataset)) =
                dataset.and_then(|name| scenario.dataset.get_key_value(name))
            {
                prices.push((dataset.price, place("dataset", name, "price")));
            }
        }
        let dearest = prices.into_iter().max();
        dearest.map_or_else(|| place("account", account, "deposit"), |(_, place)| place)
    }
}

fn place(section: &str, name: &str, key: &str) -> Place {
    [section, name, key].map(str::to_owned).to_vec()
}
