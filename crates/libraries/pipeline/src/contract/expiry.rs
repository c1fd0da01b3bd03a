//! Whether an order or its authorizations have ended (RFC 8555 §7.1.3, §7.1.4): whatever is done for them then is in vain.

use super::catalogue::order::ORDER;
use super::{Challenge, Document, Problem, types, value};
use serde_json::Value;
use std::time::{Duration, SystemTime};

/// When a document's order ends. Who asks no CA, and so has only the system's clock, goes by it where the challenge has
/// `expires` too: that is not there where the clocks differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends {
    order: Option<SystemTime>,
}

impl Ends {
    /// What the document says.
    pub fn of(document: &Document) -> Ends {
        let order = document.member(&ORDER);
        let expires = order.as_ref().and_then(|order| order.get("expires"));
        Ends {
            order: expires.and_then(Value::as_str).and_then(value::time),
        }
    }

    /// When the order ends.
    pub fn order(&self) -> Option<SystemTime> {
        self.order
    }

    /// Why there is nothing more to do about a challenge: by now its authorization or the order has ended.
    pub fn expired(&self, challenge: &Challenge, now: SystemTime) -> Option<Problem> {
        let authorization = challenge.expires()?;
        let of_order = self.order.and_then(|end| expired_order(end, now));
        of_order.or_else(|| expired("its authorization", authorization, now))
    }

    /// What a person is told where a record of these challenges may be waited for until after the order has ended, or an
    /// authorization.
    pub fn too_soon_for<'a>(
        &self,
        challenges: impl IntoIterator<Item = &'a Challenge>,
        timeout: Duration,
        now: SystemTime,
    ) -> Option<String> {
        let ends = challenges.into_iter().filter_map(Challenge::expires);
        let (what, end) = match (ends.min()?, self.order) {
            (authorization, Some(order)) if order <= authorization => ("the order", order),
            (authorization, _) => ("an authorization", authorization),
        };
        let left = end.duration_since(now).ok()?;
        (left < timeout).then(|| {
            let (left, timeout) = (in_words(left), in_words(timeout));
            format!("{what} ends in {left}, and its records may be waited for {timeout}")
        })
    }
}

/// Why there is nothing more to do about an order that ends then.
pub fn expired_order(end: SystemTime, now: SystemTime) -> Option<Problem> {
    expired("this order", end, now)
}

/// The same of an authorization; a CA takes nothing for it from that moment on.
fn expired(what: &str, end: SystemTime, now: SystemTime) -> Option<Problem> {
    let ago = in_words(now.duration_since(end).ok()?);
    let at = value::to_the_second(end);
    let problem = Problem::new(&types::EXPIRED, format!("{what} ended {ago} ago, at {at}"));
    Some(problem.hint("Place a new order, as acme-renew does by itself."))
}

/// A duration as a person says it, in the largest unit of which there are two or more.
fn in_words(duration: Duration) -> String {
    const UNITS: [(&str, u64); 3] = [("days", 86_400), ("hours", 3600), ("minutes", 60)];
    let seconds = duration.as_secs();
    let unit = UNITS.iter().find(|(_, unit)| seconds >= 2 * unit);
    match unit {
        Some((name, unit)) => format!("{} {name}", seconds / unit),
        None if seconds == 1 => "1 second".to_owned(),
        None => format!("{seconds} seconds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(text: &str) -> SystemTime {
        value::time(text).expect("a time")
    }

    fn challenge(value: Value) -> Challenge {
        value.as_object().expect("an object").clone().into()
    }

    fn ends(order: Value) -> Ends {
        let document = json!({"order": order, "challenges": []});
        Ends::of(&document.as_object().expect("an object").clone().into())
    }

    #[test]
    fn what_has_ended_is_said_in_words_with_a_type_of_its_own() {
        let now = at("2026-11-27T09:00:00Z");
        let (before, after) = ("2026-11-27T08:40:00Z", "2026-11-27T09:00:01Z");
        let order_ended = Some("this order ended 20 minutes ago, at 2026-11-27T08:40:00Z");
        let authorization_ended =
            Some("its authorization ended 20 minutes ago, at 2026-11-27T08:40:00Z");
        let now_text = "2026-11-27T09:00:00Z";
        for (order, authorization, expected) in [
            (json!(after), json!(after), None),
            (json!(before), json!(after), order_ended),
            (json!(before), json!(before), order_ended),
            (json!(after), json!(before), authorization_ended),
            (json!(null), json!(before), authorization_ended),
            (
                json!(null),
                json!(now_text),
                Some("its authorization ended 0 seconds ago, at 2026-11-27T09:00:00Z"),
            ),
            // The clocks differ, or an older acme-order wrote it.
            (json!(before), json!(null), None),
            (json!(before), json!("soon"), None),
            (json!("soon"), json!(after), None),
            (json!({}), json!(after), None),
        ] {
            let challenge = challenge(json!({"fqdn": "a.", "expires": authorization}));
            let problem = ends(json!({"expires": order})).expired(&challenge, now);
            let detail = problem.as_ref().map(|problem| problem.detail.as_str());
            assert_eq!(detail, expected, "{order} {authorization}");
            assert!(problem.is_none_or(|problem| problem.is(&types::EXPIRED)));
        }
    }

    #[test]
    fn a_wait_that_may_outlast_the_order_is_said() {
        let now = at("2026-11-27T09:00:00Z");
        let challenges = [
            challenge(json!({"expires": "2026-11-27T11:00:00Z"})),
            challenge(json!({"expires": "2026-11-27T10:00:00Z"})),
            challenge(json!({})),
        ];
        let said = |order: &str, timeout| {
            let timeout = Duration::from_secs(timeout);
            ends(json!({"expires": order})).too_soon_for(&challenges, timeout, now)
        };
        let tomorrow = "2026-11-28T09:00:00Z";
        assert_eq!(said(tomorrow, 3600), None);
        let authorization =
            "an authorization ends in 60 minutes, and its records may be waited for 2 hours";
        assert_eq!(said(tomorrow, 7200).as_deref(), Some(authorization));
        let order = "the order ends in 30 minutes, and its records may be waited for 60 minutes";
        assert_eq!(said("2026-11-27T09:30:00Z", 3600).as_deref(), Some(order));
        // What has ended is refused.
        assert_eq!(said("2026-11-27T08:30:00Z", 3600), None);
        let none = ends(json!({"expires": "2026-11-27T09:30:00Z"}));
        assert_eq!(
            none.too_soon_for(&challenges[2..], Duration::from_secs(9999), now),
            None
        );
    }

    #[test]
    fn durations_are_in_the_largest_unit_of_which_there_are_two() {
        for (seconds, words) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (7199, "119 minutes"),
            (7200, "2 hours"),
            (172_799, "47 hours"),
            (172_800, "2 days"),
        ] {
            assert_eq!(in_words(Duration::from_secs(seconds)), words);
        }
    }
}
