//! The time in which a CA wants a certificate to be renewed.

use std::time::SystemTime;

/// A time in which a CA wants a certificate to be renewed (RFC 9773 §4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its first moment.
    pub start: SystemTime,
    /// The moment after its last.
    pub end: SystemTime,
}

impl Window {
    /// Whether this moment is in it.
    pub fn contains(&self, moment: SystemTime) -> bool {
        self.start <= moment && moment < self.end
    }
}
