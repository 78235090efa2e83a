//! When the tasks of a group arrive. Rule: draws use comparisons and plain arithmetic only, so that
//! every machine draws the same.

use std::time::Duration;

use rand::{Rng, RngCore};

use crate::{
    scenario::unit::Arrival,
    seed::Stream,
    time::{Timestamp, millis},
};

/// Returns the moments at which `count` tasks arrive, from `start` on, in order.
pub(super) fn moments(
    arrival: Arrival,
    count: usize,
    start: Timestamp,
    stream: &mut Stream,
) -> Vec<Timestamp> {
    match arrival {
        Arrival::All => vec![start; count],
        Arrival::Every(span) => {
            let step = millis(span);
            let at = |index: u64| start + Duration::from_millis(step.saturating_mul(index));
            (0..count as u64).map(at).collect()
        }
        Arrival::Uniform(span) => {
            let mut draws: Vec<u64> = (0..count)
                .map(|_| stream.random_range(0..=millis(span)))
                .collect();
            draws.sort_unstable();
            let at = |draw| start + Duration::from_millis(draw);
            draws.into_iter().map(at).collect()
        }
        Arrival::Poisson(rate) => {
            let mean_ms = rate.mean_interval_s() * 1000.0;
            let mut now_ms = 0.0;
            let mut next = || {
                now_ms += exponential(stream) * mean_ms;
                start + Duration::from_millis(now_ms as u64)
            };
            (0..count).map(|_| next()).collect()
        }
    }
}

/// Draws from the exponential distribution with mean 1, by von Neumann's game of falling runs.
///
/// Logarithms differ between mathematical libraries in their last digit; this needs none.
fn exponential(stream: &mut Stream) -> f64 {
    let mut whole = 0.0;
    loop {
        let first = stream.next_u64();
        let mut last = first;
        let mut length = 1_u64;
        loop {
            let next = stream.next_u64();
            if next > last {
                break;
            }
            last = next;
            length += 1;
        }
        if length % 2 == 1 {
            return whole + first as f64 / 2.0_f64.powi(64);
        }
        whole += 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{scenario::unit::Rate, seed::Seed};

    fn draw(arrival: Arrival) -> Vec<u64> {
        let mut stream = Seed(42).stream("arrival");
        let moments = moments(arrival, 10_000, Timestamp::from_secs(1), &mut stream);
        moments.into_iter().map(Timestamp::as_millis).collect()
    }

    #[test]
    fn arrivals_come_in_order_at_the_rate_asked_for() {
        let poisson = draw(Arrival::Poisson(Rate {
            thousandths: 8_000,
            per: Duration::from_secs(1),
        }));
        assert!(poisson.is_sorted());
        // 10,000 at 8 per second take 1,250 s; the standard deviation is 12.5 s.
        let last = poisson[9_999];
        assert!((1_200_000..1_300_000).contains(&last), "{last}");
        let uniform = draw(Arrival::Uniform(Duration::from_secs(10)));
        assert!(uniform.is_sorted() && uniform[0] >= 1_000 && uniform[9_999] <= 11_000);
        assert_eq!(draw(Arrival::Every(Duration::from_secs(2)))[3], 7_000);
        assert_eq!(draw(Arrival::All)[9_999], 1_000);
    }
}
