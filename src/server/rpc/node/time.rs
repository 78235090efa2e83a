//! What time the next block has: a clock somebody else reads, shifted as clients wish.

use super::ClockFn;

/// How the node's time differs from its clock's. Seconds throughout.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Time {
    /// Added to the clock.
    offset: i64,
    /// The exact time of the next block alone.
    next: Option<u64>,
    /// From each block to the next, whatever the clock says.
    interval: Option<u64>,
}

/// A wish that would make time run backwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Timestamp error: {wanted} is lower than previous block's timestamp")]
pub struct TimeError {
    wanted: u64,
}

impl Time {
    /// Returns what the node takes for the present.
    pub fn now(&self, clock: &ClockFn) -> u64 {
        clock().saturating_add_signed(self.offset)
    }

    /// Returns whether the time of the next block was set for it alone.
    pub fn is_told(&self) -> bool {
        self.next.is_some()
    }

    /// Returns how many seconds blocks are apart, if that is so whatever the clock says.
    pub fn interval(&self) -> Option<u64> {
        self.interval
    }

    /// Returns the time of the next block after one at `parent`.
    pub fn of_next_block(&self, clock: &ClockFn, parent: u64) -> u64 {
        let interval = self
            .interval
            .map(|interval| parent.saturating_add(interval));
        let wanted = self.next.or(interval);
        wanted.unwrap_or_else(|| self.now(clock)).max(parent)
    }

    /// Returns the time of a block made now, after which a time set for it alone has passed.
    pub fn advance(&mut self, clock: &ClockFn, parent: u64) -> u64 {
        let at = self.of_next_block(clock, parent);
        if self.next.take().is_some() {
            self.set(clock, at);
        }
        at
    }

    /// Shifts the present by `seconds`; returns the whole shift from the clock.
    pub fn increase(&mut self, seconds: i64) -> i64 {
        self.offset = self.offset.saturating_add(seconds);
        self.offset
    }

    /// Makes `now` the present; a time set for the next block alone is forgotten.
    pub fn set(&mut self, clock: &ClockFn, now: u64) {
        let shift = i128::from(now) - i128::from(clock());
        self.offset = i64::try_from(shift).unwrap_or(i64::MAX);
        self.next = None;
    }

    /// Makes the present no earlier than `head`, the time of the newest block: a chain that comes
    /// from elsewhere may be ahead of the clock, and time would stand still until that catches up.
    pub fn catch_up(&mut self, clock: &ClockFn, head: u64) {
        if self.now(clock) < head {
            self.set(clock, head);
        }
    }

    /// Gives the next block alone an exact time.
    ///
    /// # Errors
    ///
    /// If it is before `parent`, the time of the head.
    pub fn set_next_block(&mut self, wanted: u64, parent: u64) -> Result<(), TimeError> {
        if wanted < parent {
            return Err(TimeError { wanted });
        }
        self.next = Some(wanted);
        Ok(())
    }

    /// Sets the seconds from each block to the next.
    pub fn set_interval(&mut self, seconds: u64) {
        self.interval = Some(seconds);
    }

    /// Ends the interval; returns whether there was one. Where it left the clock behind `head`, the
    /// time of the newest block, time goes on one second after that: it would stand still otherwise.
    pub fn end_interval(&mut self, clock: &ClockFn, head: u64) -> bool {
        if self.now(clock) < head {
            self.set(clock, head.saturating_add(1));
        }
        self.interval.take().is_some()
    }

    /// Returns the shift from the clock.
    pub fn offset(&self) -> i64 {
        self.offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(now: u64) -> Box<ClockFn> {
        Box::new(move || now)
    }

    #[test]
    fn a_time_set_for_one_block_carries_the_clock_along() {
        let mut time = Time::default();
        time.set_next_block(5_000, 100).unwrap();
        assert_eq!(time.advance(&clock(1_000), 100), 5_000);
        assert_eq!(time.now(&clock(1_007)), 5_007);
        assert_eq!(time.set_next_block(99, 100), Err(TimeError { wanted: 99 }));
    }

    #[test]
    fn the_latest_wish_for_the_time_holds() {
        let mut time = Time::default();
        time.set_next_block(5_000, 100).unwrap();
        time.set(&clock(1_000), 7_000);
        assert_eq!(time.of_next_block(&clock(1_000), 100), 7_000);
    }

    #[test]
    fn blocks_never_go_back_in_time() {
        let time = Time::default();
        assert_eq!(time.of_next_block(&clock(10), 100), 100);
        let mut back = Time::default();
        back.set(&clock(1_000), 10);
        assert_eq!(back.now(&clock(1_000)), 10);
        assert_eq!(back.of_next_block(&clock(1_000), 100), 100);
    }

    #[test]
    fn time_goes_on_from_a_head_that_is_ahead_of_the_clock() {
        let mut time = Time::default();
        time.catch_up(&clock(1_000), 9_000);
        assert_eq!(time.of_next_block(&clock(1_005), 9_000), 9_005);
        time.increase(60);
        assert_eq!(time.of_next_block(&clock(1_005), 9_000), 9_065);
        time.catch_up(&clock(1_005), 9_001);
        assert_eq!(time.now(&clock(1_005)), 9_065);
    }

    #[test]
    fn increases_add_up() {
        let mut time = Time::default();
        assert_eq!(time.increase(60), 60);
        assert_eq!(time.increase(5), 65);
        assert_eq!(time.of_next_block(&clock(1_000), 100), 1_065);
    }

    #[test]
    fn an_interval_ignores_the_clock() {
        let mut time = Time::default();
        assert!(!time.end_interval(&clock(1_000), 100));
        time.set_interval(12);
        assert_eq!(time.advance(&clock(1_000), 100), 112);
        assert!(time.end_interval(&clock(1_000), 112));
        assert_eq!(time.of_next_block(&clock(1_000), 112), 1_000);
    }

    #[test]
    fn time_goes_on_from_where_an_interval_left_it() {
        let mut time = Time::default();
        time.set_interval(3_600);
        assert_eq!(time.advance(&clock(1_000), 1_000), 4_600);
        assert!(time.end_interval(&clock(1_000), 4_600));
        assert_eq!(time.of_next_block(&clock(1_000), 4_600), 4_601);
        assert_eq!(time.of_next_block(&clock(1_005), 4_600), 4_606);
    }
}
