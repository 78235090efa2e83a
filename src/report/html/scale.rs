//! From time to place: percentages along a line, and round marks on it.

use std::time::Duration;

use serde::Serialize;

use crate::{report::text, time::Timestamp};

/// A stretch of time drawn from 0 to 100 percent.
#[derive(Copy, Clone, Debug)]
pub(super) struct Scale {
    from: u64,
    length: u64,
}

/// A mark on a line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Tick {
    /// Percent from the left.
    at: String,
    text: String,
}

impl Scale {
    /// Returns the scale from `from` to `to`, at least a millisecond long.
    pub(super) fn new(from: Timestamp, to: Timestamp) -> Self {
        let (from, to) = (from.as_millis(), to.as_millis());
        Self {
            from,
            length: to.saturating_sub(from).max(1),
        }
    }

    /// Returns where `time` lies, in percent with two decimals, between 0 and 100.
    pub(super) fn at(&self, time: Timestamp) -> String {
        self.percent(time.as_millis().saturating_sub(self.from))
    }

    /// Returns how much of the line lies between two points in time.
    pub(super) fn width(&self, from: Timestamp, to: Timestamp) -> String {
        let clamp = |time: Timestamp| time.as_millis().clamp(self.from, self.from + self.length);
        self.percent(clamp(to).saturating_sub(clamp(from)))
    }

    fn percent(&self, millis: u64) -> String {
        let millis = u128::from(millis.min(self.length));
        let hundredths = millis * 10_000 / u128::from(self.length);
        format!("{}.{:02}", hundredths / 100, hundredths % 100)
    }

    /// Returns three to seven marks at round distances from the beginning.
    pub(super) fn ticks(&self) -> Vec<Tick> {
        const STEPS: [u64; 26] = [
            1,
            2,
            5,
            10,
            20,
            50,
            100,
            200,
            500,
            1_000,
            2_000,
            5_000,
            10_000,
            30_000,
            60_000,
            120_000,
            300_000,
            600_000,
            1_200_000,
            3_600_000,
            7_200_000,
            14_400_000,
            43_200_000,
            86_400_000,
            604_800_000,
            2_592_000_000,
        ];
        let enough = |step: &&u64| self.length / **step <= 6;
        let step = *STEPS.iter().find(enough).unwrap_or(&self.length);
        (0..=self.length / step)
            .map(|at| at * step)
            // A mark in the last tenth would stick out of the line.
            .filter(|millis| *millis == 0 || millis * 10 <= self.length * 9)
            .map(|millis| Tick {
                at: self.percent(millis),
                text: text::span(Duration::from_millis(millis)),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_stay_on_the_line() {
        let scale = Scale::new(Timestamp::from_secs(10), Timestamp::from_secs(20));
        assert_eq!(scale.at(Timestamp::from_secs(10)), "0.00");
        assert_eq!(scale.at(Timestamp::from_millis(12_345)), "23.45");
        assert_eq!(scale.at(Timestamp::from_secs(5)), "0.00");
        assert_eq!(scale.at(Timestamp::from_secs(99)), "100.00");
        let (early, late) = (Timestamp::from_secs(5), Timestamp::from_secs(15));
        assert_eq!(scale.width(early, late), "50.00");
        let empty = Scale::new(late, late);
        assert_eq!(empty.at(late), "0.00");
    }

    #[test]
    fn marks_are_few_and_round() {
        let ticks = |seconds| Scale::new(Timestamp::START, Timestamp::from_secs(seconds)).ticks();
        let words =
            |seconds| -> Vec<String> { ticks(seconds).into_iter().map(|tick| tick.text).collect() };
        assert_eq!(words(7), ["0s", "2s", "4s", "6s"]);
        assert_eq!(words(3_010), ["0s", "10m", "20m", "30m", "40m"]);
        for seconds in [1, 13, 59, 61, 700, 86_400, 10_000_000] {
            assert!((1..=7).contains(&ticks(seconds).len()), "{seconds}");
        }
    }
}
