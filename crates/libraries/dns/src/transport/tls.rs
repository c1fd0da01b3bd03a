//! TLS to resolvers, where the program was built with it.

#[cfg(not(feature = "tls"))]
mod absent;
#[cfg(feature = "tls")]
mod connection;
#[cfg(feature = "tls")]
mod https;

#[cfg(not(feature = "tls"))]
pub use absent::Tls;
#[cfg(not(feature = "tls"))]
pub(super) use absent::{Connections, TlsStream};
#[cfg(feature = "tls")]
pub use connection::Tls;
#[cfg(feature = "tls")]
pub(super) use connection::TlsStream;
#[cfg(feature = "tls")]
pub(super) use https::Connections;
