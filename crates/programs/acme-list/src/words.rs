//! Times and places in the words of a person.

use certificates::rfc3339;
use std::time::{Duration, SystemTime};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// How long it is until then: `in 12 days`, or `3 hours ago`.
pub(crate) fn until(now: SystemTime, then: SystemTime) -> String {
    match then.duration_since(now) {
        Ok(left) => format!("in {}", length(left)),
        Err(past) => format!("{} ago", length(past.duration())),
    }
}

/// A length in the largest unit of which there are two at least.
fn length(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units = [(DAY, "days"), (HOUR, "hours"), (MINUTE, "minutes")];
    let fitting = units.iter().find(|(unit, _)| seconds >= 2 * unit);
    let (unit, name) = fitting.copied().unwrap_or((1, "seconds"));
    format!("{} {name}", seconds / unit)
}

/// The day, in UTC.
pub(crate) fn day(time: SystemTime) -> String {
    let text = rfc3339(time);
    text.split('T').next().unwrap_or_default().to_owned()
}

/// The host of a URL.
pub(crate) fn host(url: &str) -> String {
    let place = url.split_once("://").map_or(url, |(_, place)| place);
    place.split('/').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_said_in_the_largest_unit_of_which_there_are_two() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let now = at(100 * DAY);
        for (then, expected) in [
            (112 * DAY + 5, "in 12 days"),
            (102 * DAY, "in 2 days"),
            (102 * DAY - 1, "in 47 hours"),
            (100 * DAY + 2 * HOUR - 1, "in 119 minutes"),
            (100 * DAY + 90, "in 90 seconds"),
            (100 * DAY, "in 0 seconds"),
            (97 * DAY, "3 days ago"),
        ] {
            assert_eq!(until(now, at(then)), expected);
        }
        assert_eq!(day(at(0)), "1970-01-01");
    }

    #[test]
    fn a_ca_is_known_by_its_host() {
        for (url, expected) in [
            ("https://ca.test/directory", "ca.test"),
            ("https://ca.test:14000/dir", "ca.test:14000"),
            ("ca.test", "ca.test"),
        ] {
            assert_eq!(host(url), expected);
        }
    }
}
