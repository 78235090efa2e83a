//! One condition of an expectation: what it looks at, and what its verdict says.

use super::{
    Evidence, events,
    expression::{self, Expression},
    lookup::{self, Member},
};
use crate::{
    log::{Check, CheckOutcome, Event, View},
    scenario::{
        expect::{self, EventPattern, Matcher, Operand},
        model::{Expect, PathCheck, Severity},
        unit::Unit,
    },
};

/// The most members of a group that are named in a verdict.
const NAMED_MAX: usize = 3;

/// What a condition looks at.
pub(super) enum Subject<'a> {
    /// A value of the view.
    Path(&'a PathCheck),
    /// An expression over the view.
    Check(Result<Expression, String>),
    /// Something that must happen.
    Event(&'a EventPattern),
    /// Something that must not happen.
    Never(&'a EventPattern),
    /// Several things that must happen one after the other.
    Order(&'a [EventPattern]),
}

/// One condition of an expectation.
pub(super) struct Condition<'a> {
    pub(super) expect: &'a Expect,
    pub(super) subject: Subject<'a>,
    /// Whether its expectation has other conditions too.
    is_one_of_many: bool,
}

/// How a condition stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Finding {
    /// Whether it holds.
    pub(super) holds: bool,
    /// Whether there was anything to look at.
    pub(super) exists: bool,
    /// What was found, in words.
    pub(super) found: String,
    /// The record that last changed it.
    pub(super) since: Option<u64>,
}

/// Takes an expectation apart.
pub(super) fn conditions(expect: &Expect) -> Vec<Condition<'_>> {
    let mut subjects: Vec<Subject<'_>> = expect.paths.iter().map(Subject::Path).collect();
    subjects.extend(expect.event.iter().map(Subject::Event));
    subjects.extend(expect.never.iter().map(Subject::Never));
    if !expect.order.is_empty() {
        subjects.push(Subject::Order(&expect.order));
    }
    let checks = expect.check.iter();
    subjects.extend(checks.map(|text| Subject::Check(expression::compile(text))));
    let is_one_of_many = subjects.len() > 1;
    let condition = |subject| Condition {
        expect,
        subject,
        is_one_of_many,
    };
    subjects.into_iter().map(condition).collect()
}

impl Condition<'_> {
    /// Tells whether it is about what the machine spent.
    fn is_measured(&self) -> bool {
        match &self.subject {
            Subject::Path(check) => check.path.is_measured(),
            Subject::Check(Ok(program)) => program.is_measured(),
            Subject::Check(Err(_)) | Subject::Event(_) | Subject::Never(_) | Subject::Order(_) => {
                false
            }
        }
    }

    /// Tells whether it is about what the machine spent and nobody measured that.
    pub(super) fn is_unmeasured(&self, evidence: &Evidence<'_>) -> bool {
        let Subject::Path(check) = &self.subject else {
            return false;
        };
        let measured = &evidence.measured;
        check.path.is_measured()
            && match check.path.field {
                "wall" => measured.wall.is_none(),
                _ => measured.memory.is_none(),
            }
    }

    /// Looks at the view as it is; none for conditions about events.
    pub(super) fn look(&self, view: &View, evidence: &Evidence<'_>) -> Option<Finding> {
        match &self.subject {
            Subject::Path(check) => Some(look_at_path(check, view, evidence)),
            Subject::Check(Ok(program)) => Some(program.look(view, evidence)),
            Subject::Check(Err(wrong)) => Some(Finding {
                exists: true,
                found: wrong.clone(),
                ..Finding::default()
            }),
            Subject::Event(_) | Subject::Never(_) | Subject::Order(_) => None,
        }
    }

    /// Whether what happens between two blocks may change what is found, and change it back.
    pub(super) fn may_turn(&self, event: &Event) -> bool {
        let of_presence = matches!(
            event,
            Event::Crashed { .. }
                | Event::Restarted { .. }
                | Event::WorkerJoined { .. }
                | Event::WorkerLeft { .. }
                | Event::FaultInjected { .. }
                | Event::FaultHealed { .. }
        );
        let of_book = matches!(event, Event::BookChanged { .. });
        match &self.subject {
            Subject::Path(check) if check.path.subject == expect::Subject::Book => of_book,
            Subject::Path(check) => of_presence && check.path.subject == expect::Subject::Worker,
            Subject::Check(_) => of_presence,
            Subject::Event(_) | Subject::Never(_) | Subject::Order(_) => false,
        }
    }

    /// Looks through the records that count; none for conditions about values.
    pub(super) fn scan(&self, scan: &events::Scan<'_>) -> Option<Finding> {
        match &self.subject {
            Subject::Event(pattern) => Some(scan.count(pattern, self.expect)),
            Subject::Never(pattern) => Some(scan.never(pattern)),
            Subject::Order(patterns) => Some(scan.order(patterns, self.expect.within)),
            Subject::Path(_) | Subject::Check(_) => None,
        }
    }

    /// What it is about.
    fn about(&self) -> String {
        match &self.subject {
            Subject::Path(check) => check.path.to_string(),
            Subject::Check(_) => self.expect.check.clone().unwrap_or_default(),
            Subject::Event(pattern) => pattern.to_string(),
            Subject::Never(pattern) => format!("never {pattern}"),
            Subject::Order(patterns) => written(patterns),
        }
    }

    fn expected(&self) -> String {
        match &self.subject {
            Subject::Path(check) => check.to_string(),
            Subject::Check(_) => format!("{} to be true", self.about()),
            Subject::Event(pattern) => {
                let count = self.expect.count.as_ref();
                let count = count.map_or_else(|| ">= 1".to_owned(), Matcher::to_string);
                let within = self
                    .expect
                    .within
                    .map(|span| format!(" within {}", span.print()));
                format!("{pattern} {count} times{}", within.unwrap_or_default())
            }
            Subject::Never(pattern) => format!("never {pattern}"),
            Subject::Order(patterns) => written(patterns),
        }
    }

    /// Turns what was found into a verdict for the log.
    pub(super) fn verdict(&self, finding: Finding) -> Check {
        let name = match (&self.expect.name, self.is_one_of_many) {
            (Some(name), true) => format!("{name}: {}", self.about()),
            (Some(name), false) => name.clone(),
            (None, _) => self.about(),
        };
        let line = match &self.subject {
            Subject::Path(check) => check.origin.0,
            Subject::Check(_) | Subject::Event(_) | Subject::Never(_) | Subject::Order(_) => {
                self.expect.origin.0
            }
        };
        Check {
            name,
            outcome: match (finding.holds, self.expect.severity) {
                (true, _) => CheckOutcome::Passed,
                (false, Severity::Error) => CheckOutcome::Failed,
                (false, Severity::Warn) => CheckOutcome::Warned,
            },
            expected: self.expected(),
            found: finding.found,
            since: finding.since,
            why: self.expect.why.clone(),
            line,
            is_measured: self.is_measured(),
        }
    }
}

fn written(patterns: &[EventPattern]) -> String {
    let names: Vec<String> = patterns.iter().map(ToString::to_string).collect();
    names.join(" → ")
}

/// Looks at a value, or at that of every member of a group.
fn look_at_path(check: &PathCheck, view: &View, evidence: &Evidence<'_>) -> Finding {
    let members = lookup::members(view, &evidence.measured, &check.path);
    let since = lookup::since(check.path.aggregate.as_ref(), &members);
    let Some(aggregate) = &check.path.aggregate else {
        return look_at_members(check, &members, since);
    };
    let value = lookup::aggregate(aggregate, &members);
    Finding {
        holds: check.matcher.accepts(&value),
        exists: value != Operand::Nothing,
        found: value.to_string(),
        since,
    }
}

fn look_at_members(check: &PathCheck, members: &[Member], since: Option<u64>) -> Finding {
    if members.is_empty() {
        let name = check.path.name.as_deref().unwrap_or("");
        return Finding {
            found: format!("no {} called {name} in this run", check.path.subject.word()),
            ..Finding::default()
        };
    }
    let exists = members
        .iter()
        .any(|member| member.value != Operand::Nothing);
    if let Matcher::Set(wanted) = &check.matcher
        && !matches!(members[0].value, Operand::Texts(_))
        && members.len() > 1
    {
        let fits = |member: &Member| check.matcher.accepts(&member.value);
        let reached = |one: &Operand| members.iter().any(|member| member.value == *one);
        return Finding {
            holds: members.iter().all(fits) && wanted.iter().all(reached),
            exists,
            found: listed(members.iter().collect()),
            since,
        };
    }
    let fails = |member: &&Member| !check.matcher.accepts(&member.value);
    let failing: Vec<&Member> = members.iter().filter(fails).collect();
    let holds = failing.is_empty();
    let since = match holds {
        true => since,
        false => failing
            .iter()
            .filter_map(|member| member.since.record())
            .min(),
    };
    let found = match (holds, check.path.is_measured()) {
        // Reports of runs that went well are the same on every machine.
        (true, true) => "as expected".to_owned(),
        (true, false) => listed(members.iter().collect()),
        (false, _) if members.len() > 1 => blamed(&failing),
        (false, _) => listed(failing),
    };
    Finding {
        holds,
        exists,
        found,
        since,
    }
}

/// Writes values: one when all agree, else a few with their names.
fn listed(members: Vec<&Member>) -> String {
    let Some(first) = members.first() else {
        return "nothing".to_owned();
    };
    if members.iter().all(|member| member.value == first.value) {
        return match (members.as_slice(), &first.name) {
            ([_], _) | (_, None) => first.value.to_string(),
            (all, Some(_)) => format!("{} ({} times)", first.value, all.len()),
        };
    }
    let named = |member: &&Member| match &member.name {
        Some(name) => format!("{name}: {}", member.value),
        None => member.value.to_string(),
    };
    few(members.iter().map(named))
}

/// Writes the values of some members of a group, and whose they are.
fn blamed(failing: &[&Member]) -> String {
    let name = |member: &&Member| member.name.as_ref().map(ToString::to_string);
    match failing {
        [first, _, ..] if failing.iter().all(|member| member.value == first.value) => {
            let names = few(failing.iter().filter_map(name));
            format!("{} ({} times): {names}", first.value, failing.len())
        }
        [one] => match name(one) {
            Some(name) => format!("{name}: {}", one.value),
            None => one.value.to_string(),
        },
        _ => listed(failing.to_vec()),
    }
}

/// Writes the first few of several things, and how many more there are.
fn few(all: impl Iterator<Item = String>) -> String {
    let mut all: Vec<String> = all.collect();
    let more = all.len().saturating_sub(NAMED_MAX);
    all.truncate(NAMED_MAX);
    let more = if more == 0 {
        String::new()
    } else {
        format!(" and {more} more")
    };
    format!("{}{more}", all.join(", "))
}
