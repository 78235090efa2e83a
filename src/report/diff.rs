//! Two runs side by side: where they part, and what came of it. Rule: what is equal is not shown.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use anstyle::Style;

use super::{
    Run,
    phrase::one_line,
    sentence::Teller,
    style::{Styles, paint},
    table::{Cell, write_table},
    text,
};
use crate::{
    log::{Record, TaskView, Verdict, View, WorkerView, view::AccountView},
    protocol::Name,
};

/// Rows of a table shown; of the others only the number.
const ROWS_MAX: usize = 40;

/// Writes where two runs part, each under its name, then money, scores and tasks that differ, side by side.
///
/// Returns whether they are the same to the byte.
///
/// # Errors
///
/// When `out` cannot be written.
pub fn write_diff(
    sides: [(&str, &Run<'_>); 2],
    styles: &Styles,
    out: &mut dyn Write,
) -> io::Result<bool> {
    let diff = Diff {
        runs: sides.map(|(_, run)| run),
        names: sides.map(|(name, _)| name),
        styles,
    };
    if diff.parting(out)? {
        return Ok(true);
    }
    diff.table(out, ("Money", "account"), accounts, money)?;
    diff.table(out, ("Scores", "worker"), workers, score)?;
    diff.table(out, ("Tasks", "task"), tasks, task)?;
    diff.frame(out)?;
    Ok(false)
}

/// Writes a record where two runs part: in words, and as it is saved.
///
/// # Errors
///
/// When `out` cannot be written.
pub fn write_side(out: &mut dyn Write, name: &str, record: Option<&Record>) -> io::Result<()> {
    tell_side(out, &mut Teller::default(), name, record)
}

fn tell_side(
    out: &mut dyn Write,
    teller: &mut Teller,
    name: &str,
    record: Option<&Record>,
) -> io::Result<()> {
    let Some(record) = record else {
        return writeln!(out, "  {name:<8} has ended");
    };
    let sentence = teller.tell(record).plain();
    let mut line = Vec::new();
    record.write_line(&mut line);
    let json = String::from_utf8_lossy(&line);
    writeln!(
        out,
        "  {name:<8} {} block {} {}: {}",
        record.time,
        record.block,
        record.event.name(),
        one_line(&sentence)
    )?;
    writeln!(out, "           {}", json.trim_end())
}

struct Diff<'a> {
    runs: [&'a Run<'a>; 2],
    names: [&'a str; 2],
    styles: &'a Styles,
}

impl Diff<'_> {
    /// Tells where the logs part; true when they do not.
    fn parting(&self, out: &mut dyn Write) -> io::Result<bool> {
        let [first, second] = self.runs.map(|run| run.log.records());
        if self.runs[0].log.digest() == self.runs[1].log.digest() {
            let facts = format!(
                "{} · digest {}",
                text::count(first.len() as u64, "event"),
                self.runs[0].log.digest()
            );
            writeln!(
                out,
                "{}  {facts}",
                paint(self.styles.good, "the same to the byte")
            )?;
            return Ok(true);
        }
        let pairs = first.iter().zip(second.iter());
        let same = pairs.take_while(|(one, other)| one == other).count();
        let title = format!("They part at event {same}");
        let equal = match same {
            0 => "nothing before is equal".to_owned(),
            _ => format!("the {} before are equal", text::count(same as u64, "event")),
        };
        writeln!(
            out,
            "{}  {}",
            paint(self.styles.title, title),
            paint(self.styles.faint, equal)
        )?;
        let at = same as u64;
        for (records, name) in [first, second].into_iter().zip(self.names) {
            tell_side(out, &mut Teller::before(records, at), name, records.get(at))?;
        }
        Ok(false)
    }

    /// Writes the rows that differ: for each of its columns, what it is on both sides.
    fn table(
        &self,
        out: &mut dyn Write,
        (title, noun): (&str, &str),
        names: fn(&View) -> Vec<Name>,
        columns: fn(&View, &Name) -> Vec<(&'static str, String)>,
    ) -> io::Result<()> {
        let views = self.runs.map(Run::view);
        let mut seen = BTreeSet::new();
        let mut all: Vec<Name> = views.iter().flat_map(|view| names(view)).collect();
        all.retain(|name| seen.insert(name.clone()));
        let mut rows = Vec::new();
        let mut equal = 0;
        for name in &all {
            let [first, second] = views.map(|view| columns(view, name));
            let differing = differing(first, second);
            equal += u64::from(differing.is_empty());
            rows.extend(differing.into_iter().map(|(what, one, other)| {
                vec![
                    Cell::new(name, self.styles.name),
                    Cell::new(what, self.styles.faint),
                    side(one).right(),
                    side(other).right(),
                ]
            }));
        }
        if all.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{}", paint(self.styles.title, title))?;
        let more = rows.len().saturating_sub(ROWS_MAX);
        rows.truncate(ROWS_MAX);
        if !rows.is_empty() {
            write_table(
                out,
                self.styles,
                &[noun, "", self.names[0], self.names[1]],
                &rows,
            )?;
        }
        if more > 0 {
            let line = format!("  … and {}", text::count(more as u64, "other difference"));
            writeln!(out, "{}", paint(self.styles.faint, line))?;
        }
        let line = match (equal, rows.is_empty()) {
            (0, _) => return Ok(()),
            (1, true) => format!("  the one {noun} is the same"),
            (_, true) => format!("  all {} the same", text::count(equal, noun)),
            (_, false) => format!("  {} the same", text::count(equal, noun)),
        };
        writeln!(out, "{}", paint(self.styles.faint, line))
    }

    /// Writes how long each took, how far its chain came, and what was made of its expectations.
    fn frame(&self, out: &mut dyn Write) -> io::Result<()> {
        let column = |run: &Run<'_>| {
            let view = run.view();
            vec![
                ("stands", run.standing().as_str().to_owned()),
                ("duration", text::span(view.run.duration())),
                ("blocks", view.chain.blocks.to_string()),
                ("transactions", view.chain.txs.to_string()),
                ("reverts", view.chain.reverts.to_string()),
                ("events", view.run.records.to_string()),
            ]
        };
        let [first, second] = self.runs.map(column);
        let rows: Vec<Vec<Cell>> = differing(first, second)
            .into_iter()
            .map(|(what, one, other)| {
                vec![
                    Cell::new(what, self.styles.name),
                    side(one).right(),
                    side(other).right(),
                ]
            })
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{}", paint(self.styles.title, "The run"))?;
        write_table(out, self.styles, &["", self.names[0], self.names[1]], &rows)
    }
}

fn side(text: String) -> Cell {
    match text.is_empty() {
        true => Cell::new("–", Style::new()),
        false => Cell::plain(one_line(&text)),
    }
}

/// The columns that differ; one that a side does not have is empty there.
fn differing(
    first: Vec<(&'static str, String)>,
    second: Vec<(&'static str, String)>,
) -> Vec<(&'static str, String, String)> {
    let empty = |columns: &[(&'static str, String)]| -> Vec<_> {
        columns
            .iter()
            .map(|(what, _)| (*what, String::new()))
            .collect()
    };
    let (first, second) = match (first.is_empty(), second.is_empty()) {
        (true, _) => (empty(&second), second),
        (_, true) => (first.clone(), empty(&first)),
        (false, false) => (first, second),
    };
    first
        .into_iter()
        .zip(second)
        .filter(|((_, one), (_, other))| one != other)
        .map(|((what, one), (_, other))| (what, one, other))
        .collect()
}

fn accounts(view: &View) -> Vec<Name> {
    view.accounts.names().cloned().collect()
}

fn money(view: &View, name: &Name) -> Vec<(&'static str, String)> {
    let Some(account) = view.accounts.get(name) else {
        return Vec::new();
    };
    let AccountView {
        stake,
        locked,
        spent,
        earned,
        ..
    } = account;
    vec![
        ("earned", earned.to_string()),
        ("spent", spent.to_string()),
        ("free", stake.to_string()),
        ("locked", locked.to_string()),
    ]
}

fn workers(view: &View) -> Vec<Name> {
    view.workers.names().cloned().collect()
}

fn score(view: &View, name: &Name) -> Vec<(&'static str, String)> {
    let Some(worker) = view.workers.get(name) else {
        return Vec::new();
    };
    let WorkerView {
        score,
        contributions,
        reveals,
        slashed,
        ..
    } = worker;
    vec![
        ("score", score.to_string()),
        ("votes", contributions.to_string()),
        ("reveals", reveals.to_string()),
        ("seized", slashed.to_string()),
        ("state", worker.state().as_str().to_owned()),
    ]
}

fn tasks(view: &View) -> Vec<Name> {
    view.tasks.names().cloned().collect()
}

fn task(view: &View, name: &Name) -> Vec<(&'static str, String)> {
    let Some(task) = view.tasks.get(name) else {
        return Vec::new();
    };
    let took = task.latency().map_or_else(String::new, text::span);
    vec![
        ("status", task.status.as_str().to_owned()),
        ("result", verdict(task).to_owned()),
        ("votes", task.contributions().to_string()),
        ("winners", task.winners.to_string()),
        ("took", took),
        ("output", task.output().unwrap_or_default().to_owned()),
    ]
}

fn verdict(task: &TaskView) -> &'static str {
    match task.verdict {
        Some(Verdict::Correct) => "correct",
        Some(Verdict::Corrupted) => "corrupted",
        Some(Verdict::Starved) => "starved",
        None => "",
    }
}
