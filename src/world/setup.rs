//! How a world begins: chain, contracts, accounts, registries, deposits, and actors in their places.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use alloy_primitives::{Address, B256};

use super::{
    World,
    cast::{Cast, TaskCast},
    deliver::Delivery,
    directory::Directory,
    fault::Timeline,
    invariant::Economy,
    network::Network,
    outbox::Outbox,
    queue::Queue,
    reorg::Past,
    trouble::Trouble,
};
use crate::{
    actors::{Input, Request},
    amount::Nrlc,
    chain::ConfigError,
    contracts::DeployError,
    log::{Event, EventLog},
    protocol::{Account, Category, Name},
    services::{Market, Quote, results::Results},
    time::{Timestamp, millis},
};

mod dapp;
mod entries;
mod funds;
mod places;

/// Why a world cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The chain cannot begin.
    #[error(transparent)]
    Chain(#[from] ConfigError),
    /// The contracts cannot be put on it.
    #[error(transparent)]
    Deploy(#[from] DeployError),
    /// Something refers to a name nobody has.
    #[error("{who} refers to {name}, which is not part of the cast")]
    UnknownName {
        /// What refers to it.
        who: Name,
        /// The name.
        name: Name,
    },
    /// Two of a kind have the same name.
    #[error("there are two of the name {0}; every member of the cast needs a name of its own")]
    DuplicateName(Name),
    /// The first categories are not those the hub begins with.
    #[error(
        "category {index} is {found}; the first five are XS, S, M, L and XL as on the real network, others follow"
    )]
    Category {
        /// Which.
        index: usize,
        /// What the cast says.
        found: String,
    },
    /// A key is no key.
    #[error("the key of {0} is not a secp256k1 key; use 32 bytes that are")]
    Key(Name),
    /// There is not enough RLC.
    #[error(
        "the cast holds {wanted}, there are {} in all; let wallets and deposits be less",
        Nrlc::SUPPLY
    )]
    TooMuchMoney {
        /// What wallets and deposits add up to.
        wanted: Nrlc,
    },
    /// A transaction of the preparations failed.
    #[error("the preparations failed at {step}: {reason}")]
    Failed {
        /// What was to be done.
        step: String,
        /// Why it was not.
        reason: String,
    },
    /// Time does not pass.
    #[error("blocks take no time; use at least 1 ms")]
    NoBlockTime,
}

impl World {
    /// Prepares everything a cast asks for, up to the moment before the first actor acts.
    ///
    /// # Errors
    ///
    /// [`SetupError`] says which part of the cast cannot be.
    pub fn new(cast: Cast) -> Result<Self, SetupError> {
        if millis(cast.time.block) == 0 {
            return Err(SetupError::NoBlockTime);
        }
        check_categories(&cast.categories)?;
        let (mut chain, deployment) = cast.ground.of(&cast)?;
        let directory = Directory::default();
        chain.know_signers(directory.signers.clone());
        let mut log = EventLog::default();
        log.append(
            Timestamp::START,
            0,
            None,
            Event::RunStarted {
                title: cast.title.clone(),
                seed: cast.seed.0,
                version: env!("CARGO_PKG_VERSION").into(),
                start: cast.time.start,
                block_ms: millis(cast.time.block),
            },
        );
        let (low, high) = cast.latency;
        let mut world = Self {
            now: Timestamp::START,
            seed: cast.seed,
            start: cast.time.start,
            block: cast.time.block,
            until: cast.time.until,
            timeout: cast.time.timeout,
            queue: Queue::default(),
            market: Market::new(cast.rules.clone(), cast.categories.len()),
            chain,
            deployment,
            deals: HashMap::new(),
            foresight: Default::default(),
            directory,
            slots: Vec::new(),
            places: HashMap::new(),
            watchers: HashMap::new(),
            network: Network::new(low, high),
            is_matching: false,
            quote: Quote::default(),
            results: Results::new(),
            outbox: Outbox::default(),
            in_flight: HashMap::new(),
            past: Past::default(),
            is_mining: false,
            jobs: Vec::new(),
            commands: Vec::new(),
            warned: BTreeSet::new(),
            log,
            economy: Economy::default(),
            timeline: Timeline::default(),
            trouble: Trouble::default(),
            scores: BTreeMap::new(),
            open_tasks: 0,
            live: 0,
            ended: None,
            witness: None,
            cast: Arc::new(cast),
        };
        world.prepare()?;
        Ok(world)
    }

    fn prepare(&mut self) -> Result<(), SetupError> {
        let cast = Arc::clone(&self.cast);
        for number in 1..=self.chain.height() {
            if let Some(block) = self.chain.block(number).cloned() {
                self.take_in(&block);
            }
        }
        self.add_accounts(&cast)?;
        self.add_entries(&cast)?;
        self.fund(&cast)?;
        self.set_scores(&cast)?;
        self.deploy_contracts(&cast)?;
        for task in &cast.tasks {
            if self.directory.task(&task.name).is_some() {
                return Err(SetupError::DuplicateName(task.name.of_kind("task")));
            }
            self.directory.add_task(Arc::new(task.clone()));
            self.open_tasks += 1;
        }
        self.place_actors(&cast)?;
        for worker in &cast.workers {
            let name = worker.name.of_kind("worker");
            self.network.set_latency(name.clone(), worker.latency);
            self.plan_hours(&name, &worker.online);
        }
        self.past.beginning = self.chain.height();
        self.plan_timeline();
        if let Some(moment) = cast.time.at_least {
            self.push(moment, Delivery::Moment);
        }
        Ok(())
    }

    /// Enters the keys of everybody with an account.
    fn add_accounts(&mut self, cast: &Cast) -> Result<(), SetupError> {
        let accounts = cast.accounts.iter();
        let accounts = accounts.map(|cast| (cast.name.of_kind("account"), cast.key));
        let own = || cast.pools.iter().filter(|pool| pool.owner.is_none());
        let pools = own().map(|cast| (cast.name.of_kind("pool"), None));
        let workers = cast.workers.iter();
        let workers = workers.map(|cast| (cast.name.of_kind("worker"), None));
        for (name, key) in accounts.chain(pools).chain(workers) {
            let account = match key {
                Some(key) => Account::from_private_key(name.clone(), key)
                    .ok_or_else(|| SetupError::Key(name.clone()))?,
                None => Account::named(name.clone()),
            };
            if self.directory.account(&name).is_some() {
                return Err(SetupError::DuplicateName(name));
            }
            self.directory.add_account(account);
        }
        for pool in &cast.pools {
            let (name, owner) = (pool.name.of_kind("pool"), pool.account());
            if name != owner {
                self.address_for(&name, &owner)?;
                self.directory.add_alias(name, &owner);
            }
        }
        self.equip(cast);
        self.equip_for_dear_gas(cast);
        let mut open = |name: Name, deposit| {
            let address = self.directory.address(&name).unwrap_or_default();
            let account = name;
            let event = Event::AccountOpened {
                account,
                address,
                deposit,
            };
            self.append(None, event);
        };
        for cast in &cast.accounts {
            open(cast.name.of_kind("account"), cast.deposit);
        }
        for cast in own() {
            open(cast.name.of_kind("pool"), cast.deposit);
        }
        for cast in &cast.workers {
            open(cast.name.of_kind("worker"), cast.deposit);
        }
        Ok(())
    }

    /// Plans when a worker can be reached and when not.
    fn plan_hours(&mut self, worker: &Name, online: &[(Timestamp, Timestamp)]) {
        let Some(&to) = self.places.get(worker) else {
            return;
        };
        let Some((first, _)) = online.first() else {
            return;
        };
        if *first > Timestamp::START {
            self.set_reachable(to, false);
        }
        for (from, until) in online {
            for (at, online) in [(*from, true), (*until, false)] {
                self.push(at, Delivery::Reachable { to, online });
            }
        }
    }

    /// A task in terms of the chain.
    pub(super) fn request_of(&self, task: &TaskCast) -> Option<Request> {
        // What the owners ask is paid; only the pool's price is haggled about.
        let any_price = Nrlc::ANY_PRICE;
        let address = |name: &Name, kind| self.directory.address(&name.of_kind(kind));
        let app = address(&task.app, "app")?;
        let dataset = match &task.dataset {
            Some(name) => Some((name.clone(), address(name, "dataset")?, any_price)),
            None => None,
        };
        let pool = match &task.pool {
            Some(name) => address(name, "workerpool")?,
            None => Address::ZERO,
        };
        let callback = match &task.callback {
            Some(contract) => self.contract_at(contract)?,
            None => Address::ZERO,
        };
        let category = self.cast.categories.get(task.category)?;
        Some(Request {
            task: task.name.clone(),
            group: task.group.clone(),
            at: task.at,
            app: (task.app.clone(), app, any_price),
            dataset,
            pool,
            max_price: task.max_price,
            category: (category.name.to_lowercase().into(), task.category as u64),
            trust: task.trust,
            tag: task.tag,
            callback,
            params: params(task),
        })
    }

    /// Starts an actor when the run begins.
    fn start_actor(&mut self, to: usize) {
        let input = Input::Start;
        self.push(Timestamp::START, Delivery::Input { to, input });
    }
}

/// What a deal says of a task, as workers read it.
fn params(task: &TaskCast) -> String {
    let mut params = serde_json::json!({ "iexec_args": task.args });
    if !task.input_uris.is_empty() {
        params["iexec_input_files"] = task.input_uris.clone().into();
    }
    params.to_string()
}

/// The hub is made with the categories of the real network.
fn check_categories(categories: &[Category]) -> Result<(), SetupError> {
    for (index, wanted) in Category::defaults().iter().enumerate() {
        let found = categories.get(index);
        if found != Some(wanted) {
            let found = found.map_or("missing".into(), |category| {
                format!("{} of {} s", category.name, category.work_clock_time_ref)
            });
            return Err(SetupError::Category { index, found });
        }
    }
    Ok(())
}

/// Bytes of a text, for the registries.
fn bytes(text: &str) -> alloy_primitives::Bytes {
    text.as_bytes().to_vec().into()
}

/// No checksum: what the registries hold for apps, whose images are named by digest if at all.
const NO_CHECKSUM: B256 = B256::ZERO;
