//! Why a record could not be changed.

use std::fmt;

/// Why a record could not be added or removed, and what a person can do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What happened: what was asked, of whom, and what came back.
    pub detail: String,
    /// What can be done, if that is known.
    pub hint: Option<String>,
    /// Whether trying again is in vain before somebody changes something.
    pub is_permanent: bool,
}

impl Failure {
    /// A failure without a hint.
    pub fn new(detail: impl Into<String>) -> Failure {
        Failure {
            detail: detail.into(),
            hint: None,
            is_permanent: false,
        }
    }

    /// The failure as one at which trying again is in vain before somebody changes something.
    #[must_use]
    pub fn permanent(mut self) -> Failure {
        self.is_permanent = true;
        self
    }

    /// The failure with what can be done about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}
