//! The certificate's key, and the CSR that it signs.

use acme::{Error, Identifier, Result};
use rcgen::{
    CertificateParams, DistinguishedName, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384,
    PKCS_RSA_SHA256, PublicKeyData, SignatureAlgorithm, SigningKey,
};
use ring::rand::{SecureRandom, SystemRandom};
use rsa::pkcs1::EncodeRsaPublicKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use rsa::sha2::Sha256;
use rsa::signature::{SignatureEncoding, Signer};
use rsa::traits::PublicKeyParts;
use x509_parser::pem::Pem;

/// The kinds of key, by lego's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyType {
    Ec256,
    Ec384,
    /// With so many bits.
    Rsa(usize),
}

impl KeyType {
    pub(crate) const NAMES: &'static str = "EC256, EC384, RSA2048, RSA3072, RSA4096 or RSA8192";

    pub(crate) fn parse(name: &str) -> Option<KeyType> {
        match name.to_ascii_uppercase().as_str() {
            "EC256" => Some(KeyType::Ec256),
            "EC384" => Some(KeyType::Ec384),
            "RSA2048" => Some(KeyType::Rsa(2048)),
            "RSA3072" => Some(KeyType::Rsa(3072)),
            "RSA4096" => Some(KeyType::Rsa(4096)),
            "RSA8192" => Some(KeyType::Rsa(8192)),
            _ => None,
        }
    }
}

/// A certificate's private key.
pub(crate) enum CertificateKey {
    Ec(KeyPair),
    Rsa(RsaKey),
}

/// ring signs with RSA keys, but neither makes them nor takes those of 8192 bits.
pub(crate) struct RsaKey {
    signer: rsa::pkcs1v15::SigningKey<Sha256>,
    public: Vec<u8>,
}

impl CertificateKey {
    pub(crate) fn generate(key_type: KeyType) -> Result<CertificateKey> {
        let failed = |error: &dyn std::fmt::Display| {
            Error::new("certificate:key", format!("cannot make a key: {error}"))
        };
        match key_type {
            KeyType::Ec256 => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)
                .map(CertificateKey::Ec)
                .map_err(|error| failed(&error)),
            KeyType::Ec384 => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384)
                .map(CertificateKey::Ec)
                .map_err(|error| failed(&error)),
            KeyType::Rsa(bits) => rsa::RsaPrivateKey::new(&mut Random(SystemRandom::new()), bits)
                .map_err(|error| failed(&error))
                .and_then(|key| RsaKey::new(key).ok_or_else(|| failed(&"it has no public half")))
                .map(CertificateKey::Rsa),
        }
    }

    /// Reads what [`CertificateKey::pem`] wrote.
    pub(crate) fn from_pem(text: &[u8]) -> Option<CertificateKey> {
        let pem = Pem::iter_from_buffer(text).next()?.ok()?;
        if let Ok(key) = rsa::RsaPrivateKey::from_pkcs8_der(&pem.contents) {
            return RsaKey::new(key).map(CertificateKey::Rsa);
        }
        KeyPair::try_from(pem.contents).ok().map(CertificateKey::Ec)
    }

    /// PKCS#8.
    pub(crate) fn pem(&self) -> Result<String> {
        match self {
            CertificateKey::Ec(key) => Ok(acme::pem("PRIVATE KEY", key.serialized_der())),
            CertificateKey::Rsa(key) => match key.signer.as_ref().to_pkcs8_der() {
                Ok(der) => Ok(acme::pem("PRIVATE KEY", der.as_bytes())),
                Err(error) => Err(Error::new("certificate:key", error.to_string())),
            },
        }
    }

    pub(crate) fn is(&self, key_type: KeyType) -> bool {
        match (self, key_type) {
            (CertificateKey::Ec(key), KeyType::Ec256) => key.algorithm() == &PKCS_ECDSA_P256_SHA256,
            (CertificateKey::Ec(key), KeyType::Ec384) => key.algorithm() == &PKCS_ECDSA_P384_SHA384,
            (CertificateKey::Rsa(key), KeyType::Rsa(bits)) => {
                key.signer.as_ref().size() * 8 == bits
            }
            _ => false,
        }
    }

    /// The SubjectPublicKeyInfo (RFC 5280 §4.1), DER.
    pub(crate) fn public(&self) -> Vec<u8> {
        match self {
            CertificateKey::Ec(key) => key.subject_public_key_info(),
            CertificateKey::Rsa(key) => key.subject_public_key_info(),
        }
    }

    /// A CSR for all of an order's identifiers (RFC 8555 §7.4), DER. It has no common name, which no CA needs and
    /// some refuse.
    pub(crate) fn csr(&self, identifiers: &[Identifier]) -> Result<Vec<u8>> {
        if let Some(other) = identifiers
            .iter()
            .find(|identifier| identifier.kind != "dns")
        {
            let kind = other.kind.escape_debug();
            return Err(Error::new(
                "ca:reply",
                format!("the order has an identifier of type `{kind}`, which is not for dns-01"),
            ));
        }
        let names: Vec<String> = identifiers.iter().map(|name| name.value.clone()).collect();
        let csr = CertificateParams::new(names).and_then(|mut params| {
            params.distinguished_name = DistinguishedName::new();
            match self {
                CertificateKey::Ec(key) => params.serialize_request(key),
                CertificateKey::Rsa(key) => params.serialize_request(key),
            }
        });
        csr.map(|csr| csr.der().to_vec()).map_err(|error| {
            Error::new("certificate:request", format!("cannot make a CSR: {error}"))
        })
    }
}

impl RsaKey {
    fn new(key: rsa::RsaPrivateKey) -> Option<RsaKey> {
        let public = key.to_public_key().to_pkcs1_der().ok()?.into_vec();
        Some(RsaKey {
            signer: rsa::pkcs1v15::SigningKey::new(key),
            public,
        })
    }
}

impl PublicKeyData for RsaKey {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

impl SigningKey for RsaKey {
    fn sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, rcgen::Error> {
        self.signer
            .try_sign(message)
            .map(|signature| signature.to_vec())
            .map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

/// The system's randomness, through the provider that everything else uses too.
struct Random(SystemRandom);

impl rsa::rand_core::RngCore for Random {
    fn next_u32(&mut self) -> u32 {
        rsa::rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rsa::rand_core::impls::next_u64_via_fill(self)
    }

    #[expect(
        clippy::expect_used,
        reason = "the trait leaves no other way, and a key of zeros must never be made"
    )]
    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes).expect("the system gives randomness");
    }

    fn try_fill_bytes(
        &mut self,
        bytes: &mut [u8],
    ) -> std::result::Result<(), rsa::rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl rsa::rand_core::CryptoRng for Random {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_every_kind_is_read_back_and_signs_a_csr() {
        for key_type in [KeyType::Ec256, KeyType::Ec384, KeyType::Rsa(2048)] {
            let key = CertificateKey::generate(key_type).expect("a key");
            let pem = key.pem().expect("PKCS#8");
            let again = CertificateKey::from_pem(pem.as_bytes()).expect("our own PEM");
            assert!(again.is(key_type), "{key_type:?}");
            assert_eq!(key.public(), again.public());
            let names = [
                Identifier::dns("*.example.com"),
                Identifier::dns("example.com"),
            ];
            assert!(again.csr(&names).expect("good names").len() > 100);
        }
    }

    #[test]
    fn key_types_are_known_by_lego_s_names_in_either_case() {
        assert_eq!(KeyType::parse("ec384"), Some(KeyType::Ec384));
        assert_eq!(KeyType::parse("Rsa8192"), Some(KeyType::Rsa(8192)));
        assert_eq!(KeyType::parse("RSA1024"), None);
    }
}
