//! For how long a certificate is to be valid, as a person or a request says it.

use acme_order::{NOT_AFTER, NOT_BEFORE};
use command::{Args, Opt, Usage};
use pipeline::{Object, Problem, Value};
use std::time::{Duration, SystemTime};

/// The longest time from now on, in days: no certificate is valid for longer.
const MOST_DAYS: u64 = 3650;

/// A moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    At(SystemTime),
    /// This long after the order is placed.
    In(Duration),
}

/// From when, and until when, a certificate is to be valid; what is not said is for the CA to say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Validity {
    not_before: Option<When>,
    not_after: Option<When>,
}

impl Validity {
    /// What the command line says.
    ///
    /// # Errors
    /// It is no time, or the end comes before the beginning, or before now.
    pub(crate) fn from_args(args: &Args) -> Result<Validity, Usage> {
        let read = |option: &'static Opt| {
            let text = args.text(option)?;
            let when = text.map(|text| parse(&text)).transpose();
            when.map_err(|why| Usage::new(format!("--{}: {why}", option.long)))
        };
        let validity = Validity {
            not_before: read(&NOT_BEFORE)?,
            not_after: read(&NOT_AFTER)?,
        };
        let wrong = validity.wrong(SystemTime::now());
        match wrong {
            Some(why) => Err(Usage::new(format!("--{}: {why}", NOT_AFTER.long))),
            None => Ok(validity),
        }
    }

    /// What the order of a request says (RFC 8555 §7.4).
    ///
    /// # Errors
    /// `acmepipe:document`, naming the member that is no time, or that comes too early.
    pub(crate) fn of(order: &Object) -> Result<Validity, Problem> {
        let read = |member: &str| {
            let time = match order.get(member) {
                None | Some(Value::Null) => return Ok(None),
                Some(sent) => sent.as_str().and_then(acme::rfc3339),
            };
            let wrong = format!("member `order.{member}` is not a time of RFC 3339");
            time.map(|time| Some(When::At(time)))
                .ok_or_else(|| Problem::document(wrong))
        };
        let validity = Validity {
            not_before: read("notBefore")?,
            not_after: read("notAfter")?,
        };
        match validity.wrong(SystemTime::now()) {
            Some(why) => Err(Problem::document(format!("member `order.notAfter` {why}"))),
            None => Ok(validity),
        }
    }

    /// Whether the CA is to decide all.
    pub(crate) fn is_open(&self) -> bool {
        *self == Validity::default()
    }

    /// From when on, for an order that is placed now.
    pub(crate) fn not_before(&self, now: SystemTime) -> Option<SystemTime> {
        self.not_before.and_then(|when| when.resolve(now))
    }

    /// Until when, for an order that is placed now.
    pub(crate) fn not_after(&self, now: SystemTime) -> Option<SystemTime> {
        self.not_after.and_then(|when| when.resolve(now))
    }

    fn wrong(&self, now: SystemTime) -> Option<&'static str> {
        let end = self.not_after(now)?;
        if end <= now {
            return Some("is over");
        }
        let is_before = self.not_before(now).is_some_and(|begin| end <= begin);
        is_before.then_some("comes before the certificate becomes valid")
    }
}

impl When {
    fn resolve(self, now: SystemTime) -> Option<SystemTime> {
        match self {
            When::At(time) => Some(time),
            When::In(duration) => now.checked_add(duration),
        }
    }
}

/// A time of RFC 3339, or one from now on, such as `+90d`.
fn parse(text: &str) -> Result<When, String> {
    let shown = || command::text::shorten(&text.escape_debug().to_string(), 100);
    if let Some(duration) = text.strip_prefix('+') {
        let duration = humantime::parse_duration(duration);
        let duration = duration.map_err(|why| format!("`{}`: {why}", shown()))?;
        if duration > Duration::from_secs(MOST_DAYS * 86_400) {
            return Err(format!("`{}` is longer than {MOST_DAYS} days", shown()));
        }
        return Ok(When::In(duration));
    }
    let time = acme::rfc3339(text).map(When::At);
    time.ok_or_else(|| {
        format!(
            "`{}` is neither a time of RFC 3339 nor one from now on, such as +90d",
            shown()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_time_is_one_of_the_calendar_or_from_now_on() {
        let days = |days: u64| When::In(Duration::from_secs(days * 86_400));
        let at = |text| acme::rfc3339(text).map(When::At);
        for (text, expected) in [
            ("+90d", Some(days(90))),
            ("+2w", Some(days(14))),
            ("+0s", Some(days(0))),
            ("+36h 720m", Some(days(2))),
            ("+3650d", Some(days(3650))),
            ("+3651d", None),
            ("+", None),
            ("+90", None),
            ("90d", None),
            ("-1d", None),
            ("2026-12-01T00:00:00Z", at("2026-12-01T00:00:00Z")),
            ("2026-12-01T01:00:00+01:00", at("2026-12-01T00:00:00Z")),
            ("2026-12-01", None),
            ("", None),
        ] {
            assert_eq!(parse(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn the_end_comes_after_now_and_after_the_beginning() {
        let now = acme::rfc3339("2026-12-01T00:00:00Z").expect("a time");
        for (begin, end, is_good) in [
            (None, None, true),
            (Some("2020-01-01T00:00:00Z"), None, true),
            (None, Some("+1d"), true),
            (None, Some("+0s"), false),
            (None, Some("2026-11-30T00:00:00Z"), false),
            (Some("+2d"), Some("+1d"), false),
            (Some("+1d"), Some("+1d"), false),
            (Some("+1d"), Some("2026-12-03T00:00:00Z"), true),
        ] {
            let when = |text: Option<&str>| text.map(|text| parse(text).expect("a time"));
            let validity = Validity {
                not_before: when(begin),
                not_after: when(end),
            };
            assert_eq!(validity.wrong(now).is_none(), is_good, "{begin:?} {end:?}");
        }
    }

    #[test]
    fn a_request_has_times_of_rfc_3339() {
        let of = |order: Value| Validity::of(order.as_object().expect("an object"));
        assert_eq!(of(json!({"notAfter": null})), Ok(Validity::default()));
        let found =
            of(json!({"notBefore": "2026-01-01T00:00:00Z", "notAfter": "2999-01-01T00:00:00Z"}));
        assert!(!found.expect("times").is_open());
        for (order, says) in [
            (json!({"notBefore": 7}), "`order.notBefore` is not a time"),
            (
                json!({"notAfter": "+90d"}),
                "`order.notAfter` is not a time",
            ),
            (
                json!({"notAfter": "2020-01-01T00:00:00Z"}),
                "`order.notAfter` is over",
            ),
        ] {
            let problem = of(order).expect_err(says);
            assert!(problem.detail.contains(says), "{problem}");
        }
    }
}
