//! A heap of durations and its percentiles.

use std::time::Duration;

/// Durations of one kind.
#[derive(Debug, Default)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    /// Takes one in.
    pub fn add(&mut self, one: Duration) {
        self.0.push(one);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The shortest duration that at least this share of all (percent) does not exceed, in milliseconds.
    pub fn percentile(&mut self, percent: usize) -> f64 {
        self.0.sort_unstable();
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).map_or(f64::NAN, |one| one.as_secs_f64() * 1_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_durations() {
        let mut all = Latencies::default();
        for milliseconds in (1..=200).rev() {
            all.add(Duration::from_millis(milliseconds));
        }
        assert_eq!(all.percentile(50), 100.0);
        assert_eq!(all.percentile(99), 198.0);
        assert_eq!(all.percentile(100), 200.0);
        assert!(Latencies::default().percentile(50).is_nan());
    }
}
