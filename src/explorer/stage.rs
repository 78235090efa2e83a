//! The hub just after a task began: everybody has deposited, the orders have met. Rule: prices are
//! those a scenario has without saying anything, so that a counterexample is a scenario.

use std::sync::Arc;

use alloy_primitives::{Address, B256, U256, keccak256};

use super::SmallWorld;
use crate::{
    amount::NRLC_PER_RLC,
    protocol::{
        Account, AppOrder, Authorization, Category, Commitment, DatasetOrder, DealId, Domain,
        Order, OrderKind, Orders, RequestOrder, Rules, TaskId, WorkerpoolOrder,
        check::Permission,
        model::{Action, Call, Model},
    },
};

/// When the orders met, in Unix seconds.
const START: u64 = 1_735_689_600;

/// The shortest category time.
pub(super) const UNIT: u64 = 300;

/// What everybody has in the hub at first: 10 RLC.
const DEPOSIT: u64 = 10 * NRLC_PER_RLC;

/// What a task costs: 1 RLC.
const PRICE: u64 = NRLC_PER_RLC;

/// Who takes part, and what they can say.
pub(super) struct Stage {
    pub(super) world: SmallWorld,
    pub(super) model: Model,
    pub(super) task: TaskId,
    pub(super) requester: Address,
    pub(super) scheduler: Address,
    pub(super) app_owner: Address,
    pub(super) workers: Vec<Address>,
    pub(super) permissions: Vec<Permission>,
    /// By vote: the truth, then the lies.
    pub(super) digests: Vec<B256>,
    /// By worker and vote.
    pub(super) commitments: Vec<Vec<Commitment>>,
    /// All deposits.
    pub(super) supply: U256,
}

impl Stage {
    pub(super) fn new(world: &SmallWorld) -> Self {
        let (requester, scheduler) = (Account::named("account.alice"), Account::named("pool.main"));
        let app_owner = Account::named("account.devon");
        let workers: Vec<Account> = (0..world.workers)
            .map(|index| Account::named(format!("worker.w-{index}")))
            .collect();
        let hub = Address::repeat_byte(0x11);
        let (app, pool) = (Address::repeat_byte(0xa1), Address::repeat_byte(0xc1));
        let domain = Domain::new(31_337, hub);
        let mut model = Model::new(domain, Rules::default(), Category::defaults());
        if let Some(flaw) = world.flaw {
            model.break_rule(flaw);
        }
        model.register(OrderKind::App, app, app_owner.address());
        model.register(OrderKind::Workerpool, pool, scheduler.address());
        let people = [&requester, &scheduler].into_iter().chain(&workers);
        let people: Vec<Address> = people.map(Account::address).collect();
        let amount = U256::from(DEPOSIT);
        for sender in &people {
            must(&mut model, *sender, &Action::Deposit { amount });
        }
        let orders = orders(
            world,
            &domain,
            (app, &app_owner),
            (pool, &scheduler),
            &requester,
        );
        let request = orders.request.hash(&domain);
        let orders = Arc::new(orders);
        let sponsored = false;
        must(
            &mut model,
            requester.address(),
            &Action::MatchOrders { orders, sponsored },
        );
        let (deal, index) = (DealId::of(request, U256::ZERO), U256::ZERO);
        must(
            &mut model,
            scheduler.address(),
            &Action::Initialize { deal, index },
        );
        let task = TaskId::of(deal, index);
        let digests: Vec<B256> = (0..=world.lies).map(digest).collect();
        let commitments = workers.iter().map(|worker| {
            let to = |digest: &B256| Commitment::new(worker.address(), task, *digest);
            digests.iter().map(to).collect()
        });
        Self {
            world: *world,
            task,
            requester: requester.address(),
            scheduler: scheduler.address(),
            app_owner: app_owner.address(),
            commitments: commitments.collect(),
            permissions: permissions(&workers, task, &scheduler),
            workers: workers.iter().map(Account::address).collect(),
            digests,
            supply: U256::from(DEPOSIT * people.len() as u64),
            model,
        }
    }

    /// Tells whether a worker is one of those who always tell the truth.
    pub(super) fn is_honest(&self, worker: usize) -> bool {
        worker < self.world.workers - self.world.liars
    }

    /// What everybody brought.
    pub(super) fn deposit(&self) -> U256 {
        U256::from(DEPOSIT)
    }

    /// What a task costs.
    pub(super) fn price(&self) -> U256 {
        U256::from(PRICE)
    }
}

/// The time after so many steps.
pub(super) fn unix(steps: u8) -> u64 {
    START + u64::from(steps) * UNIT
}

fn must(model: &mut Model, sender: Address, action: &Action) {
    let call = Call { sender, now: START };
    model
        .apply(call, action)
        .expect("the hub takes what the stage is set with");
}

/// The scheduler's leave for each worker.
fn permissions(workers: &[Account], task: TaskId, scheduler: &Account) -> Vec<Permission> {
    let leave = |worker: &Account| Authorization {
        worker: worker.address(),
        task,
        enclave: Address::ZERO,
    };
    let permission = |worker| Permission {
        authorization_sign: leave(worker).sign(scheduler),
        ..Permission::default()
    };
    workers.iter().map(permission).collect()
}

/// The digest of the truth, and of each lie.
fn digest(vote: usize) -> B256 {
    keccak256([u8::try_from(vote).unwrap_or(u8::MAX)])
}

fn orders(
    world: &SmallWorld,
    domain: &Domain,
    (app, app_owner): (Address, &Account),
    (workerpool, scheduler): (Address, &Account),
    requester: &Account,
) -> Orders {
    let (volume, trust) = (U256::from(1), U256::from(world.trust));
    let workerpoolprice = U256::from(PRICE);
    Orders {
        app: AppOrder {
            app,
            volume,
            ..AppOrder::default()
        }
        .signed(domain, app_owner),
        dataset: DatasetOrder::default(),
        workerpool: WorkerpoolOrder {
            workerpool,
            workerpoolprice,
            volume,
            trust,
            ..WorkerpoolOrder::default()
        }
        .signed(domain, scheduler),
        request: RequestOrder {
            app,
            workerpool,
            workerpoolmaxprice: workerpoolprice,
            requester: requester.address(),
            beneficiary: requester.address(),
            volume,
            trust,
            ..RequestOrder::default()
        }
        .signed(domain, requester),
    }
}
