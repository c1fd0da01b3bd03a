//! The zone that holds a name, and the zone's servers.
//!
//! A recursive resolver is asked only about what lies above the name. It would remember for the zone's negative TTL
//! that there is nothing at the name (RFC 2308 §5), and hide a record that is to be there soon from whoever asks
//! through it. So the resolver says which zone holds the name's parent; from there the zones' own servers lead down,
//! from referral to referral, to the zone that holds the name, or to its CNAME.

mod by_resolver;
mod cname_chain;
mod do_not_query;
mod error;
mod finder;
mod location;
mod name_servers;
mod resolvers;
mod response;
mod single_flight;
mod walk;
mod wildcard;

pub use error::Error;
pub use finder::{Search, ZoneFinder};
pub use location::{Location, NameServer};
