//! Certificate requests (RFC 2986).

use crate::error::{Error, Result};
use keys::PrivateKey;
use rcgen::{
    CertificateParams, CustomExtension, DistinguishedName, PublicKeyData, SignatureAlgorithm,
    SigningKey,
};

/// id-pe-tlsfeature (RFC 7633 §6).
const TLS_FEATURE: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 1, 24];
/// A sequence of one number, status_request, in DER (RFC 7633 §4.1, RFC 6066 §8).
const STATUS_REQUEST: [u8; 5] = [0x30, 0x03, 0x02, 0x01, 0x05];

/// What a request asks for beside names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wishes {
    /// A certificate that clients take only from a server that staples an OCSP reply (RFC 7633).
    pub must_staple: bool,
}

/// A request for a certificate with these DNS names, DER. It has no common name, which no CA needs and some refuse.
///
/// # Errors
/// [`Error::Request`] where a name cannot stand in a certificate, or the key cannot sign.
pub fn request<'a>(
    key: &PrivateKey,
    names: impl IntoIterator<Item = &'a str>,
    wishes: Wishes,
) -> Result<Vec<u8>> {
    let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    let request = CertificateParams::new(names).and_then(|mut params| {
        params.distinguished_name = DistinguishedName::new();
        if wishes.must_staple {
            let extension = CustomExtension::from_oid_content(TLS_FEATURE, STATUS_REQUEST.to_vec());
            params.custom_extensions.push(extension);
        }
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
            let der = request(&key, ["*.example.com", "example.com"], Wishes::default())
                .expect("a request");
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
    fn stapling_is_asked_for_where_it_is_wished() {
        let key = PrivateKey::generate(KeyType::EC256).expect("a key");
        // TLS Feature as `openssl req -addext tlsfeature=status_request` writes it.
        let extension: [u8; 19] = [
            0x30, 0x11, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x18, 0x04, 0x05,
            0x30, 0x03, 0x02, 0x01, 0x05,
        ];
        for must_staple in [false, true] {
            let der = request(&key, ["a.example.com"], Wishes { must_staple }).expect("a request");
            let asks = der.windows(extension.len()).any(|part| part == extension);
            assert_eq!(asks, must_staple);
        }
    }

    #[test]
    fn a_name_that_no_certificate_can_have_is_refused() {
        let key = PrivateKey::generate(KEY_TYPES[0]).expect("a key");
        let error = request(&key, ["bücher.example"], Wishes::default()).expect_err("no A-label");
        assert!(matches!(error, Error::Request(_)), "{error}");
    }
}
