//! A task drawn along time: its phases, who computed when, votes, reveals, outages, payments.

use alloy_primitives::B256;
use serde::Serialize;

use super::scale::{Scale, Tick};
use crate::{
    amount::NrlcChange,
    log::{
        Ending, Event, EventLog, TaskStatus, TaskView, VerbKind, Verdict, View,
        view::{Execution, Vote},
    },
    protocol::Name,
    report::{explain::paid, explain_task, phrase::one_line, text},
    time::Timestamp,
};

/// Workers drawn per task.
const LANES_MAX: usize = 16;

/// Faults drawn per task.
const FAULTS_MAX: usize = 6;

/// One task's drawing.
#[derive(Serialize)]
pub(super) struct TaskCard {
    name: Name,
    status: &'static str,
    tone: &'static str,
    verdict: Option<Verdict>,
    facts: Vec<String>,
    output: Option<String>,
    ticks: Vec<Tick>,
    phases: Vec<Bar>,
    faults: Vec<Fault>,
    lanes: Vec<Lane>,
    left_out: usize,
    explanation: String,
}

/// An entry of the timeline and the stretch for which it had effect.
#[derive(Serialize)]
struct Fault {
    verb: String,
    bar: Bar,
}

/// A stretch of time.
#[derive(Serialize)]
struct Bar {
    kind: &'static str,
    at: String,
    width: String,
    text: String,
    hint: String,
}

/// A moment.
#[derive(Serialize)]
struct Mark {
    kind: &'static str,
    at: String,
    text: String,
    /// Which of the colours of results.
    group: usize,
    hint: String,
}

/// One worker's line.
#[derive(Serialize)]
struct Lane {
    worker: Name,
    behaviour: String,
    bars: Vec<Bar>,
    marks: Vec<Mark>,
    earned: Option<String>,
    tone: &'static str,
}

impl TaskCard {
    pub(super) fn of(log: &EventLog, name: &Name, task: &TaskView) -> Self {
        let view = log.view();
        let start = task.requested.or(task.matched).unwrap_or_default();
        let end = task.ended.unwrap_or(view.run.now);
        let draw = Drawing {
            view,
            task,
            scale: Scale::new(start, end),
            start,
            end,
            groups: groups(task),
        };
        let workers = draw.workers();
        let paid = paid(log, name);
        let lanes = workers.iter().take(LANES_MAX);
        Self {
            name: name.clone(),
            status: task.status.as_str(),
            tone: match task.status {
                TaskStatus::Completed => "good",
                TaskStatus::Failed => "bad",
                TaskStatus::Waiting
                | TaskStatus::Withdrawn
                | TaskStatus::Unset
                | TaskStatus::Active
                | TaskStatus::Revealing => "warn",
            },
            verdict: task.verdict,
            facts: draw.facts(),
            output: task.output().map(one_line).filter(|text| !text.is_empty()),
            ticks: draw.scale.ticks(),
            phases: draw.phases(log, name),
            faults: draw.faults(),
            lanes: lanes.map(|worker| draw.lane(worker, &paid)).collect(),
            left_out: workers.len().saturating_sub(LANES_MAX),
            explanation: explain_task(log, name).unwrap_or_default(),
        }
    }
}

struct Drawing<'a> {
    view: &'a View,
    task: &'a TaskView,
    scale: Scale,
    start: Timestamp,
    end: Timestamp,
    groups: Vec<B256>,
}

impl Drawing<'_> {
    fn facts(&self) -> Vec<String> {
        let task = self.task;
        let mut facts = Vec::new();
        facts.extend(task.app.as_ref().map(|app| format!("app {app}")));
        facts.extend(
            task.dataset
                .as_ref()
                .map(|dataset| format!("dataset {dataset}")),
        );
        if let Some(terms) = &task.terms {
            facts.push(format!("{} at {}", terms.pool, terms.total()));
            facts.push(format!("trust {}", terms.trust));
        }
        facts.push(text::count(task.contributions(), "vote"));
        if task.winners > 0 {
            facts.push(format!("{} won", task.winners));
        }
        if task.reopens > 0 {
            facts.push(format!("reopened {}×", task.reopens));
        }
        facts.extend(task.latency().map(text::span));
        facts
    }

    /// Who computed or voted, in order of appearance.
    fn workers(&self) -> Vec<&Name> {
        let mut workers: Vec<&Name> = Vec::new();
        let computing = self
            .task
            .executions
            .iter()
            .map(|execution| &execution.worker);
        for worker in computing.chain(self.task.votes.iter().map(|vote| &vote.worker)) {
            if !workers.contains(&worker) {
                workers.push(worker);
            }
        }
        workers
    }

    /// What the task as a whole went through.
    fn phases(&self, log: &EventLog, name: &Name) -> Vec<Bar> {
        let mut bars = Vec::new();
        let (mut kind, mut text, mut from) = ("waiting", "waiting for a deal", self.start);
        let mut enter = |next: (&'static str, &'static str), time: Timestamp| {
            if time > from {
                bars.push(self.bar(kind, text, (from, time)));
            }
            (kind, text) = next;
            from = time;
        };
        if let Some(matched) = self.task.matched {
            enter(("unset", "deal"), matched);
        }
        for record in log.facts_about(name) {
            let next = if let Event::TaskInitialize { .. } = record.event {
                ("active", "open for votes")
            } else if let Event::TaskConsensus { .. } = record.event {
                ("revealing", "revealing")
            } else if let Event::TaskReopen { .. } = record.event {
                ("active", "open again")
            } else {
                continue;
            };
            enter(next, record.time);
        }
        enter(("", ""), self.end);
        bars
    }

    fn bar(&self, kind: &'static str, text: &str, (from, to): (Timestamp, Timestamp)) -> Bar {
        let width = self.scale.width(from, to);
        let text_shown = fits(text, &width);
        Bar {
            kind,
            at: self.scale.at(from),
            width,
            text: text_shown.to_owned(),
            hint: format!("{text}: {from} to {to}, {}", text::span(to - from)),
        }
    }

    /// Entries of the timeline that took effect meanwhile.
    fn faults(&self) -> Vec<Fault> {
        let faults = self.view.faults.iter().filter_map(|fault| {
            // Of others whose end nobody saw, some entry has said the contrary.
            let kind = VerbKind::from_word(&fault.verb);
            let open = match kind.map(VerbKind::end) {
                Some(Ending::Itself) => self.end,
                Some(Ending::Contrary | Ending::AtOnce) | None => fault.from,
            };
            let until = fault.until.unwrap_or(open.max(fault.from));
            let meets = fault.from <= self.end && until >= self.start;
            let targets = text::list(fault.targets.iter().map(Name::as_str));
            let stretch = (fault.from.max(self.start), until.min(self.end));
            meets.then(|| Fault {
                verb: one_line(&fault.verb),
                bar: self.bar("fault", &targets, stretch),
            })
        });
        faults.take(FAULTS_MAX).collect()
    }

    fn lane(&self, worker: &Name, paid: &[(Name, NrlcChange)]) -> Lane {
        let own = |execution: &&Execution| execution.worker == *worker;
        let computing = self.task.executions.iter().filter(own);
        let mut bars: Vec<Bar> = computing
            .map(|execution| self.computing(execution))
            .collect();
        let account = worker.of_kind("worker");
        let down = self
            .view
            .outages
            .iter()
            .filter(|outage| outage.actor == account);
        for outage in down {
            let until = outage.until.unwrap_or(self.end).min(self.end);
            if outage.from <= self.end && until >= self.start {
                bars.push(self.bar("outage", "down", (outage.from.max(self.start), until)));
            }
        }
        let votes = self.task.votes.iter().filter(|vote| vote.worker == *worker);
        let change = paid.iter().find(|(paid, _)| *paid == account);
        let change = change.map(|(_, change)| *change);
        Lane {
            worker: worker.clone(),
            behaviour: self
                .view
                .workers
                .get(worker)
                .map_or_else(String::new, |row| row.behaviour.clone()),
            bars,
            marks: votes.flat_map(|vote| self.marks(vote)).collect(),
            earned: change.map(|change| match change.0 {
                1.. => format!("+{change}"),
                _ => change.to_string().replace('-', "−"),
            }),
            tone: match change {
                Some(NrlcChange(1..)) => "good",
                Some(NrlcChange(..0)) => "bad",
                Some(NrlcChange(0)) | None => "faint",
            },
        }
    }

    fn computing(&self, execution: &Execution) -> Bar {
        let to = execution.ended.unwrap_or(self.end).min(self.end);
        let outcome = execution.outcome.as_deref();
        let (kind, text) = match outcome {
            Some("ok") => ("computing", "computing".to_owned()),
            Some(wrong) => ("failing", one_line(wrong)),
            None => ("computing", "still computing".to_owned()),
        };
        self.bar(kind, &text, (execution.started, to))
    }

    fn marks(&self, vote: &Vote) -> Vec<Mark> {
        let group = self.groups.iter().position(|hash| *hash == vote.hash);
        let group = group.unwrap_or_default();
        let letter = text::letter(group);
        let fate = match (vote.rejected, vote.accurate) {
            (true, _) => ", thrown out",
            (false, Some(true)) => ", accurate",
            (false, Some(false)) => ", faulty",
            (false, None) => "",
        };
        let mut marks = vec![Mark {
            kind: if vote.rejected { "vote out" } else { "vote" },
            at: self.scale.at(vote.time),
            hint: format!("voted for result {letter} at {}{fate}", vote.time),
            text: letter.clone(),
            group: group % 6,
        }];
        marks.extend(vote.revealed.map(|time| Mark {
            kind: "reveal",
            at: self.scale.at(time),
            text: String::new(),
            group: group % 6,
            hint: format!("revealed result {letter} at {time}"),
        }));
        marks
    }
}

/// The text, if a bar this wide (in percent of a line of some 110 letters) has room for it.
fn fits<'a>(text: &'a str, width: &str) -> &'a str {
    let whole = width
        .split('.')
        .next()
        .and_then(|digits| digits.parse().ok());
    let letters: usize = whole.unwrap_or(0) * 110 / 100;
    if text.chars().count() <= letters {
        text
    } else {
        ""
    }
}

/// Results voted for, in order of appearance.
fn groups(task: &TaskView) -> Vec<B256> {
    let mut groups = Vec::new();
    for vote in &task.votes {
        if !groups.contains(&vote.hash) {
            groups.push(vote.hash);
        }
    }
    groups
}
