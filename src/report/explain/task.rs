//! Why a task ended as it did.

use std::fmt::Write;

use super::{
    ExplainError,
    ballot::{Ballot, Count, Step},
    nearest,
    payment::{Payment, paid, write_transfers},
};
use crate::{
    amount::Nrlc,
    log::{Event, EventLog, TaskStatus, TaskView, Verdict, view::KITTY},
    protocol::Name,
    report::text,
};

/// Returns in words, with the numbers, why the task called `name` stands as it does.
///
/// # Errors
///
/// When there is no such task.
pub fn explain_task(log: &EventLog, name: &str) -> Result<String, ExplainError> {
    let view = log.view();
    let Some((name, task)) = view.tasks.row(name) else {
        let names = view.tasks.names().map(Name::as_str);
        return Err(ExplainError::NoTask {
            name: name.to_owned(),
            nearest: nearest(name, names),
        });
    };
    let mut text = String::new();
    head(&mut text, name, task);
    let ballot = Ballot::count(log, name, task);
    votes(&mut text, &ballot);
    outcome(&mut text, log, name, task, &ballot);
    refusals(&mut text, log, name);
    if task.status == TaskStatus::Completed
        && let Some(payment) = Payment::of(task)
    {
        payments(&mut text, task, &payment);
        from_the_kitty(&mut text, log, name);
    }
    if task.status.is_final() {
        text.push_str("\nWhat the log says was paid (+) and taken (-)\n");
        write_transfers(&mut text, log, name);
    }
    Ok(text)
}

fn head(text: &mut String, name: &Name, task: &TaskView) {
    let verdict = match task.verdict {
        Some(Verdict::Correct) => ", correct",
        Some(Verdict::Corrupted) => ", corrupted: a wrong result won",
        Some(Verdict::Starved) => ", starved: no result",
        None => "",
    };
    let _ = writeln!(text, "{name}: {}{verdict}", task.status.as_str());
    let mut moments = Vec::new();
    if let (Some(time), Some(by)) = (task.requested, &task.requester) {
        moments.push(format!("requested by {} at {time}", text::person(by)));
    }
    if let (Some(time), Some(terms)) = (task.matched, &task.terms) {
        let price = terms.total();
        moments.push(format!("taken on by {} at {time} for {price}", terms.pool));
    }
    if let (Some(time), Some(latency)) = (task.ended, task.latency()) {
        moments.push(format!("over at {time}, after {}", text::span(latency)));
    }
    for moment in moments {
        let _ = writeln!(text, "  {moment}");
    }
}

fn votes(text: &mut String, ballot: &Ballot<'_>) {
    if ballot.steps.is_empty() {
        text.push_str("\nNobody voted.\n");
        return;
    }
    text.push_str(
        "\nVotes. A vote weighs max(score / 3, 3) - 1 and multiplies the weight of its group.\n",
    );
    let _ = writeln!(
        text,
        "Consensus when group × {trust} > total × ({trust} - 1), the total being 1 + all groups.",
        trust = ballot.trust
    );
    for step in &ballot.steps {
        match step {
            Step::Vote(count) => vote(text, ballot, count),
            Step::Reopen { lost } => {
                let _ = writeln!(
                    text,
                    "  nobody revealed: the vote is open again, the group's weight of {lost} is gone"
                );
            }
        }
    }
}

fn vote(text: &mut String, ballot: &Ballot<'_>, count: &Count<'_>) {
    let Count {
        vote,
        weight,
        group_weight,
        total,
        ..
    } = count;
    let trust = ballot.trust;
    let less = trust.saturating_sub(alloy_primitives::U256::ONE);
    let letter = text::letter(count.group);
    let test = match count.reached {
        Some(true) => format!("{group_weight} × {trust} > {total} × {less}: consensus"),
        Some(false) => format!("{group_weight} × {trust} ≤ {total} × {less}"),
        None => "the numbers outgrow 256 bits".to_owned(),
    };
    let _ = writeln!(
        text,
        "  {:>9}  {:<12} score {:<3} weighs {weight:<3} result {letter}  group {letter} = {group_weight:<5} total {total:<5} {test}",
        vote.time.to_string(),
        vote.worker,
        vote.score,
    );
}

fn outcome(text: &mut String, log: &EventLog, name: &Name, task: &TaskView, ballot: &Ballot<'_>) {
    text.push('\n');
    match task.status {
        TaskStatus::Waiting => waiting(text, log),
        TaskStatus::Withdrawn => {
            text.push_str("Its request was taken back before there was a deal.\n")
        }
        TaskStatus::Unset => text.push_str("It has a deal and was not initialized.\n"),
        TaskStatus::Active | TaskStatus::Failed => no_consensus(text, name, task, ballot),
        TaskStatus::Revealing | TaskStatus::Completed => consensus(text, task, ballot),
    }
}

fn waiting(text: &mut String, log: &EventLog) {
    let book = &log.view().book;
    let price = |price: Option<Nrlc>| match price {
        None => "none".to_owned(),
        Some(Nrlc::ANY_PRICE) => "any price".to_owned(),
        Some(price) => price.to_string(),
    };
    let _ = writeln!(
        text,
        "It waits for a deal. The order book's best ask is {}, its best bid {}; offers it was refused \
         with do not count.",
        price(book.best_ask),
        price(book.best_bid)
    );
}

fn no_consensus(text: &mut String, name: &Name, task: &TaskView, ballot: &Ballot<'_>) {
    if task.status == TaskStatus::Failed {
        let _ = writeln!(
            text,
            "{name} was claimed after its final deadline: the requester is refunded, the pool fined."
        );
    }
    let standing = ballot.steps.iter().filter_map(|step| match step {
        Step::Vote(count) if !count.vote.rejected => Some(count),
        Step::Vote(_) | Step::Reopen { .. } => None,
    });
    if let Some(best) = standing.max_by_key(|count| count.group_weight) {
        let one = alloy_primitives::U256::ONE;
        let others = best.total - one - best.group_weight;
        let needed = (ballot.trust - one).saturating_mul(others + one);
        let _ = writeln!(
            text,
            "No consensus: the heaviest group weighed {}; it had to weigh more than ({} - 1) × (1 + {others}) = {needed}.",
            best.group_weight, ballot.trust
        );
    }
    turned(text, ballot);
    let failed = task.executions.iter().filter(|execution| {
        execution
            .outcome
            .as_deref()
            .is_some_and(|outcome| outcome != "ok")
    });
    for execution in failed {
        let outcome = execution.outcome.as_deref().unwrap_or_default();
        let _ = writeln!(text, "  {} computed no result: {outcome}", execution.worker);
    }
}

fn consensus(text: &mut String, task: &TaskView, ballot: &Ballot<'_>) {
    let reached = ballot.steps.iter().rev().find_map(|step| match step {
        Step::Vote(count) if count.reached == Some(true) => Some(count),
        Step::Vote(_) | Step::Reopen { .. } => None,
    });
    let Some(won) = reached else {
        return;
    };
    let one = alloy_primitives::U256::ONE;
    let others = won.total - one - won.group_weight;
    let needed = (ballot.trust - one).saturating_mul(others + one);
    let _ = writeln!(
        text,
        "Result {} won: its group weighs {}, more than ({} - 1) × (1 + {others}) = {needed}.",
        text::letter(won.group),
        won.group_weight,
        ballot.trust
    );
    decided(text, ballot);
    turned(text, ballot);
    let silent = task.votes.iter().filter(|vote| {
        Some(vote.hash) == task.consensus && vote.revealed.is_none() && !vote.rejected
    });
    let silent = text::list(silent.map(|vote| &*vote.worker));
    if !silent.is_empty() {
        let _ = writeln!(text, "Not revealed: {silent}.");
    }
}

/// Tells whose vote decided: without which the result had not won.
fn decided(text: &mut String, ballot: &Ballot<'_>) {
    let pivotal = ballot.pivotal();
    let needed: Vec<&str> = pivotal
        .iter()
        .filter(|(_, other)| other.is_none())
        .map(|(vote, _)| &*vote.worker)
        .collect();
    let names = text::list(needed.iter().copied());
    let _ = match needed.len() {
        0 if pivotal.is_empty() => writeln!(
            text,
            "No single vote decided it: with any one of them lost it would still have won."
        ),
        0 => Ok(()),
        1 => writeln!(
            text,
            "The vote of {names} decided it: without it there was no consensus."
        ),
        _ => writeln!(
            text,
            "Each of {names} decided it: without any one of them there was no consensus."
        ),
    };
    for (vote, other) in pivotal {
        if let Some(group) = other {
            let letter = text::letter(group);
            let _ = writeln!(
                text,
                "The vote of {} decided it: without it result {letter} would have won.",
                vote.worker
            );
        }
    }
}

/// Tells whose single vote could have made another result win.
fn turned(text: &mut String, ballot: &Ballot<'_>) {
    for (vote, group) in ballot.turning() {
        let letter = text::letter(group);
        let _ = writeln!(
            text,
            "Had {} voted for result {letter}, {letter} would have won.",
            vote.worker
        );
    }
}

fn refusals(text: &mut String, log: &EventLog, name: &Name) {
    let mut any = false;
    for record in log.facts_about(name) {
        let Event::Revert {
            from, call, reason, ..
        } = &record.event
        else {
            continue;
        };
        if !any {
            text.push_str("\nRefused by the chain\n");
            any = true;
        }
        let (time, from) = (record.time.to_string(), text::person(from));
        let _ = writeln!(text, "  {time:>9}  {from:<12} {call}: {reason}");
    }
}

/// Tells what a scheduler gets of what others lost before.
fn from_the_kitty(text: &mut String, log: &EventLog, name: &Name) {
    for (account, change) in paid(log, name) {
        if &*account == KITTY && change.0 < 0 {
            let _ = writeln!(
                text,
                "  The kitty, which holds stakes of schedulers that failed, gives the scheduler {} more.",
                -change
            );
        }
    }
}

fn payments(text: &mut String, task: &TaskView, payment: &Payment<'_>) {
    text.push_str("\nThe reward\n");
    let _ = writeln!(text, "  to share        {}", payment.pot());
    let _ = writeln!(text, "  for workers     {}", payment.workers_part());
    for vote in &task.votes {
        let share = payment.share_of(&vote.worker);
        let _ = writeln!(text, "    {:<14}{share}", vote.worker);
    }
    let _ = writeln!(
        text,
        "  the scheduler   {}, all that is left, rounding included",
        payment.scheduler()
    );
    text.push_str(
        "  Each share is rounded down; it goes by the vote's weight, ⌊log₂ weight⌋ parts.\n",
    );
}
