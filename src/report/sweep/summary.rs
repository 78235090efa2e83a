//! The end of a sweep on one screen: a line per cell, what the columns say, the verdicts.

use std::io::{self, Write};

use anstyle::Style;

use super::{Effort, Estimate, Outcome, Sheet, Unit, Verdict};
use crate::report::{
    Standing, Styles,
    style::paint,
    table::{Cell, write_table},
    text,
};

/// Cells shown one by one.
const CELLS_MAX: usize = 60;

/// Writes the summary of a sweep.
///
/// # Errors
///
/// When `out` cannot be written.
pub fn write_sweep_summary(sheet: &Sheet, styles: &Styles, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", paint(styles.title, &sheet.title))?;
    cells(sheet, styles, out)?;
    write_findings(sheet, styles, out)?;
    if !sheet.verdicts.is_empty() {
        writeln!(out, "\n{}", paint(styles.title, "Expectations"))?;
        for verdict in &sheet.verdicts {
            write_verdict(sheet, verdict, styles, out)?;
        }
    }
    write_end(sheet, styles, out)
}

/// A line per cell: where it lies, how its runs ended, what they yield.
fn cells(sheet: &Sheet, styles: &Styles, out: &mut dyn Write) -> io::Result<()> {
    let shares = sheet
        .measures
        .iter()
        .any(|measure| measure.unit == Unit::Share);
    let mut head: Vec<&str> = sheet.axes.iter().map(|axis| axis.name.as_str()).collect();
    head.extend(["runs", "passed"]);
    head.extend(sheet.measures.iter().map(|measure| measure.name.as_str()));
    let rows: Vec<Vec<Cell>> = sheet
        .cells
        .iter()
        .take(CELLS_MAX)
        .map(|(index, cell)| {
            let places = sheet.axes.iter().zip(&cell.place);
            let mut row: Vec<Cell> = places
                .map(|(axis, at)| Cell::new(&axis.labels[*at], styles.name).right())
                .collect();
            let runs = sheet.rows_of(*index);
            let passed = |standing| standing == Standing::Passed;
            let passed = runs.iter().filter(|run| passed(run.standing)).count();
            let style = if passed == runs.len() {
                Style::new()
            } else {
                styles.warn
            };
            row.push(Cell::plain(runs.len()).right());
            row.push(Cell::new(passed, style).right());
            for (at, measure) in sheet.measures.iter().enumerate() {
                let told = match (sheet.estimate(*index, at), measure.unit) {
                    (Some(found), _) => told(&found, measure.unit),
                    (None, Unit::Words) => words(sheet, *index, at),
                    (None, _) => "–".to_owned(),
                };
                row.push(Cell::plain(told).right());
            }
            row
        })
        .collect();
    writeln!(out)?;
    write_table(out, styles, &head, &rows)?;
    if let Some(more) = sheet
        .cells
        .len()
        .checked_sub(CELLS_MAX)
        .filter(|more| *more > 0)
    {
        writeln!(
            out,
            "  … and {} more; the CSV has them all",
            text::count(more as u64, "cell")
        )?;
    }
    if sheet.measures.is_empty() {
        return Ok(());
    }
    let how = if shares {
        "means over the runs of a cell, ± 95 %; shares with Wilson's interval, a run being one trial"
    } else {
        "means over the runs of a cell, ± 95 %"
    };
    writeln!(out, "  {}", paint(styles.faint, how))
}

/// A mean and how far the truth may be from it.
fn told(found: &Estimate, unit: Unit) -> String {
    if unit == Unit::Share {
        let ends = [found.low, found.high].map(|end| super::value::short(end * 100.0));
        return format!("{} ({} … {})", unit.write(found.mean), ends[0], ends[1]);
    }
    let half = (found.high - found.low) / 2.0;
    match half > 0.0 {
        true => {
            let half = match unit {
                // As large as they are, these have a unit of their own.
                Unit::Seconds | Unit::Bytes => unit.write(half),
                Unit::Share | Unit::Rlc | Unit::Count | Unit::Words => super::value::short(half),
            };
            format!("{} ± {half}", unit.write(found.mean))
        }
        false => unit.write(found.mean),
    }
}

/// The word most runs of a cell yield, and how many do.
fn words(sheet: &Sheet, cell: usize, measure: usize) -> String {
    let rows = sheet.rows_of(cell);
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    for row in rows {
        *seen.entry(row.values[measure].exact()).or_default() += 1;
    }
    match seen.iter().max_by_key(|(_, times)| **times) {
        Some((word, times)) if *times == rows.len() => word.clone(),
        Some((word, times)) => format!("{word} ({times})"),
        None => "–".to_owned(),
    }
}

/// Where columns leave nothing behind, curve by curve.
fn write_findings(sheet: &Sheet, styles: &Styles, out: &mut dyn Write) -> io::Result<()> {
    for finding in sheet.findings() {
        let name = &sheet.measures[finding.measure].name;
        writeln!(out, "\n{} {}", paint(styles.title, name), finding.what)?;
        let width = finding
            .places
            .iter()
            .map(|(label, _)| label.chars().count())
            .max();
        for (label, place) in &finding.places {
            let room = width.unwrap_or(0);
            writeln!(out, "  {label:<room$}  {place}")?;
        }
    }
    Ok(())
}

fn write_verdict(
    sheet: &Sheet,
    verdict: &Verdict,
    styles: &Styles,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mark = match verdict.outcome {
        Outcome::Passed => paint(styles.good, "✓"),
        Outcome::Left => paint(styles.faint, "–"),
        Outcome::Warned => paint(styles.warn, "!"),
        Outcome::Failed => paint(styles.bad, "✗"),
    };
    writeln!(out, "  {mark} {}: {}", verdict.name, verdict.found)?;
    match verdict.outcome {
        Outcome::Passed | Outcome::Left => return Ok(()),
        Outcome::Warned | Outcome::Failed => {}
    }
    writeln!(out, "      expected  {}", verdict.expected)?;
    if let Some(why) = &verdict.why {
        writeln!(out, "      why       {why}")?;
    }
    if let Some(example) = verdict.example {
        writeln!(out, "      again     {}", sheet.again(example))?;
    }
    Ok(())
}

fn write_end(sheet: &Sheet, styles: &Styles, out: &mut dyn Write) -> io::Result<()> {
    // What ended badly beyond any expectation is shown with its command.
    for standing in [Standing::Broken, Standing::TimedOut] {
        let mut runs = sheet.rows.iter().filter(|row| row.standing == standing);
        if let Some(first) = runs.next() {
            let count = text::count(1 + runs.count() as u64, "run");
            let told = format!("{count} {}", standing.as_str());
            writeln!(out, "\n{}, for example", paint(styles.bad, told))?;
            writeln!(out, "  {}", sheet.again((first.cell, first.seed)))?;
        }
    }
    let standing = sheet.standing();
    let style = match standing {
        Standing::Passed => styles.good,
        Standing::Failed | Standing::Interrupted | Standing::TimedOut | Standing::Broken => {
            styles.bad
        }
    };
    let word = paint(style, standing.as_str().to_uppercase());
    writeln!(out, "\n{word}  {}", sheet.facts().join(" · "))
}

impl Sheet {
    /// What was done, in a few words each.
    pub(super) fn facts(&self) -> Vec<String> {
        let judged = self
            .verdicts
            .iter()
            .filter(|one| one.outcome != Outcome::Left);
        let failed = judged.clone().filter(|one| one.outcome == Outcome::Failed);
        let (judged, failed) = (judged.count(), failed.count());
        let mut facts = Vec::new();
        if judged > 0 {
            facts.push(format!(
                "{} of {}",
                judged - failed,
                text::count(judged as u64, "expectation")
            ));
        }
        facts.push(text::count(self.cells.len() as u64, "cell"));
        facts.push(text::count(self.rows.len() as u64, "run"));
        let Effort {
            ran,
            kept,
            jobs,
            took,
        } = self.effort;
        if kept > 0 {
            facts.push(format!("{} of them made before", text::number(kept as u64)));
        }
        if ran > 0 {
            let rate = super::value::short(self.effort.per_second());
            facts.push(format!("{:.1}s", took.as_secs_f64()));
            facts.push(format!(
                "{rate} runs/s on {}",
                text::count(jobs as u64, "core")
            ));
        }
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_sure_one_may_be_is_told_in_units_that_can_be_read() {
        let found = |mean, half| Estimate {
            mean,
            low: mean - half,
            high: mean + half,
            runs: 3,
        };
        assert_eq!(
            told(&found(2007.0, 1618.0), Unit::Seconds),
            "33m27s ± 26m58s"
        );
        assert_eq!(told(&found(0.65, 1.806), Unit::Rlc), "0.65 RLC ± 1.81");
    }
}
