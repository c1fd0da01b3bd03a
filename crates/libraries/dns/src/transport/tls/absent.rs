//! What stands in for TLS in a program that was built without it: nothing can be made of it, so nothing of it runs.

use std::convert::Infallible;

use tokio::net::TcpStream;

use crate::transport::endpoint::Endpoint;
use crate::transport::fault::NetworkFault;

/// TLS, which there is not.
#[derive(Clone, Debug)]
pub struct Tls(Infallible);

/// What a connection would be.
pub(in crate::transport) type TlsStream = TcpStream;

/// The connections over HTTPS, none.
#[derive(Default)]
pub(in crate::transport) struct Connections;

impl Tls {
    pub(in crate::transport) async fn connect(
        &self,
        _: TcpStream,
        _: &str,
    ) -> Result<TlsStream, NetworkFault> {
        match self.0 {}
    }
}

impl Connections {
    pub(in crate::transport) async fn post(
        &self,
        tls: &Tls,
        _: &Endpoint,
        _: (&str, &str),
        _: &[u8],
    ) -> Result<Vec<u8>, NetworkFault> {
        match tls.0 {}
    }
}
