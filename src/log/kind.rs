//! What can be said of an event without looking at its numbers: name, task, worker, origin.

use super::Event;
use crate::protocol::Name;

/// Matches every listed variant to its own name; a variant not listed does not compile.
macro_rules! names {
    ($event:expr; $($variant:ident),+ $(,)?) => {
        match $event {
            $(Event::$variant { .. } => stringify!($variant),)+
        }
    };
}

impl Event {
    /// Returns the event's name as it stands in the log: `TaskInitialize`.
    pub fn name(&self) -> &'static str {
        names!(self;
            RunStarted, RunFinished, AccountOpened, AppRegistered, DatasetRegistered,
            WorkerpoolRegistered, WorkerJoined, WorkerLeft, TaskRequested, OrderPublished,
            OrderCancelled, BookChanged, BlockMined, ChainReorganised, Revert, OrdersMatched,
            SchedulerNotice, TaskInitialize, TaskContribute, TaskConsensus, TaskReveal, TaskReopen,
            TaskFinalize, TaskClaimed, AccurateContribution, FaultyContribution, ScoreChanged,
            Transfer, Lock, Unlock, Reward, Seize, WorkerAssigned, InputsFetched, ExecutionStarted,
            ExecutionFinished, ExecutionWarned, ExecutionAbandoned, ResultUploaded, ResultDownloaded, TruthComputed,
            TaskJudged, FaultInjected, FaultHealed, Crashed, Restarted, MessageLost,
            InvariantBroken, ExpectationChecked,
        )
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
            Self::Revert { task, .. } => task.as_ref(),
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
            | Self::WorkerJoined { .. }
            | Self::WorkerLeft { .. }
            | Self::OrderPublished { .. }
            | Self::OrderCancelled { .. }
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
