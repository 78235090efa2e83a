//! Expectations held against the log. Rule: whatever is judged is read from the log and from what
//! is folded from it, and an expectation that finds nothing to judge fails.

mod condition;
mod events;
mod expression;
mod fields;
mod lookup;
mod walk;

pub(crate) use expression::compile;
pub use lookup::value_of;

use std::sync::Arc;

use super::{
    Node, Table, Value,
    document::Setting as _,
    expect,
    model::{Expect, Scenario},
};
use crate::log::{Check, EventLog, view::Measured};

/// What lies in an archive: names of files and their sizes in bytes.
pub type Listing = Vec<(String, u64)>;

/// Lists the archive a result link leads to; none when there is no such archive.
pub type Archives = Arc<dyn Fn(&str) -> Option<Listing> + Send + Sync>;

/// What expectations are held against.
pub struct Evidence<'a> {
    /// The log.
    pub log: &'a EventLog,
    /// What the machine spent on the run; paths to what is not known are not judged.
    pub measured: Measured,
    /// The archives of results.
    pub archives: Archives,
}

impl<'a> Evidence<'a> {
    /// Returns the evidence of a log alone: nothing measured, no archives.
    pub fn of(log: &'a EventLog) -> Self {
        Self {
            log,
            measured: Measured::default(),
            archives: Arc::new(|_| None),
        }
    }
}

/// Judges the expectations of a scenario against a run.
///
/// Left out are expectations of other cells of a sweep (`where`) and those about a second run
/// (`whatif`), which are judged against that run by [`judge_these`].
pub fn judge(scenario: &Scenario, evidence: &Evidence<'_>) -> Vec<Check> {
    let root = scenario
        .write()
        .unwrap_or_else(|| Value::Table(Table::new()).into());
    let here = |expect: &&Expect| expect.whatif.is_empty() && scenario.is_cell_of(expect, &root);
    let expectations: Vec<&Expect> = scenario.expect.iter().filter(here).collect();
    judge_these(scenario, &expectations, evidence)
}

/// Judges these expectations against a run, in their order.
pub fn judge_these(
    scenario: &Scenario,
    expectations: &[&Expect],
    evidence: &Evidence<'_>,
) -> Vec<Check> {
    judge_each(scenario, expectations, evidence).concat()
}

/// Judges these expectations against a run: for each of them the verdicts on its conditions.
pub(super) fn judge_each(
    scenario: &Scenario,
    expectations: &[&Expect],
    evidence: &Evidence<'_>,
) -> Vec<Vec<Check>> {
    let mut conditions = Vec::new();
    let mut of = Vec::new();
    for (at, expect) in expectations.iter().enumerate() {
        let mut own = condition::conditions(expect);
        own.retain(|condition| !condition.is_unmeasured(evidence));
        of.extend(own.iter().map(|_| at));
        conditions.extend(own);
    }
    let mut checks = vec![Vec::new(); expectations.len()];
    let outcomes = walk::outcomes(scenario, &conditions, evidence);
    for ((outcome, condition), at) in outcomes.into_iter().zip(&conditions).zip(of) {
        checks[at].push(condition.verdict(outcome));
    }
    checks
}

impl Scenario {
    /// Returns whether the variables in force, and the values at paths in `root`, the tree the
    /// scenario was read from, are those an expectation is written for.
    pub fn is_cell_of(&self, expect: &Expect, root: &Node) -> bool {
        let mut wanted = expect.r#where.iter();
        wanted.all(|(name, wanted)| {
            let value = match name.contains('.') {
                true => root.find(&name.split('.').collect::<Vec<_>>()),
                false => self.vars.get(name),
            };
            value.is_some_and(|value| is_wanted(value, wanted))
        })
    }
}

/// Whether a value is the one an expectation chooses, one of those in a list, or in a range.
fn is_wanted(value: &Node, wanted: &Node) -> bool {
    let number = value.as_number().and_then(|_| value.scalar()?.parse().ok());
    match (number, wanted.as_text()) {
        // A number is compared as numbers are: `"< 3"`, `"2 .. 5"`.
        (Some(number), Some(text)) => {
            let matcher = expect::Matcher::parse(text, expect::Kind::Number);
            let number = expect::Operand::Number(number);
            matcher.is_ok_and(|matcher| matcher.accepts(&number))
        }
        _ => match &wanted.value {
            Value::List(list) => list.contains(value),
            Value::Text(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Table(_) => wanted == value,
        },
    }
}
