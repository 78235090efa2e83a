//! Everything that can happen: one variant per fact.
//!
//! Chain events keep their Solidity names, off-chain facts are past participles. Fields hold bare
//! names (`worker: "w-0"`, `pool: "main"`, `task: "greet"`); where kinds mix (`account`, `from`)
//! the name is qualified (`worker.w-0`, `account.alice`, `pool.main`, `kitty`).

use alloy_primitives::{Address, B256};
use serde::{Deserialize, Serialize};

use super::{Check, EndReason, OrderKind, Verdict};
use crate::{amount::Nrlc, protocol::Name};

/// A fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event")]
pub enum Event {
    // ---- the run -------------------------------------------------------------------------
    /// The first record of every log.
    RunStarted {
        /// The scenario's title.
        title: String,
        /// The seed all chance derives from.
        seed: u64,
        /// The version of `emulate`.
        version: String,
        /// The chain's time at the start, in Unix seconds.
        start: u64,
        /// Milliseconds between blocks.
        block_ms: u64,
    },
    /// The last record of every log.
    RunFinished {
        /// Why the run ended.
        reason: EndReason,
    },

    // ---- the cast and the market -----------------------------------------------------------
    /// An account with a key exists: requesters, owners, workers, pools.
    AccountOpened {
        /// Its qualified name: `account.alice`, `worker.w-0`, `pool.main`.
        account: Name,
        /// Its address.
        address: Address,
        /// What it put into the hub. For the reader only: the `Transfer` of the deposit is what counts.
        deposit: Nrlc,
    },
    /// An application is registered.
    AppRegistered {
        /// Its name.
        app: Name,
        /// Its entry contract.
        address: Address,
        /// Its owner, qualified.
        owner: Name,
        /// Its price per task.
        price: Nrlc,
    },
    /// A dataset is registered.
    DatasetRegistered {
        /// Its name.
        dataset: Name,
        /// Its entry contract.
        address: Address,
        /// Its owner, qualified.
        owner: Name,
        /// Its price per task.
        price: Nrlc,
    },
    /// A workerpool is registered.
    WorkerpoolRegistered {
        /// Its name.
        pool: Name,
        /// Its entry contract.
        address: Address,
        /// Its owner, qualified.
        owner: Name,
        /// Stake asked of a worker, in percent of the price.
        worker_stake: u64,
        /// Share of the reward the scheduler keeps, in percent.
        fee: u64,
    },
    /// A contract of a dapp is deployed.
    ContractDeployed {
        /// Its name.
        contract: Name,
        /// Where it is.
        address: Address,
        /// Who deployed it, qualified.
        by: Name,
    },
    /// A worker offers its computing to a pool.
    WorkerJoined {
        /// The worker.
        worker: Name,
        /// Its pool.
        pool: Name,
        /// The group it is a member of; its own name when alone.
        group: Name,
        /// How it behaves.
        behaviour: String,
        /// Its score on joining.
        score: u64,
    },
    /// A worker left its pool for good.
    WorkerLeft {
        /// The worker.
        worker: Name,
        /// Its pool.
        pool: Name,
    },
    /// A requester wants a task done.
    TaskRequested {
        /// The task.
        task: Name,
        /// The group it is a member of; its own name when alone.
        group: Name,
        /// The requester.
        requester: Name,
        /// The application.
        app: Name,
        /// The dataset, if any.
        dataset: Option<Name>,
        /// The trust asked for.
        trust: u64,
        /// The category's name.
        category: Name,
    },
    /// An order entered the book.
    OrderPublished {
        /// Which of the four kinds.
        kind: OrderKind,
        /// Its EIP-712 hash.
        order: B256,
        /// Who signed it, qualified.
        by: Name,
        /// Its price per task; the most a request pays the pool.
        price: Nrlc,
        /// How many tasks it is good for.
        volume: u64,
    },
    /// An order left the book before it was used up, or was given up before it entered.
    OrderCancelled {
        /// Which of the four kinds.
        kind: OrderKind,
        /// Its EIP-712 hash.
        order: B256,
        /// Who signed it, qualified.
        by: Name,
        /// The task it asked for, if it is a request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<Name>,
    },
    /// The book after a change: best prices and how much is offered and asked.
    BookChanged {
        /// The lowest price a workerpool asks.
        best_ask: Option<Nrlc>,
        /// The highest price a waiting request bids.
        best_bid: Option<Nrlc>,
        /// Tasks workerpools still offer.
        ask_volume: u64,
        /// Tasks requesters still wait for.
        bid_volume: u64,
    },

    // ---- the chain -----------------------------------------------------------------------
    /// A block was mined.
    BlockMined {
        /// Its hash.
        hash: B256,
        /// How many transactions it holds.
        transactions: u64,
        /// Gas used by them.
        gas_used: u64,
        /// Its time in Unix seconds.
        timestamp: u64,
    },
    /// The chain took blocks back: `block` of the record is the new head.
    ChainReorganised {
        /// How many blocks were taken back.
        depth: u64,
    },
    /// A transaction was mined and reverted.
    Revert {
        /// Its sender, qualified.
        from: Name,
        /// The function called, such as `contribute`.
        call: String,
        /// Why, in words: the revert string, or which check failed when the contract gives none.
        reason: String,
        /// Whether its sender took this into account.
        expected: bool,
        /// The task it was about, if any.
        task: Option<Name>,
    },
    /// Four orders met; the deal's tasks are named.
    OrdersMatched {
        /// The deal.
        deal: B256,
        /// Its tasks in order of index.
        tasks: Vec<Name>,
        /// The workerpool.
        pool: Name,
        /// The application.
        app: Name,
        /// The dataset, if any.
        dataset: Option<Name>,
        /// Who requested, qualified.
        requester: Name,
        /// Who pays, qualified.
        sponsor: Name,
        /// Price of the application per task.
        app_price: Nrlc,
        /// Price of the dataset per task.
        dataset_price: Nrlc,
        /// Price of the workerpool per task.
        pool_price: Nrlc,
        /// Stake locked by each contributing worker.
        worker_stake: Nrlc,
        /// The trust the consensus must reach.
        trust: u64,
    },
    /// The hub tells the pool of a deal.
    SchedulerNotice {
        /// The workerpool.
        pool: Name,
        /// The deal.
        deal: B256,
    },
    /// A task began.
    TaskInitialize {
        /// The task.
        task: Name,
        /// Its id on chain.
        id: B256,
        /// The workerpool.
        pool: Name,
        /// Unix second before which contributions count.
        contribution_deadline: u64,
        /// Unix second before which the task must be final.
        final_deadline: u64,
    },
    /// A worker committed to a result.
    TaskContribute {
        /// The task.
        task: Name,
        /// The worker.
        worker: Name,
        /// The result hash it vouches for.
        hash: B256,
        /// The weight of its vote: what the weight of its group is multiplied with.
        weight: u64,
    },
    /// One result outweighs the others by the trust asked for.
    TaskConsensus {
        /// The task.
        task: Name,
        /// The winning result hash.
        consensus: B256,
        /// How many contributors voted for it.
        winners: u64,
    },
    /// A winner showed its result.
    TaskReveal {
        /// The task.
        task: Name,
        /// The worker.
        worker: Name,
        /// The result digest.
        digest: B256,
    },
    /// No winner revealed; the vote is open again.
    TaskReopen {
        /// The task.
        task: Name,
    },
    /// The task is done and paid.
    TaskFinalize {
        /// The task.
        task: Name,
        /// Where the result lies, as put on chain.
        results: String,
    },
    /// The final deadline passed; the requester was refunded.
    TaskClaimed {
        /// The task.
        task: Name,
    },
    /// A worker's vote was right: its score rises.
    AccurateContribution {
        /// The task.
        task: Name,
        /// The worker.
        worker: Name,
    },
    /// A worker's vote was wrong or unproven: its score falls by a third.
    FaultyContribution {
        /// The task.
        task: Name,
        /// The worker.
        worker: Name,
    },
    /// A worker's score as the hub now holds it.
    ScoreChanged {
        /// The worker.
        worker: Name,
        /// Its score.
        score: u64,
    },
    /// Deposits moved between accounts of the hub, or were made (`from` none) or taken out. The half
    /// of a `Lock`, `Unlock` or `Reward` that moves money from or to the hub's own account names it
    /// `hub`; readers take it from the other event.
    Transfer {
        /// From whom, qualified; none when minted by a deposit.
        from: Option<Name>,
        /// To whom, qualified; none when withdrawn.
        to: Option<Name>,
        /// How much.
        amount: Nrlc,
    },
    /// Money was set aside.
    Lock {
        /// Whose, qualified.
        account: Name,
        /// How much.
        amount: Nrlc,
    },
    /// Money set aside was given back.
    Unlock {
        /// Whose, qualified.
        account: Name,
        /// How much.
        amount: Nrlc,
    },
    /// Somebody was paid.
    Reward {
        /// Who, qualified.
        account: Name,
        /// How much.
        amount: Nrlc,
        /// For which task.
        task: Name,
    },
    /// Somebody lost what was set aside.
    Seize {
        /// Who, qualified.
        account: Name,
        /// How much.
        amount: Nrlc,
        /// For which task.
        task: Name,
    },

    // ---- the work, what goes wrong, and judgement --------------------------------------------
    /// The scheduler asked a worker to compute.
    WorkerAssigned {
        /// The task.
        task: Name,
        /// The worker.
        worker: Name,
    },
    /// A worker has a task's inputs at hand.
    InputsFetched {
        /// The task.
        task: Name,
        /// The worker.
        worker: Name,
        /// The files below the input folder, sorted.
        files: Vec<String>,
    },
    /// A worker began to compute.
    ExecutionStarted {
        /// The task.
        task: Name,
        /// The worker.
        worker: Name,
        /// Which executor: `builtin`, `mock`, `wasm`, `docker`.
        executor: String,
    },
    /// A worker finished computing.
    ExecutionFinished {
        /// The task.
        task: Name,
        /// The worker.
        worker: Name,
        /// The digest of what it computed.
        digest: B256,
        /// `ok`, or the name of what went wrong: `exit 3`, `timeout`, `out of memory`, …
        outcome: String,
        /// How long it took in the run's own time, in milliseconds.
        duration_ms: u64,
        /// Files the program left, sorted.
        outputs: Vec<String>,
        /// What the program printed or left as its text output, capped.
        output: String,
        /// What stands for the content of its image, if it ran in a container.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        image: Option<String>,
        /// Its exit code, if it ran in a container and ended by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exit: Option<i64>,
    },
    /// Something about a result its app's author would want to know; told once for each app.
    ExecutionWarned {
        /// The task.
        task: Name,
        /// The worker.
        worker: Name,
        /// What.
        warning: String,
    },
    /// A worker gave up on a task.
    ExecutionAbandoned {
        /// The task.
        task: Name,
        /// The worker.
        worker: Name,
        /// Why.
        reason: String,
    },
    /// A winner put the result where the requester can fetch it.
    ResultUploaded {
        /// The task.
        task: Name,
        /// The worker.
        worker: Name,
        /// Where it lies.
        link: String,
        /// Size of the archive in bytes.
        size: u64,
    },
    /// The requester fetched the result.
    ResultDownloaded {
        /// The task.
        task: Name,
        /// Where from.
        link: String,
    },
    /// The emulator's own honest run, to compare results with.
    TruthComputed {
        /// The task.
        task: Name,
        /// The digest of the honest result; none when honest runs differ.
        digest: Option<B256>,
    },
    /// What the emulator knows of a task that is over.
    TaskJudged {
        /// The task.
        task: Name,
        /// The verdict.
        verdict: Verdict,
    },
    /// An entry of the timeline took effect.
    FaultInjected {
        /// The verb: `crash`, `partition`, `slow`, …
        verb: String,
        /// On whom, qualified.
        targets: Vec<Name>,
        /// The author's note.
        note: Option<String>,
    },
    /// The effect of a timeline entry ended.
    FaultHealed {
        /// The verb.
        verb: String,
        /// On whom, qualified.
        targets: Vec<Name>,
    },
    /// An actor lost its memory and fell silent.
    Crashed {
        /// The actor, qualified; `who` in JSON, where a record has its own `actor`.
        #[serde(rename = "who")]
        actor: Name,
    },
    /// An actor came back with what it had stored.
    Restarted {
        /// The actor, qualified; `who` in JSON.
        #[serde(rename = "who")]
        actor: Name,
    },
    /// A message between actors was lost.
    MessageLost {
        /// Sender, qualified.
        from: Name,
        /// Receiver, qualified.
        to: Name,
        /// What it was: `Assign`, …
        message: String,
    },
    /// A law of the economy was broken.
    InvariantBroken {
        /// Which law.
        law: String,
        /// The transaction after which it no longer held, if one is to blame.
        transaction: Option<B256>,
        /// The numbers.
        detail: String,
    },
    /// An expectation was judged.
    ExpectationChecked(Check),
}
