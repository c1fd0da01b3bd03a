//! RSA with SHA-256 (PKCS#1 v1.5), of several sizes.
//!
//! ring signs with keys of up to 4096 bits. It makes no keys: that, and signing with larger ones, is left to the crate
//! `rsa`, whose private key operations take a time that depends on the key (RUSTSEC-2023-0071). That crate signs with
//! blinding, and nobody outside can have it sign at will or time it: a certificate request is signed once, and requests
//! to a CA at this program's own pace.

use crate::error::Error;
use crate::jwk::{Jwk, base64url};
use crate::material::{Algorithm, Encoded, Material, Parameters, Row};
use pkcs8::der::Encode;
use pkcs8::der::asn1::ObjectIdentifier;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use rsa::Pkcs1v15Sign;
use rsa::pkcs1::{self, DecodeRsaPrivateKey, EncodeRsaPrivateKey};
use rsa::rand_core::utils::next_word_via_fill;
use rsa::rand_core::{TryCryptoRng, TryRng};

pub(crate) static RSA2048: Row = row("RSA2048", || generate(2048));
pub(crate) static RSA3072: Row = row("RSA3072", || generate(3072));
pub(crate) static RSA4096: Row = row("RSA4096", || generate(4096));
pub(crate) static RSA8192: Row = row("RSA8192", || generate(8192));

/// rsaEncryption (RFC 8017 §A.1).
pub(crate) const ALGORITHM: Algorithm = Algorithm {
    oid: ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1"),
    parameters: Parameters::Null,
};

/// sha256WithRSAEncryption (RFC 8017 §A.2.4).
const SHA256_WITH_RSA: &[u64] = &[1, 2, 840, 113549, 1, 1, 11];

/// The prefix of the digest in a signature (RFC 8017 §9.2, note 1).
const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// ring's own limit for keys that sign.
const MOST_BITS_OF_RING: usize = 4096;
/// The largest key, in bits. With a larger one a signature takes seconds, and neither ring nor webpki verifies it.
const MOST_BITS: usize = 8192;

struct RsaKey {
    /// RSAPrivateKey (RFC 8017 §A.1.2).
    private_key: Vec<u8>,
    /// RSAPublicKey (RFC 8017 §A.1.1).
    public_key: Vec<u8>,
    /// Both numbers of the public key, without zeros at the start.
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    pair: Pair,
}

enum Pair {
    Ring(Box<RsaKeyPair>),
    /// A key of more bits than ring takes.
    Large(Box<rsa::PrivateKey>),
}

const fn row(name: &'static str, generate: fn() -> Result<Box<dyn Material>, Error>) -> Row {
    Row {
        name,
        algorithm: ALGORITHM,
        read,
        generate,
    }
}

fn generate(bits: usize) -> Result<Box<dyn Material>, Error> {
    let key = rsa::PrivateKey::new(&mut Random(SystemRandom::new()), bits).map_err(failed)?;
    let der = key.to_pkcs1_der().map_err(refused)?;
    read(&Encoded {
        algorithm: ALGORITHM,
        private_key: der.as_bytes(),
        public_key: None,
    })
}

fn read(encoded: &Encoded<'_>) -> Result<Box<dyn Material>, Error> {
    let der = encoded.private_key;
    let parts = pkcs1::RsaPrivateKeyRef::try_from(der).map_err(refused)?;
    let (modulus, exponent) = (parts.modulus.as_bytes(), parts.public_exponent.as_bytes());
    let public_key = parts.public_key().to_der()?;
    let bits = bits(modulus);
    let pair = if bits <= MOST_BITS_OF_RING {
        Pair::Ring(Box::new(RsaKeyPair::from_der(der)?))
    } else if bits <= MOST_BITS {
        let key = rsa::PrivateKey::from_pkcs1_der(der).map_err(refused)?;
        key.validate().map_err(refused)?;
        Pair::Large(Box::new(key))
    } else {
        return Err(Error::Refused(format!("{bits} bits are too many")));
    };
    Ok(Box::new(RsaKey {
        private_key: der.to_vec(),
        public_key,
        modulus: modulus.to_vec(),
        exponent: exponent.to_vec(),
        pair,
    }))
}

/// What a key of so many bits is called.
pub(crate) fn type_name(bits: usize) -> String {
    format!("RSA{bits}")
}

/// How many bits the modulus of a public key has (RFC 8017 §A.1.1, DER).
pub(crate) fn public_key_bits(der: &[u8]) -> Option<usize> {
    let key = pkcs1::RsaPublicKeyRef::try_from(der).ok()?;
    Some(bits(key.modulus.as_bytes()))
}

/// How many bits a number has, whose bytes have no zeros at the start.
pub(crate) fn bits(number: &[u8]) -> usize {
    let zeros = number.first().map_or(0, |first| first.leading_zeros());
    8 * number.len() - zeros as usize
}

fn refused(error: impl std::fmt::Display) -> Error {
    Error::Refused(error.to_string())
}

/// Why no key was made, or nothing was signed.
fn failed(error: rsa::Error) -> Error {
    match error {
        rsa::Error::Rng => Error::NoRandomness,
        error => refused(error),
    }
}

impl Material for RsaKey {
    fn type_name(&self) -> String {
        type_name(bits(&self.modulus))
    }

    fn algorithm(&self) -> Algorithm {
        ALGORITHM
    }

    fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    fn private_key(&self) -> &[u8] {
        &self.private_key
    }

    fn jwk(&self) -> Jwk {
        Jwk::new([
            ("e", base64url(&self.exponent)),
            ("kty", "RSA".into()),
            ("n", base64url(&self.modulus)),
        ])
    }

    fn jose_algorithm(&self) -> &'static str {
        "RS256"
    }

    fn sign_jose(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.sign_x509(message)
    }

    fn x509_algorithm(&self) -> &'static [u64] {
        SHA256_WITH_RSA
    }

    fn sign_x509(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        match &self.pair {
            Pair::Ring(pair) => {
                let mut signature = vec![0; pair.public_key().modulus_len()];
                pair.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    message,
                    &mut signature,
                )?;
                Ok(signature)
            }
            Pair::Large(key) => {
                let padding = Pkcs1v15Sign {
                    hash_len: Some(32),
                    prefix: SHA256_DIGEST_INFO.into(),
                };
                let digest = digest(&SHA256, message);
                key.sign_with_rng(&mut Random(SystemRandom::new()), padding, digest.as_ref())
                    .map_err(failed)
            }
        }
    }
}

/// The system's randomness, from the same crypto provider as everything else.
struct Random(SystemRandom);

impl TryRng for Random {
    type Error = Error;

    fn try_next_u32(&mut self) -> Result<u32, Error> {
        next_word_via_fill(self)
    }

    fn try_next_u64(&mut self) -> Result<u64, Error> {
        next_word_via_fill(self)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        Ok(self.0.fill(bytes)?)
    }
}

impl TryCryptoRng for Random {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_counted_from_the_first_that_is_set() {
        for (number, count) in [(&[0x80, 0][..], 16), (&[1, 0], 9), (&[1], 1), (&[], 0)] {
            assert_eq!(bits(number), count, "{number:?}");
        }
    }
}
