//! Where a challenge record belongs in the DNS, and whether it is served there.
//!
//! [`Locator`] finds the zone that holds a name and the zone's servers; [`wait`] asks those servers until they serve
//! a value. Both ask through a [`Client`], which limits what is under way and remembers which servers are there.
//! The terms are those of RFC 1034, 1035 and 2308.

pub mod address;
pub mod name;
pub mod transport;

mod chain;
mod enclosing;
mod error;
mod explain;
mod locate;
mod location;
mod memo;
mod poll;
mod propagation;
mod pulse;
mod resolvers;
mod seen;
mod servers;
mod standing;
#[cfg(test)]
mod testing;
mod unasked;
mod verdict;

pub use error::{Cause, Error};
pub use locate::{Locator, Search};
pub use location::{Location, Server};
pub use name::Name;
pub use propagation::{Pace, Propagated, Sibling, Sighting, Target, cached_for, wait};
pub use resolvers::resolvers;
pub use seen::State;
