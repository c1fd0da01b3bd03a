//! Why a request has no reply, from ureq's error.

use crate::connection::{LARGEST_HEADER, ProxyFailed};
use rustls::CertificateError;
use rustls::pki_types::UnixTime;
use std::time::{Duration, SystemTime};
use std::{fmt, io};

/// Why a request has no reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoReply {
    /// It took too long.
    Late {
        /// What did: the `connection` or the `answer`.
        awaited: &'static str,
        /// How long it might take.
        within: Duration,
    },
    /// No connection was made, or it broke.
    Unreachable {
        /// Why.
        reason: Unreachable,
        /// Whether it may be better in a moment.
        is_passing: bool,
    },
    /// What came back is no reply.
    Reply(String),
}

/// Why a server cannot be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreachable {
    /// Its host has no address.
    NoAddress,
    /// Its TLS certificate is not trusted.
    Untrusted(String),
    /// Its TLS certificate is for another name.
    OtherName(String),
    /// By the system's clock its TLS certificate is not valid yet.
    NotValidYet {
        /// What the clock says.
        now: SystemTime,
        /// When the certificate becomes valid.
        from: SystemTime,
    },
    /// By the system's clock its TLS certificate has expired.
    Expired {
        /// What the clock says.
        now: SystemTime,
        /// When the certificate ceased to be valid.
        until: SystemTime,
    },
    /// No connection can be made, or it broke.
    Connection(String),
    /// No connection can be made through a proxy.
    Proxy {
        /// Its host and port.
        proxy: String,
        /// What named it.
        source: String,
        /// Whether the proxy did its part.
        is_passed: bool,
        /// Why not.
        reason: Box<Unreachable>,
    },
}

impl NoReply {
    /// What an error means to a request that might take `limit`, and its connection `connect`.
    pub fn new(error: &ureq::Error, limit: Duration, connect: Duration) -> NoReply {
        use ureq::Error as E;
        if let E::Other(inner) = error
            && let Some(failed) = inner.downcast_ref::<ProxyFailed>()
        {
            return NoReply::new(&failed.error, limit, connect).through(failed);
        }
        let (reason, is_passing) = match error {
            E::Timeout(what) => {
                let (awaited, within) = match what {
                    ureq::Timeout::Connect => ("connection", connect.min(limit)),
                    _ => ("answer", limit),
                };
                return NoReply::Late { awaited, within };
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
                return NoReply::Reply(format!("the reply has more than {most} kB of headers"));
            }
            other => return NoReply::Reply(other.to_string()),
        };
        NoReply::Unreachable { reason, is_passing }
    }

    /// The same, with the proxy that is on the way.
    fn through(self, failed: &ProxyFailed) -> NoReply {
        let (reason, is_passing) = match self {
            NoReply::Unreachable { reason, is_passing } => (reason, is_passing),
            NoReply::Late { awaited, within } => {
                let why = format!("no {awaited} within {}", seconds(within));
                (Unreachable::Connection(why), true)
            }
            NoReply::Reply(_) => return self,
        };
        let reason = Unreachable::Proxy {
            proxy: failed.proxy.to_string(),
            source: failed.proxy.source().to_owned(),
            is_passed: failed.is_passed,
            reason: Box::new(reason),
        };
        NoReply::Unreachable { reason, is_passing }
    }
}

impl fmt::Display for NoReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoReply::Late { awaited, within } => {
                write!(f, "no {awaited} within {}", seconds(*within))
            }
            NoReply::Unreachable { reason, .. } => reason.fmt(f),
            NoReply::Reply(why) => f.write_str(why),
        }
    }
}

fn seconds(duration: Duration) -> String {
    match duration.as_secs_f64().round() as u64 {
        0 => "less than a second".to_owned(),
        seconds => format!("{seconds} s"),
    }
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreachable::NoAddress => f.write_str("the host has no address"),
            Unreachable::Untrusted(why)
            | Unreachable::OtherName(why)
            | Unreachable::Connection(why) => f.write_str(why),
            Unreachable::Proxy {
                proxy,
                source,
                is_passed,
                reason,
            } => {
                let through = if *is_passed { "through " } else { "" };
                write!(f, "{through}the proxy {proxy} ({source}): {reason}")
            }
            Unreachable::NotValidYet { now, from } => write!(
                f,
                "the system's clock says {}; the server's certificate is valid from {}",
                humantime::format_rfc3339_seconds(*now),
                humantime::format_rfc3339_seconds(*from)
            ),
            Unreachable::Expired { now, until } => write!(
                f,
                "the system's clock says {}; the server's certificate was valid until {}",
                humantime::format_rfc3339_seconds(*now),
                humantime::format_rfc3339_seconds(*until)
            ),
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
    let why = match error {
        rustls::Error::InvalidCertificate(why) => why,
        rustls::Error::InvalidMessage(_) => {
            let why = format!("what answers there does not speak TLS ({error})");
            return Unreachable::Connection(why);
        }
        _ => return Unreachable::Untrusted(error.to_string()),
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
                "the system's clock says 1970-01-02T00:00:00Z; the server's certificate is valid from 1970-01-03T00:00:00Z",
            ),
            (
                CertificateError::ExpiredContext {
                    time: now,
                    not_after,
                },
                |found| matches!(found, Unreachable::Expired { .. }),
                "the system's clock says 1970-01-02T00:00:00Z; the server's certificate was valid until 1970-01-01T01:00:00Z",
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

    #[test]
    fn what_speaks_no_tls_is_not_taken_for_one_that_is_not_trusted() {
        let tls = rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType);
        let found = untrusted(&tls);
        assert!(
            matches!(&found, Unreachable::Connection(why) if why.contains("does not speak TLS"))
        );
    }
}
