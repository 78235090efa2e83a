//! Entries of the timeline that a run ended without. Rule: what somebody wrote and did not get is
//! told, and is no error.

use crate::{
    cli::Output,
    log::EndReason,
    protocol::Name,
    report::text,
    world::{
        World,
        cast::{Fault, Trigger},
    },
};

/// Entries told one by one.
const TOLD_MAX: usize = 5;

/// Tells which entries have not happened in a run that came to its end.
pub(super) fn tell(world: &World, output: &Output) {
    let why = match world.ended() {
        Some(EndReason::Complete) => "all work was done",
        Some(EndReason::Until | EndReason::Timeout) => "the run was over",
        // What was broken off has missed more than its timeline.
        _ => return,
    };
    let missed: Vec<&Fault> = world.missed().filter(|fault| !is_drawn(fault)).collect();
    if missed.is_empty() {
        return;
    }
    let count = match missed.len() {
        1 => "an entry".to_owned(),
        many => format!("{} entries", text::number(many as u64)),
    };
    let end = world.now();
    output.note(&format!(
        "note: {count} of the timeline never happened; {why} at {end}"
    ));
    for fault in missed.iter().take(TOLD_MAX) {
        output.note(&format!("      {}", line(fault)));
    }
    if missed.len() > TOLD_MAX {
        let more = (missed.len() - TOLD_MAX) as u64;
        output.note(&format!("      and {} more", text::number(more)));
    }
}

/// Whether nobody wrote it: a nemesis draws its faults without knowing when the work is done.
fn is_drawn(fault: &Fault) -> bool {
    fault.note.as_deref() == Some("nemesis")
}

/// What would have happened, and when.
fn line(fault: &Fault) -> String {
    let targets = fault.verb.targets();
    let targets = text::list(targets.iter().map(Name::as_str));
    let what = match (&fault.note, fault.verb.kind().as_str()) {
        (Some(note), "note") => format!("note `{note}`"),
        (_, verb) if targets.is_empty() => verb.to_owned(),
        (_, verb) => format!("{verb} {targets}"),
    };
    match &fault.trigger {
        Trigger::At(at) => format!("{at} {what}"),
        Trigger::On { pattern, nth, .. } => match nth {
            0 | 1 => format!("{what}, on {}", pattern.event()),
            nth => format!("{what}, on {} number {nth}", pattern.event()),
        },
    }
}
