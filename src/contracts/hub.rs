//! The hub as its readers see it: typed views of a chain's newest state.
//!
//! The one rule: reading goes through the contracts' own accessors, never through their storage.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;

use super::{abi::IexecHub, convert::number, decode::revert_words};
use crate::{
    chain::{Call, CallError, Chain, Failure},
    protocol::{
        Category, Contribution, Deal, DealId, Domain, OrderHash, Orders, Task, TaskId,
        UnknownStatus,
    },
};

/// Why a contract cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The chain cannot execute the call.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The contract refuses to answer.
    #[error("{function} of {contract} reverted: {}", revert_words(.data))]
    Reverted {
        /// Which contract.
        contract: Address,
        /// Which function.
        function: &'static str,
        /// What it reverted with.
        data: Bytes,
    },
    /// The machine stopped.
    #[error("{function} of {contract} stopped: {reason}")]
    Stopped {
        /// Which contract.
        contract: Address,
        /// Which function.
        function: &'static str,
        /// What the machine says.
        reason: String,
    },
    /// The answer is not what the function returns; another contract stands there, or none.
    #[error("{contract} does not answer {function} as the contract it should be: {source}")]
    Malformed {
        /// Which contract.
        contract: Address,
        /// Which function.
        function: &'static str,
        /// What is wrong with the answer.
        source: alloy_sol_types::Error,
    },
    /// A status is none the protocol knows.
    #[error(transparent)]
    Status(#[from] UnknownStatus),
}

/// What an account has in the escrow, in nRLC.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Balance {
    /// Free.
    pub stake: U256,
    /// Locked.
    pub locked: U256,
}

/// Calls a function of a contract without consequences and returns what it returns.
///
/// # Errors
///
/// [`ReadError`] if the call reverts or the answer cannot be decoded.
pub fn read<C: SolCall>(
    chain: &Chain,
    contract: Address,
    call: &C,
) -> Result<C::Return, ReadError> {
    let function = C::SIGNATURE;
    let outcome = chain.call(&Call::new(Address::ZERO, contract, call.abi_encode()))?;
    match outcome.failure {
        None => C::abi_decode_returns(&outcome.output).map_err(|source| ReadError::Malformed {
            contract,
            function,
            source,
        }),
        Some(Failure::Revert(data)) => Err(ReadError::Reverted {
            contract,
            function,
            data,
        }),
        Some(Failure::Halt(reason)) => Err(ReadError::Stopped {
            contract,
            function,
            reason: format!("{reason:?}"),
        }),
    }
}

/// The hub at an address.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hub {
    /// Where it stands.
    pub address: Address,
}

impl Hub {
    /// Returns the domain its orders are signed in on a chain.
    pub fn domain(self, chain: &Chain) -> Domain {
        Domain::new(chain.chain_id(), self.address)
    }

    /// Returns a deal, or nothing if there is none.
    ///
    /// # Errors
    ///
    /// As [`read`].
    pub fn deal(self, chain: &Chain, deal: DealId) -> Result<Option<Deal>, ReadError> {
        let deal = self.read(chain, &IexecHub::viewDealCall { id: deal.0 })?;
        Ok((deal.requester != Address::ZERO).then(|| deal.into()))
    }

    /// Returns a task; one that nobody initialised is unset.
    ///
    /// # Errors
    ///
    /// As [`read`].
    pub fn task(self, chain: &Chain, task: TaskId) -> Result<Task, ReadError> {
        let task = self.read(chain, &IexecHub::viewTaskCall { id: task.0 })?;
        Ok(task.try_into()?)
    }

    /// Returns a worker's contribution to a task; unset if there is none.
    ///
    /// # Errors
    ///
    /// As [`read`].
    pub fn contribution(
        self,
        chain: &Chain,
        task: TaskId,
        worker: Address,
    ) -> Result<Contribution, ReadError> {
        let taskid = task.0;
        let call = IexecHub::viewContributionCall { taskid, worker };
        Ok(self.read(chain, &call)?.try_into()?)
    }

    /// Returns what an account has in the escrow.
    ///
    /// # Errors
    ///
    /// As [`read`].
    pub fn balance(self, chain: &Chain, account: Address) -> Result<Balance, ReadError> {
        let account = self.read(chain, &IexecHub::viewAccountCall { account })?;
        Ok(Balance {
            stake: account.stake,
            locked: account.locked,
        })
    }

    /// Returns all deposits, in nRLC.
    ///
    /// # Errors
    ///
    /// As [`read`].
    pub fn total_supply(self, chain: &Chain) -> Result<U256, ReadError> {
        self.read(chain, &IexecHub::totalSupplyCall {})
    }

    /// Returns a worker's score.
    ///
    /// # Errors
    ///
    /// As [`read`].
    pub fn score(self, chain: &Chain, worker: Address) -> Result<u64, ReadError> {
        let score = self.read(chain, &IexecHub::viewScoreCall { worker })?;
        Ok(number(score))
    }

    /// Returns how many tasks of an order are used up.
    ///
    /// # Errors
    ///
    /// As [`read`].
    pub fn consumed(self, chain: &Chain, order: OrderHash) -> Result<U256, ReadError> {
        self.read(chain, &IexecHub::viewConsumedCall { id: order.0 })
    }

    /// Returns who signed an order on chain; zero if nobody.
    ///
    /// # Errors
    ///
    /// As [`read`].
    pub fn presigned(self, chain: &Chain, order: OrderHash) -> Result<Address, ReadError> {
        self.read(chain, &IexecHub::viewPresignedCall { id: order.0 })
    }

    /// Returns how many tasks a deal of these orders would have now.
    ///
    /// # Errors
    ///
    /// As [`read`].
    pub fn deal_volume(self, chain: &Chain, orders: &Orders) -> Result<U256, ReadError> {
        let call = IexecHub::computeDealVolumeCall {
            appOrder: (&orders.app).into(),
            datasetOrder: (&orders.dataset).into(),
            workerpoolOrder: (&orders.workerpool).into(),
            requestOrder: (&orders.request).into(),
        };
        self.read(chain, &call)
    }

    /// Returns all categories, in the order of their ids.
    ///
    /// # Errors
    ///
    /// As [`read`].
    pub fn categories(self, chain: &Chain) -> Result<Vec<Category>, ReadError> {
        let count = number(self.read(chain, &IexecHub::countCategoryCall {})?);
        let category = |id| {
            let catid = U256::from(id);
            let category = self.read(chain, &IexecHub::viewCategoryCall { catid })?;
            Ok(category.into())
        };
        (0..count).map(category).collect()
    }

    /// Calls any other function of the hub without consequences.
    ///
    /// # Errors
    ///
    /// As [`read`].
    pub fn read<C: SolCall>(self, chain: &Chain, call: &C) -> Result<C::Return, ReadError> {
        read(chain, self.address, call)
    }
}
