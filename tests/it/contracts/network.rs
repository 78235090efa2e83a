//! A chain with the contracts, the cast of the recorded reference run, and words for what they do.

use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, B256, Bytes, Log, TxKind, U256, bytes, keccak256};
use emulate::{
    chain::{Chain, Config, Failure},
    contracts::{
        AppEntry, DatasetEntry, Deployment, Hub, RegistryEntry, WorkerpoolEntry, call, deploy,
        revert_words,
    },
    protocol::{
        Account, Authorization, Commitment, DealId, Domain, Order, Orders, Rules, Tag, TaskId,
    },
};

/// Development accounts by their part in the reference run.
pub(super) const ADMIN: usize = 0;
pub(super) const REQUESTER: usize = 1;
pub(super) const SPONSOR: usize = 2;
pub(super) const STRANGER: usize = 3;
pub(super) const APP_OWNER: usize = 4;
pub(super) const DATASET_OWNER: usize = 5;
pub(super) const SCHEDULER: usize = 6;
pub(super) const ENCLAVE: usize = 7;
pub(super) const BROKER: usize = 8;
/// w1 to w5 of the reference run.
pub(super) const W: [usize; 5] = [10, 11, 12, 13, 14];
/// z1 to z5 of the reference run.
pub(super) const Z: [usize; 5] = [15, 16, 17, 18, 19];

/// How the reference run writes a revert without data.
pub(super) const EMPTY: &str = "(empty revert data)";

/// Answers every call with 18: the earlier hub from which the reference run takes scores.
static SCORE_18: Bytes = bytes!("60125f5260205ff3");

/// The network and its clock.
pub(super) struct Network {
    pub(super) chain: Chain,
    pub(super) contracts: Deployment,
    pub(super) domain: Domain,
    pub(super) now: u64,
    pub(super) app: Address,
    pub(super) dataset: Address,
    pub(super) pool: Address,
    salt: u64,
}

pub(super) fn account(index: usize) -> Account {
    Account::dev(index).unwrap()
}

pub(super) fn address(index: usize) -> Address {
    account(index).address()
}

/// What a result digest of the reference run is made of.
pub(super) fn digest(result: &str) -> B256 {
    keccak256(result)
}

impl Network {
    /// One application, one dataset and one pool of the policy 35 % and 5 %; nobody has deposits.
    pub(super) fn new() -> Self {
        let now = 1_700_000_000;
        let mut chain = Chain::new(&Config::default()).unwrap();
        let contracts = deploy(&mut chain, &Rules::default(), now).unwrap();
        let domain = contracts.hub().domain(&chain);
        // The hub of this chain has none before it: whoever stands at zero is asked for scores.
        chain.set_code(Address::ZERO, SCORE_18.clone()).unwrap();
        let app = AppEntry {
            name: "app".to_owned(),
            kind: "DOCKER".to_owned(),
            ..AppEntry::default()
        };
        let dataset = DatasetEntry {
            name: "dataset".to_owned(),
            ..DatasetEntry::default()
        };
        let pool = WorkerpoolEntry {
            description: "pool".to_owned(),
        };
        let mut network = Self {
            app: app.address(contracts.app_registry, address(APP_OWNER)),
            dataset: dataset.address(contracts.dataset_registry, address(DATASET_OWNER)),
            pool: pool.address(contracts.workerpool_registry, address(SCHEDULER)),
            chain,
            domain,
            now,
            salt: 0,
            contracts: contracts.clone(),
        };
        let entries = [
            (contracts.app_registry, app.creation(address(APP_OWNER))),
            (
                contracts.dataset_registry,
                dataset.creation(address(DATASET_OWNER)),
            ),
            (
                contracts.workerpool_registry,
                pool.creation(address(SCHEDULER)),
            ),
        ];
        for (registry, creation) in entries {
            network.send(STRANGER, registry, creation).unwrap();
        }
        let policy = call::change_policy(35, 5);
        network.send(SCHEDULER, network.pool, policy).unwrap();
        network
    }

    /// The network with the deposits of the reference run: 1,000 nRLC each.
    pub(super) fn funded() -> Self {
        let mut network = Self::new();
        for index in [REQUESTER, SPONSOR, SCHEDULER].into_iter().chain(W) {
            network.deposit(index, 1_000);
        }
        network
    }

    pub(super) fn hub(&self) -> Hub {
        self.contracts.hub()
    }

    /// Sends a transaction, a second later; its logs, or what it reverted with.
    pub(super) fn send(
        &mut self,
        from: usize,
        to: Address,
        input: Bytes,
    ) -> Result<Vec<Log>, String> {
        self.send_value(from, to, input, 0)
    }

    pub(super) fn send_value(
        &mut self,
        from: usize,
        to: Address,
        input: Bytes,
        wei: u64,
    ) -> Result<Vec<Log>, String> {
        self.now += 1;
        let sender = address(from);
        let transaction = TxEip1559 {
            chain_id: self.chain.chain_id(),
            nonce: self.chain.next_nonce(sender),
            gas_limit: 5_000_000,
            max_fee_per_gas: u128::from(self.chain.next_base_fee()),
            to: TxKind::Call(to),
            value: U256::from(wei),
            input,
            ..TxEip1559::default()
        };
        let hash = self.chain.submit_unsigned(transaction, sender).unwrap();
        self.chain.mine(self.now);
        let receipt = self.chain.receipt(&hash).unwrap();
        match &receipt.outcome().failure {
            None => Ok(receipt.logs().to_vec()),
            Some(Failure::Revert(data)) if data.is_empty() => Err(EMPTY.to_owned()),
            Some(Failure::Revert(data)) => Err(revert_words(data)),
            Some(Failure::Halt(reason)) => panic!("the machine stopped: {reason:?}"),
        }
    }

    /// Calls the hub.
    pub(super) fn ask(&mut self, from: usize, input: Bytes) -> Result<Vec<Log>, String> {
        self.send(from, self.contracts.hub, input)
    }

    pub(super) fn deposit(&mut self, index: usize, nrlc: u64) {
        let (hub, rlc, amount) = (self.contracts.hub, self.contracts.rlc, U256::from(nrlc));
        self.send(ADMIN, rlc, call::rlc_transfer(address(index), amount))
            .unwrap();
        let deposit = call::rlc_approve_and_call(hub, amount, Bytes::new());
        self.send(index, rlc, deposit).unwrap();
    }

    /// Orders at the prices of the reference run, changed and then signed by their owners.
    pub(super) fn orders(&mut self, change: impl FnOnce(&mut Orders)) -> Orders {
        let mut orders = Orders::default();
        let one = U256::from(1);
        orders.app.app = self.app;
        orders.app.appprice = U256::from(3);
        orders.app.volume = one;
        orders.dataset.dataset = self.dataset;
        orders.dataset.datasetprice = one;
        orders.dataset.volume = one;
        orders.workerpool.workerpool = self.pool;
        orders.workerpool.workerpoolprice = U256::from(25);
        orders.workerpool.volume = one;
        orders.request.app = self.app;
        orders.request.appmaxprice = U256::from(3);
        orders.request.dataset = self.dataset;
        orders.request.datasetmaxprice = one;
        orders.request.workerpool = self.pool;
        orders.request.workerpoolmaxprice = U256::from(25);
        orders.request.requester = address(REQUESTER);
        orders.request.volume = one;
        orders.request.beneficiary = address(STRANGER);
        orders.request.params = "<parameters>".to_owned();
        change(&mut orders);
        let mut salt = || {
            self.salt += 1;
            B256::from(U256::from(self.salt))
        };
        orders.app.salt = salt();
        orders.dataset.salt = salt();
        orders.workerpool.salt = salt();
        orders.request.salt = salt();
        self.signed(orders)
    }

    pub(super) fn signed(&self, orders: Orders) -> Orders {
        Orders {
            app: orders.app.signed(&self.domain, &account(APP_OWNER)),
            dataset: orders.dataset.signed(&self.domain, &account(DATASET_OWNER)),
            workerpool: orders.workerpool.signed(&self.domain, &account(SCHEDULER)),
            request: orders.request.signed(&self.domain, &account(REQUESTER)),
        }
    }

    /// The deal orders make that were not used before.
    pub(super) fn deal_of(&self, orders: &Orders) -> DealId {
        DealId::of(orders.request.hash(&self.domain), U256::ZERO)
    }

    /// Makes a deal of one task at this trust.
    pub(super) fn deal(&mut self, trust: u64) -> (DealId, Vec<Log>) {
        let orders = self.orders(|orders| with_trust(orders, trust));
        let logs = self.ask(STRANGER, call::match_orders(&orders)).unwrap();
        (self.deal_of(&orders), logs)
    }

    pub(super) fn initialize(&mut self, deal: DealId) -> (TaskId, Vec<Log>) {
        let logs = self
            .ask(STRANGER, call::initialize(deal, U256::ZERO))
            .unwrap();
        (TaskId::of(deal, U256::ZERO), logs)
    }

    /// Makes a deal and begins its task.
    pub(super) fn task(&mut self, trust: u64) -> TaskId {
        let (deal, _) = self.deal(trust);
        self.initialize(deal).0
    }

    pub(super) fn contribute(
        &mut self,
        worker: usize,
        task: TaskId,
        result: &str,
    ) -> Result<Vec<Log>, String> {
        self.contribute_in(worker, task, result, None)
    }

    /// Contributes, in an enclave that `signer` lets in, or outside with the scheduler's leave.
    pub(super) fn contribute_in(
        &mut self,
        worker: usize,
        task: TaskId,
        result: &str,
        signer: Option<usize>,
    ) -> Result<Vec<Log>, String> {
        let commitment = Commitment::new(address(worker), task, digest(result));
        let mut enclave = (Address::ZERO, Bytes::new());
        if signer.is_some() {
            enclave = (
                address(ENCLAVE),
                commitment.sign_as_enclave(&account(ENCLAVE)),
            );
        }
        let permission = Authorization {
            worker: address(worker),
            task,
            enclave: enclave.0,
        };
        let permission = permission.sign(&account(signer.unwrap_or(SCHEDULER)));
        let input = call::contribute(task, &commitment, enclave.0, enclave.1, permission);
        self.ask(worker, input)
    }

    pub(super) fn reveal(
        &mut self,
        worker: usize,
        task: TaskId,
        result: &str,
    ) -> Result<Vec<Log>, String> {
        self.ask(worker, call::reveal(task, digest(result)))
    }

    pub(super) fn finalize(
        &mut self,
        task: TaskId,
        results: &'static [u8],
    ) -> Result<Vec<Log>, String> {
        let results = Bytes::from_static(results);
        self.ask(SCHEDULER, call::finalize(task, results, Bytes::new()))
    }

    /// Votes and completes at once, outside an enclave.
    pub(super) fn complete(
        &mut self,
        worker: usize,
        task: TaskId,
        results: &'static [u8],
    ) -> Result<Vec<Log>, String> {
        let permission = Authorization {
            worker: address(worker),
            task,
            enclave: Address::ZERO,
        };
        let completion = call::Completion {
            task,
            digest: digest("A"),
            results: Bytes::from_static(results),
            authorization: permission.sign(&account(SCHEDULER)),
            ..call::Completion::default()
        };
        self.ask(worker, call::contribute_and_finalize(&completion))
    }
}

/// Asks the pool for a trust and offers it.
pub(super) fn with_trust(orders: &mut Orders, trust: u64) {
    orders.workerpool.trust = U256::from(trust);
    orders.request.trust = U256::from(trust);
}

/// Asks for an enclave and offers it.
pub(super) fn with_enclave(orders: &mut Orders) {
    let tag = Tag(B256::with_last_byte(1));
    (orders.app.tag, orders.workerpool.tag, orders.request.tag) = (tag, tag, tag);
    with_trust(orders, 1);
}
