//! Times (RFC 3339), as CAs and people write them.

use std::time::{Duration, SystemTime};

/// A time with any offset (RFC 3339 §5.6), which the library that is used elsewhere does not read.
pub fn rfc3339(text: &str) -> Option<SystemTime> {
    let text = text.to_ascii_uppercase();
    let parse = |text: &str| humantime::parse_rfc3339(text).ok();
    if text.ends_with('Z') {
        return parse(&text);
    }
    let (local, offset) = text.split_at_checked(text.len().checked_sub(6)?)?;
    let (hours, minutes) = offset.get(1..)?.split_once(':')?;
    let number = |digits: &str, below: u64| {
        let is_number = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
        let number = digits.parse::<u64>().ok().filter(|_| is_number)?;
        (number < below).then_some(number)
    };
    let offset_seconds = Duration::from_secs(3600 * number(hours, 24)? + 60 * number(minutes, 60)?);
    let local = parse(&format!("{local}Z"))?;
    match offset.as_bytes()[0] {
        b'+' => local.checked_sub(offset_seconds),
        b'-' => local.checked_add(offset_seconds),
        _ => None,
    }
}

/// A time in UTC, as RFC 8555 and the documents have it.
pub(crate) fn in_utc(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}
