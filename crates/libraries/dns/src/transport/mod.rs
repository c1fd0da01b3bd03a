//! Questions to DNS servers, and their replies: over which protocol, with which timeouts, how many at once, and what a
//! run has learned of each server address on the way.
//!
//! A `RecursiveResolver` and an `AuthoritativeServer` are two things: each has timeouts of its own, and draws another
//! conclusion from a question without answer. Both ask through an `Exchange`, which tries the protocols that have a file
//! each, `udp` and `tcp`. Resolvers can be asked over TLS and HTTPS, too.

mod authoritative;
mod client;
mod endpoint;
mod exchange;
mod extended_error;
mod fault;
mod first_usable;
mod infra_cache;
mod limits;
mod message;
mod network;
mod octets;
mod remark;
mod reply;
mod resolver;
mod resolver_addresses;
mod system;
mod tcp;
mod tls;
mod udp;
mod window;

pub use client::Client;
pub use extended_error::ExtendedErrors;
pub use fault::{NetworkFault, ReplyFault, ServerFault};
pub use network::{Family, Network};
pub use remark::{Remark, is_internal};
pub use system::system_resolvers;
pub use tls::Tls;

pub(crate) use endpoint::{Channel, Endpoint};
pub(crate) use fault::{list_faults, list_resolver_faults};
pub(crate) use message::{Question, random_id, read_records};
pub(crate) use octets::ask_over;
pub(crate) use reply::Reply;
pub(crate) use udp::{Socket, Sockets};
