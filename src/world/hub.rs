//! The hub as actors read it, and their calls as the hub takes them.

use std::collections::HashMap;

use alloy_primitives::{Address, Bytes, U256};

use super::{foresight::Foresight, reorg::Past};
use crate::{
    actors::{Balance, Call, Ledger},
    amount::Nrlc,
    chain::Chain,
    contracts::{Deployment, Hub, call},
    protocol::{Contribution, Deal, DealId, Task, TaskId},
};

/// Deals as the hub has them. A deal never changes once it is made, so each is read but once, until
/// the chain takes blocks back.
pub(super) type Deals = HashMap<DealId, Deal>;

/// The hub of a world, read-only, as of the newest block.
#[derive(Copy, Clone, Debug)]
pub struct HubView<'a> {
    chain: &'a Chain,
    hub: Hub,
    known: &'a Deals,
    /// Of the newest state, if there is any.
    foresight: Option<&'a Foresight>,
    may_be_taken_back: bool,
}

impl<'a> HubView<'a> {
    pub(super) fn new(
        chain: &'a Chain,
        deployment: &Deployment,
        known: &'a Deals,
        foresight: &'a Foresight,
        past: &Past,
    ) -> Self {
        Self {
            chain,
            hub: deployment.hub(),
            known,
            foresight: Some(foresight).filter(|foresight| foresight.is_of(chain)),
            may_be_taken_back: past.is_kept,
        }
    }

    /// Returns all deposits.
    pub fn total_supply(&self) -> Nrlc {
        let supply = self.hub.total_supply(self.chain);
        nrlc(supply.unwrap_or_default())
    }
}

/// The contracts of a world always answer: they were put there by the world itself, and what they
/// do not know reads as the default. Only a chain restored to before its own deployment fails.
impl Ledger for HubView<'_> {
    fn balance(&self, account: Address) -> Balance {
        let read = || self.hub.balance(self.chain, account).unwrap_or_default();
        let foreseen = self.foresight.and_then(|all| all.balance(account));
        let balance = foreseen.unwrap_or_else(read);
        Balance {
            free: nrlc(balance.stake),
            locked: nrlc(balance.locked),
        }
    }

    fn task(&self, task: TaskId) -> Task {
        let read = || self.hub.task(self.chain, task).unwrap_or_default();
        let foreseen = self.foresight.and_then(|all| all.task(task));
        foreseen.unwrap_or_else(read)
    }

    fn deal(&self, deal: DealId) -> Deal {
        if let Some(known) = self.known.get(&deal) {
            return known.clone();
        }
        let read = || {
            let deal = self.hub.deal(self.chain, deal);
            deal.ok().flatten().unwrap_or_default()
        };
        let foreseen = self.foresight.and_then(|all| all.deal(deal));
        foreseen.unwrap_or_else(read)
    }

    fn contribution(&self, task: TaskId, worker: Address) -> Contribution {
        let contribution = self.hub.contribution(self.chain, task, worker);
        contribution.unwrap_or_default()
    }

    fn score(&self, worker: Address) -> u64 {
        let read = || self.hub.score(self.chain, worker).unwrap_or_default();
        let foreseen = self.foresight.and_then(|all| all.score(worker));
        foreseen.unwrap_or_else(read)
    }

    fn time(&self) -> u64 {
        self.chain.head().timestamp()
    }

    fn may_be_taken_back(&self) -> bool {
        self.may_be_taken_back
    }
}

/// Money of the hub, which mints no more than 87 million RLC.
pub(super) fn nrlc(word: U256) -> Nrlc {
    Nrlc(word.saturating_to())
}

/// Returns whom a call goes to, its data, and the wei it carries.
pub(super) fn encode(call: &Call, deployment: &Deployment) -> (Address, Bytes, u128) {
    let data = match call {
        Call::MatchOrders(fill) => call::match_orders(&fill.orders),
        Call::Initialize { deal, index } => call::initialize(*deal, U256::from(*index)),
        Call::Contribute {
            task,
            commitment,
            enclave,
            authorization,
        } => call::contribute(
            *task,
            commitment,
            *enclave,
            Bytes::new(),
            authorization.clone(),
        ),
        Call::ContributeAndFinalize(completion) => call::contribute_and_finalize(completion),
        Call::Reveal { task, digest } => call::reveal(*task, *digest),
        Call::Reopen { task } => call::reopen(*task),
        Call::Finalize {
            task,
            results,
            callback,
        } => call::finalize(*task, results.clone(), callback.clone()),
        Call::Claim { task } => call::claim(*task),
        Call::InitializeAndClaim { deal, index } => {
            call::initialize_and_claim_array(&[(*deal, U256::from(*index))])
        }
        Call::Withdraw(amount) => call::withdraw(U256::from(amount.0)),
        Call::Other { to, data, value } => return (*to, data.clone(), *value),
    };
    (deployment.hub, data, 0)
}
