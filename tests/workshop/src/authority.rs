//! The CA behind Pebble's own TLS certificate, made for each run.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

/// Files in PEM: what programs have to trust, and what Pebble serves TLS with.
#[derive(Clone, Debug)]
pub struct Authority {
    /// The CA's certificate, for `LEGO_CA_CERTIFICATES`.
    pub root: PathBuf,
    /// The server's certificate.
    pub certificate: PathBuf,
    /// The server's key.
    pub key: PathBuf,
}

impl Authority {
    /// Makes a CA, and a certificate for `names` (host names and addresses), below `dir`.
    ///
    /// # Errors
    /// A file could not be written.
    pub fn create(dir: &Path, names: &[&str]) -> io::Result<Authority> {
        Authority::create_with(dir, names, |_| ())
    }

    /// The same, and `change` makes what it likes of the server's certificate.
    ///
    /// # Errors
    /// As [`Authority::create`].
    pub fn create_with(
        dir: &Path,
        names: &[&str],
        change: impl FnOnce(&mut CertificateParams),
    ) -> io::Result<Authority> {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "Sandbox CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        let root_key = KeyPair::generate().map_err(io::Error::other)?;
        let root = params.self_signed(&root_key).map_err(io::Error::other)?;
        let issuer = Issuer::new(params, root_key);

        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
        change(&mut params);
        let certificate = params.signed_by(&key, &issuer).map_err(io::Error::other)?;

        let made = Authority {
            root: dir.join("ca.pem"),
            certificate: dir.join("server.pem"),
            key: dir.join("server-key.pem"),
        };
        fs::write(&made.root, root.pem())?;
        fs::write(&made.certificate, certificate.pem())?;
        fs::write(&made.key, key.serialize_pem())?;
        Ok(made)
    }
}
