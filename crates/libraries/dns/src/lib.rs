//! Where a record belongs in the DNS, and whether it is served there.
//!
//! [`zone::ZoneFinder`] finds the zone that holds a name and the zone's servers; [`propagation::Propagation`] asks
//! those servers until they serve a value; [`check`] judges all that a validation of a name will meet. Both ask through a [`transport::Client`], which limits what is under way
//! and remembers which servers answer. The terms are those of RFC 1034, 1035, 2308 and 9499.

pub mod address;
pub mod check;
mod interface;
pub mod name;
pub mod propagation;
pub mod resolver;
pub mod slip;
pub mod transport;
pub mod zone;

#[cfg(test)]
mod testing;

pub use hickory_proto::op::ResponseCode;
pub use hickory_proto::rr::RecordType;
pub use name::Name;
