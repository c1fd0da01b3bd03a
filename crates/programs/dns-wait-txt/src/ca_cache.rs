//! The cache of the CA's resolver: it may remember a value that it looked up for another challenge at the same name, and
//! does not ask again before that record's TTL has passed (RFC 1035 §3.2.1).

use std::time::Duration;

use command::message;
use dns::Name;
use tokio::time::sleep;

/// No resolver of a public CA keeps an answer longer, and most keep it for a minute at most.
const LONGEST_CACHED: Duration = Duration::from_secs(300);

/// Times in documents are whole seconds.
const RESOLUTION: Duration = Duration::from_secs(1);

/// Waits until an answer with this `ttl`, which was given `age` ago, has expired.
pub(crate) async fn outlast(name: &Name, ttl: Duration, age: Duration) {
    let left = left(ttl, age);
    if left.is_zero() {
        return;
    }
    message::note(&format!(
        "{name}: the CA may have looked at this name {} s ago and may keep that answer for {} s more (TTL {}); \
         waiting for that",
        age.as_secs(),
        left.as_secs(),
        ttl.min(LONGEST_CACHED).as_secs(),
    ));
    sleep(left).await;
}

/// How much longer an answer may be remembered.
fn left(ttl: Duration, age: Duration) -> Duration {
    if ttl.is_zero() {
        return Duration::ZERO;
    }
    (ttl.min(LONGEST_CACHED) + RESOLUTION).saturating_sub(age)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_remembered_for_its_ttl_and_five_minutes_at_most() {
        for (ttl, age, seconds) in [
            (0, 0, 0),
            (60, 0, 61),
            (60, 10, 51),
            (60, 61, 0),
            (60, 100, 0),
            (300, 0, 301),
            (86_400, 0, 301),
            (86_400, 300, 1),
        ] {
            let left = left(Duration::from_secs(ttl), Duration::from_secs(age));
            assert_eq!(left, Duration::from_secs(seconds), "TTL {ttl}, {age} s ago");
        }
    }
}
