//! The certificate's key, and the CSR that it signs.

use acme::{Error, Identifier, Result};
use rcgen::{
    CertificateParams, DistinguishedName, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384,
    PKCS_RSA_SHA256, PublicKeyData, SignatureAlgorithm, SigningKey,
};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, KeyPair,
};
use rsa::Pkcs1v15Sign;
use rsa::pkcs1::EncodeRsaPublicKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use rsa::traits::PublicKeyParts;

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

    /// ring's name for what an EC key signs with.
    fn curve(self) -> &'static EcdsaSigningAlgorithm {
        match self {
            KeyType::Ec384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
            _ => &ECDSA_P256_SHA256_ASN1_SIGNING,
        }
    }
}

/// A certificate's private key.
pub(crate) enum CertificateKey {
    Ec(EcKey),
    Rsa(RsaKey),
}

/// Straight from ring: rcgen's own type for keys brings along those that no certificate of ours has.
pub(crate) struct EcKey {
    pair: EcdsaKeyPair,
    pkcs8: Vec<u8>,
    key_type: KeyType,
}

/// What stands before the digest in a signature (RFC 8017 §9.2, note 1).
const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// ring signs with RSA keys, but neither makes them nor takes those of 8192 bits.
pub(crate) struct RsaKey {
    private: rsa::RsaPrivateKey,
    public: Vec<u8>,
}

impl CertificateKey {
    pub(crate) fn generate(key_type: KeyType) -> Result<CertificateKey> {
        let failed = |error: &dyn std::fmt::Display| {
            Error::new("certificate:key", format!("cannot make a key: {error}"))
        };
        let mut random = Random(SystemRandom::new());
        let key = match key_type {
            KeyType::Rsa(bits) => rsa::RsaPrivateKey::new(&mut random, bits)
                .map_err(|error| failed(&error))
                .map(|key| RsaKey::new(key).map(CertificateKey::Rsa))?,
            curve => EcdsaKeyPair::generate_pkcs8(curve.curve(), &random.0)
                .map_err(|error| failed(&error))
                .map(|pkcs8| EcKey::new(pkcs8.as_ref(), curve).map(CertificateKey::Ec))?,
        };
        key.ok_or_else(|| failed(&"what was made is no key"))
    }

    /// Reads what [`CertificateKey::pem`] wrote.
    pub(crate) fn from_pem(text: &[u8]) -> Option<CertificateKey> {
        let pkcs8 = acme::pem::private_key(text)?;
        if let Ok(key) = rsa::RsaPrivateKey::from_pkcs8_der(&pkcs8) {
            return RsaKey::new(key).map(CertificateKey::Rsa);
        }
        [KeyType::Ec256, KeyType::Ec384]
            .into_iter()
            .find_map(|curve| EcKey::new(&pkcs8, curve))
            .map(CertificateKey::Ec)
    }

    /// PKCS#8.
    pub(crate) fn pem(&self) -> Result<String> {
        match self {
            CertificateKey::Ec(key) => Ok(acme::pem::encode("PRIVATE KEY", &key.pkcs8)),
            CertificateKey::Rsa(key) => match key.private.to_pkcs8_der() {
                Ok(der) => Ok(acme::pem::encode("PRIVATE KEY", der.as_bytes())),
                Err(error) => Err(Error::new("certificate:key", error.to_string())),
            },
        }
    }

    pub(crate) fn is(&self, key_type: KeyType) -> bool {
        match self {
            CertificateKey::Ec(key) => key.key_type == key_type,
            CertificateKey::Rsa(key) => KeyType::Rsa(key.private.size() * 8) == key_type,
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

impl EcKey {
    fn new(pkcs8: &[u8], key_type: KeyType) -> Option<EcKey> {
        let pair = EcdsaKeyPair::from_pkcs8(key_type.curve(), pkcs8, &SystemRandom::new()).ok()?;
        Some(EcKey {
            pair,
            pkcs8: pkcs8.to_vec(),
            key_type,
        })
    }
}

impl PublicKeyData for EcKey {
    fn der_bytes(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        match self.key_type {
            KeyType::Ec384 => &PKCS_ECDSA_P384_SHA384,
            _ => &PKCS_ECDSA_P256_SHA256,
        }
    }
}

impl SigningKey for EcKey {
    fn sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, rcgen::Error> {
        self.pair
            .sign(&SystemRandom::new(), message)
            .map(|signature| signature.as_ref().to_vec())
            .map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

impl RsaKey {
    fn new(key: rsa::RsaPrivateKey) -> Option<RsaKey> {
        let public = key.to_public_key().to_pkcs1_der().ok()?.into_vec();
        Some(RsaKey {
            private: key,
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
        let padding = Pkcs1v15Sign {
            hash_len: Some(32),
            prefix: SHA256_DIGEST_INFO.into(),
        };
        self.private
            .sign(padding, digest(&SHA256, message).as_ref())
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
