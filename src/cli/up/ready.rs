//! The ready file: everything a test in any language needs to know, whole or not there at all.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use alloy_primitives::{Address, B256};
use serde::Serialize;

use crate::{
    amount::Nrlc,
    chain::{Chain, DEV_MNEMONIC},
    cli::whole,
    contracts::Deployment,
    protocol::Name,
    server::Server,
    world::World,
};

/// What is told when all is ready: in the file, in the `READY` line, and in the environment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Ready {
    version: &'static str,
    pid: u32,
    /// URL of the JSON-RPC endpoint.
    pub(super) rpc: String,
    /// The same by WebSocket.
    pub(super) ws: String,
    /// EIP-155 chain id.
    pub(super) chain_id: u64,
    /// Where the contracts are, unless the chain was to be empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) contracts: Option<Contracts>,
    /// The accounts: of the scenario's cast, then the development accounts.
    pub(super) accounts: Vec<DevAccount>,
    /// What else a living network has.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(super) network: Option<Network>,
}

/// What a living network has besides a chain.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Network {
    pub(super) title: String,
    pub(super) seed: u64,
    /// `wall` or `manual`.
    pub(super) time: &'static str,
    /// URL of the REST interfaces, if they are served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) api: Option<String>,
    pub(super) apps: BTreeMap<Name, Resource>,
    pub(super) datasets: BTreeMap<Name, Resource>,
    pub(super) pools: BTreeMap<Name, PoolEntry>,
    pub(super) workers: BTreeMap<Name, WorkerEntry>,
    /// The contracts of the scenario, by name.
    pub(super) deployed: BTreeMap<Name, Address>,
}

/// An app or a dataset.
#[derive(Debug, Serialize)]
pub(super) struct Resource {
    pub(super) address: Address,
    pub(super) owner: Name,
    /// In nRLC.
    pub(super) price: Nrlc,
}

/// A workerpool.
#[derive(Debug, Serialize)]
pub(super) struct PoolEntry {
    pub(super) address: Address,
    pub(super) scheduler: Address,
}

/// A worker.
#[derive(Debug, Serialize)]
pub(super) struct WorkerEntry {
    pub(super) address: Address,
    pub(super) pool: Name,
}

/// The addresses of the contracts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Contracts {
    pub(super) hub: Address,
    pub(super) rlc: Address,
    pub(super) app_registry: Address,
    pub(super) dataset_registry: Address,
    pub(super) workerpool_registry: Address,
    pub(super) owner: Address,
}

/// One account. The key is told only if everybody has it anyway.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DevAccount {
    /// Its name in the scenario, qualified unless it is a plain account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<Name>,
    /// `account`, `scheduler`, `worker` or `development`.
    pub(super) role: &'static str,
    pub(super) address: Address,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) private_key: Option<B256>,
}

impl Ready {
    /// Describes a server and the chain behind it.
    pub(in crate::cli) fn new(
        server: &Server,
        chain: &Chain,
        contracts: Option<&Deployment>,
        mnemonic: &str,
    ) -> Self {
        let public = mnemonic == DEV_MNEMONIC;
        let accounts = chain.signers().iter().map(|signer| DevAccount {
            name: None,
            role: "development",
            address: signer.address(),
            private_key: public.then(|| signer.to_bytes()),
        });
        Self {
            version: env!("CARGO_PKG_VERSION"),
            pid: std::process::id(),
            rpc: server.http_url(),
            ws: server.ws_url(),
            chain_id: chain.chain_id(),
            contracts: contracts.map(|contracts| Contracts {
                hub: contracts.hub,
                rlc: contracts.rlc,
                app_registry: contracts.app_registry,
                dataset_registry: contracts.dataset_registry,
                workerpool_registry: contracts.workerpool_registry,
                owner: contracts.owner,
            }),
            accounts: accounts.collect(),
            network: None,
        }
    }

    /// Describes a living network and its server.
    pub(super) fn of_world(
        server: &Server,
        api: Option<&Server>,
        world: &World,
        time: &'static str,
    ) -> Self {
        let mut ready = Self::new(
            server,
            world.chain(),
            Some(world.deployment()),
            DEV_MNEMONIC,
        );
        let mut accounts = cast_accounts(world);
        // The chain signs for the cast as well; who is in it has a name.
        let known = |address| accounts.iter().any(|own| own.address == address);
        ready.accounts.retain(|account| !known(account.address));
        accounts.append(&mut ready.accounts);
        ready.accounts = accounts;
        ready.network = Some(Network::of(world, api, time));
        ready
    }

    /// The environment of a command: what is in the file, name by name.
    pub(super) fn environment(&self) -> Vec<(String, String)> {
        let mut all = vec![
            ("ETH_RPC_URL".to_owned(), self.rpc.clone()),
            ("EMULATE_RPC".to_owned(), self.rpc.clone()),
            ("EMULATE_WS".to_owned(), self.ws.clone()),
            ("EMULATE_CHAIN_ID".to_owned(), self.chain_id.to_string()),
        ];
        if let Some(contracts) = &self.contracts {
            all.push(("EMULATE_HUB".to_owned(), contracts.hub.to_string()));
            all.push(("EMULATE_RLC".to_owned(), contracts.rlc.to_string()));
        }
        for account in self
            .accounts
            .iter()
            .filter(|account| account.role == "account")
        {
            let Some(name) = &account.name else { continue };
            all.push((variable("ACCOUNT", name), account.address.to_string()));
            let key = account.private_key.iter();
            all.extend(key.map(|key| (variable("KEY", name), key.to_string())));
        }
        all.extend(self.network.iter().flat_map(Network::environment));
        all
    }

    /// Returns it as one line of JSON.
    pub(in crate::cli) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("addresses, keys and URLs have a JSON form")
    }
}

/// The accounts of a cast. A key that follows from a name is known to everybody; one that the
/// scenario states may be a secret, and is not told.
fn cast_accounts(world: &World) -> Vec<DevAccount> {
    let cast = world.cast();
    let accounts = cast.accounts.iter().map(|account| {
        let name = account.name.of_kind("account");
        (account.name.clone(), name, "account", account.key.is_none())
    });
    let own = cast.pools.iter().filter(|pool| pool.owner.is_none());
    let pools = own.map(|pool| {
        let name = pool.name.of_kind("pool");
        (name.clone(), name, "scheduler", true)
    });
    let workers = cast.workers.iter().map(|worker| {
        let name = worker.name.of_kind("worker");
        (name.clone(), name, "worker", true)
    });
    let all = accounts.chain(pools).chain(workers);
    let told = all.filter_map(|(name, qualified, role, is_known)| {
        let account = world.account(&qualified)?;
        Some(DevAccount {
            name: Some(name),
            role,
            address: account.address(),
            private_key: is_known.then(|| account.private_key()),
        })
    });
    told.collect()
}

impl Network {
    fn of(world: &World, api: Option<&Server>, time: &'static str) -> Self {
        let cast = world.cast();
        let at = |name: &Name, kind| world.address(&name.of_kind(kind)).unwrap_or_default();
        let resource = |name: &Name, kind, owner: &Name, price| {
            let address = at(name, kind);
            let owner = owner.clone();
            let resource = Resource {
                address,
                owner,
                price,
            };
            (name.clone(), resource)
        };
        let apps = cast.apps.iter();
        let datasets = cast.datasets.iter();
        let pools = cast.pools.iter().map(|pool| {
            let (address, scheduler) = (at(&pool.name, "workerpool"), at(&pool.name, "pool"));
            (pool.name.clone(), PoolEntry { address, scheduler })
        });
        let workers = cast.workers.iter().map(|worker| {
            let (address, pool) = (at(&worker.name, "worker"), worker.pool.clone());
            (worker.name.clone(), WorkerEntry { address, pool })
        });
        let contracts = cast.contracts.iter();
        Self {
            title: cast.title.clone(),
            seed: cast.seed.0,
            time,
            api: api.map(Server::http_url),
            apps: apps
                .map(|app| resource(&app.name, "app", &app.owner, app.price))
                .collect(),
            datasets: datasets
                .map(|set| resource(&set.name, "dataset", &set.owner, set.price))
                .collect(),
            pools: pools.collect(),
            workers: workers.collect(),
            deployed: contracts
                .map(|contract| (contract.name.clone(), at(&contract.name, "contract")))
                .collect(),
        }
    }

    /// The environment of a command, besides what every chain has.
    fn environment(&self) -> Vec<(String, String)> {
        let mut all = vec![("EMULATE_SEED".to_owned(), self.seed.to_string())];
        let api = self.api.iter();
        all.extend(api.map(|api| ("EMULATE_API".to_owned(), api.clone())));
        let mut add = |kind: &str, name: &Name, address: &Address| {
            all.push((variable(kind, name), address.to_string()));
        };
        self.apps
            .iter()
            .for_each(|(name, app)| add("APP", name, &app.address));
        self.datasets
            .iter()
            .for_each(|(name, set)| add("DATASET", name, &set.address));
        self.pools
            .iter()
            .for_each(|(name, pool)| add("POOL", name, &pool.address));
        self.deployed
            .iter()
            .for_each(|(name, at)| add("CONTRACT", name, at));
        all
    }
}

/// `EMULATE_APP_HELLO_WORLD` for the app `hello-world`.
fn variable(kind: &str, name: &Name) -> String {
    let plain = |char: char| match char.is_ascii_alphanumeric() {
        true => char.to_ascii_uppercase(),
        false => '_',
    };
    let name: String = name.chars().map(plain).collect();
    format!("EMULATE_{kind}_{name}")
}

/// The file on the disk; dropping it removes it.
#[derive(Debug)]
pub(super) struct ReadyFile {
    path: PathBuf,
}

impl ReadyFile {
    /// Writes the file so that a reader sees all of it or none.
    ///
    /// # Errors
    ///
    /// When the directory cannot be written to.
    pub(super) fn write(path: &Path, ready: &Ready) -> io::Result<Self> {
        let text = format!("{}\n", ready.to_json());
        let path = whole::write(path, text.as_bytes())?;
        Ok(Self { path })
    }

    /// Returns where it is, from the root on.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for ReadyFile {
    fn drop(&mut self) {
        // Somebody may have removed it already.
        let _ = fs::remove_file(&self.path);
    }
}
