//! Questions to DNS servers, and their replies: over which protocol, with which timeouts, how many at once, and what a
//! run has learned of each server address on the way.
//!
//! A `RecursiveResolver` and an `AuthoritativeServer` are two things: each has timeouts of its own, and draws another
//! conclusion from a question without answer. Both ask through an `Exchange`, which tries the protocols that have a file
//! each, `udp` and `tcp`.

mod authoritative;
mod client;
mod exchange;
mod fault;
mod first_usable;
mod infra_cache;
mod limits;
mod message;
mod remark;
mod reply;
mod resolver;
mod system;
mod tcp;
mod udp;
mod window;

pub use client::Client;
pub use fault::{NetworkFault, ReplyFault, ServerFault};
pub use remark::{Remark, is_internal};
pub use system::system_resolvers;

pub(crate) use fault::list_faults;
pub(crate) use message::{Question, random_id, read_records};
pub(crate) use reply::Reply;
