//! Actors in their places: schedulers first, then accounts, then workers, as the cast lists them.

use std::{collections::BTreeMap, sync::Arc};

use alloy_primitives::Address;

use super::{Cast, SetupError, World};
use crate::{
    actors::{
        AccountActor, Actor, AppListing, DatasetListing, Offer, PoolSetup, Provider, Request,
        Requester, Scheduler, Worker, WorkerSetup,
    },
    log::Event,
    protocol::{Account, Domain, Name},
    time::Timestamp,
    world::{
        cast::{AccountCast, ContractRef, PoolCast, TaskCast},
        decode::bare,
        slot::{Slot, State},
    },
};

impl World {
    /// Puts everybody into place and plans their start.
    pub(super) fn place_actors(&mut self, cast: &Cast) -> Result<(), SetupError> {
        let groups = cast.workers.iter().enumerate().map(|(place, worker)| {
            let group = worker.group.clone();
            (worker.name.of_kind("worker"), (place, group))
        });
        let groups = Arc::new(groups.collect::<BTreeMap<_, _>>());
        for pool in &cast.pools {
            let scheduler = Scheduler::new(self.pool_setup(pool, &groups)?);
            self.place(pool.name.of_kind("pool"), scheduler, State::Up)?;
        }
        let mut requests: BTreeMap<Name, Vec<Request>> = BTreeMap::new();
        for task in &cast.tasks {
            let who = task.name.of_kind("task");
            self.check_task(&who, task)?;
            let request = self.request_of(task);
            let request = request.ok_or_else(|| SetupError::UnknownName {
                who: who.clone(),
                name: format!("category {}", task.category).into(),
            })?;
            requests.entry(task.by.clone()).or_default().push(request);
        }
        for account in &cast.accounts {
            let name = account.name.of_kind("account");
            let requests = requests.remove(&name).unwrap_or_default();
            let actor = self.account_actor(cast, account, requests)?;
            self.place(name, actor, State::Up)?;
        }
        if let Some((name, _)) = requests.pop_first() {
            let who = Name::from("a task");
            return Err(SetupError::UnknownName { who, name });
        }
        for (index, worker) in cast.workers.iter().enumerate() {
            let name = worker.name.of_kind("worker");
            let setup = WorkerSetup {
                account: self.account_of(&name)?,
                scheduler: worker.pool.of_kind("pool"),
                conduct: worker.conduct.clone(),
                slots: worker.slots,
                speed_permille: worker.speed_permille,
                duration: worker.duration,
            };
            self.address_for(&name, &worker.pool.of_kind("workerpool"))?;
            let state = match worker.present {
                true => State::Up,
                false => State::Absent,
            };
            let place = self.place(name, Worker::new(setup), state)?;
            self.slots[place].worker = Some(index);
            if worker.present {
                self.record_joined(place);
            }
        }
        Ok(())
    }

    fn place(
        &mut self,
        name: Name,
        actor: impl Actor + 'static,
        state: State,
    ) -> Result<usize, SetupError> {
        let place = self.slots.len();
        let link = format!("network.{name}");
        self.slots.push(Slot {
            account: self.account_of(&name)?,
            actor: Box::new(actor),
            stream: self.seed.stream(&name),
            link: self.seed.stream(&link),
            state,
            life: 0,
            held: Vec::new(),
            missed: Vec::new(),
            outbox: Vec::new(),
            arrivals: std::collections::BTreeMap::new(),
            newest_sent: Timestamp::START,
            identities: 0,
            skew: 0,
            worker: None,
            name: name.clone(),
        });
        self.places.insert(name, place);
        if state == State::Up {
            self.start_actor(place);
        }
        Ok(place)
    }

    fn account_of(&self, name: &Name) -> Result<Account, SetupError> {
        let account = self.directory.account(name).cloned();
        account.ok_or_else(|| SetupError::UnknownName {
            who: name.clone(),
            name: name.clone(),
        })
    }

    fn domain(&self) -> Domain {
        self.deployment.hub().domain(&self.chain)
    }

    fn category_seconds(&self) -> Vec<u64> {
        let categories = self.cast.categories.iter();
        categories.map(|c| c.work_clock_time_ref).collect()
    }

    /// The address of an optional name; zero, which stands for everybody, when there is none.
    fn restriction(
        &self,
        who: &Name,
        kind: &str,
        name: Option<&Name>,
    ) -> Result<Address, SetupError> {
        name.map_or(Ok(Address::ZERO), |name| {
            self.address_for(who, &name.of_kind(kind))
        })
    }

    pub(in crate::world) fn check_task(
        &self,
        who: &Name,
        task: &TaskCast,
    ) -> Result<(), SetupError> {
        self.address_for(who, &task.app.of_kind("app"))?;
        self.restriction(who, "dataset", task.dataset.as_ref())?;
        self.restriction(who, "workerpool", task.pool.as_ref())?;
        if let Some(ContractRef::Named(name)) = &task.callback {
            self.address_for(who, &name.of_kind("contract"))?;
        }
        self.address_for(who, &task.by).map(|_| ())
    }

    fn pool_setup(
        &self,
        pool: &PoolCast,
        groups: &Arc<BTreeMap<Name, (usize, Name)>>,
    ) -> Result<PoolSetup, SetupError> {
        let entry = pool.name.of_kind("workerpool");
        let mut offers = Vec::new();
        for offer in &pool.offers {
            let requester = match &offer.requester {
                Some(name) => self.address_for(&entry, name)?,
                None => Address::ZERO,
            };
            offers.push(Offer {
                category: offer.category as u64,
                price: offer.price,
                volume: offer.volume,
                trust: offer.trust,
                tag: offer.tag,
                app: self.restriction(&entry, "app", offer.app.as_ref())?,
                requester,
            });
        }
        Ok(PoolSetup {
            name: pool.name.clone(),
            account: self.account_of(&pool.name.of_kind("pool"))?,
            workerpool: self.address_for(&entry, &entry)?,
            domain: self.domain(),
            rules: self.cast.rules.clone(),
            categories: self.category_seconds(),
            offers,
            volume: pool.volume,
            policy: pool.policy,
            min_score: pool.min_score,
            pick: pool.pick.clone(),
            by_lot: pool.by_lot,
            groups: Arc::clone(groups),
            behaviour: pool.behaviour,
            censors: pool.censors.clone(),
        })
    }

    fn account_actor(
        &self,
        cast: &Cast,
        account: &AccountCast,
        requests: Vec<Request>,
    ) -> Result<AccountActor, SetupError> {
        let name = account.name.of_kind("account");
        let key = self.account_of(&name)?;
        let mut apps = Vec::new();
        for app in cast.apps.iter().filter(|app| app.owner == name) {
            let who = app.name.of_kind("app");
            apps.push(AppListing {
                name: app.name.clone(),
                address: self.address_for(&who, &who)?,
                price: app.price,
                volume: app.volume,
                tag: app.tag,
                dataset: self.restriction(&who, "dataset", app.dataset.as_ref())?,
                pool: self.restriction(&who, "workerpool", app.pool.as_ref())?,
            });
        }
        let mut datasets = Vec::new();
        for dataset in cast.datasets.iter().filter(|dataset| dataset.owner == name) {
            let who = dataset.name.of_kind("dataset");
            datasets.push(DatasetListing {
                address: self.address_for(&who, &who)?,
                price: dataset.price,
                volume: dataset.volume,
                app: self.restriction(&who, "app", dataset.app.as_ref())?,
            });
        }
        let requester = Requester::new(
            key.clone(),
            self.domain(),
            self.cast.rules.clone(),
            self.category_seconds(),
            account.behaviour,
        );
        Ok(AccountActor {
            provider: Provider::new(key, self.domain(), apps, datasets),
            requester: requester.wanting(requests),
        })
    }

    /// Logs that a worker offers its computing.
    pub(in crate::world) fn record_joined(&mut self, place: usize) {
        let slot = &self.slots[place];
        let worker = bare(&slot.name);
        let cast = slot.worker.and_then(|index| self.cast.workers.get(index));
        let Some(cast) = cast else {
            return;
        };
        let score = self.scores.get(&worker).copied().unwrap_or_default();
        let event = Event::WorkerJoined {
            worker,
            pool: cast.pool.clone(),
            group: cast.group.clone(),
            behaviour: cast.conduct.behaviour.name().into(),
            score,
        };
        self.append(None, event);
    }
}
