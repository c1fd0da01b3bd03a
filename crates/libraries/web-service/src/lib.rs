//! What programs share that speak to a DNS service over HTTP: a [`Base`] URL, to which a [`Client`] sends [`Request`]s,
//! bounded in time and in what comes back. A failure says what was asked, of whom, and what came back, and a hint what can be
//! done. No secret is shown: not with `-vv`, not by a dry run, not where the service quotes it.

mod base;
mod client;
mod reply;
mod request;
mod silence;
mod variables;
mod watch;

pub use base::Base;
pub use client::{Client, http_timeout, warn_of_clear_text};
pub use reply::Reply;
pub use request::{Header, Request, basic, bearer};
pub use variables::{HOSTS, VARIABLES};
