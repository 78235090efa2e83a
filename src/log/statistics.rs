//! Small statistics over exact integers, and how sure one may be of a share or a mean: nothing
//! here rounds before it must.

/// Returns the value at `percent` of the sorted values by the nearest-rank rule: the smallest value
/// that at least `percent` of all values do not exceed. None of no values.
pub fn percentile<T: Ord + Copy>(values: &[T], percent: u8) -> Option<T> {
    let last = values.len().checked_sub(1)?;
    let rank = (values.len() * usize::from(percent.min(100))).div_ceil(100);
    let at = rank.saturating_sub(1).min(last);
    let mut values = values.to_vec();
    let (_, found, _) = values.select_nth_unstable(at);
    Some(*found)
}

/// Returns the median, by the nearest-rank rule. None of no values.
pub fn p50<T: Ord + Copy>(values: &[T]) -> Option<T> {
    percentile(values, 50)
}

/// Returns the value 95 % of all values do not exceed. None of no values.
pub fn p95<T: Ord + Copy>(values: &[T]) -> Option<T> {
    percentile(values, 95)
}

/// Returns the value 99 % of all values do not exceed. None of no values.
pub fn p99<T: Ord + Copy>(values: &[T]) -> Option<T> {
    percentile(values, 99)
}

/// Returns how many items `holds` is true of.
pub fn count<T>(items: impl IntoIterator<Item = T>, mut holds: impl FnMut(&T) -> bool) -> u64 {
    items.into_iter().filter(|item| holds(item)).count() as u64
}

/// Returns the share of items `holds` is true of, from 0 to 1. None of no items.
pub fn rate<T>(
    items: impl IntoIterator<Item = T>,
    mut holds: impl FnMut(&T) -> bool,
) -> Option<f64> {
    let (mut of, mut hits) = (0_u64, 0_u64);
    for item in items {
        of += 1;
        hits += u64::from(holds(&item));
    }
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    (of > 0).then(|| hits as f64 / of as f64)
}

/// How many standard errors lie between the middle and the end of a 95 % interval.
const Z: f64 = 1.959_963_984_540_054;

/// Returns where a share lies with 95 % confidence, given the share `found` among `of`
/// independent trials: Wilson's score interval, which stays between 0 and 1 and is honest for few
/// trials and for shares near the ends. Everything is possible after no trial.
pub fn wilson(found: f64, of: usize) -> (f64, f64) {
    if of == 0 {
        return (0.0, 1.0);
    }
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let trials = of as f64;
    let square = Z * Z / trials;
    let middle = (found + square / 2.0) / (1.0 + square);
    let spread = (found * (1.0 - found) / trials + square / (4.0 * trials)).max(0.0);
    let half = Z * spread.sqrt() / (1.0 + square);
    // At the ends the formula is exact; what differs from them is rounding.
    let low = if found <= 0.0 { 0.0 } else { middle - half };
    let high = if found >= 1.0 { 1.0 } else { middle + half };
    (low.max(0.0), high.min(1.0))
}

/// Returns the mean of `values` and where the true mean lies with 95 % confidence by Student's t;
/// of one value nothing is known but itself. None of no values.
pub fn mean_interval(values: &[f64]) -> Option<(f64, f64, f64)> {
    if values.is_empty() {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    if values.len() == 1 {
        return Some((mean, mean, mean));
    }
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let error = (squares / (count - 1.0) / count).sqrt();
    let half = student(values.len() - 1) * error;
    Some((mean, mean - half, mean + half))
}

/// The 97.5 % quantile of Student's t: the table where the series is poor, the series beyond.
fn student(freedom: usize) -> f64 {
    const TABLE: [f64; 10] = [
        12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281,
    ];
    if let Some(known) = freedom.checked_sub(1).and_then(|at| TABLE.get(at)) {
        return *known;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let n = freedom as f64;
    let (z3, z5, z7) = (Z.powi(3), Z.powi(5), Z.powi(7));
    Z + (z3 + Z) / (4.0 * n)
        + (5.0 * z5 + 16.0 * z3 + 3.0 * Z) / (96.0 * n * n)
        + (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * Z) / (384.0 * n.powi(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, wanted: f64) {
        assert!((found - wanted).abs() < 5e-4, "{found} is not {wanted}");
    }

    #[test]
    fn shares_have_intervals_that_stay_within_the_whole() {
        // Figures of Wilson's interval as tables of statistics print them.
        let (low, high) = wilson(0.96, 50);
        near(low, 0.8654);
        near(high, 0.9890);
        let (low, high) = wilson(1.0, 50);
        near(low, 0.9287);
        assert_eq!(high, 1.0);
        let (low, high) = wilson(0.0, 10);
        assert_eq!(low, 0.0);
        near(high, 0.2775);
        assert_eq!(wilson(0.0, 0), (0.0, 1.0));
    }

    #[test]
    fn means_have_intervals_that_shrink_with_more_values() {
        let (mean, low, high) = mean_interval(&[1.0, 2.0, 3.0, 4.0]).unwrap();
        near(mean, 2.5);
        // 3.1824 × √(5/3 / 4)
        near(high - mean, 2.0543);
        near(mean - low, 2.0543);
        assert_eq!(mean_interval(&[7.0]), Some((7.0, 7.0, 7.0)));
        assert_eq!(mean_interval(&[]), None);
        near(student(30), 2.0423);
        near(student(11), 2.2010);
    }

    #[test]
    fn percentiles_are_values_that_occur() {
        let values: Vec<u64> = (1..=100).rev().collect();
        assert_eq!(p50(&values), Some(50));
        assert_eq!(p95(&values), Some(95));
        assert_eq!(p99(&values), Some(99));
        assert_eq!(percentile(&values, 0), Some(1));
        assert_eq!(percentile(&values, 100), Some(100));
        assert_eq!(p50(&[7_u64]), Some(7));
        assert_eq!(p50(&[1_u64, 2]), Some(1));
        assert_eq!(p99(&[1_u64, 2]), Some(2));
        assert_eq!(p50::<u64>(&[]), None);
    }

    #[test]
    fn rates_of_nothing_are_nothing() {
        assert_eq!(rate([1, 2, 3, 4], |value| *value > 1), Some(0.75));
        assert_eq!(rate(Vec::<u8>::new(), |_| true), None);
        assert_eq!(count([1, 2, 3], |value| *value != 2), 2);
    }
}
