//! A request, and how it is shown.

use crate::base::encoded;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::fmt::Write as _;

/// A header that says who asks. Its value is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    pub(crate) name: &'static str,
    pub(crate) value: String,
    /// What is shown before the value that is not.
    scheme: &'static str,
}

impl Header {
    /// A header whose value is a secret.
    pub fn secret(name: &'static str, value: impl Into<String>) -> Header {
        let value = value.into();
        command::hide(&value);
        Header {
            name,
            value,
            scheme: "",
        }
    }
}

/// User and password (RFC 7617).
pub fn basic(user: &str, password: &str) -> Header {
    let both = STANDARD.encode(format!("{user}:{password}"));
    authorization("Basic ", &both)
}

/// A token (RFC 6750).
pub fn bearer(token: &str) -> Header {
    authorization("Bearer ", token)
}

fn authorization(scheme: &'static str, secret: &str) -> Header {
    command::hide(secret);
    Header {
        name: "Authorization",
        value: format!("{scheme}{secret}"),
        scheme,
    }
}

impl std::fmt::Debug for Header {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}***", self.name, self.scheme)
    }
}

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) headers: Vec<Header>,
    pub(crate) body: Option<Value>,
    pub(crate) most: u64,
    pub(crate) is_repeatable: bool,
}

impl Request {
    /// How much of a body is received where nothing else is said, in bytes.
    const MOST: u64 = 1 << 20;

    /// A request without a body. Unless it is a POST, to do it twice is to do it once.
    pub fn new(method: &'static str, url: String) -> Request {
        Request {
            method,
            url,
            headers: Vec::new(),
            body: None,
            most: Request::MOST,
            is_repeatable: method != "POST",
        }
    }

    /// The request with a query: names with their values.
    #[must_use]
    pub fn query(mut self, query: &[(&str, &str)]) -> Request {
        for (number, (name, value)) in query.iter().enumerate() {
            let mark = if number == 0 { '?' } else { '&' };
            let _ = write!(self.url, "{mark}{name}={}", encoded(value));
        }
        self
    }

    /// The request with these headers.
    #[must_use]
    pub fn headers(mut self, headers: &[Header]) -> Request {
        self.headers.extend_from_slice(headers);
        self
    }

    /// The request with this body.
    #[must_use]
    pub fn body(mut self, body: Value) -> Request {
        self.body = Some(body);
        self
    }

    /// The request, whose reply may have so many bytes.
    #[must_use]
    pub fn at_most(mut self, bytes: u64) -> Request {
        self.most = bytes;
        self
    }

    /// The request, as one that may be done twice though it is a POST.
    #[must_use]
    pub fn repeatable(mut self) -> Request {
        self.is_repeatable = true;
        self
    }

    /// What is asked, in short: `GET https://dns.example/zones`.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.url)
    }

    /// The request as a person reads it, with a line for each part and no secret.
    pub fn show(&self) -> String {
        let mut text = self.name() + "\n";
        for header in &self.headers {
            let _ = writeln!(text, "{header:?}");
        }
        if let Some(body) = &self.body {
            let _ = writeln!(text, "{body}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_request_is_shown_without_secrets() {
        let headers = [
            Header::secret("X-API-Key", "abc"),
            basic("user", "topsecret"),
            bearer("verysecret"),
        ];
        let request = Request::new("POST", "https://a.test/b".to_owned())
            .query(&[("zone", "a.test."), ("x", "a&b")])
            .headers(&headers)
            .body(json!({"fqdn": "c.test."}));
        let expected = "POST https://a.test/b?zone=a.test.&x=a%26b\nX-API-Key: ***\nAuthorization: Basic ***\n\
                        Authorization: Bearer ***\n{\"fqdn\":\"c.test.\"}\n";
        assert_eq!(request.show(), expected);
        assert_eq!(headers[1].value, "Basic dXNlcjp0b3BzZWNyZXQ=");
        let quoted = command::masked("dXNlcjp0b3BzZWNyZXQ= verysecret").into_owned();
        assert_eq!(quoted, "*** ***");
    }
}
