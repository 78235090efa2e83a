//! When conditions are looked at: at the end, at every block, at a moment. Rule: one pass over the
//! log, and none at all when everything is judged at the end.

use std::time::Duration;

use super::{
    Evidence,
    condition::{Condition, Finding},
    events::Scan,
};
use crate::{
    log::{Event, Record, Records, View, view::taken_back},
    scenario::model::{Scenario, When},
    time::Timestamp,
};

/// How one condition has fared so far.
#[derive(Clone, Debug, Default)]
struct Progress {
    /// What was found when it was last looked at.
    last: Finding,
    /// What broke it for good, or fulfilled it for good.
    settled: Option<Finding>,
    /// Since when it has held without a break.
    holding: Option<Timestamp>,
    /// Whether there was ever anything to look at.
    existed: bool,
    /// Whether something happened between two blocks that must be looked at once its moment is over.
    turned: bool,
}

/// Returns what each condition comes to.
pub(super) fn outcomes(
    scenario: &Scenario,
    conditions: &[Condition<'_>],
    evidence: &Evidence<'_>,
) -> Vec<Finding> {
    let records = evidence.log.records();
    let live = live(records);
    let moments: Vec<Option<Timestamp>> = conditions
        .iter()
        .map(|condition| moment(&condition.expect.when, scenario, &live))
        .collect();
    let mut progress = vec![Progress::default(); conditions.len()];
    let is_watched = |condition: &Condition<'_>| {
        condition.expect.when != When::End && condition.look(&View::default(), evidence).is_some()
    };
    if conditions.iter().any(is_watched) {
        watch(conditions, &moments, &mut progress, evidence);
    }
    let end = evidence.log.view().run.now;
    let last = records.last().map_or(Timestamp::START, |last| last.time);
    conditions
        .iter()
        .zip(moments)
        .zip(progress)
        .map(|((condition, moment), mut progress)| {
            let scan = scan_of(condition, moment, end, &live);
            condition.scan(&scan).unwrap_or_else(|| {
                let found = condition.look(evidence.log.view(), evidence);
                let found = found.unwrap_or_default();
                // What the last moment brought has been so from then on.
                progress.note(condition, found.clone(), last);
                progress.turned = false;
                let was_reached = moment.is_some_and(|moment| moment <= end);
                conclude(condition, progress, found, (end, was_reached))
            })
        })
        .collect()
}

/// The records whose facts count: not those of blocks the chain took back.
fn live(records: &Records) -> Vec<&Record> {
    let gone = taken_back(records);
    records
        .iter()
        .filter(|record| {
            let at = usize::try_from(record.seq).unwrap_or(usize::MAX);
            !gone.get(at).copied().unwrap_or(false)
        })
        .collect()
}

/// The records a condition about events looks through.
fn scan_of<'a>(
    condition: &Condition<'_>,
    moment: Option<Timestamp>,
    end: Timestamp,
    live: &[&'a Record],
) -> Scan<'a> {
    let (from, to) = match (&condition.expect.when, moment) {
        (When::At(_), Some(moment)) => (Timestamp::START, moment),
        (When::After(_), Some(moment)) => (moment, end),
        // A label that was never reached leaves nothing to look through.
        (When::After(_), None) => {
            return Scan {
                records: Vec::new(),
                from: end,
                to: end,
            };
        }
        _ => (Timestamp::START, end),
    };
    Scan {
        records: live.to_vec(),
        from,
        to,
    }
}

/// Returns the moment a condition is about, if it is about one that came.
fn moment(when: &When, scenario: &Scenario, live: &[&Record]) -> Option<Timestamp> {
    match when {
        When::At(span) => Some(Timestamp::START + *span),
        When::After(label) => {
            let entry = scenario
                .at
                .iter()
                .find(|at| at.label.as_ref() == Some(label))?;
            if let Some(time) = entry.time {
                return Some(Timestamp::START + time);
            }
            let pattern = entry.on.as_ref()?;
            let nth = usize::try_from(entry.nth.saturating_sub(1)).ok()?;
            let event = live
                .iter()
                .filter(|record| pattern.matches(record))
                .nth(nth)?;
            Some(event.time + entry.after)
        }
        When::End | When::Always | When::Eventually => None,
    }
}

/// Folds the log once more, looking at conditions on the way.
fn watch(
    conditions: &[Condition<'_>],
    moments: &[Option<Timestamp>],
    progress: &mut [Progress],
    evidence: &Evidence<'_>,
) {
    let mut view = View::default();
    let mut folded = Records::default();
    for record in evidence.log.records().iter() {
        for ((condition, moment), progress) in conditions.iter().zip(moments).zip(&mut *progress) {
            match condition.expect.when {
                When::At(_) | When::After(_) => {
                    let is_over = moment.is_some_and(|moment| record.time > moment);
                    if is_over && progress.settled.is_none() {
                        progress.settled = condition.look(&view, evidence);
                    }
                }
                When::Always | When::Eventually if progress.settled.is_none() => {
                    // What a block brought and what came after it is known when the next one
                    // comes; what turns things is looked at as soon as its moment is over.
                    let is_block = matches!(record.event, Event::BlockMined { .. });
                    let turned = progress.turned && record.time > view.run.now;
                    if (turned || is_block)
                        && let Some(found) = condition.look(&view, evidence)
                    {
                        progress.note(condition, found, view.run.now);
                    }
                    progress.turned = (progress.turned && !turned)
                        || condition.expect.when == When::Eventually
                            && (is_block || condition.may_turn(&record.event));
                }
                When::Always | When::Eventually | When::End => {}
            }
        }
        folded.push(record.clone());
        if matches!(record.event, Event::ChainReorganised { .. }) {
            view = View::fold(&folded);
        } else {
            view.apply(record);
        }
    }
}

impl Progress {
    /// Takes in one look at a condition that is looked at again and again.
    fn note(&mut self, condition: &Condition<'_>, found: Finding, now: Timestamp) {
        if self.settled.is_some() {
            return;
        }
        self.existed |= found.exists;
        match condition.expect.when {
            When::Always => {
                if found.exists && !found.holds {
                    self.settled = Some(found.clone());
                }
            }
            When::Eventually => {
                let long = condition.expect.r#for.unwrap_or(Duration::ZERO);
                // What ended between two blocks held to the moment that is looked at.
                if self.turned && self.holding.is_some_and(|since| now - since >= long) {
                    self.settled = Some(self.last.clone());
                    return;
                }
                self.holding = match (found.holds, self.holding) {
                    (true, None) => Some(now),
                    (true, since) => since,
                    (false, _) => None,
                };
                if self.holding.is_some_and(|since| now - since >= long) {
                    self.settled = Some(found.clone());
                }
            }
            When::End | When::At(_) | When::After(_) => {}
        }
        self.last = found;
    }
}

/// Says what a condition comes to, given what is found at the end.
fn conclude(
    condition: &Condition<'_>,
    mut progress: Progress,
    found: Finding,
    (end, was_reached): (Timestamp, bool),
) -> Finding {
    match condition.expect.when {
        When::End => found,
        // A run that is over before the moment has come to rest: it would look the same then.
        When::At(_) => progress.settled.unwrap_or(found),
        // Nothing has happened since.
        When::After(_) if was_reached => progress.settled.unwrap_or(found),
        When::After(_) => progress.settled.unwrap_or_else(|| Finding {
            found: format!("{} (the label was not reached before the end)", found.found),
            holds: false,
            ..found
        }),
        When::Always => {
            progress.note(condition, found, end);
            match progress.settled {
                Some(broken) => broken,
                None if progress.existed => progress.last,
                None => Finding {
                    holds: false,
                    ..progress.last
                },
            }
        }
        When::Eventually => {
            progress.note(condition, found, end);
            progress.settled.unwrap_or(Finding {
                holds: false,
                ..progress.last
            })
        }
    }
}
