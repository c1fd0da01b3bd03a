//! Why something could not be done: a cause with its data.

use crate::cancellation::Interrupted;
use crate::objects::{Problem, Status};
use crate::request::Request;
use crate::signing::BindingKeyError;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A result with this library's error.
pub type Result<T> = std::result::Result<T, Error>;

/// Why something could not be done. As text it says what was asked of whom, and what came back.
#[derive(Debug, Clone, PartialEq)]
pub enum Error {
    /// The CA cannot be reached, or it is not known to be the CA.
    Unreachable {
        /// What was asked.
        request: Box<Request>,
        /// Why not.
        reason: Unreachable,
    },
    /// The CA did not answer in time.
    NoAnswer {
        /// What was asked.
        request: Box<Request>,
        /// What was waited for: `connection` or `answer`.
        awaited: &'static str,
        /// How long.
        within: Duration,
    },
    /// The CA was not asked, since it had not answered others before.
    NotAsked {
        /// What would have been asked.
        request: Box<Request>,
        /// Why the last of the others had no answer.
        why: Box<Error>,
    },
    /// The CA did not finish in time.
    Unfinished {
        /// With what.
        what: Unfinished,
        /// How long it was waited for.
        within: Duration,
    },
    /// The CA sent something that is not ACME, or not what it should be.
    Reply {
        /// What was asked, or which object it is.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// A reply of success cannot be read: it is not the object that was asked for.
    Unreadable {
        /// What was asked.
        request: Box<Request>,
        /// What is wrong with it.
        why: String,
    },
    /// The URL of the CA's directory leads to something else.
    NoDirectory {
        /// What was asked.
        request: Box<Request>,
        /// What is wrong with it.
        why: String,
    },
    /// The CA refused a request.
    Refused {
        /// What was asked.
        request: Box<Request>,
        /// The CA's problem; its `status` is that of the reply.
        problem: Box<Problem>,
        /// When the CA wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// A challenge failed, as the CA says in the challenge.
    Challenge(Box<Problem>),
    /// An authorization is in a final state other than `valid`, and the CA does not say why.
    Authorization {
        /// Its URL, where the challenge does not tell which it is.
        url: Option<String>,
        /// The state.
        status: Status,
    },
    /// An order is in a state that leads to no certificate.
    Order {
        /// Its URL.
        url: String,
        /// The state.
        status: Status,
        /// Why, if the CA says so.
        problem: Option<Box<Problem>>,
    },
    /// The CA offers no dns-01 challenge.
    NotOffered {
        /// The authorization's URL.
        authorization: String,
        /// The name that it is for.
        identifier: String,
        /// The types of challenges that it offers.
        offered: Vec<String>,
    },
    /// The account's key cannot be read or made.
    AccountKey {
        /// Its file.
        path: PathBuf,
        /// Why not.
        error: keys::Error,
    },
    /// A request cannot be signed.
    Signing(keys::Error),
    /// The CA requires agreement to its terms of service (RFC 8555 §7.3).
    TermsNotAgreedTo {
        /// The URL of the CA's directory.
        directory: String,
        /// Where they can be read.
        terms: String,
    },
    /// The CA requires external account binding (RFC 8555 §7.3.4).
    BindingNeeded {
        /// The URL of the CA's directory.
        directory: String,
    },
    /// The MAC key for external account binding is not usable.
    BindingKey(BindingKeyError),
    /// A file or directory cannot be read or written.
    File {
        /// What was to be done: `write`.
        doing: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// The system has no CA certificates to check the CA's TLS certificate with.
    NoTrust {
        /// Why not, if it is known.
        why: Option<String>,
    },
    /// A CA's name is not known, and is no https URL either.
    UnknownServer(String),
    /// The work was cancelled before it was done.
    Interrupted,
}

/// Why a CA cannot be reached.
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

/// What a CA did not finish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfinished {
    /// Sending an answer to a request, in several tries.
    Request(Box<Request>),
    /// Validating challenges.
    Validation,
    /// Making the certificate of the order at this URL, which is in this state.
    Issuance(String, Status),
    /// Handing out the certificate at this URL.
    Certificate(String),
}

impl Error {
    /// An error about a file or directory.
    pub(crate) fn file(doing: &'static str, path: &Path, why: impl fmt::Display) -> Error {
        Error::File {
            doing,
            path: path.to_owned(),
            why: why.to_string(),
        }
    }

    /// A reply that is not what it should be.
    pub(crate) fn reply(what: impl fmt::Display, why: impl Into<String>) -> Error {
        Error::Reply {
            what: what.to_string(),
            why: why.into(),
        }
    }

    /// What the CA said to a request that it refused.
    pub(crate) fn refused(
        request: Request,
        problem: Problem,
        retry_after: Option<Duration>,
    ) -> Error {
        Error::Refused {
            request: Box::new(request),
            problem: Box::new(problem),
            retry_after,
        }
    }

    /// Whether the CA, or what stands before it, did not answer the request at all.
    pub(crate) fn is_outage(&self) -> bool {
        match self {
            Error::Unreachable { .. } | Error::NoAnswer { .. } => true,
            Error::Unfinished {
                what: Unfinished::Request(_),
                ..
            } => true,
            Error::Refused { problem, .. } => matches!(problem.status, Some(502..=504)),
            _ => false,
        }
    }

    /// Whether it may be over soon, so that who polls goes on. What is no answer to the question counts as well: it may
    /// come from something that stands before a CA that is being restarted.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Error::NotAsked { .. } | Error::Unreadable { .. } => true,
            Error::Refused { problem, .. } => matches!(problem.status, Some(429 | 500..=599)),
            Error::Unreachable { reason, .. } => {
                matches!(reason, Unreachable::NoAddress | Unreachable::Connection(_))
            }
            error => error.is_outage(),
        }
    }

    /// When the CA wants to be asked again, where it said so.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Error::Refused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether the CA refused a request with this problem of RFC 8555 §6.7.
    pub(crate) fn is_refusal(&self, name: &str) -> bool {
        matches!(self, Error::Refused { problem, .. } if problem.is(name))
    }
}

impl From<Interrupted> for Error {
    fn from(_: Interrupted) -> Error {
        Error::Interrupted
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Unreachable { request, reason } => write!(f, "{request}: {reason}"),
            Error::NoAnswer {
                request,
                awaited,
                within,
            } => write!(f, "{request}: no {awaited} within {} s", within.as_secs()),
            Error::NotAsked { request, why } => write!(
                f,
                "{request}: not asked, since the CA did not answer before: {why}"
            ),
            Error::Unfinished { what, within } => {
                let seconds = within.as_secs();
                match what {
                    Unfinished::Request(request) => {
                        write!(f, "{request}: no final answer within {seconds} s")
                    }
                    Unfinished::Validation => {
                        write!(
                            f,
                            "the CA is still validating the challenges after {seconds} s"
                        )
                    }
                    Unfinished::Issuance(url, status) => {
                        write!(f, "order {url}: still `{status}` after {seconds} s")
                    }
                    Unfinished::Certificate(url) => {
                        write!(f, "certificate {url}: still not there after {seconds} s")
                    }
                }
            }
            Error::Reply { what, why } => write!(f, "{what}: {why}"),
            Error::Unreadable { request, why } => write!(f, "{request}: {why}"),
            Error::NoDirectory { request, why } => write!(f, "{request}: not a directory: {why}"),
            Error::Refused {
                request, problem, ..
            } => write!(f, "{request}: {}", problem.text()),
            Error::Challenge(problem) => f.write_str(problem.text()),
            Error::Authorization {
                url: Some(url),
                status,
            } => write!(f, "{url}: the authorization is `{status}`"),
            Error::Authorization { url: None, status } => write!(
                f,
                "the authorization is `{status}`, and the CA does not say why"
            ),
            Error::Order {
                url,
                status,
                problem,
            } => {
                write!(f, "order {url} is `{status}`")?;
                match problem {
                    Some(problem) => write!(f, ": {}", problem.text()),
                    None => Ok(()),
                }
            }
            Error::NotOffered {
                authorization,
                identifier,
                offered,
            } => write!(
                f,
                "{authorization}: for {identifier} the CA does not offer dns-01, only: {}",
                offered.join(", ")
            ),
            Error::AccountKey { path, error } => {
                write!(f, "the account's key {} {error}", path.display())
            }
            Error::Signing(error) => write!(f, "signing {error}"),
            Error::TermsNotAgreedTo { directory, terms } => write!(
                f,
                "{directory} requires agreement to its terms of service: {terms}"
            ),
            Error::BindingNeeded { directory } => {
                write!(f, "{directory} requires external account binding")
            }
            Error::BindingKey(error) => error.fmt(f),
            Error::File { doing, path, why } => {
                write!(f, "cannot {doing} {}: {why}", path.display())
            }
            Error::NoTrust { why } => {
                f.write_str("the system has no CA certificates")?;
                why.as_ref().map_or(Ok(()), |why| write!(f, ": {why}"))
            }
            Error::UnknownServer(server) => write!(
                f,
                "`{}` is neither an https URL nor a CA's name",
                server.escape_debug()
            ),
            Error::Interrupted => f.write_str("stopped before it was done"),
        }
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
                "the system's clock says {}; the CA's certificate is valid from {}",
                humantime::format_rfc3339_seconds(*now),
                humantime::format_rfc3339_seconds(*from)
            ),
            Unreachable::Expired { now, until } => write!(
                f,
                "the system's clock says {}; the CA's certificate was valid until {}",
                humantime::format_rfc3339_seconds(*now),
                humantime::format_rfc3339_seconds(*until)
            ),
        }
    }
}

impl std::error::Error for Error {}
