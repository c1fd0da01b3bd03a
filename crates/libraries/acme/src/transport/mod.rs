//! How a signed request gets to a CA and its reply comes back: HTTP over TLS, whom to trust, addresses, nonces, and
//! sending again after temporary failures.

mod address_cache;
mod config;
mod http;
mod no_reply;
mod nonces;
mod permits;
mod reply;
mod retry;
mod session;
mod tls;

pub use config::ClientConfig;
pub(crate) use reply::Reply;
pub(crate) use session::{Session, Signature};
pub use tls::Trust;
