//! Why a request has no reply.

use crate::error::{Error, Unreachable};
use crate::request::Request;
use crate::transport::config::{CALL_TIMEOUT, CONNECT_TIMEOUT};
use std::io;

/// Why there was no reply.
#[derive(Debug)]
pub(crate) struct NoReply {
    pub(crate) error: Error,
    /// Whether the same request may well succeed when it is sent again.
    pub(crate) is_passing: bool,
}

impl From<Error> for NoReply {
    fn from(error: Error) -> NoReply {
        NoReply {
            error,
            is_passing: false,
        }
    }
}

impl NoReply {
    /// Makes one from ureq's error.
    pub(crate) fn new(request: Request, error: &ureq::Error) -> NoReply {
        use ureq::Error as E;
        let request = Box::new(request);
        let (reason, is_passing) = match error {
            E::Timeout(what) => {
                let (awaited, within) = match what {
                    ureq::Timeout::Connect => ("connection", CONNECT_TIMEOUT),
                    _ => ("answer", CALL_TIMEOUT),
                };
                let error = Error::NoAnswer {
                    request,
                    awaited,
                    within,
                };
                return NoReply {
                    error,
                    is_passing: true,
                };
            }
            E::Io(io) if io.kind() == io::ErrorKind::InvalidData => {
                (untrusted(io.to_string()), false)
            }
            E::Rustls(tls) => (untrusted(tls.to_string()), false),
            E::Tls(tls) => (Unreachable::Connection((*tls).to_owned()), false),
            E::Io(io) => (Unreachable::Connection(io.to_string()), true),
            E::HostNotFound => (Unreachable::NoAddress, true),
            E::ConnectionFailed | E::ConnectProxyFailed(_) | E::InvalidProxyUrl => {
                (Unreachable::Connection(error.to_string()), true)
            }
            other => return Error::reply(request, other.to_string()).into(),
        };
        NoReply {
            error: Error::Unreachable { request, reason },
            is_passing,
        }
    }
}

/// What rustls finds wrong with a certificate, by its own words.
fn untrusted(why: String) -> Unreachable {
    if why.contains("not valid for name") {
        Unreachable::OtherName(why)
    } else {
        Unreachable::Untrusted(why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Purpose;

    #[test]
    fn a_failure_has_its_cause_and_may_pass() {
        let url = "https://ca.test/1";
        let text = |error: ureq::Error| {
            let failed = NoReply::new(Request::post(Purpose::Order, url), &error);
            (failed.error.to_string(), failed.is_passing)
        };
        let io = |kind, text: &str| ureq::Error::Io(io::Error::new(kind, text.to_owned()));
        for (error, words, is_passing) in [
            (
                ureq::Error::Timeout(ureq::Timeout::Global),
                "no answer within 60 s",
                true,
            ),
            (
                ureq::Error::Timeout(ureq::Timeout::RecvBody),
                "no answer within 60 s",
                true,
            ),
            (
                ureq::Error::Timeout(ureq::Timeout::Connect),
                "no connection within 15 s",
                true,
            ),
            (ureq::Error::HostNotFound, "the host has no address", true),
            (io(io::ErrorKind::ConnectionReset, "reset"), "reset", true),
            (
                io(io::ErrorKind::InvalidData, "UnknownIssuer"),
                "UnknownIssuer",
                false,
            ),
            (ureq::Error::Tls("tls"), "tls", false),
        ] {
            let expected = format!("order (POST {url}): {words}");
            assert_eq!(text(error), (expected, is_passing));
        }
        let (words, is_passing) = text(ureq::Error::BodyExceedsLimit(7));
        assert!(words.starts_with("order (POST") && !is_passing, "{words}");
        assert_eq!(untrusted("x".into()), Unreachable::Untrusted("x".into()));
        let other = "certificate not valid for name \"a\"".to_owned();
        assert_eq!(untrusted(other.clone()), Unreachable::OtherName(other));
    }
}
