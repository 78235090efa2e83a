//! Conditions about events: that something happens, how often, how soon, never, in which order.

use std::time::Duration;

use super::condition::Finding;
use crate::{
    log::{Ratio, Record},
    scenario::{
        expect::{EventPattern, Matcher, Operand, Operator},
        model::Expect,
    },
    time::Timestamp,
};

/// Records that count, between two moments, both included.
pub(super) struct Scan<'a> {
    pub(super) records: Vec<&'a Record>,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

impl<'a> Scan<'a> {
    fn matching<'s>(&'s self, pattern: &'s EventPattern) -> impl Iterator<Item = &'a Record> + 's {
        self.records
            .iter()
            .copied()
            .filter(|record| (self.from..=self.to).contains(&record.time))
            .filter(|record| pattern.matches(record))
    }

    /// Counts events, those that come too late left out.
    pub(super) fn count(&self, pattern: &EventPattern, expect: &Expect) -> Finding {
        let mut seen: Vec<&Record> = self.matching(pattern).collect();
        let all = seen.len();
        if let Some(within) = expect.within {
            seen.retain(|record| record.time <= self.from + within);
        }
        let late = all - seen.len();
        let wanted = expect.count.clone();
        let wanted = wanted.unwrap_or(Matcher::Compare(
            Operator::AtLeast,
            Operand::Number(Ratio::ONE),
        ));
        let mut found = times(seen.len());
        if late > 0 {
            found = format!("{found} in time, {} too late", times(late));
        }
        Finding {
            holds: wanted.accepts(&Operand::Number((seen.len() as u64).into())),
            exists: !seen.is_empty(),
            found,
            since: seen.last().map(|record| record.seq),
        }
    }

    /// Looks for what must not be.
    pub(super) fn never(&self, pattern: &EventPattern) -> Finding {
        match self.matching(pattern).next() {
            Some(first) => Finding {
                holds: false,
                exists: true,
                found: format!("it happened at {}, block {}", first.time, first.block),
                since: Some(first.seq),
            },
            None => Finding {
                holds: true,
                exists: true,
                found: "it never happened".to_owned(),
                since: None,
            },
        }
    }

    /// Looks for events one after the other; others may lie between them.
    pub(super) fn order(&self, patterns: &[EventPattern], within: Option<Duration>) -> Finding {
        let (mut first, mut last) = (None, None);
        let mut after = 0;
        for (at, pattern) in patterns.iter().enumerate() {
            let next = self.matching(pattern).find(|record| record.seq >= after);
            let Some(next) = next else {
                let found = match at {
                    0 => format!("{pattern} never happened"),
                    _ => format!("{pattern} never happened after {}", patterns[at - 1]),
                };
                return Finding {
                    holds: false,
                    exists: true,
                    found,
                    since: last.map(|record: &Record| record.seq),
                };
            };
            first = first.or(Some(next));
            last = Some(next);
            after = next.seq + 1;
        }
        let span = match (first, last) {
            (Some(first), Some(last)) => last.time - first.time,
            _ => Duration::ZERO,
        };
        let in_time = within.is_none_or(|within| span <= within);
        let took = <Duration as crate::scenario::unit::Unit>::print(&span);
        Finding {
            holds: in_time,
            exists: true,
            found: format!("in this order, in {took}"),
            since: last.map(|record| record.seq),
        }
    }
}

fn times(count: usize) -> String {
    match count {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}
