//! The contracts on a chain, with the cast registered and everybody's tokens at hand.

use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, Bytes, TxKind, U256};
use emulate::{
    chain::{Chain, Config, Receipt},
    contracts::{
        AppEntry, Build, DatasetEntry, Deployment, RegistryEntry, WorkerpoolEntry, call,
        deploy_build,
    },
    protocol::{Account, Domain, Rules, model::Action},
};

use super::{cast::Cast, step::Setting};

/// The time of the first block.
const START: u64 = 1_800_000_000;

/// Ether for gas.
const ETHER: u128 = 1_000_000_000_000_000_000_000;

/// Tokens of each, in nRLC; more than any story deposits.
const TOKENS: u64 = 5_000_000_000_000_000;

/// A chain with contracts and cast.
#[derive(Clone)]
pub(crate) struct Stage {
    pub(crate) chain: Chain,
    pub(crate) deployment: Deployment,
    pub(crate) cast: Cast,
}

impl Stage {
    /// A stage on this build of the contracts.
    pub(crate) fn on(build: &Build) -> Self {
        let mut chain = Chain::new(&Config::default()).unwrap();
        let deployment = deploy_build(&mut chain, build, &Rules::default(), START).unwrap();
        let domain = Domain::new(chain.chain_id(), deployment.hub);
        let mut stage = Self {
            chain,
            cast: Cast::new(domain, [Address::ZERO; 3]),
            deployment,
        };
        for account in stage.everybody() {
            stage.chain.set_balance(account, U256::from(ETHER));
            let tokens = call::rlc_transfer(account, U256::from(TOKENS));
            let rlc = stage.deployment.rlc;
            stage.must(stage.deployment.owner, rlc, tokens);
            stage.must(account, rlc, call::rlc_approve(domain.hub(), U256::MAX));
        }
        stage.register();
        stage
    }

    /// The time of the last block.
    pub(crate) fn now(&self) -> u64 {
        self.chain.head().timestamp()
    }

    fn everybody(&self) -> Vec<Address> {
        let people = self.cast.people();
        people.into_iter().map(Account::address).collect()
    }

    /// Registers app, dataset and workerpool.
    fn register(&mut self) {
        let (app, dataset) = (AppEntry::default(), DatasetEntry::default());
        let pool = WorkerpoolEntry::default();
        let Deployment {
            app_registry,
            dataset_registry,
            workerpool_registry,
            ..
        } = self.deployment;
        let app_owner = self.cast.app_owner.address();
        let dataset_owner = self.cast.dataset_owner.address();
        let scheduler = self.cast.scheduler.address();
        self.must(app_owner, app_registry, app.creation(app_owner));
        let creation = dataset.creation(dataset_owner);
        self.must(dataset_owner, dataset_registry, creation);
        self.must(scheduler, workerpool_registry, pool.creation(scheduler));
        self.cast.app = self.deployment.entry(&app, app_registry, app_owner);
        let entry = self
            .deployment
            .entry(&dataset, dataset_registry, dataset_owner);
        self.cast.dataset = entry;
        self.cast.pool = self.deployment.entry(&pool, workerpool_registry, scheduler);
    }

    /// Sets policy, broker and scores.
    pub(crate) fn set(&mut self, setting: &Setting) {
        let policy = call::change_policy(setting.worker_stake, setting.scheduler_reward);
        self.must(self.cast.scheduler.address(), self.cast.pool, policy);
        let hub = self.deployment.hub;
        if setting.broker {
            let broker = call::set_tee_broker(self.cast.broker.address());
            self.must(self.deployment.owner, hub, broker);
        }
        for (worker, score) in self.cast.workers.iter().zip(&setting.scores) {
            let slot = self.deployment.score_slot(worker.address());
            self.chain.set_storage(hub, slot, U256::from(*score));
        }
    }

    /// Sends a call of the hub and mines it at `now`.
    pub(crate) fn act(&mut self, sender: &Account, action: &Action, now: u64) -> Receipt {
        let input = match action {
            Action::Deposit { amount } => call::deposit(*amount),
            Action::Withdraw { amount } => call::withdraw(*amount),
            Action::MatchOrders { orders, sponsored } if *sponsored => {
                call::sponsor_match_orders(orders)
            }
            Action::MatchOrders { orders, .. } => call::match_orders(orders),
            Action::Initialize { deal, index } => call::initialize(*deal, *index),
            Action::Contribute {
                task,
                commitment,
                permission,
            } => call::contribute(
                *task,
                commitment,
                permission.enclave,
                permission.enclave_sign.clone(),
                permission.authorization_sign.clone(),
            ),
            Action::Reveal { task, digest } => call::reveal(*task, *digest),
            Action::Reopen { task } => call::reopen(*task),
            Action::Finalize {
                task,
                results,
                results_callback,
            } => call::finalize(*task, results.clone(), results_callback.clone()),
            Action::ContributeAndFinalize {
                task,
                digest,
                results,
                results_callback,
                permission,
            } => call::contribute_and_finalize(&call::Completion {
                task: *task,
                digest: *digest,
                results: results.clone(),
                callback: results_callback.clone(),
                enclave: permission.enclave,
                enclave_sign: permission.enclave_sign.clone(),
                authorization: permission.authorization_sign.clone(),
            }),
            Action::Claim { task } => call::claim(*task),
        };
        self.send(sender.address(), self.deployment.hub, input, now)
    }

    fn must(&mut self, sender: Address, to: Address, input: Bytes) {
        let receipt = self.send(sender, to, input, self.now());
        assert!(receipt.is_success(), "{:?}", receipt.outcome());
    }

    fn send(&mut self, sender: Address, to: Address, input: Bytes, now: u64) -> Receipt {
        let transaction = TxEip1559 {
            chain_id: self.chain.chain_id(),
            nonce: self.chain.next_nonce(sender),
            gas_limit: 3_000_000,
            max_fee_per_gas: 100_000_000_000,
            to: TxKind::Call(to),
            input,
            ..TxEip1559::default()
        };
        let hash = self.chain.submit_unsigned(transaction, sender).unwrap();
        self.chain.mine(now);
        self.chain.receipt(&hash).unwrap()
    }
}
