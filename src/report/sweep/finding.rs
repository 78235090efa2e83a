//! What the columns say in a sentence: where a gain begins, where a share leaves its end.

use super::{Estimate, Sheet, Unit};

/// Where a curve crosses a line that means something.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Finding {
    /// The measure.
    pub(super) measure: usize,
    /// What it does there: it is a gain, it happens.
    pub(super) what: &'static str,
    /// Where, curve by curve: the curve's label and the place.
    pub(super) places: Vec<(String, String)>,
}

impl Sheet {
    /// Returns the axis curves are drawn along: the one of numbers with the most values.
    pub(super) fn run_along(&self) -> Option<usize> {
        let numeric = self.axes.iter().enumerate();
        let numeric = numeric.filter(|(_, axis)| axis.numbers.is_some() && axis.labels.len() > 1);
        // Of equals, the one written first.
        numeric
            .max_by_key(|(at, axis)| (axis.labels.len(), usize::MAX - at))
            .map(|(at, _)| at)
    }

    /// Returns the curves along an axis: for each combination of the other axes its label and its
    /// cells, in the order of the axis.
    pub(super) fn curves(&self, along: usize) -> Vec<(String, Vec<usize>)> {
        let mut curves: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
        for (index, cell) in &self.cells {
            let mut others = cell.place.clone();
            others.remove(along);
            match curves.iter_mut().find(|(known, _)| *known == others) {
                Some((_, cells)) => cells.push(*index),
                None => curves.push((others, vec![*index])),
            }
        }
        let others = self.axes.iter().enumerate();
        let others = others.filter(|(at, _)| *at != along).map(|(_, axis)| axis);
        let label = |places: &[usize]| {
            let pairs = others.clone().zip(places);
            let pairs = pairs.map(|(axis, at)| format!("{} {}", axis.name, axis.labels[*at]));
            pairs.collect::<Vec<_>>().join(", ")
        };
        let mut named: Vec<(String, Vec<usize>)> = curves
            .into_iter()
            .map(|(places, cells)| (label(&places), cells))
            .collect();
        for (_, cells) in &mut named {
            cells.sort_by_key(|cell| self.cells[cell].place[along]);
        }
        named
    }

    /// Returns what is worth a sentence.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let Some(along) = self.run_along() else {
            return Vec::new();
        };
        let curves = self.curves(along);
        let mut findings = Vec::new();
        for (measure, column) in self.measures.iter().enumerate() {
            let known: Vec<Vec<(usize, Estimate)>> = curves
                .iter()
                .map(|(_, cells)| self.estimates(cells, measure))
                .collect();
            let any = |wanted: &dyn Fn(f64) -> bool| {
                let mut means = known.iter().flatten().map(|(_, found)| found.mean);
                means.any(wanted)
            };
            let what = match column.unit {
                // A sum that is never lost has no break-even.
                Unit::Rlc if any(&|mean| mean < 0.0) => "is a gain",
                Unit::Share if any(&|mean| mean > 0.0) && any(&|mean| mean <= 0.0) => "happens",
                Unit::Rlc
                | Unit::Share
                | Unit::Count
                | Unit::Seconds
                | Unit::Bytes
                | Unit::Words => continue,
            };
            let places = curves
                .iter()
                .zip(&known)
                .map(|(curve, found)| (curve.0.clone(), self.beginning(along, column.unit, found)));
            findings.push(Finding {
                measure,
                what,
                places: places.collect(),
            });
        }
        findings
    }

    fn estimates(&self, cells: &[usize], measure: usize) -> Vec<(usize, Estimate)> {
        let known = cells.iter();
        known
            .filter_map(|cell| Some((*cell, self.estimate(*cell, measure)?)))
            .collect()
    }

    /// Where along a curve a measure is above nothing from then on. A gain before the last loss
    /// is no break-even, and an accident seen once among cells without any is none either.
    fn beginning(&self, along: usize, unit: Unit, found: &[(usize, Estimate)]) -> String {
        let axis = &self.axes[along];
        let value = |cell: usize| {
            let cell = self.cells.get(&cell);
            cell.map_or("", |cell| axis.labels[cell.place[along]].as_str())
        };
        let Some((last, _)) = found.last() else {
            return "unknown".to_owned();
        };
        let before = found.iter().rposition(|(_, found)| found.mean <= 0.0);
        match found.get(before.map_or(0, |before| before + 1)) {
            Some((cell, first)) => {
                let sure = if first.low > 0.0 {
                    ""
                } else {
                    ", not for sure"
                };
                let (name, value) = (&axis.name, value(*cell));
                format!("from {name} = {value} on: {}{sure}", first.write(unit))
            }
            None => format!("not up to {} = {}", axis.name, value(*last)),
        }
    }
}
