//! Why a request has no reply.

use crate::error::{Error, Unreachable};
use crate::request::Request;
use crate::transport::config::CONNECT_TIMEOUT;
use rustls::CertificateError;
use rustls::pki_types::UnixTime;
use std::io;
use std::time::{Duration, SystemTime};

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
    /// Makes one from ureq's error about a request that might take so long.
    pub(crate) fn new(request: Request, error: &ureq::Error, limit: Duration) -> NoReply {
        use ureq::Error as E;
        let request = Box::new(request);
        let (reason, is_passing) = match error {
            E::Timeout(what) => {
                let (awaited, within) = match what {
                    ureq::Timeout::Connect => ("connection", CONNECT_TIMEOUT.min(limit)),
                    _ => ("answer", limit),
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
            E::Io(io) if io.kind() == io::ErrorKind::InvalidData => (invalid(io), false),
            E::Rustls(tls) => (untrusted(tls), false),
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

/// What is wrong with what the server sent: mostly rustls found it, and handed it on as an error of input and output.
fn invalid(error: &io::Error) -> Unreachable {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref());
    tls.map_or_else(|| Unreachable::Untrusted(error.to_string()), untrusted)
}

/// What rustls finds wrong with a certificate.
fn untrusted(error: &rustls::Error) -> Unreachable {
    let rustls::Error::InvalidCertificate(why) = error else {
        return Unreachable::Untrusted(error.to_string());
    };
    let at = |time: &UnixTime| SystemTime::UNIX_EPOCH + Duration::from_secs(time.as_secs());
    match why {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Unreachable::OtherName(error.to_string())
        }
        CertificateError::NotValidYetContext { time, not_before } => Unreachable::NotValidYet {
            now: at(time),
            from: at(not_before),
        },
        CertificateError::ExpiredContext { time, not_after } => Unreachable::Expired {
            now: at(time),
            until: at(not_after),
        },
        _ => Unreachable::Untrusted(error.to_string()),
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
            let limit = Duration::from_secs(60);
            let failed = NoReply::new(Request::post(Purpose::Order, url), &error, limit);
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
    }

    #[test]
    fn a_certificate_is_refused_for_its_name_its_dates_or_its_issuer() {
        let unix = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let (now, not_before, not_after) = (unix(86_400), unix(172_800), unix(3600));
        for (certificate, is_expected, words) in [
            (
                CertificateError::NotValidForName,
                (|found| matches!(found, Unreachable::OtherName(_))) as fn(&Unreachable) -> bool,
                "invalid peer certificate: NotValidForName",
            ),
            (
                CertificateError::UnknownIssuer,
                |found| matches!(found, Unreachable::Untrusted(_)),
                "invalid peer certificate: UnknownIssuer",
            ),
            (
                CertificateError::NotValidYetContext {
                    time: now,
                    not_before,
                },
                |found| matches!(found, Unreachable::NotValidYet { .. }),
                "the system's clock says 1970-01-02T00:00:00Z; the CA's certificate is valid from 1970-01-03T00:00:00Z",
            ),
            (
                CertificateError::ExpiredContext {
                    time: now,
                    not_after,
                },
                |found| matches!(found, Unreachable::Expired { .. }),
                "the system's clock says 1970-01-02T00:00:00Z; the CA's certificate was valid until 1970-01-01T01:00:00Z",
            ),
        ] {
            let tls = rustls::Error::InvalidCertificate(certificate);
            let handed_on = io::Error::new(io::ErrorKind::InvalidData, tls.clone());
            for found in [untrusted(&tls), invalid(&handed_on)] {
                assert!(is_expected(&found), "{found:?}");
                assert!(found.to_string().starts_with(words), "{found}");
            }
        }
    }
}
