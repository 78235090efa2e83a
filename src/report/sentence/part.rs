//! Sentences, and parts of them, that take more than a line to put together.

use std::time::Duration;

use crate::{
    amount::Nrlc,
    log::{Check, CheckOutcome, EndReason, OrderKind, Verdict},
    protocol::Name,
    report::{
        phrase::{
            Detail::{Normal, Verbose},
            Phrase,
            Tone::{Bad, Good, Plain, Warn},
        },
        text,
    },
};

pub(super) fn registered(kind: &'static str, name: &Name, owner: &Name) -> Phrase {
    Phrase::new(Verbose, Plain)
        .name(text::person(owner))
        .say(format!(" registers the {kind} "))
        .name(name)
}

pub(super) fn order_kind(kind: OrderKind) -> &'static str {
    match kind {
        OrderKind::App => "app",
        OrderKind::Dataset => "dataset",
        OrderKind::Workerpool => "workerpool",
        OrderKind::Request => "request",
    }
}

pub(super) fn side(volume: u64, price: Option<Nrlc>, how: &str) -> String {
    let tasks = text::count(volume, "task");
    match price {
        Some(Nrlc::ANY_PRICE) => {
            let how = how.split(' ').next().unwrap_or_default();
            format!("{tasks} {how} at any price")
        }
        Some(price) => format!("{tasks} {how} {price}"),
        None => format!("{tasks} {}", how.split(' ').next().unwrap_or_default()),
    }
}

pub(super) fn finished(reason: EndReason) -> Phrase {
    let (tone, text) = match reason {
        EndReason::Complete => (Good, "the run is complete"),
        EndReason::Until => (Good, "the run has reached the time it was to last"),
        EndReason::Timeout => (Bad, "the time limit is reached with work left"),
        EndReason::Interrupted => (Warn, "the run was interrupted"),
        EndReason::Released => (Good, "the network is shut down"),
        EndReason::InvariantBroken => (Bad, "the run stops: a law is broken"),
    };
    Phrase::new(Normal, tone).say(text)
}

/// Money set aside is lost: the price of a task, or as a stake.
pub(super) fn seized(account: &Name, amount: Nrlc, task: &Name, is_stake: bool) -> Phrase {
    let stake = |what: &'static str| {
        Phrase::new(Normal, Warn)
            .name(text::person(account))
            .say(what)
            .money(amount)
            .say(" over ")
            .name(task)
    };
    match account.split_kind() {
        Some(("worker" | "pool", _)) => stake(" loses its stake of "),
        Some(_) if is_stake => stake(" loses its stake of "),
        None => stake(" gives "),
        Some(_) => Phrase::new(Normal, Plain)
            .name(text::person(account))
            .say(" pays ")
            .money(amount)
            .say(" for ")
            .name(task),
    }
}

pub(super) fn computed(
    task: &Name,
    worker: &Name,
    outcome: &str,
    millis: u64,
    output: &str,
) -> Phrase {
    let took = text::span(Duration::from_millis(millis));
    let ok = outcome == "ok";
    let (detail, tone) = if ok { (Verbose, Plain) } else { (Normal, Warn) };
    let phrase = Phrase::new(detail, tone)
        .name(worker)
        .say(" has computed ")
        .name(task)
        .say(format!(" in {took}"));
    match (ok, output.trim().is_empty()) {
        (true, true) => phrase,
        (true, false) => phrase.say(": “").quote(output).say("”"),
        (false, _) => phrase.say(": ").quote(outcome),
    }
}

pub(super) fn judged(task: &Name, verdict: Verdict) -> Phrase {
    let (detail, tone, text) = match verdict {
        Verdict::Correct => (Verbose, Good, " is correct: the honest result won"),
        Verdict::Corrupted => (Normal, Bad, " is corrupted: a wrong result was paid for"),
        Verdict::Starved => (Normal, Warn, " is starved: there is no result at all"),
    };
    Phrase::new(detail, tone).name(task).say(text)
}

pub(super) fn checked(check: &Check) -> Phrase {
    let (tone, mark) = match check.outcome {
        CheckOutcome::Passed => (Good, "✓ "),
        CheckOutcome::Warned => (Warn, "! "),
        CheckOutcome::Failed => (Bad, "✗ "),
    };
    Phrase::new(Verbose, tone).say(mark).quote(&check.name)
}
