//! Why nothing is done, or shown.

use acme::Error;
use command::{Usage, message};

/// Why nothing is done, or shown.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What is asked for is wrong.
    Usage(Usage),
    /// The CA, a key or a file is the reason.
    Acme(Box<Error>),
    /// It went wrong, in words, maybe with what a person can do about it.
    Failed(String, Option<String>),
    /// A person did not agree.
    Declined,
}

impl Failure {
    /// In words alone.
    pub(crate) fn failed(why: impl Into<String>) -> Failure {
        Failure::Failed(why.into(), None)
    }

    /// Says it on stderr.
    pub(crate) fn say(self) {
        let (why, hint) = match self {
            Failure::Usage(usage) => (usage.to_string(), None),
            Failure::Acme(error) => {
                let problem = acme_cli::problem(*error);
                (problem.detail, problem.hint)
            }
            Failure::Failed(why, hint) => (why, hint),
            Failure::Declined => return,
        };
        message::error(&why);
        if let Some(hint) = hint {
            message::error(&hint);
        }
    }
}

impl From<Usage> for Failure {
    fn from(usage: Usage) -> Failure {
        Failure::Usage(usage)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Acme(Box::new(error))
    }
}
