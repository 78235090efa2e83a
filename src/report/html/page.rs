//! What the page shows, ready for its template: words and numbers, nothing left to compute.

use serde::Serialize;

use super::{chart::Reputation, timeline::TaskCard};
use crate::{
    amount::{Nrlc, NrlcChange},
    log::{
        Check, CheckOutcome, TaskStatus, TaskView, Verdict, View,
        statistics::{count, p50, p95, p99},
        view::{AccountView, Breach},
    },
    protocol::Name,
    report::{Detail, Run, Standing, phrase::one_line, sentence::Teller, text},
};

/// Tasks drawn one by one.
const TASKS_MAX: usize = 30;
/// Accounts in the money table.
const ACCOUNTS_MAX: usize = 60;
/// Records shown from the beginning of the log, and from its end.
const RECORDS_MAX: (usize, usize) = (1_500, 500);

/// Everything on the page.
#[derive(Serialize)]
pub(super) struct Page<'a> {
    title: &'a str,
    file: Option<&'a str>,
    again: Option<&'a str>,
    standing: &'static str,
    tone: &'static str,
    digest: String,
    seed: u64,
    version: &'a str,
    tiles: Vec<Tile>,
    breaches: &'a [Breach],
    checks: Vec<CheckRow<'a>>,
    judged: bool,
    failed: u64,
    tasks: Vec<TaskCard>,
    tasks_left_out: u64,
    money: Vec<MoneyRow<'a>>,
    money_left_out: u64,
    reputation: Option<Reputation>,
    records: Vec<RecordRow>,
    records_left_out: u64,
}

/// A number with its name.
#[derive(Serialize)]
struct Tile {
    name: &'static str,
    value: String,
    note: String,
    tone: &'static str,
}

#[derive(Serialize)]
struct CheckRow<'a> {
    name: &'a str,
    outcome: CheckOutcome,
    expected: &'a str,
    found: &'a str,
    since: Option<String>,
    why: Option<&'a str>,
    line: Option<u64>,
}

#[derive(Serialize)]
struct MoneyRow<'a> {
    name: &'a Name,
    role: &'static str,
    earned: String,
    tone: &'static str,
    /// Percent of the largest change in the table.
    bar: u64,
    spent: Option<Amount>,
    stake: Amount,
    locked: Option<Amount>,
    score: Option<u64>,
}

/// An amount as people write it.
#[derive(Serialize)]
#[serde(transparent)]
struct Amount(String);

#[derive(Serialize)]
struct RecordRow {
    seq: u64,
    time: String,
    block: u64,
    actor: String,
    event: &'static str,
    text: String,
    tone: &'static str,
    /// 1 the story, 2 more, 3 all.
    level: u8,
    /// Whether records are left out before this one.
    gap: bool,
}

impl<'a> Page<'a> {
    pub(super) fn of(run: &Run<'a>) -> Self {
        let view = run.view();
        let standing = run.standing();
        let shown = view.tasks.iter().take(TASKS_MAX);
        let (money, money_left_out) = money(view);
        let (records, records_left_out) = records(run);
        Self {
            title: run.title(),
            file: run.file,
            again: run.again,
            standing: standing.as_str(),
            tone: match standing {
                Standing::Passed => "good",
                Standing::Failed | Standing::Broken => "bad",
                Standing::Interrupted | Standing::TimedOut => "warn",
            },
            digest: run.log.digest().to_string(),
            seed: view.run.seed,
            version: &view.run.version,
            tiles: tiles(view),
            breaches: &view.breaches,
            checks: view.checks.iter().map(|row| check(run, row)).collect(),
            judged: run.is_judged(),
            failed: count(&view.checks, |row| row.outcome == CheckOutcome::Failed),
            tasks: shown
                .map(|(name, task)| TaskCard::of(run.log, name, task))
                .collect(),
            tasks_left_out: view.tasks.len().saturating_sub(TASKS_MAX) as u64,
            money,
            money_left_out,
            reputation: Reputation::of(view),
            records,
            records_left_out,
        }
    }
}

fn check<'a>(run: &Run<'_>, check: &'a Check) -> CheckRow<'a> {
    let records = run.log.records();
    let since = check.since.and_then(|seq| records.get(seq));
    CheckRow {
        name: &check.name,
        outcome: check.outcome,
        expected: &check.expected,
        found: &check.found,
        since: since.map(|record| {
            let cause = Teller::before(records, record.seq).tell(record).plain();
            format!("{}, block {}: {cause}", record.time, record.block)
        }),
        why: check.why.as_deref(),
        line: check.line,
    }
}

fn tiles(view: &View) -> Vec<Tile> {
    let tasks = || view.tasks.values();
    let all = view.tasks.len() as u64;
    let completed = count(tasks(), |task| task.status == TaskStatus::Completed);
    let failed = count(tasks(), |task| task.status == TaskStatus::Failed);
    let judged = |verdict| count(tasks(), |task| task.verdict == Some(verdict));
    let (corrupted, starved) = (judged(Verdict::Corrupted), judged(Verdict::Starved));
    let took: Vec<_> = tasks().filter_map(TaskView::latency).collect();
    let span = |span: Option<_>| span.map_or_else(|| "–".to_owned(), text::span);
    let alarm = |number: u64, tone| if number > 0 { tone } else { "plain" };
    let tile = |name, value, note, tone| Tile {
        name,
        value,
        note,
        tone,
    };
    let mut time = vec![text::count(view.chain.blocks, "block")];
    time.extend(
        view.measured
            .wall
            .map(|wall| format!("{} real", text::span(wall))),
    );
    let mut chain = vec![format!("{} gas", text::number(view.chain.gas))];
    if view.chain.reverts > 0 {
        chain.push(text::count(view.chain.reverts, "revert"));
    }
    vec![
        tile(
            "tasks completed",
            format!("{} / {}", text::number(completed), text::number(all)),
            format!(
                "{} failed, {} open",
                text::number(failed),
                text::number(all - completed - failed)
            ),
            if completed == all { "good" } else { "warn" },
        ),
        tile(
            "corrupted",
            text::number(corrupted),
            "safety: completed, but wrong".to_owned(),
            alarm(corrupted, "bad"),
        ),
        tile(
            "starved",
            text::number(starved),
            "liveness: no result at all".to_owned(),
            alarm(starved, "warn"),
        ),
        tile(
            "latency, median",
            span(p50(&took)),
            format!("p95 {}, p99 {}", span(p95(&took)), span(p99(&took))),
            "plain",
        ),
        tile(
            "virtual time",
            text::span(view.run.duration()),
            time.join(" · "),
            "plain",
        ),
        tile(
            "transactions",
            text::number(view.chain.txs),
            chain.join(" · "),
            alarm(view.chain.reverts_unexpected, "warn"),
        ),
    ]
}

/// The accounts that moved, largest changes first when there are too many.
fn money(view: &View) -> (Vec<MoneyRow<'_>>, u64) {
    let size = |row: &AccountView| row.earned.0.unsigned_abs().max(row.spent.0);
    let moves = |row: &AccountView| size(row) > 0 || row.locked > Nrlc::ZERO;
    let mut rows: Vec<(&Name, &AccountView)> =
        view.accounts.iter().filter(|(_, row)| moves(row)).collect();
    let left_out = rows.len().saturating_sub(ACCOUNTS_MAX) as u64;
    if left_out > 0 {
        rows.sort_by_key(|(_, row)| std::cmp::Reverse(size(row)));
        rows.truncate(ACCOUNTS_MAX);
    }
    let changes = rows.iter().map(|(_, row)| row.earned.0.unsigned_abs());
    let largest = changes.max().unwrap_or(0).max(1);
    let percent =
        |part: u64| u64::try_from(u128::from(part) * 100 / u128::from(largest)).unwrap_or(100);
    let rows = rows.into_iter().map(|(name, row)| {
        let (kind, bare) = name.split_kind().unwrap_or(("", name));
        let worker = view.workers.get(bare).filter(|_| kind == "worker");
        MoneyRow {
            name,
            role: role(kind, name),
            earned: signed(row.earned),
            tone: match row.earned.0 {
                1.. => "good",
                0 => "faint",
                ..0 => "bad",
            },
            bar: percent(row.earned.0.unsigned_abs()),
            spent: some(row.spent),
            stake: Amount(row.stake.to_string()),
            locked: some(row.locked),
            score: worker.map(|worker| worker.score),
        }
    });
    (rows.collect(), left_out)
}

fn role(kind: &str, name: &str) -> &'static str {
    match kind {
        "worker" => "worker",
        "pool" => "scheduler",
        "account" => "account",
        _ if name == crate::log::view::KITTY => "kitty",
        _ => "",
    }
}

fn some(amount: Nrlc) -> Option<Amount> {
    (amount > Nrlc::ZERO).then(|| Amount(amount.to_string()))
}

fn signed(change: NrlcChange) -> String {
    match change.0 {
        1.. => format!("+{change}"),
        0 => "–".to_owned(),
        ..0 => change.to_string().replace('-', "−"),
    }
}

/// The first and the last records, told in full.
fn records(run: &Run<'_>) -> (Vec<RecordRow>, u64) {
    let records = run.log.records();
    let (first, last) = RECORDS_MAX;
    let left_out = records.len().saturating_sub(first + last);
    let resume = (first + left_out) as u64;
    let mut teller = Teller::default();
    let head = records.iter().take(first);
    let tail = records.since(resume.max(first as u64));
    let rows = head.chain(tail).map(|record| {
        let phrase = teller.tell(record);
        RecordRow {
            seq: record.seq,
            time: record.time.to_string(),
            block: record.block,
            actor: record
                .actor
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            event: record.event.name(),
            text: one_line(&phrase.plain()),
            tone: phrase.tone.as_str(),
            level: match phrase.detail {
                Detail::Quiet | Detail::Normal => 1,
                Detail::Verbose => 2,
                Detail::All => 3,
            },
            gap: left_out > 0 && record.seq == resume,
        }
    });
    (rows.collect(), left_out as u64)
}
