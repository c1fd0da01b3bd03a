//! Why a request has no reply.

use crate::error::Error;
use crate::request::Request;
use crate::transport::config::CONNECT_TIMEOUT;
use https::NoReply;
use std::time::Duration;

/// Why a request that might take so long had no reply, from ureq's error.
pub(crate) fn no_reply(request: Request, error: &ureq::Error, limit: Duration) -> Error {
    match NoReply::new(error, limit, CONNECT_TIMEOUT) {
        NoReply::Late { awaited, within } => Error::NoAnswer {
            request: Box::new(request),
            awaited,
            within,
        },
        NoReply::Unreachable { reason, is_passing } => Error::Unreachable {
            request: Box::new(request),
            reason,
            is_passing,
        },
        NoReply::Reply(why) => Error::reply(request, why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Purpose;
    use https::Proxy;
    use https::ProxyFailed;
    use std::io;

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
}
