//! Why a request has no reply.

use crate::error::{Error, Unreachable};
use crate::request::Request;
use crate::text::seconds;
use crate::transport::config::CONNECT_TIMEOUT;
use crate::transport::connection::{LARGEST_HEADER, ProxyFailed};
use rustls::CertificateError;
use rustls::pki_types::UnixTime;
use std::io;
use std::time::{Duration, SystemTime};

/// Why a request that might take so long had no reply, from ureq's error.
pub(crate) fn no_reply(request: Request, error: &ureq::Error, limit: Duration) -> Error {
    use ureq::Error as E;
    if let E::Other(inner) = error
        && let Some(failed) = inner.downcast_ref::<ProxyFailed>()
    {
        return through(no_reply(request, &failed.error, limit), failed);
    }
    let request = Box::new(request);
    let (reason, is_passing) = match error {
        E::Timeout(what) => {
            let (awaited, within) = match what {
                ureq::Timeout::Connect => ("connection", CONNECT_TIMEOUT.min(limit)),
                _ => ("answer", limit),
            };
            return Error::NoAnswer {
                request,
                awaited,
                within,
            };
        }
        E::Io(io) if io.kind() == io::ErrorKind::InvalidData => (invalid(io), false),
        E::Rustls(tls) => (untrusted(tls), false),
        E::Tls(tls) => (Unreachable::Connection((*tls).to_owned()), false),
        E::Io(io) => (Unreachable::Connection(io.to_string()), true),
        E::HostNotFound => (Unreachable::NoAddress, true),
        E::ConnectionFailed => (Unreachable::Connection(error.to_string()), true),
        E::ConnectProxyFailed(why) => (Unreachable::Connection(why.clone()), false),
        E::LargeResponseHeader(..) => {
            let most = LARGEST_HEADER / 1024;
            let why = format!("the reply has more than {most} kB of headers");
            return Error::reply(request, why);
        }
        other => return Error::reply(request, other.to_string()),
    };
    Error::Unreachable {
        request,
        reason,
        is_passing,
    }
}

/// The same error, with the proxy that is on the way.
fn through(error: Error, failed: &ProxyFailed) -> Error {
    let (request, reason, is_passing) = match error {
        Error::Unreachable {
            request,
            reason,
            is_passing,
        } => (request, reason, is_passing),
        Error::NoAnswer {
            request,
            awaited,
            within,
        } => {
            let why = format!("no {awaited} within {}", seconds(within));
            (request, Unreachable::Connection(why), true)
        }
        other => return other,
    };
    Error::Unreachable {
        request,
        reason: Unreachable::Proxy {
            proxy: failed.proxy.to_string(),
            source: failed.proxy.source().to_owned(),
            is_passed: failed.is_passed,
            reason: Box::new(reason),
        },
        is_passing,
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
    use crate::transport::connection::Proxy;

    #[test]
    fn a_failure_has_its_cause_and_may_pass() {
        let url = "https://ca.test/1";
        let text = |error: ureq::Error| {
            let limit = Duration::from_secs(60);
            let failed = no_reply(Request::post(Purpose::Order, url), &error, limit);
            (failed.to_string(), failed.is_passing())
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
        let large = text(ureq::Error::LargeResponseHeader(70_000, 65_536));
        let words = format!("order (POST {url}): the reply has more than 64 kB of headers");
        assert_eq!(large, (words, false));
        let (words, is_passing) = text(ureq::Error::BodyExceedsLimit(7));
        assert!(words.starts_with("order (POST") && !is_passing, "{words}");
    }

    #[test]
    fn a_failure_with_a_proxy_on_the_way_names_it() {
        let proxy = Proxy::parse("http://user:secret@proxy.test:3128", "HTTPS_PROXY");
        let proxy = proxy.expect("a proxy");
        let text = |is_passed, error| {
            let proxy = proxy.clone();
            let failed = ureq::Error::Other(Box::new(ProxyFailed {
                proxy,
                is_passed,
                error,
            }));
            let request = Request::post(Purpose::Order, "https://ca.test/1");
            let failed = no_reply(request, &failed, Duration::from_secs(60));
            (failed.to_string(), failed.is_passing())
        };
        let refused = |why: &str| ureq::Error::ConnectProxyFailed(why.to_owned());
        for (is_passed, error, words, is_passing) in [
            (
                false,
                refused("it answered 403"),
                "the proxy proxy.test:3128 (HTTPS_PROXY): it answered 403",
                false,
            ),
            (
                false,
                ureq::Error::Timeout(ureq::Timeout::Connect),
                "the proxy proxy.test:3128 (HTTPS_PROXY): no connection within 15 s",
                true,
            ),
            (
                false,
                ureq::Error::HostNotFound,
                "the proxy proxy.test:3128 (HTTPS_PROXY): the host has no address",
                true,
            ),
            (
                true,
                ureq::Error::Tls("tls"),
                "through the proxy proxy.test:3128 (HTTPS_PROXY): tls",
                false,
            ),
        ] {
            let words = format!("order (POST https://ca.test/1): {words}");
            assert_eq!(text(is_passed, error), (words, is_passing));
        }
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
