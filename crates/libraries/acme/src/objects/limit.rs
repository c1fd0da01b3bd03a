//! Which limit of a CA a request has met (RFC 8555 §6.6), and when it is over. The RFC has one type for all of them, so the
//! words of CAs decide: those of Boulder, which is Let's Encrypt's, those that it had before, and Google's.

use crate::objects::problem::Problem;
use std::time::{Duration, SystemTime};
use urls::is_https;

/// A limit of a CA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Limit {
    /// Orders of an account.
    Orders,
    /// Certificates for a registered domain.
    Certificates,
    /// Certificates for the same set of names.
    SameNames,
    /// Failed validations of a name by an account.
    FailedValidations,
    /// New accounts from an address or network.
    Accounts,
    /// Authorizations of an account that are pending.
    PendingAuthorizations,
    /// Requests in a short time, or more than the CA can answer at present.
    Load,
    /// None that is over by itself: the account is paused for some names, until a person has been at this URL.
    Paused(Option<String>),
    /// The CA does not say which.
    Unknown,
}

/// What a CA says of each limit, in lower case. The first that is found counts.
const WORDS: [(&str, Limit); 16] = [
    ("too many failed authorizations", Limit::FailedValidations),
    ("pending authorizations", Limit::PendingAuthorizations),
    ("exact set of", Limit::SameNames),
    ("too many certificates", Limit::Certificates),
    ("too many new orders", Limit::Orders),
    ("too many new registrations", Limit::Accounts),
    ("too many registrations", Limit::Accounts),
    ("too many accounts", Limit::Accounts),
    ("service busy", Limit::Load),
    ("service is busy", Limit::Load),
    ("over quota", Limit::Load),
    ("too many requests", Limit::Load),
    ("too many concurrent", Limit::Load),
    ("request limit", Limit::Load),
    ("rate limit for '/", Limit::Load),
    ("overloaded", Limit::Load),
];
/// What Boulder says of an account that is paused, and what is in the URL that ends it.
const PAUSED: [&str; 2] = [
    "temporarily prevented from requesting certificates",
    "/unpause?",
];
/// What stands before the moment when a limit is over, and before how long that is, in lower case.
const MOMENT: &str = "retry after ";
const LENGTHS: [&str; 2] = ["try again in ", "retry in "];
/// How long such a moment is: `2026-11-25 00:18:15`.
const LONGEST_MOMENT: usize = 19;

impl Limit {
    /// Its name in documents.
    pub fn name(&self) -> &'static str {
        match self {
            Limit::Orders => "orders",
            Limit::Certificates => "certificates",
            Limit::SameNames => "same-names",
            Limit::FailedValidations => "failed-validations",
            Limit::Accounts => "accounts",
            Limit::PendingAuthorizations => "pending-authorizations",
            Limit::Load => "load",
            Limit::Paused(_) => "paused",
            Limit::Unknown => "unknown",
        }
    }
}

impl Problem {
    /// The limit that was met; `None` where the problem is another.
    pub fn limit(&self) -> Option<Limit> {
        let said = self.detail.to_ascii_lowercase();
        if PAUSED.iter().any(|words| said.contains(words)) {
            return Some(Limit::Paused(https_url(&self.detail)));
        }
        let is_limit = self.is("rateLimited") || self.status == Some(429);
        let is_busy = matches!(self.status, Some(503));
        if !is_limit && !is_busy {
            return None;
        }
        let mut words = WORDS.iter();
        let found = words.find(|(words, _)| said.contains(words));
        Some(match found {
            Some((_, limit)) => limit.clone(),
            None if is_busy || !self.is("rateLimited") => Limit::Load,
            None => Limit::Unknown,
        })
    }

    /// How long from `now` on until the limit is over, by the CA's sentence.
    pub(crate) fn wait_in_words(&self, now: SystemTime) -> Option<Duration> {
        match self.limit()? {
            Limit::Paused(_) => None,
            _ => wait(&self.detail.to_ascii_lowercase(), now),
        }
    }
}

fn wait(said: &str, now: SystemTime) -> Option<Duration> {
    if let Some((_, after)) = said.split_once(MOMENT) {
        // Go's own form, and that of RFC 3339.
        let text: String = after.chars().take(LONGEST_MOMENT).collect();
        let moment = humantime::parse_rfc3339_weak(&text.replace('t', "T")).ok()?;
        return Some(moment.duration_since(now).unwrap_or_default());
    }
    let (_, after) = LENGTHS.iter().find_map(|words| said.split_once(words))?;
    let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '.');
    let text = after[..end.unwrap_or(after.len())].trim_end_matches('.');
    length(text)
}

/// A length of time as Go writes it: `1h2m12.476542291s`, `850ms`.
fn length(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| c.is_ascii_alphabetic())?;
        let (number, after) = rest.split_at(digits);
        let unit = after.find(|c: char| !c.is_ascii_alphabetic());
        let (unit, after) = after.split_at(unit.unwrap_or(after.len()));
        let factor = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" | "sec" | "second" | "seconds" => 1.0,
            "ms" => 0.001,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * factor;
        rest = after;
    }
    (!text.is_empty()).then_some(())?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// The first https URL in a text.
fn https_url(text: &str) -> Option<String> {
    let start = text.find("https://")?;
    let url = text[start..].split(char::is_whitespace).next()?;
    // The end of a sentence is none of a URL.
    let url = url.trim_end_matches(['.', ',', '"', '\'', ')', '>']);
    let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic());
    (is_plain && is_https(url)).then(|| url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn problem(kind: &str, status: u16, detail: &str) -> Problem {
        let kind = format!("urn:ietf:params:acme:error:{kind}");
        let sent = json!({"type": kind, "status": status, "detail": detail});
        Problem::from_json(&sent.to_string())
    }

    /// 2026-11-25 00:00:00 UTC.
    fn now() -> SystemTime {
        humantime::parse_rfc3339("2026-11-25T00:00:00Z").expect("a time")
    }

    #[test]
    fn each_limit_is_known_by_what_cas_say_of_it() {
        let url = "https://sfe.letsencrypt.org/sfe/v1/unpause?jwt=eyJh.eyJp.c2ln";
        let paused = format!(
            "Your account is temporarily prevented from requesting certificates for a.example.com and possibly \
             others. Please visit: {url}"
        );
        for (kind, status, detail, limit, seconds) in [
            (
                "rateLimited",
                429,
                "too many new orders (300) from this account in the last 3h0m0s, retry after 2026-11-25 00:18:15 \
                 UTC: see https://letsencrypt.org/docs/rate-limits/#new-orders-per-account",
                Some(Limit::Orders),
                Some(1095),
            ),
            (
                "rateLimited",
                429,
                "too many certificates (50) already issued for \"example.com\" in the last 168h0m0s, retry after \
                 2026-11-25 01:00:00 UTC: see https://letsencrypt.org/docs/rate-limits/",
                Some(Limit::Certificates),
                Some(3600),
            ),
            (
                "rateLimited",
                429,
                "too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s, \
                 retry after 2026-11-26 00:00:00 UTC",
                Some(Limit::SameNames),
                Some(86_400),
            ),
            (
                "rateLimited",
                429,
                "Error creating new order :: too many certificates (5) already issued for this exact set of domains \
                 in the last 168 hours: a.example.com, retry after 2026-11-25T00:00:01Z: see https://letsencrypt.org",
                Some(Limit::SameNames),
                Some(1),
            ),
            (
                "rateLimited",
                429,
                "Error finalizing order :: too many certificates already issued for exact set of domains: a.test: see",
                Some(Limit::SameNames),
                None,
            ),
            (
                "rateLimited",
                429,
                "Error creating new order :: too many certificates already issued for: example.com: see",
                Some(Limit::Certificates),
                None,
            ),
            (
                "rateLimited",
                429,
                "too many failed authorizations (5) for \"a.example.com\" in the last 1h0m0s, retry after \
                 2026-11-25 00:12:00 UTC: see",
                Some(Limit::FailedValidations),
                Some(720),
            ),
            (
                "rateLimited",
                429,
                "Error creating new order :: too many failed authorizations recently: see https://letsencrypt.org",
                Some(Limit::FailedValidations),
                None,
            ),
            (
                "rateLimited",
                429,
                "too many new registrations (10) from this IP address in the last 3h0m0s, retry after 2026-11-24 \
                 23:00:00 UTC",
                Some(Limit::Accounts),
                Some(0),
            ),
            (
                "rateLimited",
                429,
                "too many new registrations (500) from this /48 subnet of IPv6 addresses in the last 3h0m0s, retry \
                 after soon",
                Some(Limit::Accounts),
                None,
            ),
            (
                "rateLimited",
                429,
                "too many registrations for this IP range: see https://letsencrypt.org/docs/too-many-registrations",
                Some(Limit::Accounts),
                None,
            ),
            (
                "rateLimited",
                429,
                "Error creating new authz :: too many currently pending authorizations",
                Some(Limit::PendingAuthorizations),
                None,
            ),
            (
                "rateLimited",
                429,
                "Service busy; retry later.",
                Some(Limit::Load),
                None,
            ),
            (
                "rateLimited",
                503,
                "Service busy; retry later.",
                Some(Limit::Load),
                None,
            ),
            (
                "serverInternal",
                503,
                "The service is down for maintenance or had an internal error.",
                Some(Limit::Load),
                None,
            ),
            (
                "rateLimited",
                429,
                "Rate limit for '/acme' reached",
                Some(Limit::Load),
                None,
            ),
            (
                "rateLimited",
                429,
                "'default@gcp.api.pki.goog' is over quota (30 requests in 60 seconds) for the given ACME resource: \
                 challenge. Try again in 12.476542291s.",
                Some(Limit::Load),
                Some(12),
            ),
            // What stands before a CA has no type.
            (
                "x",
                429,
                "the CA answered 429 Too Many Requests and nothing more",
                Some(Limit::Load),
                None,
            ),
            ("rateLimited", 429, "slow down", Some(Limit::Unknown), None),
            (
                "rateLimited",
                429,
                &paused,
                Some(Limit::Paused(Some(url.to_owned()))),
                None,
            ),
            (
                "unauthorized",
                403,
                "temporarily prevented from requesting certificates; retry after 2026-11-25 01:00:00 UTC",
                Some(Limit::Paused(None)),
                None,
            ),
            (
                "unauthorized",
                403,
                "retry after 2026-11-25 01:00:00",
                None,
                None,
            ),
            ("serverInternal", 500, "oops", None, None),
        ] {
            let problem = problem(kind, status, detail);
            assert_eq!(problem.limit(), limit, "{detail}");
            let wait = problem.wait_in_words(now()).map(|wait| wait.as_secs());
            assert_eq!(wait, seconds, "{detail}");
        }
    }

    #[test]
    fn the_url_that_ends_a_pause_is_whole_and_https() {
        let jwt = "e".repeat(1500);
        for (text, url) in [
            (
                "visit: https://ca.test/unpause?jwt=a.b.c",
                Some("https://ca.test/unpause?jwt=a.b.c"),
            ),
            (
                "visit https://ca.test/unpause?jwt=a.b.c.",
                Some("https://ca.test/unpause?jwt=a.b.c"),
            ),
            (
                "(https://ca.test/unpause?jwt=a) now",
                Some("https://ca.test/unpause?jwt=a"),
            ),
            (
                &format!("https://ca.test/unpause?jwt={jwt}"),
                Some(&*format!("https://ca.test/unpause?jwt={jwt}")),
            ),
            ("visit http://ca.test/unpause?jwt=a", None),
            ("visit https://user:x@ca.test/unpause?jwt=a", None),
            ("visit https://", None),
            ("nowhere", None),
        ] {
            assert_eq!(https_url(text).as_deref(), url, "{text}");
        }
    }

    #[test]
    fn a_length_is_what_go_writes_or_nothing() {
        for (text, millis) in [
            ("12.5s", Some(12_500)),
            ("1h0m1s", Some(3_601_000)),
            ("850ms", Some(850)),
            ("5", None),
            ("", None),
            ("s", None),
            ("5y", None),
            ("-5s", None),
            ("1e400s", None),
            ("9999999999999999999999s", None),
        ] {
            let found = length(text).map(|length| length.as_millis());
            assert_eq!(found, millis, "{text}");
        }
    }
}
