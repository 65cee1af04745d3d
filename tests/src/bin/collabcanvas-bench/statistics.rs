//! Medians and percentiles.

use std::time::Duration;

/// The value below which this share (0 to 1) of the values lies; 0 when there is none.
pub fn percentile<T: Copy + PartialOrd + Default>(values: &mut [T], share: f64) -> T {
    if values.is_empty() {
        return T::default();
    }
    values.sort_unstable_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    let last = values.len() - 1;
    values[((last as f64) * share).round() as usize]
}

/// The middle value; 0 when there is none.
pub fn median<T: Copy + PartialOrd + Default>(mut values: Vec<T>) -> T {
    percentile(&mut values, 0.5)
}

/// In milliseconds.
pub fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let mut values: Vec<u32> = (0..=100).rev().collect();
        assert_eq!(percentile(&mut values, 0.0), 0);
        assert_eq!(percentile(&mut values, 0.5), 50);
        assert_eq!(percentile(&mut values, 0.99), 99);
        assert_eq!(percentile(&mut values, 1.0), 100);
    }

    #[test]
    fn nothing_has_the_median_zero() {
        assert_eq!(median(Vec::<f64>::new()), 0.0);
    }
}
