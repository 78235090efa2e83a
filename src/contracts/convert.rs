//! Between the protocol's words and the contracts' structs.
//!
//! Times and counts the contracts hold in 256 bits read as `u64`; what does not fit reads as the
//! largest `u64`, which is later than any clock and more than any count.

use alloy_primitives::{B256, U256};

use super::abi::IexecHub;
use crate::protocol::{
    AppOrder, Category, Contribution, ContributionStatus, DatasetOrder, Deal, OrderOperation,
    RequestOrder, Resource, SignedOperation, Tag, Task, TaskStatus, UnknownStatus, WorkerpoolOrder,
};

impl From<&AppOrder> for IexecHub::AppOrder {
    fn from(order: &AppOrder) -> Self {
        Self {
            app: order.app,
            appprice: order.appprice,
            volume: order.volume,
            tag: order.tag.0,
            datasetrestrict: order.datasetrestrict,
            workerpoolrestrict: order.workerpoolrestrict,
            requesterrestrict: order.requesterrestrict,
            salt: order.salt,
            sign: order.sign.clone(),
        }
    }
}

impl From<&DatasetOrder> for IexecHub::DatasetOrder {
    fn from(order: &DatasetOrder) -> Self {
        Self {
            dataset: order.dataset,
            datasetprice: order.datasetprice,
            volume: order.volume,
            tag: order.tag.0,
            apprestrict: order.apprestrict,
            workerpoolrestrict: order.workerpoolrestrict,
            requesterrestrict: order.requesterrestrict,
            salt: order.salt,
            sign: order.sign.clone(),
        }
    }
}

impl From<&WorkerpoolOrder> for IexecHub::WorkerpoolOrder {
    fn from(order: &WorkerpoolOrder) -> Self {
        Self {
            workerpool: order.workerpool,
            workerpoolprice: order.workerpoolprice,
            volume: order.volume,
            tag: order.tag.0,
            category: order.category,
            trust: order.trust,
            apprestrict: order.apprestrict,
            datasetrestrict: order.datasetrestrict,
            requesterrestrict: order.requesterrestrict,
            salt: order.salt,
            sign: order.sign.clone(),
        }
    }
}

impl From<&RequestOrder> for IexecHub::RequestOrder {
    fn from(order: &RequestOrder) -> Self {
        Self {
            app: order.app,
            appmaxprice: order.appmaxprice,
            dataset: order.dataset,
            datasetmaxprice: order.datasetmaxprice,
            workerpool: order.workerpool,
            workerpoolmaxprice: order.workerpoolmaxprice,
            requester: order.requester,
            volume: order.volume,
            tag: order.tag.0,
            category: order.category,
            trust: order.trust,
            beneficiary: order.beneficiary,
            callback: order.callback,
            params: order.params.clone(),
            salt: order.salt,
            sign: order.sign.clone(),
        }
    }
}

/// Declares how signed operations become the contract's.
macro_rules! operation {
    ($order:ident, $operation:ident) => {
        impl From<&SignedOperation<$order>> for IexecHub::$operation {
            fn from(signed: &SignedOperation<$order>) -> Self {
                Self {
                    order: (&signed.order).into(),
                    operation: number_of(signed.operation),
                    sign: signed.sign.clone(),
                }
            }
        }
    };
}

operation!(AppOrder, AppOrderOperation);
operation!(DatasetOrder, DatasetOrderOperation);
operation!(WorkerpoolOrder, WorkerpoolOrderOperation);
operation!(RequestOrder, RequestOrderOperation);

fn number_of(operation: OrderOperation) -> u8 {
    operation as u8
}

impl From<IexecHub::Resource> for Resource {
    fn from(resource: IexecHub::Resource) -> Self {
        Self {
            pointer: resource.pointer,
            owner: resource.owner,
            price: resource.price,
        }
    }
}

impl From<IexecHub::Deal> for Deal {
    fn from(deal: IexecHub::Deal) -> Self {
        Self {
            app: deal.app.into(),
            dataset: deal.dataset.into(),
            workerpool: deal.workerpool.into(),
            trust: deal.trust,
            category: deal.category,
            tag: Tag(deal.tag),
            requester: deal.requester,
            beneficiary: deal.beneficiary,
            callback: deal.callback,
            params: deal.params,
            start_time: number(deal.startTime),
            bot_first: deal.botFirst,
            bot_size: deal.botSize,
            worker_stake: deal.workerStake,
            scheduler_reward_ratio: number(deal.schedulerRewardRatio),
            sponsor: deal.sponsor,
        }
    }
}

impl TryFrom<IexecHub::Task> for Task {
    type Error = UnknownStatus;

    fn try_from(task: IexecHub::Task) -> Result<Self, UnknownStatus> {
        Ok(Self {
            status: TaskStatus::try_from(task.status)?,
            deal: task.dealid.into(),
            index: task.idx,
            timeref: number(task.timeref),
            contribution_deadline: number(task.contributionDeadline),
            reveal_deadline: number(task.revealDeadline),
            final_deadline: number(task.finalDeadline),
            consensus_value: task.consensusValue,
            reveal_counter: number(task.revealCounter),
            winner_counter: number(task.winnerCounter),
            contributors: task.contributors,
            result_digest: task.resultDigest,
            results: task.results,
            results_callback: task.resultsCallback,
        })
    }
}

impl TryFrom<IexecHub::Contribution> for Contribution {
    type Error = UnknownStatus;

    fn try_from(contribution: IexecHub::Contribution) -> Result<Self, UnknownStatus> {
        Ok(Self {
            status: ContributionStatus::try_from(contribution.status)?,
            hash: contribution.resultHash,
            seal: contribution.resultSeal,
            enclave: contribution.enclaveChallenge,
            weight: number(contribution.weight),
        })
    }
}

impl From<IexecHub::Category> for Category {
    fn from(category: IexecHub::Category) -> Self {
        Self {
            name: category.name,
            description: category.description,
            work_clock_time_ref: number(category.workClockTimeRef),
        }
    }
}

/// Returns a number of the contracts as `u64`, or the largest.
pub(super) fn number(word: U256) -> u64 {
    word.saturating_to()
}

/// Returns a list of ids as the contracts take it.
pub(super) fn words<T: Into<B256>>(ids: impl IntoIterator<Item = T>) -> Vec<B256> {
    ids.into_iter().map(Into::into).collect()
}
