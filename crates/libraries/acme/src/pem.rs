//! PEM (RFC 7468), as far as keys and chains need it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustls::pki_types::pem::{PemObject, SectionKind};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

/// `der` under `label`.
pub fn encode(label: &str, der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    for start in (0..text.len()).step_by(64) {
        pem.push_str(&text[start..text.len().min(start + 64)]);
        pem.push('\n');
    }
    pem.push_str(&format!("-----END {label}-----\n"));
    pem
}

/// The first private key in PKCS#8, DER.
pub fn private_key(pem: &[u8]) -> Option<Vec<u8>> {
    let key = PrivatePkcs8KeyDer::from_pem_slice(pem).ok()?;
    Some(key.secret_pkcs8_der().to_vec())
}

/// All certificates, DER; `None` if there is something else among them, or nothing at all.
pub fn certificates(pem: &[u8]) -> Option<Vec<Vec<u8>>> {
    let found = <(SectionKind, Vec<u8>)>::pem_slice_iter(pem)
        .map(|section| match section {
            Ok((SectionKind::Certificate, der)) => Some(der),
            _ => None,
        })
        .collect::<Option<Vec<_>>>()?;
    // Sections of a kind that is not known are passed over without a word.
    let sections = String::from_utf8_lossy(pem).matches("-----BEGIN ").count();
    (!found.is_empty() && found.len() == sections).then_some(found)
}

/// All certificates in a bundle, whatever stands around them.
pub(crate) fn bundle(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let found = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .ok()?;
    (!found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_holds_certificates_and_nothing_else() {
        let (one, two) = (
            encode("CERTIFICATE", &[1; 100]),
            encode("CERTIFICATE", &[2; 3]),
        );
        let chain = certificates(format!("{one}\n{two}").as_bytes());
        assert_eq!(chain, Some(vec![vec![1; 100], vec![2; 3]]));
        assert_eq!(certificates(b""), None);
        for other in ["PRIVATE KEY", "SURPRISE"] {
            let other = encode(other, &[3]);
            assert_eq!(certificates(format!("{one}{other}").as_bytes()), None);
        }
        assert_eq!(
            private_key(encode("PRIVATE KEY", &[3]).as_bytes()),
            Some(vec![3])
        );
    }
}
