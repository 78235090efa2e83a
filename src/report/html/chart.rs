//! Scores over time as step lines.

use indexmap::IndexMap;
use serde::Serialize;

use super::scale::{Scale, Tick};
use crate::{
    log::{View, WorkerView},
    protocol::Name,
    report::text,
    time::Timestamp,
};

/// Lines beyond this many cannot be told apart.
const LINES_MAX: usize = 8;

/// The scores of the workers whose score moved most.
#[derive(Serialize)]
pub(super) struct Reputation {
    lines: Vec<Line>,
    ticks: Vec<Tick>,
    /// The score at the top of the chart.
    top: u64,
    /// Half of it.
    middle: u64,
    /// Workers whose score moved and who are not shown.
    left_out: usize,
}

#[derive(Serialize)]
struct Line {
    /// Who: one name, or the first and how many more share the line.
    workers: String,
    behaviour: String,
    /// Corners as an SVG path in a box of 100 by 100.
    path: String,
    score: u64,
    change: String,
}

impl Reputation {
    /// Returns the chart; none when no score moved.
    pub(super) fn of(view: &View) -> Option<Self> {
        let moved = |worker: &WorkerView| worker.scores.len() > 1;
        let mut workers: Vec<(&Name, &WorkerView)> = view
            .workers
            .iter()
            .filter(|(_, worker)| moved(worker))
            .collect();
        // Falls first: they are what one looks for.
        workers.sort_by_key(|(_, worker)| {
            let change = change(worker);
            (change >= 0, -change.abs())
        });
        let scores = workers.iter().flat_map(|(_, worker)| &worker.scores);
        let highest = scores.map(|(_, score)| *score).max()?;
        let top = highest.next_multiple_of(2).max(2);
        // A little room at the end, where most scores change for the last time.
        let end = view.run.now + view.run.duration() / 25;
        let scale = Scale::new(Timestamp::START, end);
        let mut shared: IndexMap<String, Vec<(&Name, &WorkerView)>> = IndexMap::new();
        let mut left_out = 0;
        for (name, worker) in workers {
            let path = path(worker, &scale, top);
            if shared.len() < LINES_MAX || shared.contains_key(&path) {
                shared.entry(path).or_default().push((name, worker));
            } else {
                left_out += 1;
            }
        }
        Some(Self {
            lines: shared.into_iter().filter_map(line).collect(),
            ticks: scale.ticks(),
            top,
            middle: top / 2,
            left_out,
        })
    }
}

/// One line for all whose score took the same course.
fn line((path, workers): (String, Vec<(&Name, &WorkerView)>)) -> Option<Line> {
    let (first, worker) = *workers.first()?;
    let names = match workers.len() - 1 {
        0..=3 => text::list(workers.iter().map(|(name, _)| name.as_str())),
        more => format!("{first} and {more} more"),
    };
    Some(Line {
        workers: names,
        behaviour: worker.behaviour.clone(),
        path,
        score: worker.score,
        change: format!("{:+}", change(worker)).replace('-', "−"),
    })
}

fn change(worker: &WorkerView) -> i64 {
    let first = worker.scores.first().map_or(0, |(_, score)| *score);
    let signed = |score: u64| i64::try_from(score).unwrap_or(i64::MAX);
    signed(worker.score) - signed(first)
}

/// Horizontal to the time of each change, then up or down.
fn path(worker: &WorkerView, scale: &Scale, top: u64) -> String {
    let height = |score: u64| {
        let hundredths = 10_000 - u128::from(score) * 10_000 / u128::from(top);
        format!("{}.{:02}", hundredths / 100, hundredths % 100)
    };
    let mut path = String::new();
    for (time, score) in &worker.scores {
        let (x, y) = (scale.at(*time), height(*score));
        if path.is_empty() {
            path = format!("M{x} {y}");
        } else {
            path.push_str(&format!("H{x}V{y}"));
        }
    }
    path + "H100"
}
