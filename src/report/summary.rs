//! The end of a run on one screen: what failed first, then tasks, money, expectations, the verdict.

use std::io::{self, Write};

use anstyle::Style;

use super::{
    Run, Standing,
    phrase::one_line,
    style::{Styles, paint},
    table::{Cell, write_table},
    text,
};
use crate::{
    amount::{Nrlc, NrlcChange},
    log::{
        Check, CheckOutcome, TaskStatus, TaskView, Verdict,
        statistics::{count, p50, p99},
    },
    protocol::Name,
};

/// Rows of a table shown one by one; beyond, groups are summed up.
const ROWS_MAX: usize = 20;

/// Writes the summary of `run`.
///
/// # Errors
///
/// When `out` cannot be written.
pub fn write_summary(run: &Run<'_>, styles: &Styles, out: &mut dyn Write) -> io::Result<()> {
    let summary = Summary { run, styles };
    summary.failures(out)?;
    summary.tasks(out)?;
    summary.money(out)?;
    summary.expectations(out)?;
    summary.verdict(out)
}

/// Writes what failed in `run`, and nothing where nothing did.
///
/// # Errors
///
/// When `out` cannot be written.
pub fn write_failures(run: &Run<'_>, styles: &Styles, out: &mut dyn Write) -> io::Result<()> {
    Summary { run, styles }.failures(out)
}

pub(super) struct Summary<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) styles: &'a Styles,
}

impl Summary<'_> {
    fn title(&self, out: &mut dyn Write, text: &str) -> io::Result<()> {
        writeln!(out, "\n{}", paint(self.styles.title, text))
    }

    fn failures(&self, out: &mut dyn Write) -> io::Result<()> {
        let view = self.run.view();
        let failed: Vec<&Check> = view
            .checks
            .iter()
            .filter(|check| check.outcome != CheckOutcome::Passed)
            .collect();
        if failed.is_empty() && view.breaches.is_empty() {
            return Ok(());
        }
        self.title(out, "What went wrong")?;
        for breach in &view.breaches {
            let head = format!("✗ a law is broken: {}", one_line(&breach.law));
            writeln!(out, "  {}", paint(self.styles.bad, head))?;
            let place = match &breach.transaction {
                Some(transaction) => format!("block {}, transaction {transaction}", breach.block),
                None => format!("block {}", breach.block),
            };
            self.fact(out, "where", &place)?;
            self.fact(out, "numbers", &breach.detail)?;
            self.fact(out, "again", self.run.again.unwrap_or_default())?;
        }
        for check in failed {
            self.failure(out, check)?;
        }
        Ok(())
    }

    fn failure(&self, out: &mut dyn Write, check: &Check) -> io::Result<()> {
        let (mark, style) = self.mark(check.outcome);
        let head = paint(style, format!("{mark} {}", one_line(&check.name)));
        let place = match (self.run.file, check.line) {
            (Some(file), Some(line)) => format!("  {file}:{line}"),
            (None, Some(line)) => format!("  line {line}"),
            (_, None) => String::new(),
        };
        writeln!(out, "  {head}{}", paint(self.styles.faint, place))?;
        self.fact(out, "expected", &check.expected)?;
        self.fact(out, "found", &check.found)?;
        self.fact(out, "since", &self.since(check))?;
        self.fact(out, "why", check.why.as_deref().unwrap_or_default())?;
        self.fact(out, "again", self.run.again.unwrap_or_default())
    }

    /// The record that made it so, in words.
    fn since(&self, check: &Check) -> String {
        let records = self.run.log.records();
        let Some(record) = check.since.and_then(|seq| records.get(seq)) else {
            return String::new();
        };
        let mut teller = super::sentence::Teller::before(records, record.seq);
        let cause = teller.tell(record).plain();
        let event = record.event.name();
        format!("{}, block {}, {event}: {cause}", record.time, record.block)
    }

    fn fact(&self, out: &mut dyn Write, name: &str, text: &str) -> io::Result<()> {
        let mut name = name;
        for line in text.lines() {
            let label = paint(self.styles.faint, format!("{name:<9}"));
            writeln!(out, "      {label} {line}")?;
            name = "";
        }
        Ok(())
    }

    pub(super) fn tasks(&self, out: &mut dyn Write) -> io::Result<()> {
        let view = self.run.view();
        if view.tasks.is_empty() {
            return Ok(());
        }
        self.title(out, "Tasks")?;
        if view.tasks.len() <= ROWS_MAX {
            let head = ["task", "status", "result", "votes", "winners", "took", ""];
            let tasks = view.tasks.iter();
            let rows: Vec<_> = tasks.map(|(name, task)| self.task(name, task)).collect();
            return write_table(out, self.styles, &head, &rows);
        }
        let groups = view.task_groups.iter().take(ROWS_MAX);
        let rows: Vec<_> = groups.map(|(name, _)| self.task_group(name)).collect();
        let head = [
            "group",
            "tasks",
            "completed",
            "failed",
            "open",
            "corrupted",
            "p50",
            "p99",
        ];
        write_table(out, self.styles, &head, &rows)?;
        self.more(out, view.task_groups.len(), "group")
    }

    fn task(&self, name: &Name, task: &TaskView) -> Vec<Cell> {
        let (result, result_style) = match task.verdict {
            Some(Verdict::Correct) => ("correct", self.styles.good),
            Some(Verdict::Corrupted) => ("corrupted", self.styles.bad),
            Some(Verdict::Starved) => ("starved", self.styles.warn),
            None => ("", Style::new()),
        };
        let took = task.latency().map_or_else(String::new, text::span);
        vec![
            Cell::new(name, self.styles.name),
            Cell::new(task.status.as_str(), self.status(task.status)),
            Cell::new(result, result_style),
            Cell::plain(task.contributions()).right(),
            Cell::plain(task.winners).right(),
            Cell::plain(took).right(),
            Cell::new(
                one_line(task.output().unwrap_or_default()),
                self.styles.faint,
            ),
        ]
    }

    fn status(&self, status: TaskStatus) -> Style {
        match status {
            TaskStatus::Completed => self.styles.good,
            TaskStatus::Failed => self.styles.bad,
            TaskStatus::Waiting
            | TaskStatus::Withdrawn
            | TaskStatus::Unset
            | TaskStatus::Active
            | TaskStatus::Revealing => self.styles.warn,
        }
    }

    fn task_group(&self, name: &Name) -> Vec<Cell> {
        let tasks: Vec<&TaskView> = self
            .run
            .view()
            .tasks_called(name)
            .into_iter()
            .map(|(_, task)| task)
            .collect();
        let with = |status| count(tasks.iter(), |task| task.status == status);
        let open = count(tasks.iter(), |task| !task.status.is_final());
        let corrupted = count(tasks.iter(), |task| task.corrupted() == Some(true));
        let took: Vec<_> = tasks.iter().filter_map(|task| task.latency()).collect();
        let span = |span: Option<_>| Cell::plain(span.map_or_else(String::new, text::span)).right();
        let alarm = |number, style| match number {
            0 => Cell::plain(0).right(),
            some => Cell::new(text::number(some), style).right(),
        };
        vec![
            Cell::new(name, self.styles.name),
            Cell::plain(text::number(tasks.len() as u64)).right(),
            Cell::new(text::number(with(TaskStatus::Completed)), self.styles.good).right(),
            alarm(with(TaskStatus::Failed), self.styles.bad),
            alarm(open, self.styles.warn),
            alarm(corrupted, self.styles.bad),
            span(p50(&took)),
            span(p99(&took)),
        ]
    }

    pub(super) fn money(&self, out: &mut dyn Write) -> io::Result<()> {
        let view = self.run.view();
        let touched = |row: &crate::log::view::AccountView| {
            row.earned != NrlcChange::default()
                || row.spent != Nrlc::ZERO
                || row.locked != Nrlc::ZERO
        };
        let moved: Vec<_> = view
            .accounts
            .iter()
            .filter(|(_, row)| touched(row))
            .collect();
        if moved.is_empty() {
            return Ok(());
        }
        self.title(out, "Money")?;
        let shown = moved.iter().take(ROWS_MAX);
        let rows: Vec<_> = shown
            .map(|(name, row)| {
                let bare = name.split_kind().filter(|(kind, _)| *kind == "worker");
                let score = bare.and_then(|(_, worker)| view.workers.get(worker));
                vec![
                    Cell::new(name, self.styles.name),
                    self.change(row.earned),
                    self.change(NrlcChange::default().lose(row.spent)),
                    Cell::new(row.stake, self.styles.money).right(),
                    self.amount(row.locked),
                    Cell::plain(score.map_or_else(String::new, |row| row.score.to_string()))
                        .right(),
                ]
            })
            .collect();
        let head = ["account", "earned", "spent", "free", "locked", "score"];
        write_table(out, self.styles, &head, &rows)?;
        self.more(out, moved.len(), "account")
    }

    /// What each worker is doing, and its score.
    pub(super) fn workers(&self, out: &mut dyn Write) -> io::Result<()> {
        let workers = &self.run.view().workers;
        if workers.is_empty() {
            return Ok(());
        }
        self.title(out, "Workers")?;
        let shown = workers.iter().take(ROWS_MAX);
        let rows: Vec<_> = shown
            .map(|(name, row)| {
                let running = text::list(row.running.iter().map(Name::as_str));
                vec![
                    Cell::new(name, self.styles.name),
                    Cell::plain(one_line(&row.behaviour)),
                    Cell::plain(row.state().as_str()),
                    Cell::plain(row.score).right(),
                    Cell::plain(row.contributions).right(),
                    Cell::plain(row.reveals).right(),
                    Cell::new(running, self.styles.faint),
                ]
            })
            .collect();
        let head = [
            "worker",
            "behaviour",
            "state",
            "score",
            "votes",
            "reveals",
            "",
        ];
        write_table(out, self.styles, &head, &rows)?;
        self.more(out, workers.len(), "worker")
    }

    fn amount(&self, amount: Nrlc) -> Cell {
        match amount {
            Nrlc::ZERO => Cell::new("–", self.styles.faint).right(),
            some => Cell::new(some, self.styles.money).right(),
        }
    }

    fn change(&self, change: NrlcChange) -> Cell {
        match change.0 {
            0 => Cell::new("–", self.styles.faint).right(),
            1.. => Cell::new(format!("+{change}"), self.styles.good).right(),
            ..0 => Cell::new(change, self.styles.warn).right(),
        }
    }

    fn more(&self, out: &mut dyn Write, of: usize, noun: &str) -> io::Result<()> {
        let Some(rest) = of.checked_sub(ROWS_MAX).filter(|rest| *rest > 0) else {
            return Ok(());
        };
        let text = format!("  … and {} more", text::count(rest as u64, noun));
        writeln!(out, "{}", paint(self.styles.faint, text))
    }

    fn mark(&self, outcome: CheckOutcome) -> (&'static str, Style) {
        match outcome {
            CheckOutcome::Passed => ("✓", self.styles.good),
            CheckOutcome::Warned => ("!", self.styles.warn),
            CheckOutcome::Failed => ("✗", self.styles.bad),
        }
    }

    fn expectations(&self, out: &mut dyn Write) -> io::Result<()> {
        let checks = &self.run.view().checks;
        if checks.is_empty() {
            return Ok(());
        }
        self.title(out, "Expectations")?;
        for check in checks {
            let (mark, style) = self.mark(check.outcome);
            writeln!(out, "  {} {}", paint(style, mark), one_line(&check.name))?;
        }
        Ok(())
    }

    fn verdict(&self, out: &mut dyn Write) -> io::Result<()> {
        let view = self.run.view();
        let standing = self.run.standing();
        let style = match standing {
            Standing::Passed => self.styles.good,
            Standing::Failed | Standing::Broken => self.styles.bad,
            Standing::Interrupted | Standing::TimedOut => self.styles.warn,
        };
        let held = count(&view.checks, |check| check.outcome == CheckOutcome::Passed);
        let mut facts = vec![text::span(view.run.duration())];
        facts.extend(
            view.measured
                .wall
                .map(|wall| format!("in {} real time", text::span(wall))),
        );
        facts.push(text::count(view.chain.blocks, "block"));
        facts.push(text::count(view.chain.txs, "transaction"));
        facts.extend(view.measured.memory.map(text::size));
        facts.push(format!("digest {}", text::hash(&self.run.log.digest())));
        let is_every_one = held as usize == view.checks.len();
        let expectations = match view.checks.len() {
            0 if self.run.is_judged() => "no expectations".to_owned(),
            0 => "expectations not judged".to_owned(),
            all => {
                // Without the verb, a number behind "failed" would be taken for the failures.
                let hold = match (is_every_one, all) {
                    (true, _) => "",
                    (false, 1) => " holds",
                    (false, _) => " hold",
                };
                let all = text::count(all as u64, "expectation");
                format!("{held} of {all}{hold}")
            }
        };
        writeln!(
            out,
            "\n{}  {expectations}  {}",
            paint(style, standing.as_str().to_uppercase()),
            paint(self.styles.faint, facts.join(" · "))
        )
    }
}
