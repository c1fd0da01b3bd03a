//! The ways, each with what is to be said of it.

mod dnssec;
mod later;
mod names;
mod program;
mod servers;

use super::way::Way;

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
