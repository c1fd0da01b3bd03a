//! Questions to DNS servers, and their replies: over which protocol, with which patience, how many at once, and what a
//! run has learned of each server address on the way.
//!
//! A [`RecursiveResolver`](resolver::RecursiveResolver) and an
//! [`AuthoritativeServer`](authoritative::AuthoritativeServer) are two things: each has timeouts of its own, and
//! concludes something else from silence. Both ask through [`exchange`], which has a file for each protocol; TLS and
//! HTTPS would stand beside [`udp`] and [`tcp`].

mod authoritative;
mod client;
mod exchange;
mod fault;
mod first_usable;
mod infra_cache;
mod limits;
mod message;
mod reply;
mod resolver;
mod system;
mod tcp;
mod udp;

pub use client::Client;
pub use fault::{NetworkFault, ReplyFault, ServerFault};
pub use system::system_resolvers;

pub(crate) use fault::list_faults;
pub(crate) use message::{Question, random_id};
pub(crate) use reply::Reply;
