//! Why a worker earned what it earned.

use std::fmt::Write;

use super::{
    ExplainError, nearest,
    payment::{Payment, paid},
};
use crate::{
    log::{EventLog, TaskStatus, TaskView, WorkerView},
    protocol::Name,
    report::{phrase::one_line, text},
};

/// Returns in words, task by task, why the worker called `name` earned what it earned.
///
/// # Errors
///
/// When there is no such worker.
pub fn explain_worker(log: &EventLog, name: &str) -> Result<String, ExplainError> {
    let view = log.view();
    let Some((name, worker)) = view.workers.row(name) else {
        let names = view.workers.names().map(Name::as_str);
        return Err(ExplainError::NoWorker {
            name: name.to_owned(),
            nearest: nearest(name, names),
        });
    };
    let mut text = String::new();
    head(&mut text, name, worker);
    let tasks = view.tasks.iter();
    let voted: Vec<_> = tasks
        .filter(|(_, task)| task.vote_of(name).is_some())
        .collect();
    if voted.is_empty() {
        text.push_str("\nIt never voted, so nobody paid it.\n");
    }
    for (task_name, task) in voted {
        story(&mut text, log, (name, task_name), task);
    }
    account(&mut text, log, name);
    Ok(text)
}

fn head(text: &mut String, name: &Name, worker: &WorkerView) {
    let _ = writeln!(text, "{name}: earned {}", worker.earned);
    let pool = worker.pool.as_ref().map_or("no pool", Name::as_str);
    let behaviour = one_line(&worker.behaviour);
    let _ = writeln!(
        text,
        "  {behaviour}, works for {pool}; {}, {}, {} seized",
        text::count(worker.contributions, "vote"),
        text::count(worker.reveals, "reveal"),
        worker.slashed
    );
    let scores: Vec<String> = worker
        .scores
        .iter()
        .map(|(_, score)| score.to_string())
        .collect();
    let _ = writeln!(text, "  score {}", scores.join(" → "));
}

fn story(text: &mut String, log: &EventLog, (name, task_name): (&Name, &Name), task: &TaskView) {
    let Some(vote) = task.vote_of(name) else {
        return;
    };
    let _ = writeln!(text, "\n{task_name}: {}", task.status.as_str());
    let won = if vote.rejected {
        "won, and was thrown out when nobody revealed"
    } else if Some(vote.hash) == task.consensus {
        "won"
    } else if task.consensus.is_some() {
        "lost"
    } else {
        "came to no consensus"
    };
    let hash = text::hash(&vote.hash);
    let _ = writeln!(text, "  voted at {} for {hash}, which {won}", vote.time);
    match vote.revealed {
        Some(time) => {
            let _ = writeln!(text, "  revealed at {time}");
        }
        None => text.push_str("  did not reveal\n"),
    }
    let account = name.of_kind("worker");
    let change = paid(log, task_name)
        .into_iter()
        .find(|(paid, _)| *paid == account);
    let change = change.map_or_else(|| "0 RLC".to_owned(), |(_, change)| change.to_string());
    match (task.status, Payment::of(task)) {
        (TaskStatus::Completed, Some(payment)) => {
            let _ = writeln!(text, "  to share    {}", payment.pot());
            let _ = writeln!(text, "  for workers {}", payment.workers_part());
            let _ = writeln!(text, "  its share   {}", payment.share_of(name));
        }
        (TaskStatus::Failed, _) => {
            text.push_str("  the task failed: its stake was given back, nobody was paid\n");
        }
        (TaskStatus::Completed, None)
        | (
            TaskStatus::Waiting
            | TaskStatus::Withdrawn
            | TaskStatus::Unset
            | TaskStatus::Active
            | TaskStatus::Revealing,
            _,
        ) => text.push_str("  not paid yet\n"),
    }
    let _ = writeln!(text, "  on its account: {change}");
}

fn account(text: &mut String, log: &EventLog, name: &Name) {
    let accounts = &log.view().accounts;
    if let Some(account) = accounts.get(&name.of_kind("worker")) {
        let _ = writeln!(
            text,
            "\nIts account holds {} free and {} locked.",
            account.stake, account.locked
        );
    }
}
