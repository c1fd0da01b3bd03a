//! The validity period of a certificate (RFC 5280 §4.1.2.5), and how the system's clock relates to it.

use std::time::{Duration, SystemTime};
use x509_cert::der::DateTime;

/// A validity period, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first moment.
    pub not_before: SystemTime,
    /// The last moment.
    pub not_after: SystemTime,
}

/// Where a moment lies with regard to a validity period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// It has not begun.
    Early,
    /// It goes on.
    Valid,
    /// It has ended.
    Late,
}

/// How much clocks may differ. A CA that does not backdate hands out certificates that begin when they are made, which
/// may be in the future by this machine's clock.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

impl Validity {
    /// Where `now` lies. Up to a minute before its beginning counts as valid, since clocks differ.
    pub fn at(&self, now: SystemTime) -> Moment {
        if now + CLOCK_SKEW < self.not_before {
            Moment::Early
        } else if now > self.not_after {
            Moment::Late
        } else {
            Moment::Valid
        }
    }

    /// When both are valid, if there is such a time.
    pub(crate) fn overlap(&self, other: &Validity) -> Option<Validity> {
        let both = Validity {
            not_before: self.not_before.max(other.not_before),
            not_after: self.not_after.min(other.not_after),
        };
        (both.not_before <= both.not_after).then_some(both)
    }

    /// The moment in it that is nearest to `now`.
    pub(crate) fn nearest(&self, now: SystemTime) -> SystemTime {
        now.clamp(self.not_before, self.not_after.max(self.not_before))
    }
}

/// A time as RFC 3339 has it, in UTC, to the second.
pub fn rfc3339(time: SystemTime) -> String {
    // Times that it cannot express are before 1970 or after 9999, which no certificate and hardly a clock says.
    DateTime::from_system_time(time)
        .map_or_else(|_| "a time out of range".into(), |time| time.to_string())
}

/// The time that such a text says.
pub(crate) fn parse_rfc3339(text: &str) -> Option<SystemTime> {
    let time: DateTime = text.parse().ok()?;
    Some(time.to_system_time())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn from_to(not_before: u64, not_after: u64) -> Validity {
        Validity {
            not_before: at(not_before),
            not_after: at(not_after),
        }
    }

    #[test]
    fn a_moment_is_before_within_or_after() {
        let validity = from_to(1000, 2000);
        for (now, moment) in [
            (0, Moment::Early),
            (939, Moment::Early),
            (940, Moment::Valid),
            (1000, Moment::Valid),
            (2000, Moment::Valid),
            (2001, Moment::Late),
        ] {
            assert_eq!(validity.at(at(now)), moment, "{now}");
        }
    }

    #[test]
    fn two_overlap_where_both_are_valid() {
        for (one, other, both) in [
            ((10, 20), (15, 30), Some((15, 20))),
            ((10, 20), (12, 18), Some((12, 18))),
            ((10, 20), (20, 30), Some((20, 20))),
            ((10, 20), (21, 30), None),
        ] {
            let both = both.map(|(from, to)| from_to(from, to));
            let (one, other) = (from_to(one.0, one.1), from_to(other.0, other.1));
            assert_eq!(one.overlap(&other), both);
            assert_eq!(other.overlap(&one), both);
        }
    }

    #[test]
    fn the_nearest_moment_is_now_where_that_is_within() {
        let validity = from_to(1000, 2000);
        for (now, nearest) in [
            (0, 1000),
            (1000, 1000),
            (1500, 1500),
            (2000, 2000),
            (9000, 2000),
        ] {
            assert_eq!(validity.nearest(at(now)), at(nearest), "{now}");
        }
        assert_eq!(from_to(2, 1).nearest(at(5)), at(2));
    }

    #[test]
    fn times_are_written_and_read_after_rfc_3339() {
        assert_eq!(rfc3339(at(1_767_312_000)), "2026-01-02T00:00:00Z");
        assert_eq!(
            parse_rfc3339("2026-01-02T00:00:00Z"),
            Some(at(1_767_312_000))
        );
        for no_time in ["", "2026-01-02", "2026-13-02T00:00:00Z", "soon"] {
            assert_eq!(parse_rfc3339(no_time), None);
        }
    }
}
