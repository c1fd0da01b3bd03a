//! How a change of an account's key stands that was interrupted.

/// How a change of keys stands that was interrupted (RFC 8555 §7.3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnfinishedKeyChange {
    /// The CA knows the old key: it was not told of the new one, or did not take it.
    NotMade,
    /// The CA knows the new key, which is in its place now.
    Finished,
    /// The CA knows the new key, and it cannot be put in its place here.
    NotInPlace,
}
