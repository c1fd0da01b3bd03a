//! Why something could not be done: a cause with its data, and what follows from it for who asks a CA.

mod words;

use crate::cancellation::Interrupted;
use crate::objects::{ChallengeType, Limit, Problem, Profile, Status};
use crate::request::Request;
use crate::signing::BindingKeyError;
use https::Unreachable;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A request that had less time than this without an answer says nothing of the CA.
const FAIR: Duration = Duration::from_millis(500);
/// A CA that is busy for longer than this is not waited for.
const LONGEST_BUSY: Duration = Duration::from_secs(60);

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
        /// Whether the same request may well succeed when it is sent again.
        is_passing: bool,
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
    /// The CA offers no challenge of a type that is wanted.
    NotOffered {
        /// The authorization's URL.
        authorization: String,
        /// The name that it is for.
        identifier: String,
        /// The types that are wanted.
        wanted: Vec<ChallengeType>,
        /// The types of challenges that it offers.
        offered: Vec<String>,
    },
    /// The CA has no such certificate profile.
    UnknownProfile {
        /// The URL of the CA's directory.
        directory: String,
        /// The profile that was asked for.
        profile: String,
        /// Those that it has; none where it has no profiles.
        offered: Vec<Profile>,
    },
    /// The account's key cannot be read or made.
    AccountKey {
        /// Its file.
        path: PathBuf,
        /// Why not.
        error: keys::Error,
    },
    /// The URL that is noted of an account is not that of its key's account.
    OtherAccount {
        /// The file of the key.
        key: PathBuf,
        /// The URL that is noted.
        noted: String,
        /// The URL of the account that has the key, if the CA has one.
        found: Option<String>,
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

    /// Whether the CA, or what stands before it, did not answer a request that had a fair time for that.
    pub(crate) fn is_outage(&self) -> bool {
        match self {
            Error::Unreachable { .. } => true,
            Error::NoAnswer { within, .. } => *within >= FAIR,
            Error::Refused { problem, .. } => matches!(problem.status, Some(502..=504)),
            _ => false,
        }
    }

    /// Whether the CA answered the request, be it with a refusal.
    pub(crate) fn is_answer(&self) -> bool {
        !self.is_outage() && matches!(self, Error::Refused { .. })
    }

    /// Whether it may be over soon, so that the request is sent again, or who polls goes on. What is no answer to the
    /// question counts as well: it may come from something that stands before a CA that is being restarted.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Error::NotAsked { .. } | Error::NoAnswer { .. } | Error::Unreadable { .. } => true,
            Error::Unreachable { is_passing, .. } => *is_passing,
            Error::Unfinished { what, .. } => matches!(what, Unfinished::Request(_)),
            Error::Refused {
                problem,
                retry_after,
                ..
            } => {
                let is_paused = matches!(problem.limit(), Some(Limit::Paused(_)));
                let is_busy = matches!(problem.status, Some(429 | 500..=599)) && !is_paused;
                is_busy && retry_after.is_none_or(|wait| wait <= LONGEST_BUSY)
            }
            _ => false,
        }
    }

    /// When the CA wants to be asked again, where it said so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Error::Refused { retry_after, .. } => *retry_after,
            Error::Challenge(problem)
            | Error::Order {
                problem: Some(problem),
                ..
            } => problem.wait_in_words(SystemTime::now()),
            _ => None,
        }
    }

    /// The limit of the CA's that was met, where it was one.
    pub fn limit(&self) -> Option<Limit> {
        match self {
            Error::Refused { problem, .. }
            | Error::Challenge(problem)
            | Error::Order {
                problem: Some(problem),
                ..
            } => problem.limit(),
            _ => None,
        }
    }

    /// Whether the CA refused a request with this problem of RFC 8555 §6.7.
    pub fn is_refusal(&self, name: &str) -> bool {
        matches!(self, Error::Refused { problem, .. } if problem.is(name))
    }
}

impl From<Interrupted> for Error {
    fn from(_: Interrupted) -> Error {
        Error::Interrupted
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Purpose;

    #[test]
    fn a_failure_may_pass_and_may_say_something_of_the_ca_or_not() {
        let request = || Box::new(Request::post(Purpose::Order, "https://ca.test/1"));
        let no_answer = |millis| Error::NoAnswer {
            request: request(),
            awaited: "answer",
            within: Duration::from_millis(millis),
        };
        let unreachable = |is_passing| Error::Unreachable {
            request: request(),
            reason: Unreachable::NoAddress,
            is_passing,
        };
        let refused = |status, retry_after: Option<u64>| Error::Refused {
            request: request(),
            problem: Box::new(Problem {
                status: Some(status),
                ..Problem::default()
            }),
            retry_after: retry_after.map(Duration::from_secs),
        };
        let unfinished = |what| Error::Unfinished {
            what,
            within: Duration::from_secs(5),
        };
        for (error, is_passing, is_outage, is_answer) in [
            (no_answer(500), true, true, false),
            (no_answer(499), true, false, false),
            (unreachable(true), true, true, false),
            (unreachable(false), false, true, false),
            (refused(500, None), true, false, true),
            (refused(502, None), true, true, false),
            (refused(504, Some(60)), true, true, false),
            (refused(503, Some(61)), false, true, false),
            (refused(599, None), true, false, true),
            (refused(429, None), true, false, true),
            (refused(429, Some(61)), false, false, true),
            (refused(403, None), false, false, true),
            (refused(600, None), false, false, true),
            (
                unfinished(Unfinished::Request(request())),
                true,
                false,
                false,
            ),
            (unfinished(Unfinished::Validation), false, false, false),
            (
                Error::Unreadable {
                    request: request(),
                    why: String::new(),
                },
                true,
                false,
                false,
            ),
            (Error::Interrupted, false, false, false),
        ] {
            assert_eq!(error.is_passing(), is_passing, "{error:?}");
            assert_eq!(error.is_outage(), is_outage, "{error:?}");
            assert_eq!(error.is_answer(), is_answer, "{error:?}");
        }
    }
}
