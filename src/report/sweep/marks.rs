//! An axis with marks where the values are, and nowhere else.

use std::ops::Range;

use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};

/// More marks than this would have their labels touch.
const MARKS_MAX: usize = 14;

/// An axis from `low` to `high`, marked at these places.
pub(super) struct Marks {
    low: f64,
    high: f64,
    places: Vec<f64>,
}

impl Marks {
    /// Returns an axis over `places` with so much room at both ends; of many places, every so many
    /// are marked.
    pub(super) fn over(places: &[f64], room: f64) -> Self {
        let low = places.iter().copied().fold(f64::MAX, f64::min);
        let high = places.iter().copied().fold(f64::MIN, f64::max);
        let step = places.len().div_ceil(MARKS_MAX).max(1);
        Self {
            low: low - room,
            high: high + room,
            places: places.iter().step_by(step).copied().collect(),
        }
    }
}

impl Ranged for Marks {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (first, last): (i32, i32)) -> i32 {
        let share = (value - self.low) / (self.high - self.low).max(1e-12);
        #[expect(clippy::cast_possible_truncation, reason = "points of a small picture")]
        let along = (share * f64::from(last - first)).round() as i32;
        first + along
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        match hint.weight().allow_light_points() {
            true => Vec::new(),
            false => self.places.clone(),
        }
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}
