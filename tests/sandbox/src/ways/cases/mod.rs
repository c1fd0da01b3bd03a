//! The ways, each with what is to be said of it.

mod dnssec;
mod later;
mod names;
mod program;
mod servers;

use super::way::Way;

/// What the CA says is chance: it asks one server or the other.
pub const BY_CHANCE: &str = "?";
/// What Pebble says of NXDOMAIN, SERVFAIL, no answer, a name without the record, and another value.
const NXDOMAIN: &str = "\\x03";
const SERVFAIL: &str = "\\x02";
const TIMEOUT: &str = "i/o timeout";
const NO_TXT: &str = "No TXT records found";
const OTHER: &str = "Correct value not found";

/// All of them.
pub fn all() -> Vec<Way> {
    [
        names::WAYS,
        program::WAYS,
        servers::WAYS,
        dnssec::WAYS,
        later::WAYS,
    ]
    .concat()
}
