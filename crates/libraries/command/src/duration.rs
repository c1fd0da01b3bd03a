//! Durations: seconds, fractions allowed.

use std::time::Duration;

/// The longest that an option or a document may ask for, in seconds: a year.
const LONGEST: f64 = 365.0 * 86400.0;

/// The duration that a number of seconds stands for; none for what is negative, not finite, or over a year.
pub fn from_seconds(seconds: f64) -> Option<Duration> {
    (0.0..=LONGEST)
        .contains(&seconds)
        .then(|| Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absurd_durations_are_refused() {
        for absurd in [-1.0, f64::NAN, f64::INFINITY, 1e300, LONGEST + 1.0] {
            assert_eq!(from_seconds(absurd), None);
        }
        assert_eq!(from_seconds(0.5), Some(Duration::from_millis(500)));
        assert_eq!(from_seconds(0.0), Some(Duration::ZERO));
    }
}
