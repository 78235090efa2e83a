//! The model's effects as the logs the hub emits, encoded by the hub's ABI.

use alloy_primitives::{B256, LogData};
use alloy_sol_types::SolEvent;
use emulate::{
    contracts::abi::IexecHub::{
        AccurateContribution, DealSponsored, FaultyContribution, Lock, OrdersMatched, Reward,
        SchedulerNotice, Seize, TaskClaimed, TaskConsensus, TaskContribute, TaskFinalize,
        TaskInitialize, TaskReopen, TaskReveal, Transfer, Unlock,
    },
    protocol::model::Effect,
};

/// Returns the log the hub emits for an effect.
#[expect(clippy::too_many_lines, reason = "one arm for each event")]
pub(crate) fn log_of(effect: &Effect) -> LogData {
    match effect.clone() {
        Effect::Transfer { from, to, amount } => Transfer {
            from: from.unwrap_or_default(),
            to: to.unwrap_or_default(),
            value: amount,
        }
        .encode_log_data(),
        Effect::Lock { account, amount } => Lock {
            owner: account,
            amount,
        }
        .encode_log_data(),
        Effect::Unlock { account, amount } => Unlock {
            owner: account,
            amount,
        }
        .encode_log_data(),
        Effect::Reward {
            account,
            amount,
            task,
        } => Reward {
            owner: account,
            amount,
            r#ref: task.0,
        }
        .encode_log_data(),
        Effect::Seize {
            account,
            amount,
            task,
        } => Seize {
            owner: account,
            amount,
            r#ref: task.0,
        }
        .encode_log_data(),
        Effect::SchedulerNotice { workerpool, deal } => SchedulerNotice {
            workerpool,
            dealid: deal.0,
        }
        .encode_log_data(),
        Effect::OrdersMatched {
            deal,
            orders,
            volume,
        } => OrdersMatched {
            dealid: deal.0,
            appHash: orders.app.0,
            datasetHash: orders.dataset.map_or(B256::ZERO, B256::from),
            workerpoolHash: orders.workerpool.0,
            requestHash: orders.request.0,
            volume,
        }
        .encode_log_data(),
        Effect::DealSponsored { deal, sponsor } => DealSponsored {
            dealId: deal.0,
            sponsor,
        }
        .encode_log_data(),
        Effect::TaskInitialize { task, workerpool } => TaskInitialize {
            taskid: task.0,
            workerpool,
        }
        .encode_log_data(),
        Effect::TaskContribute { task, worker, hash } => TaskContribute {
            taskid: task.0,
            worker,
            hash,
        }
        .encode_log_data(),
        Effect::TaskConsensus { task, consensus } => TaskConsensus {
            taskid: task.0,
            consensus,
        }
        .encode_log_data(),
        Effect::TaskReveal {
            task,
            worker,
            digest,
        } => TaskReveal {
            taskid: task.0,
            worker,
            digest,
        }
        .encode_log_data(),
        Effect::TaskReopen { task } => TaskReopen { taskid: task.0 }.encode_log_data(),
        Effect::TaskFinalize { task, results } => TaskFinalize {
            taskid: task.0,
            results,
        }
        .encode_log_data(),
        Effect::TaskClaimed { task } => TaskClaimed { taskid: task.0 }.encode_log_data(),
        Effect::AccurateContribution { worker, task } => AccurateContribution {
            worker,
            taskid: task.0,
        }
        .encode_log_data(),
        Effect::FaultyContribution { worker, task } => FaultyContribution {
            worker,
            taskid: task.0,
        }
        .encode_log_data(),
    }
}
