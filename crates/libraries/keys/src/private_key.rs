//! A private key of any kind in the catalogue.

use crate::catalogue::KeyType;
use crate::error::Error;
use crate::jwk::Jwk;
use crate::jwk_text::{self, Members};
use crate::material::Material;
use crate::signer::{Signer, SigningKey};
use crate::{private_jwk, read};
use pem::{EncodeConfig, LineEnding, Pem};
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::Encode;
use pkcs8::der::asn1::{BitStringRef, OctetStringRef};
use pkcs8::spki::SubjectPublicKeyInfoRef;
use std::fmt;
use std::path::Path;

/// The largest file that is read, in bytes: a key of 8192 bits has 6 kB.
pub(crate) const LARGEST_FILE: u64 = 64 * 1024;

/// A private key. What is secret about it leaves this type in two ways only: [`PrivateKey::to_pem`] and
/// [`PrivateKey::to_pkcs8`], for its files.
pub struct PrivateKey {
    material: Box<dyn Material>,
    /// PKCS#8, DER.
    pkcs8: Vec<u8>,
    /// SubjectPublicKeyInfo, DER.
    public: Vec<u8>,
}

impl PrivateKey {
    /// Makes a key. For RSA with 8192 bits that can take a minute.
    ///
    /// # Errors
    /// [`Error::NoRandomness`], or [`Error::Refused`] where what was made is no key.
    pub fn generate(kind: KeyType) -> Result<PrivateKey, Error> {
        PrivateKey::new((kind.row().generate)()?)
    }

    /// The first key in a PEM text (RFC 7468): PKCS#8 (RFC 5958), PKCS#1 (RFC 8017) or SEC 1 (RFC 5915).
    ///
    /// # Errors
    /// Why there is none that can be used.
    pub fn from_pem(text: &[u8]) -> Result<PrivateKey, Error> {
        PrivateKey::new(read::from_pem(text)?)
    }

    /// The first key in a text that is PEM, or the key of a JWK (RFC 7517).
    ///
    /// # Errors
    /// Why there is none that can be used; [`Error::NoKey`] for a JWK that has only a public key.
    pub fn from_text(text: &[u8]) -> Result<PrivateKey, Error> {
        if !jwk_text::is_json(text) {
            return PrivateKey::from_pem(text);
        }
        match Members::read(text)?.has("d") {
            true => PrivateKey::new(private_jwk::from_jwk(text)?),
            false => Err(Error::NoKey),
        }
    }

    /// Reads the file of a key; see [`PrivateKey::from_pem`].
    ///
    /// # Errors
    /// [`Error::Read`] where the file cannot be read, is no regular file or too large; and what is wrong with the key.
    pub fn read(path: &Path) -> Result<PrivateKey, Error> {
        let text = files::read_bounded(path, LARGEST_FILE)
            .map_err(|error| Error::Read(error.to_string()))?;
        PrivateKey::from_pem(&text)
    }

    fn new(material: Box<dyn Material>) -> Result<PrivateKey, Error> {
        let algorithm = material.algorithm();
        let private_key = OctetStringRef::new(material.private_key())?;
        let pkcs8 = PrivateKeyInfoRef::new(algorithm.identifier(), private_key).to_der()?;
        let public = SubjectPublicKeyInfoRef {
            algorithm: algorithm.identifier(),
            subject_public_key: BitStringRef::from_bytes(material.public_key())?,
        };
        let public = public.to_der()?;
        Ok(PrivateKey {
            material,
            pkcs8,
            public,
        })
    }

    /// The text of its file: PKCS#8 in PEM, whatever form it was read in.
    pub fn to_pem(&self) -> String {
        let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
        pem::encode_config(&Pem::new("PRIVATE KEY", &*self.pkcs8), config)
    }

    /// PKCS#8 in DER, for what encrypts it.
    pub fn to_pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// Its kind; none where it is RSA of a size that the catalogue does not have.
    pub fn key_type(&self) -> Option<KeyType> {
        KeyType::parse(&self.material.type_name())
    }

    /// lego's name for its kind, or one that would be its name there: `RSA2056`.
    pub fn type_name(&self) -> String {
        self.material.type_name()
    }

    /// The SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), DER.
    pub fn subject_public_key_info(&self) -> &[u8] {
        &self.public
    }

    /// What stands in the SubjectPublicKeyInfo's `subjectPublicKey`.
    pub fn subject_public_key(&self) -> &[u8] {
        self.material.public_key()
    }

    /// The algorithm of [`PrivateKey::sign_x509`], as the arcs of its object identifier.
    pub fn x509_algorithm(&self) -> &'static [u64] {
        self.material.x509_algorithm()
    }

    /// A signature as certificates and requests for them have it (RFC 5280 §4.1.1.3, RFC 2986 §4.2).
    ///
    /// # Errors
    /// [`Error::NoRandomness`].
    pub fn sign_x509(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.material.sign_x509(message)
    }
}

impl Signer for PrivateKey {
    fn alg(&self) -> &'static str {
        self.material.jose_algorithm()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.material.sign_jose(message)
    }
}

impl SigningKey for PrivateKey {
    fn jwk(&self) -> Jwk {
        self.material.jwk()
    }
}

/// Nothing but its kind: a log is no place for a key.
impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.material.type_name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::KEY_TYPES;
    use crate::testing::{self, Sample};
    use ring::signature::{
        ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_ASN1,
        ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
        VerificationAlgorithm,
    };

    fn read(text: &str) -> Result<PrivateKey, Error> {
        PrivateKey::from_pem(text.as_bytes())
    }

    #[test]
    fn keys_are_read_in_every_form_that_openssl_writes() {
        for Sample {
            text,
            kind,
            alg,
            thumbprint,
        } in testing::SAMPLES
        {
            let key = read(text).unwrap_or_else(|error| panic!("{kind}: {error}"));
            assert_eq!(key.key_type(), KeyType::parse(kind), "{kind}");
            assert_eq!(key.alg(), *alg, "{kind}");
            let public = key.subject_public_key_info();
            assert_eq!(KeyType::of_public_key(public), key.key_type(), "{kind}");
            assert_eq!(key.jwk().thumbprint(), *thumbprint, "{kind}");
        }
    }

    #[test]
    fn a_key_is_written_as_openssl_writes_pkcs_8_whatever_form_it_came_in() {
        for (form, pkcs8) in [
            (testing::P256_SEC1, testing::P256_PKCS8),
            (testing::P384_SEC1, testing::P384_PKCS8),
            (testing::RSA2048_PKCS1, testing::RSA2048_PKCS8),
            (testing::ED25519, testing::ED25519),
        ] {
            assert_eq!(read(form).expect("a key").to_pem(), pkcs8);
            assert_eq!(read(pkcs8).expect("a key").to_pem(), pkcs8);
        }
    }

    #[test]
    fn the_public_half_is_the_one_that_openssl_computes() {
        for (key, public) in [
            (testing::P256_SEC1, testing::P256_PUBLIC),
            (testing::RSA2048_PKCS1, testing::RSA2048_PUBLIC),
            (testing::ED25519, testing::ED25519_PUBLIC),
        ] {
            let key = read(key).expect("a key");
            let public = pem::parse(public).expect("PEM");
            assert_eq!(key.subject_public_key_info(), public.contents());
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_and_says_why() {
        let junk = pem::encode(&Pem::new("PRIVATE KEY", "nonsense"));
        let refused = |text: &str| read(text).expect_err("no usable key");
        for (text, error) in [
            ("", Error::NoKey),
            (testing::P256_PUBLIC, Error::NoKey),
            (testing::P256_ENCRYPTED, Error::Encrypted),
            (testing::P256_ENCRYPTED_BY_HEADER, Error::Encrypted),
            (testing::P256_WITHOUT_PUBLIC, Error::NoPublicKey),
            (testing::P256_COMPRESSED, Error::NoPublicKey),
            (testing::P521, Error::Unsupported("P-521".into())),
            (testing::RSA1024, Error::Refused("TooSmall".into())),
        ] {
            assert_eq!(refused(text), error, "{text}");
        }
        assert!(matches!(refused(&junk), Error::Refused(_)));
        // The public half of one key with the private half of another.
        let (head, tail) = testing::P256_SEC1.split_at(60);
        let mixed = format!(
            "{head}{}{}",
            if tail.starts_with('A') { 'B' } else { 'A' },
            &tail[1..]
        );
        assert!(matches!(refused(&mixed), Error::Refused(_)), "{mixed}");
    }

    #[test]
    fn a_key_that_was_made_is_of_its_kind_and_is_read_back() {
        // Making a larger one takes a minute.
        let quick = |kind: &KeyType| kind.name() != "RSA8192";
        for kind in KEY_TYPES.iter().filter(|kind| quick(kind)) {
            let key = PrivateKey::generate(*kind).expect("a key");
            assert_eq!(key.key_type(), Some(*kind));
            let again = read(&key.to_pem()).expect("our own PEM");
            assert_eq!(again.to_pem(), key.to_pem());
            assert_eq!(again.jwk(), key.jwk());
        }
    }

    #[test]
    fn signatures_of_both_encodings_verify() {
        let verify =
            |key: &PrivateKey, algorithm: &'static dyn VerificationAlgorithm, signature: &[u8]| {
                UnparsedPublicKey::new(algorithm, key.subject_public_key())
                    .verify(b"message", signature)
            };
        let cases: [(&str, &dyn VerificationAlgorithm, &dyn VerificationAlgorithm); 5] = [
            (
                testing::P256_SEC1,
                &ECDSA_P256_SHA256_FIXED,
                &ECDSA_P256_SHA256_ASN1,
            ),
            (
                testing::P384_SEC1,
                &ECDSA_P384_SHA384_FIXED,
                &ECDSA_P384_SHA384_ASN1,
            ),
            (testing::ED25519, &ED25519, &ED25519),
            (
                testing::RSA2048_PKCS1,
                &RSA_PKCS1_2048_8192_SHA256,
                &RSA_PKCS1_2048_8192_SHA256,
            ),
            (
                testing::RSA8192_PKCS8,
                &RSA_PKCS1_2048_8192_SHA256,
                &RSA_PKCS1_2048_8192_SHA256,
            ),
        ];
        for (text, jose, x509) in cases {
            let key = read(text).expect("a key");
            let signature = key.sign(b"message").expect("randomness");
            assert_eq!(verify(&key, jose, &signature), Ok(()), "{key:?}");
            let signature = key.sign_x509(b"message").expect("randomness");
            assert_eq!(verify(&key, x509, &signature), Ok(()), "{key:?}");
        }
    }

    #[test]
    fn a_file_that_is_none_is_not_read() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("key.pem");
        let error = PrivateKey::read(&path).expect_err("there is none");
        assert!(matches!(error, Error::Read(_)), "{error}");
        std::fs::write(&path, testing::P256_SEC1).expect("written");
        assert!(PrivateKey::read(&path).is_ok());
    }
}
