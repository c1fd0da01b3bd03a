//! What a CA answers to a request.

use crate::objects::{FromJson, Problem};
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
    pub(crate) media_type: Option<String>,
    /// The URLs that it links to as other forms of the same (RFC 8555 §7.4.2).
    pub(crate) alternates: Vec<String>,
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
            media_type: header(response, "content-type"),
            alternates: alternates(response),
            body,
        }
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

    /// The problem that the reply describes, with the status of the reply.
    pub(crate) fn problem(&self) -> Problem {
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

fn alternates(response: &Response<Body>) -> Vec<String> {
    let headers = response.headers().get_all("link").iter();
    headers
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| link::targets(value, "alternate"))
        .collect()
}

/// Seconds, or a date (RFC 9110 §10.2.3).
fn retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text.trim()).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
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
            ("soon", None),
            ("-1", None),
        ] {
            assert_eq!(
                retry_after(text, now),
                seconds.map(Duration::from_secs),
                "{text}"
            );
        }
    }

    #[test]
    fn a_refusal_has_a_detail_and_the_status_of_the_reply() {
        let problem = |body: &str| {
            let reply = Reply {
                status: StatusCode::BAD_REQUEST,
                nonce: None,
                location: None,
                retry_after: None,
                media_type: None,
                alternates: Vec::new(),
                body: Received::from(body.as_bytes().to_vec()),
            };
            reply.problem()
        };
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
