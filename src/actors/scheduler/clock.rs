//! What time it is where a scheduler's own clock and the chain contradict each other.
//!
//! All its deadlines are moments of the chain, so the chain is believed: nobody else's clock says
//! whether a vote is late. Rule: news may be old, so a clock is not behind the chain's because the
//! last news says less; it is wrong when even the freshest news so far is far from it.

use super::Scheduler;
use crate::actors::{Context, Input};

/// So far, in seconds, two clocks that are right may seem to be apart: blocks count whole seconds
/// and news take their time.
const TOLERANCE: u64 = 60;

/// The chain's clock when the run began, by what the chain itself says; none before any news.
///
/// It survives a crash: whoever comes back with the same clock need not find out again.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct ChainClock(Option<u64>);

impl ChainClock {
    /// Takes in the time of the newest block, reckoned back to the beginning like `own`.
    fn hear(&mut self, own: u64, heard: u64) {
        let fresh = match self.0 {
            // Old news say less than what was heard before.
            Some(before) if heard < own => before.max(heard),
            _ => heard,
        };
        let agrees = own.abs_diff(heard) <= TOLERANCE;
        self.0 = Some(if agrees { own } else { fresh });
    }

    /// Returns `own`, unless the chain contradicts it.
    fn judge(self, own: u64) -> u64 {
        self.0
            .filter(|chain| own.abs_diff(*chain) > TOLERANCE)
            .unwrap_or(own)
    }
}

impl Scheduler {
    /// Sets the clock of this input to what is believed; whatever waits for a moment is reckoned
    /// anew when that changes.
    pub(super) fn tell_time(&mut self, cx: &mut Context<'_>, input: &Input) {
        let own = cx.start;
        let before = self.store.clock.judge(own);
        if matches!(input, Input::Chain { .. } | Input::Mined { .. }) {
            let heard = cx.hub.time().saturating_sub(cx.now.as_secs());
            self.store.clock.hear(own, heard);
        }
        cx.start = self.store.clock.judge(own);
        if cx.start != before {
            self.look_at_the_clock(cx);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: u64 = 1_000_000;
    const HOUR: u64 = 3_600;

    fn after(own: u64, news: &[u64]) -> ChainClock {
        let mut clock = ChainClock::default();
        for heard in news {
            clock.hear(own, *heard);
        }
        clock
    }

    #[test]
    fn a_clock_that_is_a_little_off_is_believed() {
        assert_eq!(ChainClock::default().judge(START + HOUR), START + HOUR);
        for own in [START - 60, START - 1, START, START + 1, START + 60] {
            assert_eq!(after(own, &[START]).judge(own), own);
        }
    }

    #[test]
    fn a_clock_that_is_far_off_is_not_however_old_the_news() {
        let ahead = START + HOUR;
        assert_eq!(after(ahead, &[START]).judge(ahead), START);
        assert_eq!(after(ahead, &[START - 20, START]).judge(ahead), START);
        assert_eq!(after(ahead, &[START, START - 900]).judge(ahead), START);
        let behind = START - HOUR;
        assert_eq!(after(behind, &[START]).judge(behind), START);
    }

    #[test]
    fn old_news_do_not_contradict_a_clock_that_was_found_right() {
        assert_eq!(after(START, &[START, START - 900]).judge(START), START);
    }

    #[test]
    fn a_clock_that_is_set_wrong_later_is_found_out_without_any_news() {
        let clock = after(START, &[START]);
        assert_eq!(clock.judge(START + HOUR), START);
        assert_eq!(clock.judge(START), START);
    }

    #[test]
    fn a_chain_that_was_ahead_of_everybody_is_believed_as_long_as_it_is() {
        let mut clock = after(START, &[START + 5_000]);
        assert_eq!(clock.judge(START), START + 5_000);
        clock.hear(START, START + 3_000);
        assert_eq!(clock.judge(START), START + 3_000);
        clock.hear(START, START + 10);
        assert_eq!(clock.judge(START), START);
    }
}
