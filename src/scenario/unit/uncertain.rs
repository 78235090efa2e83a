//! Quantities that differ from draw to draw. Rule: the file's own form is kept, bounds are derived.

use std::{fmt, time::Duration};

use super::{Factor, Percent, Unit, UnitError};
use crate::time::millis;

/// A quantity drawn evenly between two bounds: `"20s"`, `"20s ± 5s"`, `"30s ± 50%"`, `"10s .. 1m"`.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Uncertain<T> {
    /// Always the same.
    Exactly(T),
    /// A centre and how far away from it.
    Around(T, T),
    /// A centre and which share of it away.
    AroundShare(T, Percent),
    /// The least and the most.
    Between(T, T),
}

/// A quantity that can be counted in its smallest part.
pub(crate) trait Measure: Unit + Copy + Ord {
    /// Counts the smallest parts.
    fn count(self) -> u64;
    /// Builds it from smallest parts.
    fn of(count: u64) -> Self;
}

impl Measure for Duration {
    fn count(self) -> u64 {
        millis(self)
    }

    fn of(count: u64) -> Self {
        Self::from_millis(count)
    }
}

impl Measure for Factor {
    fn count(self) -> u64 {
        self.0
    }

    fn of(count: u64) -> Self {
        Self(count)
    }
}

#[expect(private_bounds, reason = "what can be drawn is decided here")]
impl<T: Measure> Uncertain<T> {
    /// Returns the least and the most that can be drawn.
    pub fn bounds(self) -> (T, T) {
        match self {
            Self::Exactly(value) => (value, value),
            Self::Between(least, most) => (least, most),
            Self::Around(centre, spread) => around(centre, spread.count()),
            Self::AroundShare(centre, share) => {
                let spread = u128::from(centre.count()) * u128::from(share.0) / 100_000;
                around(centre, u64::try_from(spread).unwrap_or(u64::MAX))
            }
        }
    }
}

fn around<T: Measure>(centre: T, spread: u64) -> (T, T) {
    let centre = centre.count();
    let (least, most) = (centre.saturating_sub(spread), centre.saturating_add(spread));
    (T::of(least), T::of(most))
}

/// Splits a text at the sign between a centre and its spread.
fn split_spread(text: &str) -> Option<(&str, &str)> {
    ["±", "+/-", "+-"]
        .into_iter()
        .find_map(|sign| text.split_once(sign))
}

fn parse<T: Measure>(text: &str) -> Result<Uncertain<T>, UnitError> {
    let reversed = || UnitError::Reversed(text.to_owned());
    if let Some((centre, spread)) = split_spread(text) {
        let (centre, spread) = (T::parse(centre.trim())?, spread.trim());
        if spread.ends_with('%') {
            return Ok(Uncertain::AroundShare(centre, Percent::parse(spread)?));
        }
        let spread = T::parse(spread)?;
        if spread > centre {
            return Err(reversed());
        }
        return Ok(Uncertain::Around(centre, spread));
    }
    if let Some((least, most)) = text.split_once("..") {
        let (least, most) = (T::parse(least.trim())?, T::parse(most.trim())?);
        if least > most {
            return Err(reversed());
        }
        return Ok(Uncertain::Between(least, most));
    }
    T::parse(text).map(Uncertain::Exactly)
}

impl<T: Unit> fmt::Display for Uncertain<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(value) => f.write_str(&value.print()),
            Self::Around(centre, spread) => write!(f, "{} ± {}", centre.print(), spread.print()),
            Self::AroundShare(centre, share) => {
                write!(f, "{} ± {}", centre.print(), share.print())
            }
            Self::Between(least, most) => write!(f, "{} .. {}", least.print(), most.print()),
        }
    }
}

impl Unit for Uncertain<Duration> {
    const WHAT: &'static str = "a duration";
    const SPELLINGS: [&'static str; 2] = ["#s", "#s ± 10%"];

    fn parse(text: &str) -> Result<Self, UnitError> {
        parse(text)
    }

    fn print(&self) -> String {
        self.to_string()
    }
}

impl Unit for Uncertain<Factor> {
    const WHAT: &'static str = "a factor";
    const SPELLINGS: [&'static str; 2] = ["#x", "#x ± 10%"];

    fn parse(text: &str) -> Result<Self, UnitError> {
        parse(text)
    }

    fn print(&self) -> String {
        self.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_has_its_bounds_and_reads_back() {
        let bounds = |text: &str| {
            let read = Uncertain::<Duration>::parse(text).unwrap();
            assert_eq!(Uncertain::parse(&read.print()), Ok(read));
            let (least, most) = read.bounds();
            (millis(least), millis(most))
        };
        assert_eq!(bounds("20s"), (20_000, 20_000));
        assert_eq!(bounds("20s ± 5s"), (15_000, 25_000));
        assert_eq!(bounds("20s +- 5s"), (15_000, 25_000));
        assert_eq!(bounds("30s ± 50%"), (15_000, 45_000));
        assert_eq!(bounds("10s .. 1m"), (10_000, 60_000));
        let speed = Uncertain::<Factor>::parse("0.5x .. 2x").unwrap();
        assert_eq!(speed.bounds(), (Factor(500), Factor(2000)));
    }

    #[test]
    fn a_spread_never_reaches_below_zero_and_a_range_never_turns_round() {
        for wrong in ["5s ± 6s", "1m .. 10s", "5s ± 101%", "5s ±", "± 5s", ".."] {
            assert!(Uncertain::<Duration>::parse(wrong).is_err(), "{wrong}");
        }
    }
}
