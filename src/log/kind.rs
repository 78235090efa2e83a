//! What can be said of an event without looking at its numbers: name, task, worker, origin.

use super::Event;
use crate::protocol::Name;

/// Says the name and the fields of every variant; one that is not listed, or listed with other
/// fields, does not compile.
macro_rules! events {
    ($($variant:ident { $($field:ident),* },)+) => {
        /// The fields of every event, as the program calls them.
        const FIELDS: &[(&str, &[&str])] = &[
            $((stringify!($variant), &[$(stringify!($field)),*]),)+
        ];

        impl Event {
            /// Returns the event's name as it stands in the log: `TaskInitialize`.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant { $($field: _),* } => stringify!($variant),)+
                    Self::ExpectationChecked(_) => "ExpectationChecked",
                }
            }
        }
    };
}

events! {
    RunStarted { title, seed, version, start, block_ms },
    RunFinished { reason },
    AccountOpened { account, address, deposit },
    AppRegistered { app, address, owner, price },
    DatasetRegistered { dataset, address, owner, price },
    WorkerpoolRegistered { pool, address, owner, worker_stake, fee },
    ContractDeployed { contract, address, by },
    WorkerJoined { worker, pool, group, behaviour, score },
    WorkerLeft { worker, pool },
    TaskRequested { task, group, requester, app, dataset, trust, category },
    OrderPublished { kind, order, by, price, volume },
    OrderCancelled { kind, order, by, task },
    BookChanged { best_ask, best_bid, ask_volume, bid_volume },
    BlockMined { hash, transactions, gas_used, timestamp },
    ChainReorganised { depth },
    Revert { from, call, reason, expected, task },
    OrdersMatched { deal, tasks, pool, app, dataset, requester, sponsor, app_price, dataset_price, pool_price, worker_stake, trust },
    SchedulerNotice { pool, deal },
    TaskInitialize { task, id, pool, contribution_deadline, final_deadline },
    TaskContribute { task, worker, hash, weight },
    TaskConsensus { task, consensus, winners },
    TaskReveal { task, worker, digest },
    TaskReopen { task },
    TaskFinalize { task, results },
    TaskClaimed { task },
    AccurateContribution { task, worker },
    FaultyContribution { task, worker },
    ScoreChanged { worker, score },
    Transfer { from, to, amount },
    Lock { account, amount },
    Unlock { account, amount },
    Reward { account, amount, task },
    Seize { account, amount, task },
    WorkerAssigned { task, worker },
    InputsFetched { task, worker, files },
    ExecutionStarted { task, worker, executor },
    ExecutionFinished { task, worker, digest, outcome, duration_ms, outputs, output, image, exit },
    ExecutionWarned { task, worker, warning },
    ExecutionAbandoned { task, worker, reason },
    ResultUploaded { task, worker, link, size },
    ResultDownloaded { task, link },
    TruthComputed { task, digest },
    TaskJudged { task, verdict },
    FaultInjected { verb, targets, note },
    FaultHealed { verb, targets },
    Crashed { actor },
    Restarted { actor },
    MessageLost { from, to, message },
    InvariantBroken { law, transaction, detail },
}

impl Event {
    /// Returns the names of the fields that events called `name` have in the log; none when no event
    /// is called so.
    pub fn fields(name: &str) -> Option<Vec<&'static str>> {
        if name == "ExpectationChecked" {
            return Some(vec!["outcome", "expected", "found", "since", "why", "line"]);
        }
        let (_, fields) = FIELDS.iter().find(|(known, _)| *known == name)?;
        // A record has an `actor` of its own.
        let written = |field: &&'static str| match *field {
            "actor" => "who",
            field => field,
        };
        Some(fields.iter().map(written).collect())
    }

    /// Tells whether the event was read from a block: when the chain takes the block back, it has
    /// not happened.
    pub fn is_chain_fact(&self) -> bool {
        match self {
            Self::BlockMined { .. }
            | Self::Revert { .. }
            | Self::OrdersMatched { .. }
            | Self::SchedulerNotice { .. }
            | Self::TaskInitialize { .. }
            | Self::TaskContribute { .. }
            | Self::TaskConsensus { .. }
            | Self::TaskReveal { .. }
            | Self::TaskReopen { .. }
            | Self::TaskFinalize { .. }
            | Self::TaskClaimed { .. }
            | Self::AccurateContribution { .. }
            | Self::FaultyContribution { .. }
            | Self::ScoreChanged { .. }
            | Self::Transfer { .. }
            | Self::Lock { .. }
            | Self::Unlock { .. }
            | Self::Reward { .. }
            | Self::Seize { .. } => true,
            Self::RunStarted { .. }
            | Self::RunFinished { .. }
            | Self::AccountOpened { .. }
            | Self::AppRegistered { .. }
            | Self::DatasetRegistered { .. }
            | Self::WorkerpoolRegistered { .. }
            | Self::ContractDeployed { .. }
            | Self::WorkerJoined { .. }
            | Self::WorkerLeft { .. }
            | Self::TaskRequested { .. }
            | Self::OrderPublished { .. }
            | Self::OrderCancelled { .. }
            | Self::BookChanged { .. }
            | Self::ChainReorganised { .. }
            | Self::WorkerAssigned { .. }
            | Self::InputsFetched { .. }
            | Self::ExecutionStarted { .. }
            | Self::ExecutionFinished { .. }
            | Self::ExecutionWarned { .. }
            | Self::ExecutionAbandoned { .. }
            | Self::ResultUploaded { .. }
            | Self::ResultDownloaded { .. }
            | Self::TruthComputed { .. }
            | Self::TaskJudged { .. }
            | Self::FaultInjected { .. }
            | Self::FaultHealed { .. }
            | Self::Crashed { .. }
            | Self::Restarted { .. }
            | Self::MessageLost { .. }
            | Self::InvariantBroken { .. }
            | Self::ExpectationChecked(_) => false,
        }
    }

    /// Returns the one task the event is about, if there is one.
    pub fn task(&self) -> Option<&Name> {
        match self {
            Self::TaskRequested { task, .. }
            | Self::TaskInitialize { task, .. }
            | Self::TaskContribute { task, .. }
            | Self::TaskConsensus { task, .. }
            | Self::TaskReveal { task, .. }
            | Self::TaskReopen { task }
            | Self::TaskFinalize { task, .. }
            | Self::TaskClaimed { task }
            | Self::AccurateContribution { task, .. }
            | Self::FaultyContribution { task, .. }
            | Self::Reward { task, .. }
            | Self::Seize { task, .. }
            | Self::WorkerAssigned { task, .. }
            | Self::InputsFetched { task, .. }
            | Self::ExecutionStarted { task, .. }
            | Self::ExecutionFinished { task, .. }
            | Self::ExecutionWarned { task, .. }
            | Self::ExecutionAbandoned { task, .. }
            | Self::ResultUploaded { task, .. }
            | Self::ResultDownloaded { task, .. }
            | Self::TruthComputed { task, .. }
            | Self::TaskJudged { task, .. } => Some(task),
            Self::OrderCancelled { task, .. } | Self::Revert { task, .. } => task.as_ref(),
            Self::OrdersMatched { tasks, .. } => match tasks.as_slice() {
                [task] => Some(task),
                _ => None,
            },
            Self::RunStarted { .. }
            | Self::RunFinished { .. }
            | Self::AccountOpened { .. }
            | Self::AppRegistered { .. }
            | Self::DatasetRegistered { .. }
            | Self::WorkerpoolRegistered { .. }
            | Self::ContractDeployed { .. }
            | Self::WorkerJoined { .. }
            | Self::WorkerLeft { .. }
            | Self::OrderPublished { .. }
            | Self::BookChanged { .. }
            | Self::BlockMined { .. }
            | Self::ChainReorganised { .. }
            | Self::SchedulerNotice { .. }
            | Self::ScoreChanged { .. }
            | Self::Transfer { .. }
            | Self::Lock { .. }
            | Self::Unlock { .. }
            | Self::FaultInjected { .. }
            | Self::FaultHealed { .. }
            | Self::Crashed { .. }
            | Self::Restarted { .. }
            | Self::MessageLost { .. }
            | Self::InvariantBroken { .. }
            | Self::ExpectationChecked(_) => None,
        }
    }
}
