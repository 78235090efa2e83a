//! What the runs of a cell say together: the middle, and how sure one may be of it.

use super::{Unit, Value, value::interval};
use crate::log::statistics::{mean_interval, wilson};

/// The mean of a measure over the runs of a cell, and its 95 % interval.
///
/// Of shares and truths the interval is Wilson's, and a run counts as one trial however many tasks
/// it has: tasks of one run are not independent, so the interval is rather too wide than too
/// narrow. Of everything else it is Student's.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
    /// How many runs have a value.
    pub runs: usize,
}

impl Estimate {
    /// Returns the estimate of these values; none when none of them is a number.
    pub fn of<'a>(unit: Unit, values: impl Iterator<Item = &'a Value>) -> Option<Self> {
        let numbers: Vec<f64> = values.filter_map(Value::number).collect();
        let (mean, mut low, mut high) = mean_interval(&numbers)?;
        if unit == Unit::Share {
            (low, high) = wilson(mean, numbers.len());
        }
        Some(Self {
            mean,
            low,
            high,
            runs: numbers.len(),
        })
    }

    /// Writes the mean and its interval for people.
    pub fn write(&self, unit: Unit) -> String {
        if self.low >= self.high {
            return unit.write(self.mean);
        }
        let ends = interval(unit, (self.low, self.high));
        format!("{} ({ends})", unit.write(self.mean))
    }
}
