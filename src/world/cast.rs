//! Everything a run is made of, as plain data: whoever can fill in a [`Cast`] can start a world.
//!
//! Bare names (`w-0`, `main`, `greet`) everywhere, except where kinds mix: an owner, a requester
//! or the target of a fault is qualified (`account.alice`, `pool.main`, `worker.w-0`).

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use alloy_dyn_abi::DynSolValue;
use alloy_primitives::{Address, B256, Bytes, U256};

use super::Ground;
pub use super::timeline::{EventPattern, Fault, Service, Setting, Trigger, Verb};
pub use crate::actors::{
    Behaviour, Conduct, Deviation, Phase, Policy, PoolBehaviour, RequesterBehaviour, Spread,
};
use crate::{
    amount::Nrlc,
    contracts::Build,
    executor::{Contract, DigestRule, Files, OnError, Place, Program},
    protocol::{Category, Name, Rules, Tag},
    seed::Seed,
    time::Timestamp,
};

/// The whole of a run before it begins.
#[derive(Clone, Debug)]
pub struct Cast {
    /// The scenario's title.
    pub title: String,
    /// The number all chance derives from.
    pub seed: Seed,
    /// Time.
    pub time: TimeRules,
    /// The constants the contracts are compiled with.
    pub rules: Rules,
    /// The contracts of the protocol.
    pub protocol_contracts: Arc<Build>,
    /// Chains with contracts on them, which casts that share it need not make anew.
    pub ground: Ground,
    /// Categories in the order of their ids.
    pub categories: Vec<Category>,
    /// Requesters and owners.
    pub accounts: Vec<AccountCast>,
    /// Workerpools.
    pub pools: Vec<PoolCast>,
    /// Workers, one entry each.
    pub workers: Vec<WorkerCast>,
    /// Applications.
    pub apps: Vec<AppCast>,
    /// Datasets.
    pub datasets: Vec<DatasetCast>,
    /// Contracts of a dapp, in the order in which they are deployed.
    pub contracts: Vec<ContractCast>,
    /// Tasks, one entry each, in the order in which equals are requested.
    pub tasks: Vec<TaskCast>,
    /// What goes wrong, and when.
    pub timeline: Vec<Fault>,
    /// How long messages usually take, at least and at most.
    pub latency: (Duration, Duration),
}

impl Cast {
    /// Returns an empty cast with the rules of the real network, 1 s blocks and this seed.
    pub fn new(title: impl Into<String>, seed: Seed) -> Self {
        Self {
            title: title.into(),
            seed,
            time: TimeRules::default(),
            rules: Rules::default(),
            protocol_contracts: Arc::default(),
            ground: Ground::default(),
            categories: Category::defaults(),
            accounts: Vec::new(),
            pools: Vec::new(),
            workers: Vec::new(),
            apps: Vec::new(),
            datasets: Vec::new(),
            contracts: Vec::new(),
            tasks: Vec::new(),
            timeline: Vec::new(),
            latency: (Duration::from_millis(10), Duration::from_millis(50)),
        }
    }
}

/// How time is measured and when it ends.
#[derive(Clone, Debug)]
pub struct TimeRules {
    /// Blocks are mined at multiples of this.
    pub block: Duration,
    /// The chain's time when the run begins, in Unix seconds.
    pub start: u64,
    /// When the run is cut off as planned.
    pub until: Option<Timestamp>,
    /// When the run has taken too long.
    pub timeout: Option<Timestamp>,
    /// A moment somebody wants to look at; the run goes on until then even when all is done.
    pub at_least: Option<Timestamp>,
}

impl Default for TimeRules {
    fn default() -> Self {
        Self {
            block: Duration::from_secs(1),
            // 2025-01-01T00:00:00Z: a fixed day, so that block hashes never change.
            start: 1_735_689_600,
            until: None,
            timeout: None,
            at_least: None,
        }
    }
}

/// A requester or an owner.
#[derive(Clone, Debug)]
pub struct AccountCast {
    /// Its bare name.
    pub name: Name,
    /// RLC it holds outside the hub.
    pub wallet: Nrlc,
    /// RLC it has in the hub.
    pub deposit: Nrlc,
    /// The wei it holds; none stands for plenty.
    pub wei: Option<U256>,
    /// A key from outside; none derives one from the name.
    pub key: Option<B256>,
    /// How it behaves as a requester.
    pub behaviour: RequesterBehaviour,
}

impl AccountCast {
    /// Returns an honest account with this much in the hub.
    pub fn new(name: impl Into<Name>, deposit: Nrlc) -> Self {
        Self {
            name: name.into(),
            wallet: Nrlc::ZERO,
            deposit,
            wei: None,
            key: None,
            behaviour: RequesterBehaviour::Honest,
        }
    }
}

/// A workerpool and its scheduler, the actor `pool.NAME`.
#[derive(Clone, Debug)]
pub struct PoolCast {
    /// Its bare name.
    pub name: Name,
    /// The account that owns it, qualified, whose key and money its scheduler uses; none stands
    /// for an account of its own, `pool.NAME`.
    pub owner: Option<Name>,
    /// What an account of its own has in the hub.
    pub deposit: Nrlc,
    /// Stake asked of a worker, in percent of the price.
    pub worker_stake: u64,
    /// Share of the reward the scheduler keeps, in percent.
    pub fee: u64,
    /// What it offers, one order per category it serves.
    pub offers: Vec<OfferCast>,
    /// For how many tasks in all, whatever the offer; none where only the volume of each counts.
    pub volume: Option<u64>,
    /// The lowest score a worker needs to be asked.
    pub min_score: u64,
    /// How many workers are asked.
    pub policy: Policy,
    /// Groups of workers in the order in which they are asked; others come last.
    pub pick: Vec<Name>,
    /// Whether lots are drawn among idle workers of the same rank; else the longest idle is asked.
    pub by_lot: bool,
    /// How its scheduler behaves.
    pub behaviour: PoolBehaviour,
    /// Whose tasks a censoring pool takes and leaves lying, and which workers it never asks;
    /// qualified.
    pub censors: Vec<Name>,
}

impl PoolCast {
    /// Returns the account it acts as, qualified.
    pub fn account(&self) -> Name {
        let own = || self.name.of_kind("pool");
        self.owner.clone().unwrap_or_else(own)
    }

    /// Returns an honest pool with the policies of a new workerpool and no offer yet.
    pub fn new(name: impl Into<Name>, deposit: Nrlc) -> Self {
        Self {
            name: name.into(),
            owner: None,
            deposit,
            worker_stake: crate::protocol::DEFAULT_WORKER_STAKE_RATIO,
            fee: crate::protocol::DEFAULT_SCHEDULER_REWARD_RATIO,
            offers: Vec::new(),
            volume: None,
            min_score: 0,
            policy: Policy::JustEnough,
            pick: Vec::new(),
            by_lot: false,
            behaviour: PoolBehaviour::Honest,
            censors: Vec::new(),
        }
    }
}

/// What a pool offers in one category.
#[derive(Clone, Debug)]
pub struct OfferCast {
    /// The category's id.
    pub category: usize,
    /// Price per task.
    pub price: Nrlc,
    /// For how many tasks.
    pub volume: u64,
    /// The highest trust it takes.
    pub trust: u64,
    /// What it can provide.
    pub tag: Tag,
    /// The only app it serves, if any.
    pub app: Option<Name>,
    /// The only requester it serves, qualified, if any.
    pub requester: Option<Name>,
}

impl OfferCast {
    /// Returns an offer to everybody, whatever the trust.
    pub fn new(category: usize, price: Nrlc, volume: u64) -> Self {
        Self {
            category,
            price,
            volume,
            trust: u64::MAX,
            tag: Tag::NONE,
            app: None,
            requester: None,
        }
    }
}

/// A worker.
#[derive(Clone, Debug)]
pub struct WorkerCast {
    /// Its bare name.
    pub name: Name,
    /// The group it is a member of; its own name when alone.
    pub group: Name,
    /// Its pool, bare.
    pub pool: Name,
    /// How it behaves.
    pub conduct: Conduct,
    /// Its score when the run begins.
    pub score: u64,
    /// What it has in the hub.
    pub deposit: Nrlc,
    /// How many tasks it computes at once.
    pub slots: u32,
    /// How fast it computes, in thousandths of the usual speed.
    pub speed_permille: u64,
    /// How long it computes whatever the app says.
    pub duration: Option<Spread>,
    /// When it can be reached; empty for always. Ordered and disjoint.
    pub online: Vec<(Timestamp, Timestamp)>,
    /// By how much everything from and to it is late.
    pub latency: Duration,
    /// Whether it is there from the start; if not, a [`Verb::Join`] brings it in.
    pub present: bool,
    /// Where it computes; only containers heed it.
    pub place: Place,
}

impl WorkerCast {
    /// Returns an honest worker of usual speed with one slot.
    pub fn new(name: impl Into<Name>, pool: impl Into<Name>, deposit: Nrlc) -> Self {
        let name = name.into();
        Self {
            group: name.clone(),
            name,
            pool: pool.into(),
            conduct: Conduct::default(),
            score: 0,
            deposit,
            slots: 1,
            speed_permille: 1000,
            duration: None,
            online: Vec::new(),
            latency: Duration::ZERO,
            present: true,
            place: Place::default(),
        }
    }
}

/// An application.
#[derive(Clone, Debug)]
pub struct AppCast {
    /// Its bare name.
    pub name: Name,
    /// Its owner, qualified.
    pub owner: Name,
    /// Its price per task.
    pub price: Nrlc,
    /// For how many tasks its order is good.
    pub volume: u64,
    /// What it needs.
    pub tag: Tag,
    /// What runs.
    pub program: Program,
    /// Variables it runs with.
    pub env: BTreeMap<String, String>,
    /// The era of its folders and its result.
    pub contract: Contract,
    /// What is voted on when it leaves no consensus file.
    pub digest: DigestRule,
    /// Whether failures are voted on.
    pub on_error: OnError,
    /// How long it takes at usual speed, unless the program says so itself.
    pub duration: Spread,
    /// The image or module by name, as registered on chain.
    pub multiaddr: String,
    /// The only dataset it works with, if any.
    pub dataset: Option<Name>,
    /// The only pool it runs in, if any.
    pub pool: Option<Name>,
}

impl AppCast {
    /// Returns a free app that takes ten seconds and follows the conventions of 2018.
    pub fn new(name: impl Into<Name>, owner: impl Into<Name>, program: Program) -> Self {
        let name = name.into();
        Self {
            multiaddr: name.to_string(),
            name,
            owner: owner.into(),
            price: Nrlc::ZERO,
            volume: u64::from(u32::MAX),
            tag: Tag::NONE,
            program,
            env: BTreeMap::new(),
            contract: Contract::default(),
            digest: DigestRule::default(),
            on_error: OnError::default(),
            duration: Spread::exact(Duration::from_secs(10)),
            dataset: None,
            pool: None,
        }
    }
}

/// A dataset.
#[derive(Clone, Debug)]
pub struct DatasetCast {
    /// Its bare name.
    pub name: Name,
    /// Its owner, qualified.
    pub owner: Name,
    /// Its price per task.
    pub price: Nrlc,
    /// For how many tasks its order is good.
    pub volume: u64,
    /// What lies in a task's input folder because of it.
    pub files: Files,
    /// Where it is said to lie, as registered on chain.
    pub multiaddr: String,
    /// The checksum registered on chain.
    pub checksum: B256,
    /// The only app it may be used by, if any.
    pub app: Option<Name>,
}

impl DatasetCast {
    /// Returns a free dataset for everybody.
    pub fn new(name: impl Into<Name>, owner: impl Into<Name>, files: Files) -> Self {
        let name = name.into();
        Self {
            multiaddr: name.to_string(),
            name,
            owner: owner.into(),
            price: Nrlc::ZERO,
            volume: u64::from(u32::MAX),
            checksum: files.digest(),
            files,
            app: None,
        }
    }
}

/// A contract of a dapp, deployed when everything it may refer to is there.
#[derive(Clone, Debug)]
pub struct ContractCast {
    /// Its bare name.
    pub name: Name,
    /// Who deploys it, qualified.
    pub by: Name,
    /// Its code of creation, without arguments.
    pub code: Bytes,
    /// What its constructor is given.
    pub args: Vec<Argument>,
}

/// What a constructor is given.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// A value.
    Value(DynSolValue),
    /// The address of a qualified name: `account.alice`, `app.hello`, `contract.Other`, or of a
    /// part of the protocol: `protocol.hub`, `protocol.rlc`.
    AddressOf(Name),
}

/// A contract, by what is known of it before the run begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContractRef {
    /// It is there.
    At(Address),
    /// The cast has it, under this bare name.
    Named(Name),
}

/// A task somebody wants done.
#[derive(Clone, Debug)]
pub struct TaskCast {
    /// Its bare name.
    pub name: Name,
    /// The group it is a member of; its own name when alone.
    pub group: Name,
    /// The application, bare.
    pub app: Name,
    /// The dataset, bare, if any.
    pub dataset: Option<Name>,
    /// Who wants it, qualified.
    pub by: Name,
    /// The command line.
    pub args: String,
    /// What lies in the input folder besides the dataset.
    pub inputs: Files,
    /// Where that comes from, in the order it was asked for; told on chain.
    pub input_uris: Vec<String>,
    /// Whether what lies there could not be had: nobody can compute it then.
    pub lacks_inputs: bool,
    /// When it is requested.
    pub at: Timestamp,
    /// The category's id.
    pub category: usize,
    /// The trust asked for.
    pub trust: u64,
    /// The most a pool may charge.
    pub max_price: Nrlc,
    /// The only pool it may run in, if any.
    pub pool: Option<Name>,
    /// What it asks of app and pool.
    pub tag: Tag,
    /// The contract that is told of the result, if any.
    pub callback: Option<ContractRef>,
}

impl TaskCast {
    /// Returns a task wanted at the start, of the smallest category, at any price.
    pub fn new(name: impl Into<Name>, by: impl Into<Name>, app: impl Into<Name>) -> Self {
        let name = name.into();
        Self {
            group: name.clone(),
            name,
            app: app.into(),
            dataset: None,
            by: by.into(),
            args: String::new(),
            inputs: Files::new(),
            input_uris: Vec::new(),
            lacks_inputs: false,
            at: Timestamp::START,
            category: 0,
            trust: 1,
            max_price: Nrlc::ANY_PRICE,
            pool: None,
            tag: Tag::NONE,
            callback: None,
        }
    }
}
