//! Whom to believe that it is the CA: certificate pools and the server's name, from the variables that lego has.

use crate::{Error, Result, pem, provider};
use rustls::pki_types::CertificateDer;
use std::env;
use std::path::Path;
use std::sync::Arc;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::transport::{ConnectionDetails, Connector, RustlsConnector, Transport};

const CERTIFICATES: &str = "LEGO_CA_CERTIFICATES";
const SYSTEM_CERT_POOL: &str = "LEGO_CA_SYSTEM_CERT_POOL";
const SERVER_NAME: &str = "LEGO_CA_SERVER_NAME";

/// No bundle of all the world's CAs is larger.
const MAX_BUNDLE: u64 = 16 * 1024 * 1024;

/// Which certificates the ACME server may show.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    bundles: Vec<CertificateDer<'static>>,
    system: bool,
    server_name: Option<Uri>,
}

impl Trust {
    /// What the environment says: `LEGO_CA_CERTIFICATES` (PEM files, separated by colons) stands in for the system's
    /// certificates, or with `LEGO_CA_SYSTEM_CERT_POOL` beside them; `LEGO_CA_SERVER_NAME` is the name that the
    /// server's certificate has to be for, instead of the one in its URL.
    ///
    /// # Errors
    /// `acmepipe:environment` if one of the files is unreadable or holds no certificate, the name is none, or the pool neither true nor false.
    pub fn from_env() -> Result<Trust> {
        let mut bundles = Vec::new();
        if let Some(paths) = env::var_os(CERTIFICATES) {
            for path in env::split_paths(&paths).filter(|path| !path.as_os_str().is_empty()) {
                bundles.extend(read_bundle(&path)?);
            }
        }
        let system = is_true(SYSTEM_CERT_POOL)? || bundles.is_empty();
        let server_name = match env::var(SERVER_NAME) {
            Ok(name) if !name.is_empty() => {
                let uri = format!("https://{name}/").parse().map_err(|_| {
                    Error::new(
                        "environment",
                        format!("{SERVER_NAME} is not a server's name: {name}"),
                    )
                })?;
                Some(uri)
            }
            _ => None,
        };
        Ok(Trust {
            bundles,
            system,
            server_name,
        })
    }

    /// The pool; reads the system's certificates if they are in it.
    pub(crate) fn config(&self) -> Result<TlsConfig> {
        let mut pool: Vec<_> = self.bundles.iter().map(owned).collect();
        if self.system {
            let found = rustls_native_certs::load_native_certs();
            if found.certs.is_empty() && pool.is_empty() {
                let why = found.errors.first().map(|error| format!(": {error}"));
                return Err(Error::new(
                    "environment",
                    format!(
                        "the system has no CA certificates{}",
                        why.unwrap_or_default()
                    ),
                )
                .with_hint(format!(
                    "install the package ca-certificates, or name a PEM file in {CERTIFICATES}"
                )));
            }
            pool.extend(found.certs.iter().map(owned));
        }
        Ok(TlsConfig::builder()
            .root_certs(RootCerts::from(pool))
            .unversioned_rustls_crypto_provider(Arc::new(provider::provider()))
            .build())
    }

    pub(crate) fn connector(&self) -> TlsConnector {
        TlsConnector {
            rustls: RustlsConnector::default(),
            server_name: self.server_name.clone(),
        }
    }
}

fn owned(certificate: &CertificateDer<'_>) -> Certificate<'static> {
    Certificate::from_der(certificate).to_owned()
}

fn read_bundle(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let error = |what: &dyn std::fmt::Display| {
        Error::new(
            "environment",
            format!("{CERTIFICATES}: {}: {what}", path.display()),
        )
    };
    let text = files::read_bounded(path, MAX_BUNDLE).map_err(|e| error(&e))?;
    pem::bundle(&text).ok_or_else(|| error(&"no certificate in it, or one that is broken"))
}

/// What a variable says that is true or false: what Go's `strconv.ParseBool` takes, which is what lego asks, and yes and
/// no. One that is not set, or empty, is false.
///
/// # Errors
/// `acmepipe:environment` if it says something else.
pub fn is_true(variable: &str) -> Result<bool> {
    let value = env::var_os(variable).unwrap_or_default();
    let value = value.to_string_lossy();
    match value.to_ascii_lowercase().as_str() {
        "1" | "t" | "true" | "yes" | "on" => Ok(true),
        "" | "0" | "f" | "false" | "no" | "off" => Ok(false),
        _ => Err(Error::new(
            "environment",
            format!("{variable} is neither true nor false: `{value}`"),
        )),
    }
}

/// ureq's TLS, with a say in what the server's certificate has to be for.
#[derive(Debug)]
pub(crate) struct TlsConnector {
    rustls: RustlsConnector,
    server_name: Option<Uri>,
}

impl<In: Transport> Connector<In> for TlsConnector {
    type Out = <RustlsConnector as Connector<In>>::Out;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> std::result::Result<Option<Self::Out>, ureq::Error> {
        let is_proxy = details
            .config
            .proxy()
            .is_some_and(|proxy| proxy.uri() == details.uri);
        let Some(uri) = self
            .server_name
            .as_ref()
            .filter(|_| !is_proxy && details.needs_tls())
        else {
            return self.rustls.connect(details, chained);
        };
        let renamed = ConnectionDetails {
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
        self.rustls.connect(&renamed, chained)
    }
}
