//! TLS to a host: which certificates its server may show, and for which name.

use rustls::pki_types::CertificateDer;
use std::sync::Arc;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::transport::{ConnectionDetails, Connector, RustlsConnector, Transport};

/// Which CAs' certificates prove that a server is the one that is meant. By default none do.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    certificates: Vec<CertificateDer<'static>>,
    system: bool,
    server_name: Option<Uri>,
}

/// The system has no CA certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoTrust {
    /// Why they cannot be read, if that is known.
    pub why: Option<String>,
}

impl Trust {
    /// Trusts the CAs that the system trusts as well; they are read when a connection is made.
    pub fn add_system(&mut self) {
        self.system = true;
    }

    /// Trusts the CAs with these certificates as well.
    pub fn add(&mut self, certificates: impl IntoIterator<Item = CertificateDer<'static>>) {
        self.certificates.extend(certificates);
    }

    /// Requires the server's certificate to be for this name instead of the one in its URL.
    ///
    /// # Errors
    /// What is wrong with the name.
    pub fn set_server_name(&mut self, name: &str) -> Result<(), &'static str> {
        let uri = format!("https://{name}/").parse::<Uri>();
        self.server_name = Some(uri.map_err(|_| "not a server's name")?);
        Ok(())
    }

    /// The TLS configuration for ureq. It reads the system's certificates if they are trusted.
    ///
    /// # Errors
    /// Nothing is trusted.
    pub fn tls_config(&self) -> Result<TlsConfig, NoTrust> {
        let mut pool: Vec<_> = self.certificates.iter().map(owned).collect();
        if self.system {
            let found = rustls_native_certs::load_native_certs();
            if found.certs.is_empty() && pool.is_empty() {
                let why = found.errors.first().map(ToString::to_string);
                return Err(NoTrust { why });
            }
            pool.extend(found.certs.iter().map(owned));
        }
        Ok(TlsConfig::builder()
            .root_certs(RootCerts::from(pool))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build())
    }

    /// TLS as a [`crate::HostConnector`] needs it.
    pub fn connector(&self) -> TlsConnector {
        TlsConnector {
            rustls: RustlsConnector::default(),
            server_name: self.server_name.clone(),
        }
    }
}

fn owned(certificate: &CertificateDer<'_>) -> Certificate<'static> {
    Certificate::from_der(certificate).to_owned()
}

/// ureq's TLS, with a say in what the server's certificate has to be for.
#[derive(Debug)]
pub struct TlsConnector {
    rustls: RustlsConnector,
    server_name: Option<Uri>,
}

impl TlsConnector {
    /// TLS to the host of the URL that is asked for.
    pub(crate) fn to_host(
        &self,
        details: &ConnectionDetails<'_>,
        transport: Box<dyn Transport>,
    ) -> Result<Box<dyn Transport>, ureq::Error> {
        let uri = self.server_name.as_ref().unwrap_or(details.uri);
        self.wrap(uri, details, transport)
    }

    /// TLS to a proxy, whose certificate has to be for the host of its own URL.
    pub(crate) fn to_proxy(
        &self,
        uri: &Uri,
        details: &ConnectionDetails<'_>,
        transport: Box<dyn Transport>,
    ) -> Result<Box<dyn Transport>, ureq::Error> {
        self.wrap(uri, details, transport)
    }

    fn wrap(
        &self,
        uri: &Uri,
        details: &ConnectionDetails<'_>,
        transport: Box<dyn Transport>,
    ) -> Result<Box<dyn Transport>, ureq::Error> {
        let named = ConnectionDetails {
            uri,
            addrs: details.addrs.clone(),
            config: details.config,
            request_level: details.request_level,
            resolver: details.resolver,
            now: details.now,
            timeout: details.timeout,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        let wrapped = self.rustls.connect(&named, Some(transport))?;
        let wrapped = wrapped.ok_or(ureq::Error::TlsRequired)?;
        Ok(Box::new(wrapped))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_has_a_name() {
        let mut trust = Trust::default();
        assert!(trust.set_server_name("ca.test").is_ok());
        assert_eq!(trust.set_server_name("a b"), Err("not a server's name"));
    }
}
