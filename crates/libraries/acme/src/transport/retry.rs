//! Whether to send a request again, and when.

use crate::objects::Problem;
use std::time::Duration;

/// How many nonces a request is tried with. A CA that refuses nine of ten lets all but one in 10^9 requests through in so many
/// tries.
pub(crate) const MOST_NONCES: u32 = 200;
/// The pauses before a request is sent again after the CA could not be reached or had an error of its own.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(3),
];
/// How many of them there are, but for an error inside the CA: orders of one account that come side by side make one at
/// some CAs, and can do so more than once.
const MOST_PAUSES: usize = 2;
/// A CA that is busy for longer than this gets no second request: a person is told how long it wants.
const LONGEST_BUSY: Duration = Duration::from_secs(10);

/// What to do after a reply that is no success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AfterRefusal {
    /// Send it again at once, with another nonce (RFC 8555 §6.5).
    OtherNonce,
    /// Send it again after a pause.
    Pause(Duration),
    /// It stays refused.
    GiveUp,
}

/// What to do after a reply with this status, problem and `Retry-After`, when there have been `pauses` pauses already.
pub(crate) fn after_refusal(
    status: u16,
    problem: &Problem,
    retry_after: Option<Duration>,
    pauses: usize,
) -> AfterRefusal {
    if problem.is("badNonce") {
        return AfterRefusal::OtherNonce;
    }
    if !matches!(status, 429 | 500 | 502..=504) {
        return AfterRefusal::GiveUp;
    }
    // A limit without `Retry-After` is not over in a second.
    let is_limit = status == 429 || problem.is("rateLimited");
    let wanted = match retry_after {
        Some(wait) if wait > LONGEST_BUSY => return AfterRefusal::GiveUp,
        None if is_limit => return AfterRefusal::GiveUp,
        wanted => wanted.unwrap_or_default(),
    };
    let most = match status {
        500 => PAUSES.len(),
        _ => MOST_PAUSES,
    };
    match PAUSES[..most].get(pauses) {
        Some(own) => AfterRefusal::Pause(wanted.max(*own)),
        None => AfterRefusal::GiveUp,
    }
}

/// The pause before a request that had no reply is sent again, if it is. The failure may be a passing one or not; there
/// have been `pauses` pauses already, and so much time is `left`.
pub(crate) fn after_failure(is_passing: bool, pauses: usize, left: Duration) -> Option<Duration> {
    let pause = *PAUSES[..MOST_PAUSES].get(pauses)?;
    (is_passing && pause < left).then_some(pause)
}

/// A pause that is up to twice as long: requests that failed because they came at once do not come at once again.
pub(crate) fn spread(pause: Duration) -> Duration {
    pause.mul_f64(1.0 + fastrand::f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(name: &str) -> Problem {
        Problem::from_json(&format!(
            r#"{{"type": "urn:ietf:params:acme:error:{name}"}}"#
        ))
    }

    #[test]
    fn a_refusal_is_final_unless_the_ca_is_busy_or_wants_another_nonce() {
        use AfterRefusal::{GiveUp, OtherNonce, Pause};
        let millis = |millis| Pause(Duration::from_millis(millis));
        for (status, name, retry_after, pauses, expected) in [
            (400, "badNonce", None, 0, OtherNonce),
            (400, "badNonce", Some(99), 9, OtherNonce),
            (503, "badNonce", None, 0, OtherNonce),
            (403, "unauthorized", None, 0, GiveUp),
            (403, "unauthorized", Some(1), 0, GiveUp),
            (404, "malformed", None, 0, GiveUp),
            (501, "serverInternal", None, 0, GiveUp),
            (505, "serverInternal", None, 0, GiveUp),
            (500, "serverInternal", None, 0, millis(250)),
            (500, "serverInternal", None, 1, millis(1000)),
            (500, "serverInternal", None, 2, millis(3000)),
            (500, "serverInternal", None, 3, GiveUp),
            (502, "x", None, 0, millis(250)),
            (503, "x", None, 0, millis(250)),
            (504, "x", None, 0, millis(250)),
            (503, "x", Some(0), 0, millis(250)),
            (503, "x", Some(2), 0, millis(2000)),
            (503, "x", Some(10), 1, millis(10_000)),
            (503, "x", Some(11), 0, GiveUp),
            (503, "x", Some(2), 2, GiveUp),
            (429, "rateLimited", None, 0, GiveUp),
            (429, "x", None, 0, GiveUp),
            (503, "rateLimited", None, 0, GiveUp),
            (429, "rateLimited", Some(3), 0, millis(3000)),
            (429, "rateLimited", Some(3600), 0, GiveUp),
            (403, "rateLimited", Some(3), 0, GiveUp),
        ] {
            let retry_after = retry_after.map(Duration::from_secs);
            let found = after_refusal(status, &problem(name), retry_after, pauses);
            assert_eq!(found, expected, "{status} {name} {retry_after:?} {pauses}");
        }
    }

    #[test]
    fn a_passing_failure_is_tried_again_twice_while_there_is_time() {
        for (is_passing, pauses, left, expected) in [
            (true, 0, 60_000, Some(250)),
            (true, 1, 60_000, Some(1000)),
            (true, 2, 60_000, None),
            (true, 0, 251, Some(250)),
            (true, 0, 250, None),
            (true, 1, 1000, None),
            (true, 0, 0, None),
            (false, 0, 60_000, None),
        ] {
            let found = after_failure(is_passing, pauses, Duration::from_millis(left));
            assert_eq!(found, expected.map(Duration::from_millis));
        }
    }
}
