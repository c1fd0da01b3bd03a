//! How a signed request gets to a CA and its reply comes back: HTTP over TLS, whom to trust, addresses, proxies, nonces, and
//! sending again after temporary failures.

mod body;
mod config;
mod http;
mod link;
mod no_reply;
mod nonces;
mod outages;
mod pace;
mod permits;
mod reply;
mod retry;
mod session;
mod trace;

pub(crate) use body::{LargeBodies, Received};
pub use config::ClientConfig;
pub(crate) use http::Http;
pub(crate) use reply::Reply;
pub(crate) use session::{Session, Signature};
