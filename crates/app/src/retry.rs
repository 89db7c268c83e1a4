//! When a request that waits is tried again: soon at first, then at most every half minute, with jitter so that a
//! source that returns is not met by all at once.

use jiff::SignedDuration;

const STEPS_MS: [i64; 6] = [500, 1_000, 2_000, 5_000, 10_000, 20_000];
const LONGEST_MS: i64 = 30_000;

/// How long to wait after the given number of attempts, from 75 % to 125 % of the step by `random`.
#[must_use]
pub fn retry_delay(attempts: u32, random: u64) -> SignedDuration {
    let step = usize::try_from(attempts).unwrap_or(usize::MAX);
    let base_ms = STEPS_MS.get(step).copied().unwrap_or(LONGEST_MS);
    let percent = 75 + i64::try_from(random % 51).unwrap_or_default();
    SignedDuration::from_millis(base_ms * percent / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_grows_and_stays_within_jitter_of_half_a_minute() {
        assert_eq!(retry_delay(0, 25), SignedDuration::from_millis(500));
        assert_eq!(retry_delay(5, 0), SignedDuration::from_millis(15_000));
        for attempts in [6, 100, u32::MAX] {
            for random in 0..51 {
                let delay = retry_delay(attempts, random).as_millis();
                assert!((22_500..=37_500).contains(&delay), "{delay}");
            }
        }
    }
}
