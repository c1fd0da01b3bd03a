//! How often one server is asked while it is waited for a change.

use std::time::Duration;

/// Questions a second while nothing changes.
const QUIET: f64 = 10.0;

/// Questions a second for each zone while things change, and the most for all of them.
const BUSY_FOR_EACH_ZONE: f64 = 20.0;
const MOST: f64 = 2000.0;

/// How long after a change others are expected.
const SETTLES: f64 = 2.0;

/// For how long without a change questions come as often; then they become rarer, but not rarer than these a second.
const STAYS: f64 = 30.0;
const LEAST: f64 = 2.0;

/// No wish for more frequent looks makes the pause shorter than this.
const SHORTEST: Duration = Duration::from_millis(50);

/// The pause between two questions to a server, of which so many zones are watched and where nothing has changed for so long;
/// `longest` at most.
pub(super) fn pause(zones: usize, quiet: Duration, longest: Duration) -> Duration {
    let quiet = quiet.as_secs_f64();
    #[allow(clippy::cast_precision_loss, reason = "nobody has that many zones")]
    let busy = (BUSY_FOR_EACH_ZONE * zones as f64).clamp(QUIET, MOST);
    let settled = (quiet / SETTLES).min(1.0);
    let rarer = (STAYS / quiet).clamp(LEAST / QUIET, 1.0);
    let rate = (busy + (QUIET - busy) * settled) * rarer;
    Duration::from_secs_f64(1.0 / rate).min(longest.max(SHORTEST))
}

/// The pause before the next look at a server that is in the wanted state already, after one that was `last`.
pub(super) fn pause_in_wanted_state(last: Option<Duration>) -> Duration {
    const FIRST: Duration = Duration::from_secs(2);
    const LONGEST: Duration = Duration::from_secs(10);
    last.map_or(FIRST, |last| (last * 3 / 2).min(LONGEST))
}

/// The shortest time between two looks at all values of a zone, after so many in a row that have shown nothing new.
pub(super) fn pause_between_sweeps(in_vain: u32) -> Duration {
    const SHORTEST: Duration = Duration::from_millis(20);
    const LONGEST: Duration = Duration::from_secs(2);
    (SHORTEST * 2u32.saturating_pow(in_vain.min(10))).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_asked_ten_times_a_second_and_more_often_after_a_change_or_more_rarely_after_a_while()
     {
        for (zones, quiet, pause_in_ms) in [
            (0, 0, 100),
            (1, 0, 50),
            (1, 1000, 66),
            (1, 2000, 100),
            (1, 30_000, 100),
            (1, 60_000, 200),
            (1, 1_000_000, 500),
            (100, 0, 0),
            (100, 1000, 0),
            (100, 2000, 100),
            (1_000_000, 0, 0),
        ] {
            let found = pause(zones, Duration::from_millis(quiet), Duration::MAX);
            assert_eq!(found.as_millis(), pause_in_ms, "{zones} {quiet}");
        }
        let most = pause(1_000_000, Duration::ZERO, Duration::MAX);
        assert_eq!(most, Duration::from_micros(500));
        for (longest, expected) in [(80, 80), (50, 50), (49, 50), (0, 50)] {
            let found = pause(1, Duration::from_secs(9), Duration::from_millis(longest));
            assert_eq!(found.as_millis(), expected, "{longest}");
        }
    }

    #[test]
    fn what_is_as_wanted_is_looked_at_more_and_more_rarely() {
        for (last, next) in [(None, 2000), (Some(2000), 3000), (Some(9000), 10_000)] {
            let next = Duration::from_millis(next);
            assert_eq!(pause_in_wanted_state(last.map(Duration::from_millis)), next);
        }
    }

    #[test]
    fn sweeps_in_vain_become_rarer() {
        for (in_vain, pause) in [(0, 20), (1, 40), (6, 1280), (7, 2000), (u32::MAX, 2000)] {
            assert_eq!(pause_between_sweeps(in_vain), Duration::from_millis(pause));
        }
    }
}
