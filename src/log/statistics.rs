//! Small statistics over exact integers: nothing here rounds before it must.

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

/// Returns the arithmetic mean, rounded towards zero. None of no values.
///
/// Values are counts, milliseconds or nRLC, so the part lost is below what anybody can pay or see.
pub fn mean<T: Copy + Into<i128>>(values: &[T]) -> Option<i128> {
    let count = i128::try_from(values.len()).ok().filter(|len| *len > 0)?;
    let sum: i128 = values.iter().map(|value| (*value).into()).sum();
    Some(sum / count)
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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn means_and_rates_of_nothing_are_nothing() {
        assert_eq!(mean::<u64>(&[]), None);
        assert_eq!(mean(&[1_u64, 2, 6]), Some(3));
        assert_eq!(mean(&[-3_i64, -4]), Some(-3));
        assert_eq!(rate([1, 2, 3, 4], |value| *value > 1), Some(0.75));
        assert_eq!(rate(Vec::<u8>::new(), |_| true), None);
        assert_eq!(count([1, 2, 3], |value| *value != 2), 2);
    }
}
