//! The zone that holds a name, and the zone's servers.
//!
//! A recursive resolver is asked only for what is there. It would remember for the zone's negative TTL that there is nothing
//! at a name (RFC 2308 §5), or, in a signed zone, near it (RFC 8198), and hide a record that is to be there soon from whoever
//! asks through it. So the resolver says which servers the name's registered domain has; from there the zones' own servers
//! lead down, from referral to referral, to the zone that holds the name, or to its CNAME.

mod all_servers;
mod both_sides;
mod by_resolver;
mod cname_chain;
mod do_not_query;
mod error;
mod finder;
mod known_zones;
mod location;
mod name_servers;
mod registered;
mod resolvers;
mod response;
mod single_flight;
mod walk;
mod wildcard;

pub use error::Error;
pub use finder::{Search, ZoneFinder};
pub use location::{Alias, Location, NameServer};
pub(crate) use wildcard::{makes_cname, makes_txt};
