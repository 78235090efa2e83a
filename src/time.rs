//! Points in time as plain values. Nothing here reads a clock.

use std::{
    fmt,
    ops::{Add, Sub},
    time::Duration,
};

use serde::{Deserialize, Serialize};

/// Milliseconds since the start of the run.
#[derive(
    Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The moment a run begins.
    pub const START: Self = Self(0);

    /// Returns the point `millis` milliseconds after the start.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Returns the point `seconds` seconds after the start.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Returns the milliseconds since the start.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Returns the whole seconds since the start.
    pub const fn as_secs(self) -> u64 {
        self.0 / 1000
    }

    /// Returns the first multiple of `step` strictly after `self`; a step of zero is one millisecond.
    pub fn next_multiple_of(self, step: Duration) -> Self {
        let step = (millis(step)).max(1);
        Self((self.0 / step).saturating_add(1).saturating_mul(step))
    }
}

/// Returns `span` in milliseconds, at most `u64::MAX`.
pub fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    /// Saturates at the end of time.
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(millis(span)))
    }
}

impl Sub for Timestamp {
    type Output = Duration;

    /// Zero when `earlier` is later than `self`.
    fn sub(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Display for Timestamp {
    /// Writes minutes, seconds and milliseconds: `03:07.250`; hours only when there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, millis) = (self.0 / 1000, self.0 % 1000);
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        if hours > 0 {
            write!(f, "{hours}:")?;
        }
        write!(f, "{minutes:02}:{seconds:02}.{millis:03}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_multiple_is_strictly_later() {
        let second = Duration::from_secs(1);
        let next = |millis| Timestamp::from_millis(millis).next_multiple_of(second);
        assert_eq!(next(0), Timestamp::from_secs(1));
        assert_eq!(next(999), Timestamp::from_secs(1));
        assert_eq!(next(1000), Timestamp::from_secs(2));
        assert_eq!(next(u64::MAX), Timestamp::from_millis(u64::MAX));
    }

    #[test]
    fn a_point_in_time_reads_as_a_clock() {
        assert_eq!(Timestamp::from_millis(187_250).to_string(), "03:07.250");
        assert_eq!(Timestamp::from_secs(3_601).to_string(), "1:00:01.000");
    }
}
