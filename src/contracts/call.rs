//! The data of calls: one function for each thing an account can ask of hub, token or workerpool.
//!
//! The one rule: nothing is checked here; the contracts check.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;

use super::{
    abi::{IexecHub, RLC, Workerpool},
    convert::words,
};
use crate::protocol::{
    AppOrder, Category, Commitment, DatasetOrder, DealId, Orders, RequestOrder, SignedOperation,
    TaskId, WorkerpoolOrder,
};

/// A vote that is its own proof, for a deal that trusts a single worker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Completion {
    /// Of which task.
    pub task: TaskId,
    /// The result's digest.
    pub digest: B256,
    /// Where the result lies.
    pub results: Bytes,
    /// What the callback contract is given.
    pub callback: Bytes,
    /// The enclave that vouches; zero for none.
    pub enclave: Address,
    /// The enclave's signature; empty for none.
    pub enclave_sign: Bytes,
    /// The scheduler's leave.
    pub authorization: Bytes,
}

fn data(call: &impl SolCall) -> Bytes {
    call.abi_encode().into()
}

/// Makes a deal, paid by the requester.
pub fn match_orders(orders: &Orders) -> Bytes {
    data(&IexecHub::matchOrdersCall {
        appOrder: (&orders.app).into(),
        datasetOrder: (&orders.dataset).into(),
        workerpoolOrder: (&orders.workerpool).into(),
        requestOrder: (&orders.request).into(),
    })
}

/// Makes a deal, paid by the caller.
pub fn sponsor_match_orders(orders: &Orders) -> Bytes {
    data(&IexecHub::sponsorMatchOrdersCall {
        appOrder: (&orders.app).into(),
        datasetOrder: (&orders.dataset).into(),
        workerpoolOrder: (&orders.workerpool).into(),
        requestOrder: (&orders.request).into(),
    })
}

/// Signs or closes an application order.
pub fn manage_app_order(operation: &SignedOperation<AppOrder>) -> Bytes {
    let operation = operation.into();
    data(&IexecHub::manageAppOrderCall { operation })
}

/// Signs or closes a dataset order.
pub fn manage_dataset_order(operation: &SignedOperation<DatasetOrder>) -> Bytes {
    let operation = operation.into();
    data(&IexecHub::manageDatasetOrderCall { operation })
}

/// Signs or closes a workerpool order.
pub fn manage_workerpool_order(operation: &SignedOperation<WorkerpoolOrder>) -> Bytes {
    let operation = operation.into();
    data(&IexecHub::manageWorkerpoolOrderCall { operation })
}

/// Signs or closes a request order.
pub fn manage_request_order(operation: &SignedOperation<RequestOrder>) -> Bytes {
    let operation = operation.into();
    data(&IexecHub::manageRequestOrderCall { operation })
}

/// Begins a task.
pub fn initialize(deal: DealId, index: U256) -> Bytes {
    data(&IexecHub::initializeCall {
        dealId: deal.0,
        index,
    })
}

/// Begins several tasks.
pub fn initialize_array(tasks: &[(DealId, U256)]) -> Bytes {
    data(&IexecHub::initializeArrayCall {
        dealIds: words(tasks.iter().map(|(deal, _)| *deal)),
        indexes: tasks.iter().map(|(_, index)| *index).collect(),
    })
}

/// Commits the calling worker to a result.
///
/// `enclave_sign` is empty and `enclave` zero without an enclave.
pub fn contribute(
    task: TaskId,
    commitment: &Commitment,
    enclave: Address,
    enclave_sign: Bytes,
    authorization: Bytes,
) -> Bytes {
    data(&IexecHub::contributeCall {
        taskId: task.0,
        resultHash: commitment.hash,
        resultSeal: commitment.seal,
        enclaveChallenge: enclave,
        enclaveSign: enclave_sign,
        authorizationSign: authorization,
    })
}

/// Votes, proves and completes at once.
pub fn contribute_and_finalize(completion: &Completion) -> Bytes {
    data(&IexecHub::contributeAndFinalizeCall {
        taskId: completion.task.0,
        resultDigest: completion.digest,
        results: completion.results.clone(),
        resultsCallback: completion.callback.clone(),
        enclaveChallenge: completion.enclave,
        enclaveSign: completion.enclave_sign.clone(),
        authorizationSign: completion.authorization.clone(),
    })
}

/// Shows the result the calling worker has voted for.
pub fn reveal(task: TaskId, digest: B256) -> Bytes {
    data(&IexecHub::revealCall {
        taskId: task.0,
        resultDigest: digest,
    })
}

/// Opens the vote again.
pub fn reopen(task: TaskId) -> Bytes {
    data(&IexecHub::reopenCall { taskId: task.0 })
}

/// Completes a task and pays everyone.
pub fn finalize(task: TaskId, results: Bytes, callback: Bytes) -> Bytes {
    data(&IexecHub::finalizeCall {
        taskId: task.0,
        results,
        resultsCallback: callback,
    })
}

/// Gives a task up and refunds its payer.
pub fn claim(task: TaskId) -> Bytes {
    data(&IexecHub::claimCall { taskId: task.0 })
}

/// Gives several tasks up.
pub fn claim_array(tasks: &[TaskId]) -> Bytes {
    data(&IexecHub::claimArrayCall {
        taskIds: words(tasks.iter().copied()),
    })
}

/// Gives up several tasks nobody began.
pub fn initialize_and_claim_array(tasks: &[(DealId, U256)]) -> Bytes {
    data(&IexecHub::initializeAndClaimArrayCall {
        dealIds: words(tasks.iter().map(|(deal, _)| *deal)),
        indexes: tasks.iter().map(|(_, index)| *index).collect(),
    })
}

/// Deposits tokens the caller has allowed the hub to take.
pub fn deposit(amount: U256) -> Bytes {
    data(&IexecHub::depositCall { amount })
}

/// Deposits tokens of the caller for another account.
pub fn deposit_for(amount: U256, target: Address) -> Bytes {
    data(&IexecHub::depositForCall { amount, target })
}

/// Deposits tokens of the caller for several accounts.
pub fn deposit_for_array(deposits: &[(Address, U256)]) -> Bytes {
    data(&IexecHub::depositForArrayCall {
        amounts: deposits.iter().map(|(_, amount)| *amount).collect(),
        targets: deposits.iter().map(|(target, _)| *target).collect(),
    })
}

/// Pays free funds of the caller out.
pub fn withdraw(amount: U256) -> Bytes {
    data(&IexecHub::withdrawCall { amount })
}

/// Adds a category; by the hub's owner.
pub fn create_category(category: &Category) -> Bytes {
    data(&IexecHub::createCategoryCall {
        name: category.name.clone(),
        description: category.description.clone(),
        workClockTimeRef: U256::from(category.work_clock_time_ref),
    })
}

/// Takes a worker's score over from the hub before this one.
pub fn import_score(worker: Address) -> Bytes {
    data(&IexecHub::importScoreCall { worker })
}

/// Names the broker who signs permissions for enclaves; by the hub's owner.
pub fn set_tee_broker(broker: Address) -> Bytes {
    data(&IexecHub::setTeeBrokerCall {
        newTeeBroker: broker,
    })
}

/// Moves tokens of the caller.
pub fn rlc_transfer(to: Address, value: U256) -> Bytes {
    data(&RLC::transferCall { to, value })
}

/// Allows a spender to move tokens of the caller.
pub fn rlc_approve(spender: Address, value: U256) -> Bytes {
    data(&RLC::approveCall { spender, value })
}

/// Allows a spender to move tokens of the caller and tells it; the hub takes them at once, and makes
/// the deal if `extra` is the data of [`match_orders`].
pub fn rlc_approve_and_call(spender: Address, value: U256, extra: Bytes) -> Bytes {
    data(&RLC::approveAndCallCall {
        spender,
        value,
        extraData: extra,
    })
}

/// Sets a workerpool's terms for future deals, in percent; by its owner.
pub fn change_policy(worker_stake: u64, scheduler_reward: u64) -> Bytes {
    data(&Workerpool::changePolicyCall {
        newWorkerStakeRatioPolicy: U256::from(worker_stake),
        newSchedulerRewardRatioPolicy: U256::from(scheduler_reward),
    })
}
