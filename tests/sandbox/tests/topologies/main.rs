//! Where records go and when they are there, in topologies of real name servers: what people have, and what went wrong
//! for some of them.

#![allow(
    clippy::unwrap_used,
    reason = "what a test cannot go on from is its failure"
)]

mod harness;
