//! From a path to values of the view. Rule: a name stands for itself or else for every member of its
//! group, and where one number is made of many for all of the group, one called like it included; a
//! value that is not there yet is nothing, and nothing fits no matcher.

use crate::{
    amount::Nrlc,
    log::{
        Ratio, View, WorkerView,
        statistics::percentile,
        view::{
            AccountView, KITTY, Measured, PoolView, ResourceView, Since, Sourced as _, TaskView,
        },
    },
    protocol::Name,
    scenario::expect::{Aggregate, Operand, Subject, ValuePath},
};

/// One value a path leads to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    /// Whose value; none where there is only one.
    pub(super) name: Option<Name>,
    /// The value.
    pub(super) value: Operand,
    /// Since when it is so.
    pub(super) since: Since,
}

/// Returns the one value a path stands for, for the columns of a sweep; the mean when a group has
/// several and the path says nothing else.
pub fn value_of(view: &View, measured: &Measured, path: &ValuePath) -> Operand {
    let members = members(view, measured, path);
    match (&path.aggregate, members.as_slice()) {
        (Some(how), _) => aggregate(how, &members),
        (None, [one]) => one.value.clone(),
        (None, _) => aggregate(&Aggregate::Mean, &members),
    }
}

/// Returns the values a path leads to; empty when nothing is called so.
pub(super) fn members(view: &View, measured: &Measured, path: &ValuePath) -> Vec<Member> {
    let name = path.name.as_deref().unwrap_or("");
    let rows = match &path.aggregate {
        Some(_) => group_rows(view, measured, path.subject, name),
        None => rows(view, measured, path.subject, name),
    };
    if path.field == "waiting" {
        return waiting(&rows);
    }
    rows.into_iter().map(|row| row.member(path.field)).collect()
}

/// How many tasks of a bag wait for a deal: one number for all of them.
fn waiting(rows: &[Row<'_>]) -> Vec<Member> {
    let tasks = rows.iter().filter_map(|row| match row {
        Row::Task(_, task) => Some(*task),
        Row::Worker(..) | Row::Pool(..) | Row::Account(..) | Row::Resource(..) | Row::One(..) => {
            None
        }
    });
    let tasks: Vec<&TaskView> = tasks.collect();
    if tasks.is_empty() {
        return Vec::new();
    }
    let waits = tasks.iter().filter(|task| task.waiting()).count();
    let sources = tasks.iter().map(|task| task.source("waiting"));
    vec![Member {
        name: None,
        value: number(waits as u64),
        since: Since {
            changed: sources.filter_map(Since::record).max(),
            began: None,
        },
    }]
}

/// A row of the view, with what belongs to it elsewhere.
pub(super) enum Row<'a> {
    Task(&'a Name, &'a TaskView),
    Worker(&'a Name, &'a WorkerView, Option<&'a AccountView>),
    Pool(&'a Name, &'a PoolView, Option<&'a AccountView>),
    Account(&'a Name, &'a AccountView),
    Resource(&'a Name, &'a ResourceView),
    One(&'a View, Measured, Subject),
}

/// Returns the rows of which one number is made: every member of the group of that name, also when
/// one of them is called like the group.
fn group_rows<'a>(
    view: &'a View,
    measured: &Measured,
    subject: Subject,
    name: &str,
) -> Vec<Row<'a>> {
    match subject {
        Subject::Task if view.task_groups.contains(name) => view
            .tasks_of_group(name)
            .into_iter()
            .map(|(name, row)| Row::Task(name, row))
            .collect(),
        Subject::Worker => view
            .workers_of_group(name)
            .into_iter()
            .map(|(name, row)| worker_row(view, name, row))
            .collect(),
        Subject::Task
        | Subject::Pool
        | Subject::Account
        | Subject::App
        | Subject::Dataset
        | Subject::Kitty
        | Subject::Book
        | Subject::Chain
        | Subject::Run => rows(view, measured, subject, name),
    }
}

fn worker_row<'a>(view: &'a View, name: &'a Name, row: &'a WorkerView) -> Row<'a> {
    Row::Worker(name, row, view.accounts.get(&name.of_kind("worker")))
}

/// Returns the rows a name stands for; every row when it is empty and there are several.
pub(super) fn rows<'a>(
    view: &'a View,
    measured: &Measured,
    subject: Subject,
    name: &str,
) -> Vec<Row<'a>> {
    let worker = |(name, row): (&'a Name, &'a WorkerView)| worker_row(view, name, row);
    match subject {
        Subject::Task if name.is_empty() => view
            .tasks
            .iter()
            .map(|(name, row)| Row::Task(name, row))
            .collect(),
        Subject::Task => {
            let mut called = view.tasks_called(name);
            // A task alone may be called as if it were the only member of a bag.
            if let (true, Some(alone)) = (called.is_empty(), name.strip_suffix("-0")) {
                called = view.tasks_called(alone);
            }
            called
                .into_iter()
                .map(|(name, row)| Row::Task(name, row))
                .collect()
        }
        Subject::Worker if name.is_empty() => view.workers.iter().map(worker).collect(),
        Subject::Worker => view.workers_called(name).into_iter().map(worker).collect(),
        Subject::Pool => view
            .pools
            .iter()
            .filter(|(pool, _)| name.is_empty() || &***pool == name)
            .map(|(pool, row)| {
                let owner = row.owner.as_ref();
                Row::Pool(pool, row, owner.and_then(|owner| view.accounts.get(owner)))
            })
            .collect(),
        Subject::Account => {
            let qualified = format!("account.{name}");
            view.accounts
                .iter()
                .filter(|(account, _)| match name.is_empty() {
                    true => account
                        .split_kind()
                        .is_some_and(|(kind, _)| kind == "account"),
                    false => &***account == qualified.as_str(),
                })
                .map(|(account, row)| Row::Account(account, row))
                .collect()
        }
        Subject::App | Subject::Dataset => {
            let table = if subject == Subject::App {
                &view.apps
            } else {
                &view.datasets
            };
            table
                .iter()
                .filter(|(resource, _)| name.is_empty() || &***resource == name)
                .map(|(resource, row)| Row::Resource(resource, row))
                .collect()
        }
        Subject::Kitty | Subject::Book | Subject::Chain | Subject::Run => {
            vec![Row::One(view, *measured, subject)]
        }
    }
}

fn number(count: u64) -> Operand {
    Operand::Number(count.into())
}

fn money(amount: Nrlc) -> Operand {
    Operand::Money(amount.0.into())
}

fn some<T>(value: Option<T>, of: impl FnOnce(T) -> Operand) -> Operand {
    value.map_or(Operand::Nothing, of)
}

fn texts(list: &[String]) -> Operand {
    let mut list = list.to_vec();
    list.sort();
    list.dedup();
    Operand::Texts(list)
}

impl Row<'_> {
    /// Returns the name of the row, bare.
    pub(super) fn name(&self) -> Option<Name> {
        match self {
            Self::Task(name, _)
            | Self::Worker(name, ..)
            | Self::Pool(name, ..)
            | Self::Resource(name, _) => Some((*name).clone()),
            Self::Account(name, _) => {
                let bare = name.split_kind().map_or(&***name, |(_, bare)| bare);
                Some(Name::from(bare))
            }
            Self::One(..) => None,
        }
    }

    fn member(&self, field: &str) -> Member {
        Member {
            name: self.name(),
            value: self.value(field),
            since: self.since(field),
        }
    }

    /// Returns the value of a field.
    pub(super) fn value(&self, field: &str) -> Operand {
        match self {
            Self::Task(_, task) => task_value(task, field),
            Self::Worker(_, worker, account) => worker_value(worker, *account, field),
            Self::Pool(_, pool, account) => pool_value(pool, *account, field),
            Self::Account(_, account) => account_value(account, field),
            Self::Resource(_, row) => Operand::money(row.earned),
            Self::One(view, measured, subject) => one_value(view, measured, *subject, field),
        }
    }

    /// Returns since when the value of a field is as it is.
    fn since(&self, field: &str) -> Since {
        match self {
            Self::Task(_, task) => task.source(field),
            Self::Worker(_, _, account) | Self::Pool(_, _, account) if is_held(field) => {
                account.map_or_else(Since::default, |account| account.source(field))
            }
            Self::Worker(_, worker, _) => worker.source(field),
            Self::Pool(_, pool, _) => pool.source(field),
            Self::Account(_, account) => account.source(field),
            Self::Resource(_, row) => row.source(field),
            Self::One(view, _, Subject::Kitty) => {
                let kitty = view.accounts.get(KITTY);
                kitty.map_or_else(Since::default, |kitty| kitty.source(field))
            }
            Self::One(view, _, Subject::Book) => always(view.book.source(field)),
            Self::One(view, _, Subject::Chain) => always(view.chain.source(field)),
            Self::One(view, ..) => always(view.run.source(field)),
        }
    }
}

/// What is there before the first record was begun by none.
fn always(since: Since) -> Since {
    Since {
        began: None,
        ..since
    }
}

fn task_value(task: &TaskView, field: &str) -> Operand {
    match field {
        "status" => Operand::Text(task.status.as_str().to_owned()),
        "correct" => some(task.correct(), Operand::Flag),
        "corrupted" => some(task.corrupted(), Operand::Flag),
        "groups" => number(task.groups()),
        "contributions" => number(task.contributions()),
        "winners" => number(task.winners),
        "reopens" => number(task.reopens),
        "latency" => some(task.latency(), Operand::duration),
        "output" => some(task.output(), |text| Operand::Text(text.to_owned())),
        "outputs" => some(task.outputs(), texts),
        "inputs" => texts(&task.inputs),
        "errors" => number(task.errors),
        _ => Operand::Nothing,
    }
}

fn worker_value(worker: &WorkerView, account: Option<&AccountView>, field: &str) -> Operand {
    match field {
        "score" => number(worker.score),
        "earned" => Operand::money(worker.earned),
        "slashed" => money(worker.slashed),
        "contributions" => number(worker.contributions),
        "reveals" => number(worker.reveals),
        "state" => Operand::Text(worker.state().as_str().to_owned()),
        _ => some(account, |account| account_value(account, field)),
    }
}

fn pool_value(pool: &PoolView, account: Option<&AccountView>, field: &str) -> Operand {
    match field {
        "earned" => Operand::money(pool.earned),
        "sold" => number(pool.sold),
        "reverted" => number(pool.reverted),
        _ => some(account, |account| account_value(account, field)),
    }
}

/// Whether workers and pools have this in their account of the hub.
fn is_held(field: &str) -> bool {
    matches!(field, "stake" | "locked")
}

fn account_value(account: &AccountView, field: &str) -> Operand {
    match field {
        "stake" => money(account.stake),
        "locked" => money(account.locked),
        "spent" => money(account.spent),
        "earned" => Operand::money(account.earned),
        _ => Operand::Nothing,
    }
}

fn one_value(view: &View, measured: &Measured, subject: Subject, field: &str) -> Operand {
    let (book, chain) = (&view.book, &view.chain);
    match (subject, field) {
        (Subject::Kitty, _) => money(view.kitty()),
        (_, "best_ask") => some(book.best_ask, money),
        (_, "best_bid") => some(book.named_bid(), money),
        (_, "spread") => some(book.spread(), Operand::money),
        (_, "depth") => number(book.depth()),
        (_, "blocks") => number(chain.blocks),
        (_, "txs") => number(chain.txs),
        (_, "reverts") => number(chain.reverts),
        (_, "reverts_unexpected") => number(chain.reverts_unexpected),
        (_, "gas") => number(chain.gas),
        (_, "duration") => Operand::duration(view.run.duration()),
        (_, "wall") => some(measured.wall, Operand::duration),
        (_, "memory") => some(measured.memory.map(Ratio::from), Operand::Size),
        _ => Operand::Nothing,
    }
}

/// Returns the record that last changed a number made of many: the latest of the members that
/// count for it. One that never was anything but nothing or none adds nothing to a sum, and what a
/// share or a count is about is who has the value.
pub(super) fn since(how: Option<&Aggregate>, members: &[Member]) -> Option<u64> {
    let latest = |counts: &dyn Fn(&Member) -> bool| {
        let counting = members.iter().filter(|member| counts(member));
        counting.filter_map(|member| member.since.record()).max()
    };
    let is_there = |member: &Member| member.value != Operand::Nothing;
    let is_new = |member: &Member| member.since.changed.is_none();
    let counting = match how {
        None => None,
        Some(Aggregate::Sum) => latest(&|member| is_there(member) && !is_new(member)),
        Some(Aggregate::Min | Aggregate::Max | Aggregate::Mean | Aggregate::Percentile(_)) => {
            latest(&is_there)
        }
        Some(Aggregate::Rate) => {
            latest(&|member| member.value == Operand::Flag(true) || is_new(member))
        }
        Some(Aggregate::RateOf(wanted)) => {
            latest(&|member| member.value == *wanted || is_new(member))
        }
        Some(Aggregate::Count(wanted)) => latest(&|member| member.value == *wanted),
    };
    counting.or_else(|| latest(&|_| true))
}

/// Makes one value of many; nothing when there is none.
pub(super) fn aggregate(how: &Aggregate, members: &[Member]) -> Operand {
    let values = || members.iter().map(|member| &member.value);
    let share = |hits: usize| match members.len() {
        0 => Operand::Nothing,
        all => Operand::Share(Ratio::new(hits as i128, all as u64)),
    };
    let same = |wanted: &Operand| values().filter(|value| *value == wanted).count();
    match how {
        Aggregate::Rate => share(
            values()
                .filter(|value| **value == Operand::Flag(true))
                .count(),
        ),
        Aggregate::RateOf(wanted) => share(same(wanted)),
        Aggregate::Count(_) if members.is_empty() => Operand::Nothing,
        Aggregate::Count(wanted) => number(same(wanted) as u64),
        Aggregate::Sum
        | Aggregate::Min
        | Aggregate::Max
        | Aggregate::Mean
        | Aggregate::Percentile(_) => numeric(how, &values().collect::<Vec<_>>()),
    }
}

/// Makes one number of many of the same kind, exactly.
fn numeric(how: &Aggregate, values: &[&Operand]) -> Operand {
    let present = values.iter().find(|value| ***value != Operand::Nothing);
    let Some(kind) = present else {
        return Operand::Nothing;
    };
    let integers: Vec<i128> = values.iter().filter_map(|value| integer(value)).collect();
    let made = match how {
        Aggregate::Sum => Some(integers.iter().sum::<i128>().into()),
        Aggregate::Min => integers.iter().min().copied().map(Ratio::from),
        Aggregate::Max => integers.iter().max().copied().map(Ratio::from),
        Aggregate::Mean => Ratio::mean(&integers),
        Aggregate::Percentile(percent) => percentile(&integers, *percent).map(Ratio::from),
        Aggregate::Rate | Aggregate::RateOf(_) | Aggregate::Count(_) => None,
    };
    some(made, |made| of_kind(kind, made))
}

/// The values of members are whole: counts, milliseconds, nRLC, bytes.
fn integer(value: &Operand) -> Option<i128> {
    match value {
        Operand::Number(number)
        | Operand::Money(number)
        | Operand::Duration(number)
        | Operand::Size(number) => number.whole(),
        Operand::Share(_)
        | Operand::Flag(_)
        | Operand::Text(_)
        | Operand::Texts(_)
        | Operand::Nothing => None,
    }
}

fn of_kind(kind: &Operand, made: Ratio) -> Operand {
    match kind {
        Operand::Money(_) => Operand::Money(made),
        Operand::Duration(_) => Operand::Duration(made),
        Operand::Size(_) => Operand::Size(made),
        Operand::Number(_)
        | Operand::Share(_)
        | Operand::Flag(_)
        | Operand::Text(_)
        | Operand::Texts(_)
        | Operand::Nothing => Operand::Number(made),
    }
}
