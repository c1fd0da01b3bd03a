//! What is known of well-known CAs without asking them: their directories by short names, what they are called in CAA records,
//! and what they take. A CA that is not here is asked.

mod identities;
mod limits;
mod servers;

pub use identities::caa_identities;
pub use limits::{key_types_taken, most_names, takes_validity};
pub use servers::{DEFAULT, SERVERS, directory};
