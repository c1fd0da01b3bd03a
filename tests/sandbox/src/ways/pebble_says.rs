//! What Pebble says of a challenge that fails, as much of it as tells why.

/// What the CA says is chance: it asks one server or the other.
pub const BY_CHANCE: &str = "?";
/// The name does not exist.
pub(super) const NXDOMAIN: &str = "\\x03";
/// Its resolver fails.
pub(super) const SERVFAIL: &str = "\\x02";
/// Its resolver does not answer in time.
pub(super) const TIMEOUT: &str = "i/o timeout";
/// The name is there, without the record.
pub(super) const NO_TXT: &str = "No TXT records found";
/// Another value is there.
pub(super) const OTHER: &str = "Correct value not found";
