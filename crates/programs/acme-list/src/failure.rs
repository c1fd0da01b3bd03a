//! Why nothing is listed, or done.

use command::Usage;

/// Why nothing is listed, or done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What is asked for is wrong.
    Usage(Usage),
    /// It went wrong, in words.
    Failed(String),
}

impl From<Usage> for Failure {
    fn from(usage: Usage) -> Failure {
        Failure::Usage(usage)
    }
}

impl From<String> for Failure {
    fn from(why: String) -> Failure {
        Failure::Failed(why)
    }
}
