//! The two kinds of value that the contract fixes: times (RFC 3339, UTC) and durations (seconds).

use serde_json::Value;
use std::time::{Duration, SystemTime};

/// Now, as the contract writes times: RFC 3339 in UTC, to the second.
pub fn now() -> String {
    to_the_second(SystemTime::now())
}

/// A time as the contract writes most of them: RFC 3339 in UTC.
pub fn to_the_second(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

/// A time where the contract tells what came first.
pub fn to_the_millisecond(time: SystemTime) -> String {
    humantime::format_rfc3339_millis(time).to_string()
}

/// A time in a document; `None` for what is none.
pub fn time(text: &str) -> Option<SystemTime> {
    humantime::parse_rfc3339(text).ok()
}

/// How long ago a time in a document was; `None` for what is no time, or is in the future.
pub fn age(text: &str) -> Option<Duration> {
    time(text)?.elapsed().ok()
}

/// A duration as the contract writes it: seconds, to the millisecond.
pub fn seconds(duration: Duration) -> Value {
    let milliseconds = duration.as_millis() as u64;
    if milliseconds.is_multiple_of(1000) {
        return Value::from(milliseconds / 1000);
    }
    Value::from(milliseconds as f64 / 1000.0)
}
