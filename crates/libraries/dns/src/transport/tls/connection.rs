//! Connections over TLS (RFC 7858), to servers that show that they are the ones that are meant (RFC 8310 §5).

use std::io;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{AlertDescription, CertificateError, ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::transport::fault::NetworkFault;

/// What HTTP/2 is called in the handshake (RFC 7301, RFC 9113 §3.2).
const HTTP2: &[u8] = b"h2";

/// TLS, and which certificates are accepted.
#[derive(Clone, Debug)]
pub struct Tls {
    dns: Arc<ClientConfig>,
    https: Arc<ClientConfig>,
}

/// A connection.
pub(in crate::transport) type TlsStream = tokio_rustls::client::TlsStream<TcpStream>;

impl Tls {
    /// TLS that accepts what these CAs have signed. One whose certificate cannot be read is left out.
    #[must_use]
    pub fn trusting(certificates: impl IntoIterator<Item = CertificateDer<'static>>) -> Tls {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has the ciphers of all versions that are safe")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut https = config.clone();
        https.alpn_protocols = vec![HTTP2.to_vec()];
        Tls {
            dns: Arc::new(config),
            https: Arc::new(https),
        }
    }

    /// Over this connection, to a server with a certificate for this name or address.
    pub(in crate::transport) async fn connect(
        &self,
        stream: TcpStream,
        name: &str,
    ) -> Result<TlsStream, NetworkFault> {
        handshake(&self.dns, stream, name).await
    }

    /// The same for HTTP/2.
    pub(super) async fn connect_for_https(
        &self,
        stream: TcpStream,
        name: &str,
    ) -> Result<TlsStream, NetworkFault> {
        let stream = handshake(&self.https, stream, name).await?;
        match stream.get_ref().1.alpn_protocol() {
            Some(HTTP2) => Ok(stream),
            _ => Err(no_http2()),
        }
    }
}

async fn handshake(
    config: &Arc<ClientConfig>,
    stream: TcpStream,
    name: &str,
) -> Result<TlsStream, NetworkFault> {
    let server = ServerName::try_from(name.to_owned())
        .map_err(|_| NetworkFault::Tls(format!("no certificate can be for {name}")))?;
    let stream = TlsConnector::from(config.clone()).connect(server, stream);
    stream.await.map_err(fault)
}

/// It has agreed to no protocol, or to refuse all that were offered.
fn no_http2() -> NetworkFault {
    NetworkFault::Https("it does not speak HTTP/2".into())
}

/// What went wrong, by what stands in the error: rustls hands its own on inside of one of the system's.
fn fault(error: io::Error) -> NetworkFault {
    let inner = error.get_ref();
    match inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(why)) => NetworkFault::Certificate(refusal(why)),
        Some(other) => no_tls(other),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            NetworkFault::Tls("no TLS with it: it closes the connection".into())
        }
        None => error.into(),
    }
}

/// Why there is no TLS with it.
fn no_tls(error: &rustls::Error) -> NetworkFault {
    use rustls::Error::{AlertReceived, InvalidMessage, NoApplicationProtocol, PeerIncompatible};
    let why = match error {
        NoApplicationProtocol | AlertReceived(AlertDescription::NoApplicationProtocol) => {
            return no_http2();
        }
        AlertReceived(alert) => format!("it refuses the connection ({alert:?})"),
        InvalidMessage(_) => "what it sends is no TLS".into(),
        PeerIncompatible(_) => {
            "it has no version of TLS, or no cipher, in common with this program".into()
        }
        other => other.to_string(),
    };
    NetworkFault::Tls(format!("no TLS with it: {why}"))
}

/// Why a certificate is not accepted.
fn refusal(why: &CertificateError) -> String {
    use CertificateError::{
        Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet,
        NotValidYetContext, UnknownIssuer,
    };
    match why {
        Expired | ExpiredContext { .. } => "it has expired".into(),
        NotValidYet | NotValidYetContext { .. } => "it is not valid yet".into(),
        NotValidForName => "it is for another name".into(),
        NotValidForNameContext { expected, .. } => format!("it is not for {}", expected.to_str()),
        UnknownIssuer => "no CA that is trusted has signed it (UnknownIssuer)".into(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_wrong_with_tls_is_said_in_plain_words() {
        let of = |error: rustls::Error| fault(io::Error::new(io::ErrorKind::InvalidData, error));
        for (error, says) in [
            (
                rustls::Error::AlertReceived(AlertDescription::NoApplicationProtocol),
                "it does not speak HTTP/2",
            ),
            (
                rustls::Error::NoApplicationProtocol,
                "it does not speak HTTP/2",
            ),
            (
                rustls::Error::AlertReceived(AlertDescription::HandshakeFailure),
                "no TLS with it: it refuses the connection (HandshakeFailure)",
            ),
            (
                rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType),
                "no TLS with it: what it sends is no TLS",
            ),
            (
                rustls::Error::InvalidCertificate(CertificateError::Expired),
                "its certificate is not accepted: it has expired",
            ),
        ] {
            assert_eq!(of(error).to_string(), says);
        }
        let closed = io::Error::new(io::ErrorKind::UnexpectedEof, "see https://docs.rs");
        let says = "no TLS with it: it closes the connection";
        assert_eq!(fault(closed).to_string(), says);
    }
}
