//! Apps, datasets and workerpools: registered before the run begins.

use alloy_primitives::{Address, Bytes};

use super::{Cast, NO_CHECKSUM, SetupError, World, bytes};
use crate::{
    contracts::{AppEntry, DatasetEntry, RegistryEntry, WorkerpoolEntry, call},
    log::Event,
    protocol::{Category, DEFAULT_SCHEDULER_REWARD_RATIO, DEFAULT_WORKER_STAKE_RATIO, Name},
};
use std::sync::Arc;

impl World {
    /// Registers everything the cast offers, and logs it.
    pub(super) fn add_entries(&mut self, cast: &Cast) -> Result<(), SetupError> {
        let mut calls: Vec<(Address, Bytes)> = Vec::new();
        for category in cast.categories.iter().skip(Category::defaults().len()) {
            calls.push((self.deployment.hub, call::create_category(category)));
        }
        for app in &cast.apps {
            let entry = AppEntry {
                name: app.name.to_string(),
                kind: "DOCKER".into(),
                multiaddr: bytes(&app.multiaddr),
                checksum: NO_CHECKSUM,
                mrenclave: Bytes::new(),
            };
            let registry = self.deployment.app_registry;
            let name = app.name.of_kind("app");
            calls.push((registry, self.enter(&entry, registry, &name, &app.owner)?));
            self.directory
                .apps
                .insert(app.name.clone(), Arc::new(app.clone()));
        }
        for dataset in &cast.datasets {
            let entry = DatasetEntry {
                name: dataset.name.to_string(),
                multiaddr: bytes(&dataset.multiaddr),
                checksum: dataset.checksum,
            };
            let registry = self.deployment.dataset_registry;
            let name = dataset.name.of_kind("dataset");
            calls.push((
                registry,
                self.enter(&entry, registry, &name, &dataset.owner)?,
            ));
            self.directory
                .datasets
                .insert(dataset.name.clone(), Arc::new(dataset.clone()));
        }
        for pool in &cast.pools {
            let entry = WorkerpoolEntry {
                description: pool.name.to_string(),
            };
            let registry = self.deployment.workerpool_registry;
            let (name, owner) = (pool.name.of_kind("workerpool"), pool.account());
            calls.push((registry, self.enter(&entry, registry, &name, &owner)?));
        }
        self.prepare_by_owner(calls, "registering apps, datasets and workerpools")?;
        self.set_policies(cast)?;
        self.log_entries(cast);
        Ok(())
    }

    /// Enters a name for what a registry will hold, and returns the call that registers it.
    fn enter(
        &mut self,
        entry: &impl RegistryEntry,
        registry: Address,
        name: &Name,
        owner: &Name,
    ) -> Result<Bytes, SetupError> {
        if self.directory.address(name).is_some() {
            return Err(SetupError::DuplicateName(name.clone()));
        }
        let owner = self.address_for(name, owner)?;
        let address = self.deployment.entry(entry, registry, owner);
        self.directory.add_entry(name.clone(), address);
        Ok(entry.creation(owner))
    }

    /// The address of something `who` refers to.
    pub(super) fn address_for(&self, who: &Name, name: &Name) -> Result<Address, SetupError> {
        let unknown = || SetupError::UnknownName {
            who: who.clone(),
            name: name.clone(),
        };
        self.directory.address(name).ok_or_else(unknown)
    }

    /// Pools that ask other terms than a new workerpool say so on chain.
    fn set_policies(&mut self, cast: &Cast) -> Result<(), SetupError> {
        let usual = (DEFAULT_WORKER_STAKE_RATIO, DEFAULT_SCHEDULER_REWARD_RATIO);
        let mut calls = Vec::new();
        for pool in &cast.pools {
            if (pool.worker_stake, pool.fee) != usual {
                let entry = pool.name.of_kind("workerpool");
                let to = self.address_for(&entry, &entry)?;
                let data = call::change_policy(pool.worker_stake, pool.fee);
                calls.push((pool.account(), to, data));
            }
        }
        self.prepare_by(calls, "setting the workerpools' terms")
    }

    fn log_entries(&mut self, cast: &Cast) {
        let mut events = Vec::new();
        let address = |name: Name| self.directory.address(&name).unwrap_or_default();
        for app in &cast.apps {
            events.push(Event::AppRegistered {
                app: app.name.clone(),
                address: address(app.name.of_kind("app")),
                owner: app.owner.clone(),
                price: app.price,
            });
        }
        for dataset in &cast.datasets {
            events.push(Event::DatasetRegistered {
                dataset: dataset.name.clone(),
                address: address(dataset.name.of_kind("dataset")),
                owner: dataset.owner.clone(),
                price: dataset.price,
            });
        }
        for pool in &cast.pools {
            events.push(Event::WorkerpoolRegistered {
                pool: pool.name.clone(),
                address: address(pool.name.of_kind("workerpool")),
                owner: pool.account(),
                worker_stake: pool.worker_stake,
                fee: pool.fee,
            });
        }
        for event in events {
            self.append(None, event);
        }
    }
}
