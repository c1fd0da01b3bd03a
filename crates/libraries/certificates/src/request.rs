//! Certificate requests (RFC 2986).

use crate::error::{Error, Result};
use keys::PrivateKey;
use rcgen::{CertificateParams, DistinguishedName, PublicKeyData, SignatureAlgorithm, SigningKey};

/// A request for a certificate with these DNS names, DER. It has no common name, which no CA needs and some refuse.
///
/// # Errors
/// [`Error::Request`] where a name cannot stand in a certificate, or the key cannot sign.
pub fn request<'a>(key: &PrivateKey, names: impl IntoIterator<Item = &'a str>) -> Result<Vec<u8>> {
    let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    let request = CertificateParams::new(names).and_then(|mut params| {
        params.distinguished_name = DistinguishedName::new();
        params.serialize_request(&Requester::new(key)?)
    });
    match request {
        Ok(request) => Ok(request.der().to_vec()),
        Err(error) => Err(Error::Request(error.to_string())),
    }
}

/// A key as rcgen takes it: rcgen's own type has neither all kinds of keys of `keys` nor its signatures.
struct Requester<'a> {
    key: &'a PrivateKey,
    algorithm: &'static SignatureAlgorithm,
}

impl Requester<'_> {
    fn new(key: &PrivateKey) -> std::result::Result<Requester<'_>, rcgen::Error> {
        let algorithm = SignatureAlgorithm::from_oid(key.x509_algorithm())?;
        Ok(Requester { key, algorithm })
    }
}

impl PublicKeyData for Requester<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.key.subject_public_key()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.algorithm
    }
}

impl SigningKey for Requester<'_> {
    fn sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, rcgen::Error> {
        self.key
            .sign_x509(message)
            .map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keys::{KEY_TYPES, KeyType};
    use x509_cert::der::{Decode, Encode};
    use x509_cert::request::CertReq;

    #[test]
    fn keys_of_every_kind_request_their_own_certificate() {
        // Making a larger one takes a minute.
        let quick = |kind: &KeyType| kind.name() != "RSA8192";
        for kind in KEY_TYPES.iter().filter(|kind| quick(kind)) {
            let key = PrivateKey::generate(*kind).expect("a key");
            let der = request(&key, ["*.example.com", "example.com"]).expect("a request");
            let request = CertReq::from_der(&der).expect("PKCS#10");
            assert_eq!(
                request.info.public_key.to_der().expect("DER"),
                key.subject_public_key_info(),
                "{kind:?}"
            );
            assert!(request.info.subject.is_empty());
            for name in [&b"*.example.com"[..], b"example.com"] {
                assert!(der.windows(name.len()).any(|part| part == name));
            }
        }
    }

    #[test]
    fn a_name_that_no_certificate_can_have_is_refused() {
        let key = PrivateKey::generate(KEY_TYPES[0]).expect("a key");
        let error = request(&key, ["bücher.example"]).expect_err("no A-label");
        assert!(matches!(error, Error::Request(_)), "{error}");
    }
}
