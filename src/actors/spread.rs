//! A span of time that is only known roughly: a value, drawn when it is needed.

use std::time::Duration;

use rand::Rng;

use crate::{seed::Stream, time::millis};

/// A span between two bounds, every millisecond equally likely.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spread {
    low: Duration,
    high: Duration,
}

impl Spread {
    /// Returns the span that is always `span`.
    pub const fn exact(span: Duration) -> Self {
        Self {
            low: span,
            high: span,
        }
    }

    /// Returns the span between `low` and `high`, both possible; swapped if need be.
    pub fn between(low: Duration, high: Duration) -> Self {
        Self {
            low: low.min(high),
            high: low.max(high),
        }
    }

    /// Returns `middle` give or take `deviation`, never below zero.
    pub fn around(middle: Duration, deviation: Duration) -> Self {
        Self {
            low: middle.saturating_sub(deviation),
            high: middle.saturating_add(deviation),
        }
    }

    /// Returns the shortest and the longest it can be.
    pub fn bounds(self) -> (Duration, Duration) {
        (self.low, self.high)
    }

    /// Draws one span; takes one number from the stream even when there is no choice.
    pub fn draw(self, stream: &mut Stream) -> Duration {
        let drawn = stream.random_range(millis(self.low)..=millis(self.high));
        match self.low == self.high {
            true => self.low,
            false => Duration::from_millis(drawn),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    #[test]
    fn a_spread_stays_within_its_bounds() {
        let second = Duration::from_secs(1);
        let spread = Spread::around(20 * second, 5 * second);
        assert_eq!(spread.bounds(), (15 * second, 25 * second));
        let mut stream = Seed(1).stream("spread");
        for _ in 0..1000 {
            let drawn = spread.draw(&mut stream);
            assert!((15 * second..=25 * second).contains(&drawn));
        }
        assert_eq!(
            Spread::around(second, 5 * second).bounds().0,
            Duration::ZERO
        );
    }
}
