//! Expectations over a whole sweep. Rule: an expectation is judged cell by cell over the seeds, so
//! that a good cell cannot hide a bad one, and what was found is told with its interval.

use crate::{
    log::{Ratio, statistics::wilson},
    report::sweep::{Outcome, Row, Verdict},
    scenario::{
        Scenario,
        expect::Operand,
        model::{Expect, Severity},
    },
};

/// How an expectation fares in one cell.
struct Tally {
    cell: usize,
    held: usize,
    of: usize,
    /// The first seed in which it does not hold.
    failed: Option<u64>,
    accepted: bool,
}

impl Tally {
    fn share(&self) -> f64 {
        self.held as f64 / self.of.max(1) as f64
    }

    /// `48 of 50 seeds (96 %, 86.5 … 98.9 % with 95 % confidence)`.
    fn told(&self) -> String {
        let share = self.share();
        let (low, high) = wilson(share, self.of);
        let [share, low, high] = [share, low, high].map(|part| percent(part * 100.0));
        format!(
            "{} of {} seeds ({share} %; {low} … {high} % with 95 % confidence)",
            self.held, self.of
        )
    }
}

fn percent(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// Judges the expectations of a scenario over the rows of a sweep; `rows` are in the order of
/// their cells, `is_whole` says whether every cell was run, and `label` names a cell.
///
/// An expectation about no cell at all fails, as one that matches nothing does in a run.
pub fn verdicts(
    scenario: &Scenario,
    rows: &[Row],
    is_whole: bool,
    label: &dyn Fn(usize) -> String,
) -> Vec<Verdict> {
    let expectations = scenario.expect.iter().enumerate();
    expectations
        .map(|(at, expect)| {
            let mut verdict = verdict(expect, &tallies(at, expect, rows), label);
            if is_whole && verdict.outcome == Outcome::Left {
                verdict.outcome = failure(expect);
                verdict.found = "no cell of this sweep is one it is about".to_owned();
            }
            verdict
        })
        .collect()
}

/// What it means that an expectation does not hold.
fn failure(expect: &Expect) -> Outcome {
    match expect.severity {
        Severity::Error => Outcome::Failed,
        Severity::Warn => Outcome::Warned,
    }
}

fn tallies(at: usize, expect: &Expect, rows: &[Row]) -> Vec<Tally> {
    let mut tallies: Vec<Tally> = Vec::new();
    for row in rows {
        let Some(held) = row.held.get(at).copied().flatten() else {
            continue;
        };
        if tallies.last().is_none_or(|last| last.cell != row.cell) {
            tallies.push(Tally {
                cell: row.cell,
                held: 0,
                of: 0,
                failed: None,
                accepted: false,
            });
        }
        if let Some(tally) = tallies.last_mut() {
            tally.of += 1;
            tally.held += usize::from(held);
            if !held {
                tally.failed = tally.failed.or(Some(row.seed));
            }
        }
    }
    for tally in &mut tallies {
        tally.accepted = match &expect.rate {
            Some(rate) => {
                let share = Ratio::new(tally.held as i128, tally.of as u64);
                rate.accepts(&Operand::Share(share))
            }
            None => tally.held == tally.of,
        };
    }
    tallies
}

fn verdict(expect: &Expect, tallies: &[Tally], label: &dyn Fn(usize) -> String) -> Verdict {
    let expected = match &expect.rate {
        Some(rate) => format!("true in {rate} of the seeds of each cell"),
        None => "true with every seed".to_owned(),
    };
    let at = |tally: &Tally| match label(tally.cell) {
        name if name.is_empty() => tally.told(),
        name => format!("{} at {name}", tally.told()),
    };
    let refused: Vec<&Tally> = tallies.iter().filter(|one| !one.accepted).collect();
    let lowest = tallies
        .iter()
        .min_by(|one, other| one.share().total_cmp(&other.share()));
    let worst = refused
        .iter()
        .copied()
        .min_by(|one, other| one.share().total_cmp(&other.share()));
    let (outcome, found) = match (worst, lowest) {
        (None, None) => (Outcome::Left, "no cell it is about was run".to_owned()),
        (None, Some(lowest)) if tallies.len() == 1 => (Outcome::Passed, at(lowest)),
        (None, Some(lowest)) => {
            let found = format!("{} cells, the least {}", tallies.len(), at(lowest));
            (Outcome::Passed, found)
        }
        (Some(worst), _) => {
            let found = match refused.len() {
                1 => at(worst),
                more => format!(
                    "not in {more} of {} cells, the worst {}",
                    tallies.len(),
                    at(worst)
                ),
            };
            (failure(expect), found)
        }
    };
    Verdict {
        name: expect.title(),
        outcome,
        expected,
        found,
        why: expect.why.clone(),
        example: worst.and_then(|worst| Some((worst.cell, worst.failed?))),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use alloy_primitives::B256;

    use super::*;
    use crate::report::Standing;

    /// Judges one expectation over cells in which it holds with so many of so many seeds.
    fn judged(rest: &str, cells: &[(usize, usize)]) -> Verdict {
        let text = format!(
            "[matrix]\nseeds = 50\n[app.a]\nrun = {{ builtin = \"hello\" }}\n\
             [[expect]]\nchain.blocks = \"> 1\"\n{rest}"
        );
        let scenario = Scenario::parse(&text, Path::new("x.toml")).unwrap();
        let row = |(cell, held, seed): (usize, usize, usize)| Row {
            cell,
            seed: seed as u64,
            values: Vec::new(),
            standing: Standing::Passed,
            held: vec![Some(seed < held)],
            digest: B256::ZERO,
        };
        let rows = cells.iter().enumerate();
        let rows: Vec<Row> = rows
            .flat_map(|(cell, (held, of))| (0..*of).map(move |seed| (cell, *held, seed)))
            .map(row)
            .collect();
        let mut all = verdicts(&scenario, &rows, true, &|cell| format!("cell={cell}"));
        all.remove(0)
    }

    #[test]
    fn a_rate_is_judged_in_each_cell_with_its_interval() {
        let rate = "rate = \">= 95%\"\n";
        let good = judged(rate, &[(50, 50), (48, 50)]);
        assert_eq!(good.outcome, Outcome::Passed);
        // Wilson's interval of 48 of 50.
        let told = "2 cells, the least 48 of 50 seeds (96 %; 86.5 … 98.9 % with 95 % confidence) at cell=1";
        assert_eq!(good.found, told);
        // 98 of 100 overall, but not in the second cell.
        let bad = judged(rate, &[(50, 50), (47, 50)]);
        assert_eq!(bad.outcome, Outcome::Failed);
        assert!(
            bad.found.starts_with("47 of 50 seeds (94 %;"),
            "{}",
            bad.found
        );
        assert_eq!(bad.example, Some((1, 47)));
    }

    #[test]
    fn without_a_rate_every_seed_counts() {
        assert_eq!(judged("", &[(50, 50)]).outcome, Outcome::Passed);
        let bad = judged("", &[(3, 3), (49, 50), (0, 2)]);
        assert_eq!(bad.outcome, Outcome::Failed);
        assert!(
            bad.found
                .starts_with("not in 2 of 3 cells, the worst 0 of 2 seeds"),
            "{}",
            bad.found
        );
        assert_eq!(bad.example, Some((2, 0)));
        let warned = judged("severity = \"warn\"\n", &[(1, 2)]);
        assert_eq!(warned.outcome, Outcome::Warned);
    }

    #[test]
    fn an_expectation_about_no_cell_fails() {
        let none = judged("", &[]);
        assert_eq!(none.outcome, Outcome::Failed);
        assert_eq!(none.found, "no cell of this sweep is one it is about");
    }
}
