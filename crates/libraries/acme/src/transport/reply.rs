//! What a CA answers to a request.

use crate::objects::{FromJson, Limit, Problem};
use crate::text::quote;
use crate::transport::body::Received;
use crate::transport::link;
use crate::transport::nonces::is_nonce;
use std::time::{Duration, SystemTime};
use ureq::Body;
use ureq::http::{Response, StatusCode};

/// What came back, whatever its status.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) nonce: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    /// What the CA's clock said when it was sent.
    pub(crate) date: Option<SystemTime>,
    pub(crate) media_type: Option<String>,
    /// Its headers with links (RFC 8288).
    pub(crate) links: Vec<String>,
    pub(crate) body: Received,
}

impl Reply {
    pub(crate) fn new(response: &Response<Body>, body: Received) -> Reply {
        Reply {
            status: response.status(),
            nonce: header(response, "replay-nonce").filter(|nonce| is_nonce(nonce)),
            location: header(response, "location"),
            retry_after: header(response, "retry-after")
                .and_then(|text| retry_after(&text, SystemTime::now())),
            date: header(response, "date").and_then(|text| date(&text, header(response, "age"))),
            media_type: header(response, "content-type"),
            links: links(response),
            body,
        }
    }

    /// The URLs that it links to as other forms of the same (RFC 8555 §7.4.2).
    pub(crate) fn alternates(&self) -> Vec<String> {
        let links = self.links.iter();
        links
            .flat_map(|value| link::targets(value, "alternate"))
            .collect()
    }

    pub(crate) fn is_success(&self) -> bool {
        self.status.is_success()
    }

    /// The object in the body.
    ///
    /// # Errors
    /// What is there instead, in words.
    pub(crate) fn object<T: FromJson>(&self) -> std::result::Result<T, String> {
        let text = str::from_utf8(self.body.bytes()).map_err(|error| error.to_string());
        text.and_then(T::from_json_text).map_err(|why| {
            format!(
                "the reply ({}) is not the JSON object that it should be: {why}",
                self.status
            )
        })
    }

    /// The problem that the reply describes, and when the CA wants to be asked again: by its header, or else by its words.
    /// For an account that is paused there is no such time.
    pub(crate) fn refusal(&self) -> (Problem, Option<Duration>) {
        let problem = self.problem();
        let wait = match problem.limit() {
            Some(Limit::Paused(_)) => None,
            _ => self
                .retry_after
                .or_else(|| problem.wait_in_words(SystemTime::now())),
        };
        (problem, wait)
    }

    /// The problem that the reply describes, with the status of the reply.
    fn problem(&self) -> Problem {
        let text = str::from_utf8(self.body.bytes()).unwrap_or_default();
        let is_object = text.trim_start().starts_with('{');
        let mut problem = Problem::from_json(if is_object { text } else { "null" });
        if problem.detail.is_empty() {
            problem.detail = match self
                .location
                .as_ref()
                .filter(|_| self.status.is_redirection())
            {
                Some(place) => format!("the CA answered {}: see {}", self.status, quote(place)),
                None => format!("the CA answered {} and nothing more", self.status),
            };
        }
        problem.status = Some(self.status.as_u16());
        problem
    }
}

pub(crate) fn header(response: &Response<Body>, name: &str) -> Option<String> {
    let value = response.headers().get(name)?.to_str().ok()?;
    Some(value.to_owned())
}

/// A CA that names a longer wait may as well say never. It also fits every clock.
const LONGEST_WAIT: Duration = Duration::from_secs(365 * 86_400);

fn links(response: &Response<Body>) -> Vec<String> {
    let headers = response.headers().get_all("link").iter();
    let headers = headers.filter_map(|value| value.to_str().ok());
    headers.map(str::to_owned).collect()
}

/// Seconds, or a date (RFC 9110 §10.2.3).
fn retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let wait = text.parse().map_or(LONGEST_WAIT, Duration::from_secs);
        return Some(wait.min(LONGEST_WAIT));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    let wait = date.duration_since(now).unwrap_or_default();
    Some(wait.min(LONGEST_WAIT))
}

/// When a reply was sent; `age` is for how long a cache has had it, in seconds (RFC 9111 §5.1).
fn date(text: &str, age: Option<String>) -> Option<SystemTime> {
    let date = httpdate::parse_http_date(text.trim()).ok()?;
    let age = age.map_or(Some(0), |age| age.trim().parse().ok())?;
    date.checked_add(Duration::from_secs(age))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        for (text, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:49:36 GMT", Some(0)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(365 * 86_400)),
            ("31536001", Some(365 * 86_400)),
            ("18446744073709551615", Some(365 * 86_400)),
            (
                "99999999999999999999999999999999999999999",
                Some(365 * 86_400),
            ),
            ("0000000000000000000000000000000000000000005", Some(5)),
            ("soon", None),
            ("", None),
            ("-1", None),
            ("+5", None),
            ("1.5", None),
            ("1e3", None),
            ("５", None),
            ("5 s", None),
            ("Sun, 06 Nov 1994", None),
        ] {
            assert_eq!(
                retry_after(text, now),
                seconds.map(Duration::from_secs),
                "{text}"
            );
        }
    }

    fn reply(status: StatusCode, retry_after: Option<u64>, body: &str) -> Reply {
        Reply {
            status,
            nonce: None,
            location: None,
            retry_after: retry_after.map(Duration::from_secs),
            date: None,
            media_type: None,
            links: Vec::new(),
            body: Received::from(body.as_bytes().to_vec()),
        }
    }

    #[test]
    fn a_wait_is_that_of_the_header_or_else_of_the_words_and_none_is_for_a_paused_account() {
        let limited = |detail: &str| {
            format!(r#"{{"type":"urn:ietf:params:acme:error:rateLimited","detail":"{detail}"}}"#)
        };
        for (header, detail, wait) in [
            (None, "over quota. Try again in 7s.", Some(7)),
            (Some(9), "over quota. Try again in 7s.", Some(9)),
            (None, "over quota", None),
            (
                Some(9),
                "Your account is temporarily prevented from requesting certificates",
                None,
            ),
        ] {
            let reply = reply(StatusCode::TOO_MANY_REQUESTS, header, &limited(detail));
            let (_, found) = reply.refusal();
            assert_eq!(found, wait.map(Duration::from_secs), "{detail}");
        }
    }

    #[test]
    fn what_a_cache_kept_was_sent_before() {
        let seconds = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        let sent = "Sun, 06 Nov 1994 08:49:37 GMT";
        for (text, age, expected) in [
            (sent, None, seconds(784_111_777)),
            (sent, Some("60"), seconds(784_111_837)),
            (sent, Some("long"), None),
            (sent, Some("18446744073709551615"), None),
            ("today", None, None),
        ] {
            assert_eq!(
                date(text, age.map(str::to_owned)),
                expected,
                "{text} {age:?}"
            );
        }
    }

    #[test]
    fn a_refusal_has_a_detail_and_the_status_of_the_reply() {
        let problem = |body: &str| reply(StatusCode::BAD_REQUEST, None, body).problem();
        let nothing = "the CA answered 400 Bad Request and nothing more";
        for (body, kind, detail) in [
            (r#"{"type":"t","detail":"d","status":200}"#, "t", "d"),
            (r#"{"type":"","detail":"d"}"#, "about:blank", "d"),
            ("{}", "about:blank", nothing),
            ("<html>", "about:blank", nothing),
            ("[1]", "about:blank", nothing),
        ] {
            let problem = problem(body);
            assert_eq!((&*problem.kind, &*problem.detail), (kind, detail));
            assert_eq!(problem.status, Some(400));
        }
    }
}
