//! The people and things of a small hub, and the orders they sign.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use emulate::protocol::{
    Account, AppOrder, Authorization, Category, Commitment, DatasetOrder, Domain, Order, OrderKind,
    Orders, RequestOrder, Rules, Tag, TaskId, WorkerpoolOrder, check::Permission, model::Model,
};

/// How many workers there are.
pub(crate) const WORKERS: usize = 6;

/// Who takes part.
#[derive(Clone, Debug)]
pub(crate) struct Cast {
    pub(crate) domain: Domain,
    pub(crate) app: Address,
    pub(crate) dataset: Address,
    pub(crate) pool: Address,
    pub(crate) requester: Account,
    pub(crate) sponsor: Account,
    pub(crate) app_owner: Account,
    pub(crate) dataset_owner: Account,
    pub(crate) scheduler: Account,
    pub(crate) enclave: Account,
    pub(crate) broker: Account,
    pub(crate) workers: Vec<Account>,
}

/// The terms of a deal; prices in nRLC, and `u64::MAX` for the largest word there is.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) app_price: u64,
    pub(crate) dataset_price: Option<u64>,
    pub(crate) pool_price: u64,
    pub(crate) trust: u64,
    pub(crate) volume: u64,
    pub(crate) category: u64,
    pub(crate) tag: Tag,
    pub(crate) callback: Address,
    pub(crate) salt: u64,
}

impl Default for Terms {
    /// The prices of the recorded runs.
    fn default() -> Self {
        Self {
            app_price: 3,
            dataset_price: Some(1),
            pool_price: 25,
            trust: 1,
            volume: 1,
            category: 0,
            tag: Tag::NONE,
            callback: Address::ZERO,
            salt: 0,
        }
    }
}

impl Cast {
    pub(crate) fn new(domain: Domain, [app, dataset, pool]: [Address; 3]) -> Self {
        Self {
            domain,
            app,
            dataset,
            pool,
            requester: Account::named("account.requester"),
            sponsor: Account::named("account.sponsor"),
            app_owner: Account::named("account.app-owner"),
            dataset_owner: Account::named("account.dataset-owner"),
            scheduler: Account::named("pool.main"),
            enclave: Account::named("account.enclave"),
            broker: Account::named("account.broker"),
            workers: (0..WORKERS)
                .map(|index| Account::named(format!("worker.w-{index}")))
                .collect(),
        }
    }

    /// A cast whose hub exists in the model only.
    pub(crate) fn imagined() -> Self {
        let hub = Domain::new(31_337, Address::repeat_byte(0x11));
        Self::new(hub, [0xa1, 0xd1, 0xc1].map(Address::repeat_byte))
    }

    /// Everybody who may hold a deposit.
    pub(crate) fn people(&self) -> Vec<&Account> {
        let mut people = vec![
            &self.requester,
            &self.sponsor,
            &self.app_owner,
            &self.dataset_owner,
            &self.scheduler,
        ];
        people.extend(&self.workers);
        people
    }

    /// A model of their hub, without deposits.
    pub(crate) fn model(&self, worker_stake: u64, scheduler_reward: u64) -> Model {
        let mut model = Model::new(self.domain, Rules::default(), Category::defaults());
        let entries = [
            (OrderKind::App, self.app, &self.app_owner),
            (OrderKind::Dataset, self.dataset, &self.dataset_owner),
            (OrderKind::Workerpool, self.pool, &self.scheduler),
        ];
        for (kind, entry, owner) in entries {
            model.register(kind, entry, owner.address());
        }
        model.set_policy(self.pool, U256::from(worker_stake), scheduler_reward);
        model
    }

    /// Four orders of these terms, signed.
    pub(crate) fn orders(&self, terms: &Terms) -> Orders {
        let salt = B256::from(U256::from(terms.salt));
        let volume = number(terms.volume);
        let dataset = match terms.dataset_price {
            Some(price) => DatasetOrder {
                dataset: self.dataset,
                datasetprice: number(price),
                volume,
                salt,
                ..DatasetOrder::default()
            }
            .signed(&self.domain, &self.dataset_owner),
            None => DatasetOrder::default(),
        };
        Orders {
            app: AppOrder {
                app: self.app,
                appprice: number(terms.app_price),
                volume,
                tag: terms.tag,
                salt,
                ..AppOrder::default()
            }
            .signed(&self.domain, &self.app_owner),
            workerpool: WorkerpoolOrder {
                workerpool: self.pool,
                workerpoolprice: number(terms.pool_price),
                volume,
                tag: terms.tag,
                category: number(terms.category),
                trust: number(terms.trust),
                salt,
                ..WorkerpoolOrder::default()
            }
            .signed(&self.domain, &self.scheduler),
            request: RequestOrder {
                app: self.app,
                appmaxprice: number(terms.app_price),
                dataset: dataset.dataset,
                datasetmaxprice: dataset.datasetprice,
                workerpool: self.pool,
                workerpoolmaxprice: number(terms.pool_price),
                requester: self.requester.address(),
                volume,
                tag: terms.tag,
                category: number(terms.category),
                trust: number(terms.trust),
                beneficiary: self.requester.address(),
                callback: terms.callback,
                params: "{}".to_owned(),
                salt,
                ..RequestOrder::default()
            }
            .signed(&self.domain, &self.requester),
            dataset,
        }
    }

    /// What a worker needs to contribute, signed by `signer` and, if there is one, the enclave.
    pub(crate) fn permission(
        &self,
        worker: Address,
        task: TaskId,
        signer: &Account,
        vouch: Option<Commitment>,
    ) -> Permission {
        let enclave = vouch.map_or(Address::ZERO, |_| self.enclave.address());
        let leave = Authorization {
            worker,
            task,
            enclave,
        };
        Permission {
            enclave,
            enclave_sign: vouch.map_or_else(Bytes::new, |commitment| {
                commitment.sign_as_enclave(&self.enclave)
            }),
            authorization_sign: leave.sign(signer),
        }
    }
}

/// A number as the contracts hold it.
fn number(number: u64) -> U256 {
    match number {
        u64::MAX => U256::MAX,
        small => U256::from(small),
    }
}

/// The bytes of result number `index`, as a callback is given them.
pub(crate) fn result(index: u8) -> Bytes {
    vec![index].into()
}

/// The digest of result number `index`.
pub(crate) fn digest(index: u8) -> B256 {
    keccak256(result(index))
}
