//! Where a challenge record belongs in the DNS, and whether it is served there.
//!
//! [`Locator`] finds the zone that holds a name and the zone's servers; [`wait`] asks those servers until they serve
//! a value. Both ask through a [`Client`], which limits what is under way and remembers which servers are there.
//! The terms are those of RFC 1034, 1035 and 2308.

pub mod address;
pub mod name;

mod chain;
mod client;
mod concurrent;
mod enclosing;
mod error;
mod exchange;
mod explain;
mod locate;
mod location;
mod memo;
mod message;
mod peer;
mod poll;
mod propagation;
mod pulse;
mod resolver;
mod seen;
mod servers;
mod silence;
mod standing;
#[cfg(test)]
mod testing;
mod unasked;
mod verdict;

pub use client::Client;
pub use error::{Cause, Error};
pub use locate::{Locator, Search};
pub use location::{Location, Server};
pub use name::Name;
pub use propagation::{Pace, Propagated, Sibling, Sighting, Target, cached_for, wait};
pub use resolver::resolvers;
pub use seen::State;
