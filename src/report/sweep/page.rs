//! One self-contained page about a sweep: its plots, its findings, its verdicts, and a command for
//! every cell and seed.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use minijinja::{Value as Filled, value::Serde};
use serde::Serialize;

use super::{
    Outcome, Sheet, Unit,
    heat::Heat,
    ink::CURVES,
    plot::{Curves, Drawn},
};
use crate::report::{Standing, html};

/// The page's template.
const PAGE: &str = include_str!("page.html");
/// Slices of a matrix of many axes that are drawn.
const SLICES_MAX: usize = 36;
/// Runs whose values the page keeps one by one.
const RUNS_MAX: usize = 20_000;

/// Writes the page about a sweep.
///
/// # Errors
///
/// When `out` cannot be written, or a plot cannot be drawn.
pub fn write_sweep_html(sheet: &Sheet, out: &mut dyn Write) -> io::Result<()> {
    html::fill(PAGE, Filled::from(Serde(Page::of(sheet)?)), out)
}

#[derive(Serialize)]
struct Page<'a> {
    title: &'a str,
    description: &'a str,
    file: &'a str,
    standing: &'static str,
    tone: &'static str,
    facts: Vec<String>,
    version: &'static str,
    findings: Vec<FoundRow<'a>>,
    plots: Vec<Plot<'a>>,
    /// Whether every measure has but one picture.
    is_narrow: bool,
    slices: Vec<String>,
    slices_left_out: usize,
    /// The line under each curve's colour.
    legend: Vec<String>,
    curves_left_out: usize,
    is_share: bool,
    verdicts: Vec<VerdictRow<'a>>,
    head: Vec<&'a str>,
    columns: Vec<&'a str>,
    rows: Vec<CellRow<'a>>,
    data: Data<'a>,
    runs_left_out: usize,
}

#[derive(Serialize)]
struct FoundRow<'a> {
    name: &'a str,
    what: &'static str,
    places: Vec<(String, String)>,
}

#[derive(Serialize)]
struct Plot<'a> {
    name: &'a str,
    note: Option<&'a str>,
    /// Curves and heat map of each slice.
    pictures: Vec<(Option<String>, Option<String>)>,
}

#[derive(Serialize)]
struct VerdictRow<'a> {
    name: &'a str,
    tone: &'static str,
    mark: &'static str,
    expected: &'a str,
    found: &'a str,
    why: Option<&'a str>,
    again: Option<String>,
}

#[derive(Serialize)]
struct CellRow<'a> {
    at: usize,
    labels: Vec<&'a str>,
    runs: usize,
    passed: usize,
    values: Vec<String>,
}

/// What the page's script knows.
#[derive(Serialize)]
struct Data<'a> {
    measures: Vec<&'a str>,
    cells: Vec<CellData>,
}

#[derive(Serialize)]
struct CellData {
    label: String,
    command: String,
    /// What each measure comes to.
    values: Vec<String>,
    runs: Vec<RunData>,
}

#[derive(Serialize)]
struct RunData {
    seed: u64,
    standing: &'static str,
    values: Vec<String>,
}

/// How the axes are laid out on paper.
struct Layout {
    /// To the right.
    along: usize,
    /// A curve for each value of this, and upwards on maps.
    across: Option<usize>,
    /// A picture for each combination of these.
    slices: Vec<Vec<usize>>,
    others: Vec<usize>,
}

impl Sheet {
    fn layout(&self) -> Option<Layout> {
        let varies = |at: &usize| {
            let places: BTreeSet<usize> = self.cells.values().map(|cell| cell.place[*at]).collect();
            places.len() > 1
        };
        let all: Vec<usize> = (0..self.axes.len()).filter(varies).collect();
        let numeric = self.run_along().filter(|at| all.contains(at));
        let longest = || {
            all.iter()
                .copied()
                .max_by_key(|at| self.axes[*at].labels.len())
        };
        let along = numeric.or_else(longest)?;
        let rest: Vec<usize> = all.into_iter().filter(|at| *at != along).collect();
        // The axis whose values can be told apart as curves, of those the longest.
        let across = rest.iter().copied().max_by_key(|at| {
            let length = self.axes[*at].labels.len();
            (length <= CURVES, length)
        });
        let others: Vec<usize> = rest.into_iter().filter(|at| Some(*at) != across).collect();
        let place = |cell: &super::Cell| -> Vec<usize> {
            others.iter().map(|at| cell.place[*at]).collect()
        };
        let slices: BTreeSet<Vec<usize>> = self.cells.values().map(place).collect();
        Some(Layout {
            along,
            across,
            slices: slices.into_iter().collect(),
            others,
        })
    }

    /// The cells of a slice, as curves in the order of their axis.
    fn slice(&self, layout: &Layout, slice: &[usize]) -> Vec<Vec<usize>> {
        let is_here = |place: &[usize]| {
            let mut pairs = layout.others.iter().zip(slice);
            pairs.all(|(axis, at)| place[*axis] == *at)
        };
        let cells = self.cells.iter().filter(|(_, cell)| is_here(&cell.place));
        let Some(across) = layout.across else {
            return vec![self.ordered(layout.along, cells.map(|(index, _)| *index).collect())];
        };
        let curve = |at: usize| {
            let own = cells.clone().filter(|(_, cell)| cell.place[across] == at);
            self.ordered(layout.along, own.map(|(index, _)| *index).collect())
        };
        (0..self.axes[across].labels.len()).map(curve).collect()
    }

    /// Cells in the order of an axis: by number where it has numbers.
    fn ordered(&self, along: usize, mut cells: Vec<usize>) -> Vec<usize> {
        let axis = &self.axes[along];
        let key = |cell: &usize| {
            let at = self.cells[cell].place[along];
            axis.numbers
                .as_ref()
                .map_or(at as f64, |numbers| numbers[at])
        };
        cells.sort_by(|one, other| key(one).total_cmp(&key(other)));
        cells
    }
}

impl<'a> Page<'a> {
    fn of(sheet: &'a Sheet) -> io::Result<Self> {
        let layout = sheet.layout();
        let standing = sheet.standing();
        let slices = layout.as_ref().map_or(&[][..], |layout| &layout.slices);
        let shown = &slices[..slices.len().min(SLICES_MAX)];
        let names = |layout: &Layout, slice: &Vec<usize>| {
            let pairs = layout.others.iter().zip(slice);
            let pairs = pairs.map(|(axis, at)| {
                let axis = &sheet.axes[*axis];
                format!("{} {}", axis.name, axis.labels[*at])
            });
            pairs.collect::<Vec<_>>().join(", ")
        };
        let across = layout.as_ref().and_then(|layout| layout.across);
        let across = across.map(|at| &sheet.axes[at]);
        let legend = across.map_or_else(Vec::new, |axis| {
            let names = axis.labels.iter().take(CURVES);
            names
                .map(|label| format!("{} {label}", axis.name))
                .collect()
        });
        let curves = across.map_or(0, |axis| axis.labels.len());
        Ok(Self {
            title: &sheet.title,
            description: &sheet.description,
            file: &sheet.file,
            standing: standing.as_str(),
            tone: if standing == Standing::Passed {
                "good"
            } else {
                "bad"
            },
            facts: sheet.facts(),
            version: env!("CARGO_PKG_VERSION"),
            findings: findings(sheet),
            plots: match &layout {
                Some(layout) => plots(sheet, layout, shown)?,
                None => Vec::new(),
            },
            is_narrow: layout
                .as_ref()
                .is_some_and(|layout| layout.across.is_none()),
            slices: layout.as_ref().map_or_else(Vec::new, |layout| {
                shown.iter().map(|slice| names(layout, slice)).collect()
            }),
            slices_left_out: slices.len() - shown.len(),
            legend,
            curves_left_out: curves.saturating_sub(CURVES),
            is_share: sheet.measures.iter().any(|one| one.unit == Unit::Share),
            verdicts: verdicts(sheet),
            head: sheet.axes.iter().map(|axis| axis.name.as_str()).collect(),
            columns: sheet.measures.iter().map(|one| one.name.as_str()).collect(),
            rows: cell_rows(sheet),
            runs_left_out: sheet.rows.len().saturating_sub(RUNS_MAX),
            data: data(sheet),
        })
    }
}

fn plots<'a>(
    sheet: &'a Sheet,
    layout: &Layout,
    slices: &[Vec<usize>],
) -> io::Result<Vec<Plot<'a>>> {
    let plain = |drawn: Drawn| drawn.map_err(|error| io::Error::other(error.to_string()));
    let mut plots = Vec::new();
    for (measure, column) in sheet.measures.iter().enumerate() {
        if column.unit == Unit::Words {
            continue;
        }
        let mut pictures = Vec::new();
        for slice in slices {
            let curves = sheet.slice(layout, slice);
            let cells: Vec<usize> = curves.concat();
            let lines = Curves {
                sheet,
                measure,
                along: layout.along,
                curves,
            };
            let map = layout.across.map(|across| Heat {
                sheet,
                measure,
                axes: (layout.along, across),
                cells,
            });
            let map = map.map(|map| plain(map.draw())).transpose()?;
            pictures.push((Some(plain(lines.draw())?), map));
        }
        plots.push(Plot {
            name: &column.name,
            note: column.note.as_deref(),
            pictures,
        });
    }
    Ok(plots)
}

fn findings(sheet: &Sheet) -> Vec<FoundRow<'_>> {
    let findings = sheet.findings().into_iter();
    findings
        .map(|finding| FoundRow {
            name: &sheet.measures[finding.measure].name,
            what: finding.what,
            places: finding.places,
        })
        .collect()
}

fn verdicts(sheet: &Sheet) -> Vec<VerdictRow<'_>> {
    let row = |verdict: &'_ super::Verdict| {
        let (tone, mark) = match verdict.outcome {
            Outcome::Passed => ("good", "✓"),
            Outcome::Left => ("dim", "–"),
            Outcome::Warned => ("warn", "!"),
            Outcome::Failed => ("bad", "✗"),
        };
        (tone, mark)
    };
    let rows = sheet.verdicts.iter().map(|verdict| {
        let (tone, mark) = row(verdict);
        VerdictRow {
            name: &verdict.name,
            tone,
            mark,
            expected: &verdict.expected,
            found: &verdict.found,
            why: verdict.why.as_deref(),
            again: verdict.example.map(|example| sheet.again(example)),
        }
    });
    rows.collect()
}

fn told(sheet: &Sheet, cell: usize) -> Vec<String> {
    let measures = sheet.measures.iter().enumerate();
    let told = measures.map(|(at, measure)| match sheet.estimate(cell, at) {
        Some(found) => found.write(measure.unit),
        None => "–".to_owned(),
    });
    told.collect()
}

fn cell_rows(sheet: &Sheet) -> Vec<CellRow<'_>> {
    let cells = sheet.cells.iter().enumerate();
    cells
        .map(|(at, (index, cell))| {
            let rows = sheet.rows_of(*index);
            let passed = rows.iter().filter(|row| row.standing == Standing::Passed);
            let labels = sheet.axes.iter().zip(&cell.place);
            CellRow {
                at,
                labels: labels.map(|(axis, at)| axis.labels[*at].as_str()).collect(),
                runs: rows.len(),
                passed: passed.count(),
                values: told(sheet, *index),
            }
        })
        .collect()
}

/// What a click needs: every cell with its command, and its runs while they are not too many.
fn data(sheet: &Sheet) -> Data<'_> {
    let each = RUNS_MAX / sheet.cells.len().max(1);
    let is_small = sheet.rows.len() <= RUNS_MAX;
    let cells = sheet.cells.iter().map(|(index, cell)| {
        let rows = sheet.rows_of(*index).iter();
        let rows = rows.take(if is_small { usize::MAX } else { each.max(1) });
        let run = |row: &super::Row| {
            let pairs = row.values.iter().zip(&sheet.measures);
            let told = pairs.map(|(value, measure)| match value.number() {
                Some(number) => measure.unit.write(number),
                None => match value.exact() {
                    text if text.is_empty() => "–".to_owned(),
                    text => text,
                },
            });
            RunData {
                seed: row.seed,
                standing: row.standing.as_str(),
                values: told.collect(),
            }
        };
        CellData {
            label: sheet.label(*index),
            command: cell.again.clone(),
            values: told(sheet, *index),
            runs: rows.map(run).collect(),
        }
    });
    Data {
        measures: sheet.measures.iter().map(|one| one.name.as_str()).collect(),
        cells: cells.collect(),
    }
}
