//! Ed25519 (RFC 8032), in keys and certificates (RFC 8410) and in JOSE (RFC 8037).

use crate::error::Error;
use crate::jwk::{Jwk, base64url};
use crate::material::{Algorithm, Encoded, Material, Parameters, Row};
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::asn1::{ObjectIdentifier, OctetStringRef};
use pkcs8::der::{Decode, Encode};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair};

const NAME: &str = "Ed25519";

/// id-Ed25519 (RFC 8410 §3): of keys and of signatures.
pub(crate) const ALGORITHM: Algorithm = Algorithm {
    oid: ObjectIdentifier::new_unwrap("1.3.101.112"),
    parameters: Parameters::Absent,
};
/// The same, as arcs.
const X509_ALGORITHM: &[u64] = &[1, 3, 101, 112];

pub(crate) static ROW: Row = Row {
    name: NAME,
    algorithm: ALGORITHM,
    read,
    generate,
};

struct Ed25519Key {
    /// CurvePrivateKey (RFC 8410 §7).
    private_key: Vec<u8>,
    pair: Ed25519KeyPair,
}

fn generate() -> Result<Box<dyn Material>, Error> {
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())?;
    let info = PrivateKeyInfoRef::try_from(pkcs8.as_ref())
        .map_err(|error| Error::Refused(error.to_string()))?;
    read(&Encoded {
        algorithm: ALGORITHM,
        private_key: info.private_key.as_bytes(),
        public_key: None,
    })
}

fn read(encoded: &Encoded<'_>) -> Result<Box<dyn Material>, Error> {
    let seed = <&OctetStringRef>::from_der(encoded.private_key)?;
    let pair = match encoded.public_key {
        Some(public) => Ed25519KeyPair::from_seed_and_public_key(seed.as_bytes(), public)?,
        None => Ed25519KeyPair::from_seed_unchecked(seed.as_bytes())?,
    };
    Ok(Box::new(Ed25519Key {
        private_key: seed.to_der()?,
        pair,
    }))
}

impl Material for Ed25519Key {
    fn type_name(&self) -> String {
        NAME.to_owned()
    }

    fn algorithm(&self) -> Algorithm {
        ALGORITHM
    }

    fn public_key(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    fn private_key(&self) -> &[u8] {
        &self.private_key
    }

    fn jwk(&self) -> Jwk {
        Jwk::new([
            ("crv", NAME.into()),
            ("kty", "OKP".into()),
            ("x", base64url(self.public_key())),
        ])
    }

    fn jose_algorithm(&self) -> &'static str {
        "EdDSA"
    }

    fn sign_jose(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.sign_x509(message)
    }

    fn x509_algorithm(&self) -> &'static [u64] {
        X509_ALGORITHM
    }

    fn sign_x509(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(self.pair.sign(message).as_ref().to_vec())
    }
}
