//! What lies in a certificate's directory, as openssl sees it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::Sandbox;
use crate::servers::root_of_caddy;

/// Whether Pebble finds the order of a certificate with this number, as documents have it, when another is to replace it: DER
/// puts a zero before a number whose first bit is set, and Pebble looks for it with that. One in 512 of its numbers is such a one.
///
/// # Panics
/// It is no text.
#[track_caller]
pub fn is_known_as_replaced(serial: &Value) -> bool {
    let serial = serial
        .as_str()
        .unwrap_or_else(|| panic!("{serial} is no number"));
    serial.starts_with(|digit| ('0'..='7').contains(&digit))
}

/// A certificate that openssl found to be in order.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// Its DNS names, sorted.
    pub names: Vec<String>,
    /// Its serial number in hexadecimal.
    pub serial: String,
    /// Its key: `openssl x509 -pubkey`.
    pub public_key: String,
    /// The directory of its files.
    pub dir: PathBuf,
}

impl Certificate {
    /// Looks at the files that an order document names.
    ///
    /// # Panics
    /// They are not what they should be: a chain that verifies up to the CA's root, a key that belongs to
    /// it and that only its owner can read.
    #[track_caller]
    pub fn of(sandbox: &Sandbox, order: &Value) -> Certificate {
        assert!(
            order.get("error").is_none(),
            "the order has an error: {order:#}"
        );
        let path = |member: &str| -> PathBuf {
            let path = order["certificate"][member].as_str();
            path.unwrap_or_else(|| panic!("certificate.{member} is not there: {order:#}"))
                .into()
        };
        let (key, cert, chain, fullchain) =
            (path("key"), path("cert"), path("chain"), path("fullchain"));

        let text = |path: &Path| {
            fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        assert!(
            text(&fullchain) == text(&cert) + &text(&chain),
            "fullchain.pem is not cert.pem and chain.pem"
        );
        let mode = fs::metadata(&key).map(|found| found.permissions().mode() & 0o777);
        assert!(
            matches!(mode, Ok(0o600)),
            "{}: mode {mode:?}",
            key.display()
        );

        let (cert, chain) = (cert.display(), chain.display());
        let root = root_of(sandbox, order);
        let root = root.display();
        // Neither CA puts its root into the chain, as real CAs do not.
        sandbox
            .sh(&format!(
                "openssl verify -CAfile '{root}' -untrusted '{chain}' '{cert}'"
            ))
            .success();
        let ask = |what: &str| {
            sandbox
                .sh(&format!("openssl x509 -in '{cert}' -noout {what}"))
                .success()
                .stdout
        };
        let public_key = ask("-pubkey");
        let own = sandbox
            .sh(&format!("openssl pkey -in '{}' -pubout", key.display()))
            .success()
            .stdout;
        assert!(
            public_key == own,
            "key and certificate do not belong together"
        );

        let mut names: Vec<String> = ask("-ext subjectAltName")
            .split([',', '\n'])
            .filter_map(|part| part.trim().strip_prefix("DNS:"))
            .map(str::to_owned)
            .collect();
        names.sort();
        let serial = ask("-serial")
            .trim()
            .trim_start_matches("serial=")
            .to_owned();
        Certificate {
            names,
            serial,
            public_key,
            dir: key.parent().unwrap_or(Path::new("/")).to_owned(),
        }
    }
}

/// The root that the CA of an order has.
#[track_caller]
fn root_of(sandbox: &Sandbox, order: &Value) -> PathBuf {
    let directory = order["directory"].as_str().unwrap_or_default();
    if directory.starts_with("https://caddy.test/") {
        return root_of_caddy(&sandbox.site.machine);
    }
    let root = sandbox.work().join("root.pem");
    sandbox
        .sh(&format!(
            "curl -sf --cacert \"$LEGO_CA_CERTIFICATES\" https://ca.test:15000/roots/0 >'{}'",
            root.display()
        ))
        .success();
    root
}
