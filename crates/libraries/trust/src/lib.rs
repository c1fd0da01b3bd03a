//! Which CAs' certificates prove that a server is the one that is meant, ACME servers and resolvers alike: the system's, and
//! those that variables name.

use std::env;
use std::path::Path;

use command::{Args, Usage, Variable};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

/// No bundle of all the world's CAs is larger, in bytes.
const LARGEST_BUNDLE: u64 = 16 * 1024 * 1024;

/// PEM files of CAs to trust.
pub const CERTIFICATES: Variable = Variable {
    name: "LEGO_CA_CERTIFICATES",
    help: "PEM files, with colons between, in place of the system's CA certificates",
};
/// Whether the system's CA certificates are trusted as well.
pub const SYSTEM_CERT_POOL: Variable = Variable {
    name: "LEGO_CA_SYSTEM_CERT_POOL",
    help: "if true, trust the system's CA certificates as well",
};
/// Where the system's CA certificates are.
pub const SYSTEM_CERTIFICATES: Variable = Variable {
    name: "SSL_CERT_FILE, SSL_CERT_DIR",
    help: "where the system's CA certificates are, if not in the usual place",
};

/// Those that say which CAs are trusted.
pub const VARIABLES: [Variable; 3] = [CERTIFICATES, SYSTEM_CERT_POOL, SYSTEM_CERTIFICATES];

/// The CAs that are trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trusted {
    /// The certificates of those that are named.
    pub certificates: Vec<CertificateDer<'static>>,
    /// Whether those that the system trusts are, too.
    pub system: bool,
}

/// The CAs that are trusted. Those in `LEGO_CA_CERTIFICATES` (PEM files, separated by colons) replace the system's, or with
/// `LEGO_CA_SYSTEM_CERT_POOL` add to them.
///
/// # Errors
/// One of the files is unreadable or has no certificate, or the pool is neither true nor false.
pub fn trusted(args: &Args) -> Result<Trusted, Usage> {
    let paths = args.variable(CERTIFICATES.name).unwrap_or_default();
    let mut trusted = Trusted {
        system: true,
        ..Trusted::default()
    };
    for path in env::split_paths(&paths).filter(|path| !path.as_os_str().is_empty()) {
        let found = bundle(&path).map_err(|why| {
            Usage::new(format!("{}: {}: {why}", CERTIFICATES.name, path.display()))
        })?;
        trusted.certificates.extend(found);
        trusted.system = false;
    }
    trusted.system |= args.switch(&SYSTEM_CERT_POOL)?;
    Ok(trusted)
}

impl Trusted {
    /// All of their certificates; the system's are read now.
    ///
    /// # Errors
    /// There are none, and why, where that is known.
    pub fn all(&self) -> Result<Vec<CertificateDer<'static>>, Option<String>> {
        let mut all = self.certificates.clone();
        if self.system {
            let found = rustls_native_certs::load_native_certs();
            if found.certs.is_empty() && all.is_empty() {
                return Err(found.errors.first().map(ToString::to_string));
            }
            all.extend(found.certs);
        }
        Ok(all)
    }
}

fn bundle(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let octets = files::read_bounded(path, LARGEST_BUNDLE).map_err(|error| error.to_string())?;
    Ok(read(&octets)?)
}

/// The certificates of a bundle in PEM, whatever else stands in it.
fn read(bundle: &[u8]) -> Result<Vec<CertificateDer<'static>>, &'static str> {
    match CertificateDer::pem_slice_iter(bundle).collect::<Result<Vec<_>, _>>() {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err("no certificate in it, or one that is broken"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_has_certificates_between_other_text() {
        let good = "text\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert_eq!(read(good.as_bytes()).map(|found| found.len()), Ok(1));
        for bad in ["", "text", &good[..40]] {
            let refused = Err("no certificate in it, or one that is broken");
            assert_eq!(read(bad.as_bytes()), refused, "{bad}");
        }
    }

    #[test]
    fn a_bundle_that_is_none_is_refused() {
        for (path, says) in [
            ("/nowhere", "No such file"),
            ("/dev/null", "not a regular file"),
            (
                concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
                "no certificate",
            ),
        ] {
            let error = bundle(Path::new(path)).expect_err(path);
            assert!(error.contains(says), "{error}");
        }
    }
}
