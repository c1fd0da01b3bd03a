//! The URL of a service, to whose path more is added.

use http::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::net::IpAddr;

/// The longest URL that is taken, in bytes.
const LONGEST: usize = 2048;
/// What is encoded in a part of a path: all but the characters that URLs are free to use (RFC 3986 §2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The URL of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// Without a slash at its end.
    text: String,
    host: String,
    is_https: bool,
}

impl Base {
    /// Reads an absolute URL of a scheme and a host, with a port and a path where it has them.
    ///
    /// # Errors
    /// What is wrong with it, in words that quote nothing of it: it may hold a password.
    pub fn parse(text: &str) -> Result<Base, &'static str> {
        if text.len() > LONGEST {
            return Err("has more than 2048 characters");
        }
        if text.contains('#') {
            return Err("has a fragment");
        }
        let uri = text.parse::<Uri>().map_err(|_| "is no URL")?;
        let is_https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err("is no URL that begins with https:// or http://"),
        };
        let authority = uri.authority().ok_or("has no host")?;
        if authority.as_str().contains('@') {
            return Err("has a user or password in it, which others could read there");
        }
        if uri.query().is_some() {
            return Err("has a query");
        }
        let host = authority.host();
        let port = authority.as_str().get(host.len()..).unwrap_or_default();
        let is_port = |port: &str| port.parse().is_ok_and(|port: u16| port > 0);
        if host.is_empty() || !(port.is_empty() || port.strip_prefix(':').is_some_and(is_port)) {
            return Err("has no host, or a port that is none");
        }
        Ok(Base {
            text: text.trim_end_matches('/').to_owned(),
            host: host.trim_matches(['[', ']']).to_ascii_lowercase(),
            is_https,
        })
    }

    /// The URL with these parts added to its path.
    pub fn join(&self, parts: &[&str]) -> String {
        parts.iter().fold(self.text.clone(), |url, part| {
            format!("{url}/{}", utf8_percent_encode(part, ENCODED))
        })
    }

    /// The URL without a path that it ends in, if it does.
    #[must_use]
    pub fn without(mut self, path: &str) -> Base {
        if let Some(rest) = self.text.strip_suffix(path) {
            self.text.truncate(rest.len());
        }
        self
    }

    /// Whether what is sent is encrypted.
    pub fn is_https(&self) -> bool {
        self.is_https
    }

    /// Whether what is sent stays on the machine.
    pub fn is_loopback(&self) -> bool {
        let is_address = |address: IpAddr| address.to_canonical().is_loopback();
        self.host == "localhost" || self.host.parse().is_ok_and(is_address)
    }

    /// Its host.
    pub fn host(&self) -> &str {
        &self.host
    }
}

/// A text as the value of a query.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_added_to_the_path() {
        for (base, parts, expected) in [
            (
                "http://[::1]:8081/",
                &["api", "v1"][..],
                "http://[::1]:8081/api/v1",
            ),
            (
                "https://a.test/b/c",
                &["present"],
                "https://a.test/b/c/present",
            ),
            ("https://a.test//", &["x"], "https://a.test/x"),
            (
                "https://a.test",
                &["../x?y", "example.com."],
                "https://a.test/..%2Fx%3Fy/example.com.",
            ),
        ] {
            assert_eq!(
                Base::parse(base).map(|base| base.join(parts)).as_deref(),
                Ok(expected)
            );
        }
        let base = Base::parse("http://a.test/api/v1/").map(|base| base.without("/api/v1"));
        assert_eq!(
            base.map(|base| base.join(&[])).as_deref(),
            Ok("http://a.test")
        );
    }

    #[test]
    fn what_is_no_url_of_a_service_is_refused_without_its_password() {
        for (text, why) in [
            ("", "URL"),
            ("a.test", "https://"),
            ("ftp://a.test", "https://"),
            ("https://", "URL"),
            ("https://u:secret@a.test", "password"),
            ("https://a.test?b", "query"),
            ("https://a.test#b", "fragment"),
            ("https://a.test:0/", "port"),
            ("https://a.test:99999/", "port"),
            ("https://a b/", "URL"),
            (&format!("https://a.test/{}", "b".repeat(LONGEST)), "2048"),
        ] {
            let found = Base::parse(text).expect_err(text);
            assert!(found.contains(why), "{text}: {found}");
        }
    }

    #[test]
    fn what_stays_on_the_machine_is_known() {
        for (url, is_loopback) in [
            ("http://127.0.0.1:8081", true),
            ("http://LOCALHOST", true),
            ("http://[::1]/", true),
            ("http://[::ffff:127.0.0.2]/", true),
            ("http://192.0.2.1", false),
            ("http://localhost.example.com", false),
        ] {
            let found = Base::parse(url).map(|base| base.is_loopback());
            assert_eq!(found, Ok(is_loopback), "{url}");
        }
    }
}
