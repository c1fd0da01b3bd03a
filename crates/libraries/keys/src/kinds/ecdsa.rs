//! ECDSA on a curve that ring has.

use crate::error::Error;
use crate::jwk::{Jwk, base64url};
use crate::material::{Algorithm, Encoded, Material, Parameters};
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::Encode;
use pkcs8::der::asn1::ObjectIdentifier;
use ring::rand::SystemRandom;
use ring::signature::{EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair};
use sec1::EcPrivateKey;

/// id-ecPublicKey (RFC 5480 §2.1.1).
pub(crate) const EC_PUBLIC_KEY: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// What sets one curve apart from another.
pub(super) struct Curve {
    pub(super) type_name: &'static str,
    /// `crv` of a JWK (RFC 7518 §6.2.1.1).
    pub(super) jwk_name: &'static str,
    pub(super) jose_algorithm: &'static str,
    pub(super) oid: ObjectIdentifier,
    pub(super) x509_algorithm: &'static [u64],
    /// How long a private key is, and each coordinate of a point.
    pub(super) scalar_bytes: usize,
    /// Signs as JOSE has it: both halves at their full length.
    pub(super) jose: &'static EcdsaSigningAlgorithm,
    /// Signs as X.509 has it: DER.
    pub(super) x509: &'static EcdsaSigningAlgorithm,
}

impl Curve {
    pub(super) const fn algorithm(&self) -> Algorithm {
        Algorithm {
            oid: EC_PUBLIC_KEY,
            parameters: Parameters::Curve(self.oid),
        }
    }
}

struct EcdsaKey {
    curve: &'static Curve,
    /// ECPrivateKey (RFC 5915 §3), with the public key and without the curve, which PKCS#8 has outside of it.
    private_key: Vec<u8>,
    jose: EcdsaKeyPair,
    x509: EcdsaKeyPair,
}

pub(super) fn generate(curve: &'static Curve) -> Result<Box<dyn Material>, Error> {
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(curve.x509, &SystemRandom::new())?;
    let info = PrivateKeyInfoRef::try_from(pkcs8.as_ref())
        .map_err(|error| Error::Refused(error.to_string()))?;
    let made = Encoded {
        algorithm: curve.algorithm(),
        private_key: info.private_key.as_bytes(),
        public_key: None,
    };
    read(curve, &made)
}

pub(super) fn read(
    curve: &'static Curve,
    encoded: &Encoded<'_>,
) -> Result<Box<dyn Material>, Error> {
    let found = EcPrivateKey::try_from(encoded.private_key)
        .map_err(|error| Error::Refused(error.to_string()))?;
    let public = found.public_key.or(encoded.public_key);
    let public = public.filter(|point| is_uncompressed(point, curve.scalar_bytes));
    let public = public.ok_or(Error::NoPublicKey)?;
    let scalar = full_length(found.private_key, curve.scalar_bytes);
    let pair = |algorithm| {
        EcdsaKeyPair::from_private_key_and_public_key(
            algorithm,
            &scalar,
            public,
            &SystemRandom::new(),
        )
    };
    let private_key = EcPrivateKey {
        private_key: &scalar,
        parameters: None,
        public_key: Some(public),
    };
    Ok(Box::new(EcdsaKey {
        curve,
        private_key: private_key.to_der()?,
        jose: pair(curve.jose)?,
        x509: pair(curve.x509)?,
    }))
}

/// Whether a point is uncompressed, by its first octet and its length (SEC 1 §2.3.3).
fn is_uncompressed(point: &[u8], coordinate: usize) -> bool {
    point.first() == Some(&4) && point.len() == 1 + 2 * coordinate
}

/// Some programs leave zeros out at the start of a private key, in spite of RFC 5915 §3.
fn full_length(scalar: &[u8], length: usize) -> Vec<u8> {
    let zeros = length.saturating_sub(scalar.len());
    [&vec![0; zeros], scalar].concat()
}

impl Material for EcdsaKey {
    fn type_name(&self) -> String {
        self.curve.type_name.to_owned()
    }

    fn algorithm(&self) -> Algorithm {
        self.curve.algorithm()
    }

    fn public_key(&self) -> &[u8] {
        self.jose.public_key().as_ref()
    }

    fn private_key(&self) -> &[u8] {
        &self.private_key
    }

    fn jwk(&self) -> Jwk {
        // An uncompressed point is 4, then both coordinates (SEC 1 §2.3.3).
        let (x, y) = self.public_key()[1..].split_at(self.curve.scalar_bytes);
        Jwk::new([
            ("crv", self.curve.jwk_name.into()),
            ("kty", "EC".into()),
            ("x", base64url(x)),
            ("y", base64url(y)),
        ])
    }

    fn jose_algorithm(&self) -> &'static str {
        self.curve.jose_algorithm
    }

    fn sign_jose(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature = self.jose.sign(&SystemRandom::new(), message)?;
        Ok(signature.as_ref().to_vec())
    }

    fn x509_algorithm(&self) -> &'static [u64] {
        self.curve.x509_algorithm
    }

    fn sign_x509(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature = self.x509.sign(&SystemRandom::new(), message)?;
        Ok(signature.as_ref().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_taken_in_uncompressed_form_only() {
        let point = |first: u8, length: usize| [vec![first], vec![7; length - 1]].concat();
        for (point, taken) in [
            (point(4, 65), true),
            (point(2, 33), false),
            (point(3, 65), false),
            (point(4, 64), false),
            (point(4, 97), false),
        ] {
            assert_eq!(is_uncompressed(&point, 32), taken, "{point:?}");
        }
        assert!(!is_uncompressed(&[], 32));
    }

    #[test]
    fn a_private_key_without_its_zeros_gets_them_back() {
        assert_eq!(full_length(&[1, 2], 4), [0, 0, 1, 2]);
        assert_eq!(full_length(&[1, 2], 2), [1, 2]);
        assert_eq!(full_length(&[1, 2, 3], 2), [1, 2, 3]);
    }
}
