//! How a connection to a web server is made: which of its addresses answers first, directly or through a proxy, and with TLS,
//! whose certificates are trusted. What is asked over it is up to the caller, who hands ureq a [`HostConnector`] and an
//! [`AddressCache`].

mod address_cache;
mod connection;
mod no_reply;
mod text;
mod tls;

pub use address_cache::AddressCache;
pub use connection::{DirectHosts, HostConnector, LARGEST_HEADER, Proxies, Proxy, ProxyFailed};
pub use no_reply::{NoReply, Unreachable};
pub use tls::{NoTrust, TlsConnector, Trust};
