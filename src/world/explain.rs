//! Why the hub refused a call, in words: most of its checks revert without any.

use super::World;
use crate::{
    actors::{Call, Ledger as _},
    chain::{Failure, Transaction},
    contracts::revert_words,
    protocol::{Contribution, ContributionStatus, Task, TaskId, TaskStatus},
};

impl World {
    /// Says why a transaction failed: the contract's reason, or the first check that explains it.
    pub(super) fn explain(
        &self,
        transaction: &Transaction,
        failure: &Failure,
        asked: Option<&Call>,
        timestamp: u64,
    ) -> String {
        let data = match failure {
            Failure::Revert(data) => data,
            Failure::Halt(reason) => return format!("the machine stopped: {reason:?}"),
        };
        if !data.is_empty() {
            return revert_words(data);
        }
        let Some(asked) = asked else {
            return revert_words(data);
        };
        let hub = self.hub();
        let vote = |task| hub.contribution(task, transaction.signer());
        match asked {
            Call::Contribute { task, .. } => {
                why_not_contribute(&hub.task(*task), &vote(*task), timestamp)
            }
            Call::ContributeAndFinalize(done) if done.enclave_sign.is_empty() => {
                "the enclave did not vouch for the result".into()
            }
            Call::ContributeAndFinalize(done) => {
                why_not_contribute(&hub.task(done.task), &vote(done.task), timestamp)
            }
            Call::Reveal { task, .. } => why_not_reveal(&hub.task(*task), &vote(*task), timestamp),
            Call::Reopen { task } => why_not_reopen(&hub.task(*task), timestamp),
            Call::Finalize { task, .. } => why_not_finalize(&hub.task(*task), timestamp),
            Call::Claim { task } => why_not_claim(&hub.task(*task), timestamp),
            Call::Initialize { deal, index } | Call::InitializeAndClaim { deal, index } => {
                let id = TaskId::of(*deal, alloy_primitives::U256::from(*index));
                let task = hub.task(id);
                match (task.status, asked) {
                    (TaskStatus::Unset, Call::InitializeAndClaim { .. }) => {
                        "the final deadline has not come yet".into()
                    }
                    (TaskStatus::Unset, _) => "the deal has no task of this index".into(),
                    (status, _) => format!("the task is {status}, it was initialized before"),
                }
            }
            Call::MatchOrders(_) => {
                "an app, dataset or workerpool of the orders is no contract".into()
            }
            Call::Withdraw(_) => "the account has less than that in the hub".into(),
            Call::Other { .. } => revert_words(data),
        }
    }
}

fn not(wanted: TaskStatus, task: &Task) -> Option<String> {
    (task.status != wanted).then(|| format!("the task is {}, not {wanted}", task.status))
}

fn passed(deadline: &str, at: u64, now: u64) -> Option<String> {
    let late = now.saturating_sub(at);
    (now >= at).then(|| format!("the {deadline} deadline has passed, {late} s ago"))
}

fn why_not_contribute(task: &Task, vote: &Contribution, now: u64) -> String {
    let is_known = task.status != TaskStatus::Unset;
    let late = passed("contribution", task.contribution_deadline, now).filter(|_| is_known);
    let closed = not(TaskStatus::Active, task).filter(|_| late.is_none());
    late.or(closed).unwrap_or_else(|| match vote.status {
        ContributionStatus::Unset => {
            "the scheduler's authorization or the enclave's signature is not valid".into()
        }
        status @ (ContributionStatus::Contributed
        | ContributionStatus::Proved
        | ContributionStatus::Rejected) => {
            format!("the worker has voted on this task before: its vote is {status}")
        }
    })
}

fn why_not_reveal(task: &Task, vote: &Contribution, now: u64) -> String {
    let late = || passed("reveal", task.reveal_deadline, now);
    let why = not(TaskStatus::Revealing, task).or_else(late);
    why.unwrap_or_else(|| match vote.status {
        ContributionStatus::Contributed if vote.hash != task.consensus_value => {
            "the consensus is about another result".into()
        }
        ContributionStatus::Contributed => "the result does not fit hash and seal".into(),
        status @ (ContributionStatus::Unset
        | ContributionStatus::Proved
        | ContributionStatus::Rejected) => {
            format!("the worker has nothing to reveal: its vote is {status}")
        }
    })
}

fn why_not_reopen(task: &Task, now: u64) -> String {
    let late = || passed("final", task.final_deadline, now);
    let why = not(TaskStatus::Revealing, task).or_else(late);
    why.unwrap_or_else(|| match task.reveal_counter {
        0 if now < task.reveal_deadline => "the reveal deadline has not come yet".into(),
        0 => "only the workerpool's owner may reopen".into(),
        revealed => format!("{revealed} of {} winners revealed", task.winner_counter),
    })
}

fn why_not_finalize(task: &Task, now: u64) -> String {
    let late = || passed("final", task.final_deadline, now);
    let why = not(TaskStatus::Revealing, task).or_else(late);
    let (revealed, winners) = (task.reveal_counter, task.winner_counter);
    why.unwrap_or_else(|| match revealed < winners && now < task.reveal_deadline {
        true => format!("{revealed} of {winners} winners revealed, and they have time left"),
        false => "the callback data does not fit the result, or the caller is not the pool".into(),
    })
}

fn why_not_claim(task: &Task, now: u64) -> String {
    let status = task.status;
    let is_open = matches!(status, TaskStatus::Active | TaskStatus::Revealing);
    match is_open && now < task.final_deadline {
        true => "the final deadline has not come yet".into(),
        false => format!("the task is {status}: there is nothing to claim"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(status: TaskStatus) -> Task {
        Task {
            status,
            contribution_deadline: 100,
            reveal_deadline: 50,
            final_deadline: 150,
            winner_counter: 2,
            ..Task::default()
        }
    }

    #[test]
    fn an_empty_refusal_is_explained_by_the_check_that_failed() {
        let vote = Contribution::default();
        let active = task(TaskStatus::Active);
        let why = why_not_contribute(&active, &vote, 130);
        assert_eq!(why, "the contribution deadline has passed, 30 s ago");
        let why = why_not_contribute(&task(TaskStatus::Revealing), &vote, 60);
        assert_eq!(why, "the task is revealing, not active");
        let why = why_not_finalize(&task(TaskStatus::Revealing), 40);
        assert_eq!(why, "0 of 2 winners revealed, and they have time left");
        let why = why_not_claim(&active, 149);
        assert_eq!(why, "the final deadline has not come yet");
        let why = why_not_reopen(&task(TaskStatus::Revealing), 49);
        assert_eq!(why, "the reveal deadline has not come yet");
    }
}
