//! Money and reputation: what everybody has when the run begins.

use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, Bytes, TxKind, U256};

use super::{Cast, SetupError, World};
use crate::{
    actors::Ledger as _,
    amount::Nrlc,
    chain::Failure,
    contracts::{call, revert_words},
    protocol::{Account, Name},
    world::outbox::sign,
};

/// Deposits made by one transaction.
const DEPOSITS_AT_ONCE: usize = 200;

/// Gas a transaction of the preparations may use.
const GAS: u64 = 500_000_000;

impl Cast {
    /// Returns what everybody has when the run begins, outside the hub and inside; it must not be more
    /// than [`Nrlc::SUPPLY`].
    pub fn money(&self) -> Nrlc {
        let accounts = self.accounts.iter();
        let accounts = accounts.flat_map(|account| [account.wallet, account.deposit]);
        let pools = self.pools.iter().filter(|pool| pool.owner.is_none());
        let workers = self.workers.iter().map(|worker| worker.deposit);
        let deposits = pools.map(|pool| pool.deposit).chain(workers);
        accounts.chain(deposits).sum()
    }
}

impl World {
    /// Gives everybody what the cast says they have, outside the hub and inside.
    pub(super) fn fund(&mut self, cast: &Cast) -> Result<(), SetupError> {
        let mut wallets = Vec::new();
        let mut deposits = Vec::new();
        for account in &cast.accounts {
            let name = account.name.of_kind("account");
            wallets.push((name.clone(), account.wallet));
            deposits.push((name, account.deposit));
        }
        for pool in cast.pools.iter().filter(|pool| pool.owner.is_none()) {
            deposits.push((pool.name.of_kind("pool"), pool.deposit));
        }
        for worker in &cast.workers {
            deposits.push((worker.name.of_kind("worker"), worker.deposit));
        }
        let wanted = cast.money();
        if wanted > Nrlc::SUPPLY {
            return Err(SetupError::TooMuchMoney { wanted });
        }
        let (hub, rlc) = (self.deployment.hub, self.deployment.rlc);
        let approve = call::rlc_approve(hub, U256::from(Nrlc::SUPPLY.0));
        let mut calls = vec![(rlc, approve)];
        for (name, amount) in wallets.iter().filter(|(_, amount)| amount.0 > 0) {
            let to = self.address_for(name, name)?;
            calls.push((rlc, call::rlc_transfer(to, U256::from(amount.0))));
        }
        deposits.retain(|(_, amount)| amount.0 > 0);
        for some in deposits.chunks(DEPOSITS_AT_ONCE) {
            let mut batch = Vec::new();
            for (name, amount) in some {
                batch.push((self.address_for(name, name)?, U256::from(amount.0)));
            }
            calls.push((hub, call::deposit_for_array(&batch)));
        }
        self.prepare_by_owner(calls, "funding the accounts")
    }

    /// Gives workers the scores they come with. Real ones grow by one per task, so they are set by
    /// hand, and read back through the hub to be sure.
    pub(in crate::world) fn set_scores(&mut self, cast: &Cast) -> Result<(), SetupError> {
        for worker in &cast.workers {
            self.scores.insert(worker.name.clone(), worker.score);
            if worker.score == 0 {
                continue;
            }
            let read = self.store_score(&worker.name, worker.score);
            if read != Some(worker.score) {
                return Err(SetupError::Failed {
                    step: format!("giving {} its score", worker.name),
                    reason: format!("the hub says {read:?}, not {}", worker.score),
                });
            }
        }
        Ok(())
    }

    /// Writes a worker's score into the hub's storage, and returns what the hub says then; none
    /// when there is no such worker.
    pub(in crate::world) fn store_score(&mut self, worker: &Name, score: u64) -> Option<u64> {
        let address = self.directory.address(&worker.of_kind("worker"))?;
        let slot = self.deployment.score_slot(address);
        let hub = self.deployment.hub;
        self.chain.set_storage(hub, slot, U256::from(score));
        Some(self.hub().score(address))
    }

    /// Sends transactions of the owner of all contracts, who holds all RLC, and mines them.
    pub(super) fn prepare_by_owner(
        &mut self,
        calls: Vec<(Address, Bytes)>,
        step: &str,
    ) -> Result<(), SetupError> {
        let signer = self.chain.signers().first().cloned();
        let key = signer.map(|signer| signer.to_bytes());
        let owner = key.and_then(|key| Account::from_private_key("deployer", key));
        let owner = owner.ok_or_else(|| SetupError::Failed {
            step: step.into(),
            reason: "the chain has no development account".into(),
        })?;
        let calls = calls
            .into_iter()
            .map(|(to, data)| (owner.clone(), TxKind::Call(to), data));
        self.prepare_signed(calls.collect(), step)
    }

    /// Sends transactions of members of the cast, and mines them.
    pub(super) fn prepare_by(
        &mut self,
        calls: Vec<(Name, Address, Bytes)>,
        step: &str,
    ) -> Result<(), SetupError> {
        let mut signed = Vec::new();
        for (name, to, data) in calls {
            let account = self.directory.account(&name).cloned();
            let account = account.ok_or_else(|| SetupError::UnknownName {
                who: step.into(),
                name: name.clone(),
            })?;
            signed.push((account, TxKind::Call(to), data));
        }
        self.prepare_signed(signed, step)
    }

    /// Signs and sends transactions, and mines them.
    pub(super) fn prepare_signed(
        &mut self,
        calls: Vec<(Account, TxKind, Bytes)>,
        step: &str,
    ) -> Result<(), SetupError> {
        if calls.is_empty() {
            return Ok(());
        }
        let failed = |reason: String| SetupError::Failed {
            step: step.into(),
            reason,
        };
        for (account, to, data) in calls {
            let sender = account.address();
            let transaction = TxEip1559 {
                chain_id: self.chain.chain_id(),
                nonce: self.chain.next_nonce(sender),
                gas_limit: GAS,
                max_fee_per_gas: self.chain.next_base_fee().into(),
                max_priority_fee_per_gas: 0,
                to,
                value: U256::ZERO,
                access_list: Default::default(),
                input: data,
            };
            let submitted = self.chain.submit(sign(transaction, &account));
            submitted.map_err(|error| failed(error.to_string()))?;
        }
        let block = self.chain.mine(self.unix());
        for outcome in &block.outcomes {
            match &outcome.failure {
                None => {}
                Some(Failure::Revert(data)) => return Err(failed(revert_words(data))),
                Some(Failure::Halt(reason)) => return Err(failed(format!("{reason:?}"))),
            }
        }
        self.take_in(&block);
        Ok(())
    }
}
