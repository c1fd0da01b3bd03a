//! What a kind of key has to implement to be in the catalogue.

use crate::error::Error;
use crate::jwk::Jwk;
use pkcs8::der::asn1::{AnyRef, ObjectIdentifier};
use pkcs8::spki::AlgorithmIdentifierRef;
use std::fmt::Debug;

/// A private key of one kind.
pub(crate) trait Material: Send + Sync {
    /// The key's type by its name in the catalogue, or by one that would be its name there.
    fn type_name(&self) -> String;

    /// The algorithm of its public key (RFC 5280 §4.1.2.7), which is that of PKCS#8 as well (RFC 5958 §2).
    fn algorithm(&self) -> Algorithm;

    /// What stands in `subjectPublicKey` (RFC 5280 §4.1).
    fn public_key(&self) -> &[u8];

    /// What stands in `privateKey` of PKCS#8 (RFC 5958 §2), DER.
    fn private_key(&self) -> &[u8];

    /// The public key (RFC 7517).
    fn jwk(&self) -> Jwk;

    /// The name of its signatures in JOSE (RFC 7518 §3.1, RFC 8037 §3.1).
    fn jose_algorithm(&self) -> &'static str;

    /// A signature as JOSE has it (RFC 7518 §3.3, §3.4, RFC 8037 §3.1).
    fn sign_jose(&self, message: &[u8]) -> Result<Vec<u8>, Error>;

    /// The algorithm of its signatures in X.509, as the arcs of its object identifier.
    fn x509_algorithm(&self) -> &'static [u64];

    /// A signature as X.509 has it.
    fn sign_x509(&self, message: &[u8]) -> Result<Vec<u8>, Error>;
}

/// An algorithm with its parameters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Algorithm {
    pub(crate) oid: ObjectIdentifier,
    pub(crate) parameters: Parameters,
}

/// The parameters of an algorithm.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Parameters {
    /// None at all, as with Ed25519 (RFC 8410 §3).
    Absent,
    /// NULL, as with RSA (RFC 8017 §A.1).
    Null,
    /// The curve of an EC key (RFC 5480 §2.1.1).
    Curve(ObjectIdentifier),
}

impl Algorithm {
    /// The identifier for DER.
    pub(crate) fn identifier(&self) -> AlgorithmIdentifierRef<'_> {
        AlgorithmIdentifierRef {
            oid: self.oid,
            parameters: match &self.parameters {
                Parameters::Absent => None,
                Parameters::Null => Some(AnyRef::NULL),
                Parameters::Curve(curve) => Some(curve.into()),
            },
        }
    }

    /// What sets it apart from others. Some programs leave NULL out, or write it where it does not belong.
    pub(crate) fn id(&self) -> (ObjectIdentifier, Option<ObjectIdentifier>) {
        let curve = match self.parameters {
            Parameters::Curve(curve) => Some(curve),
            Parameters::Absent | Parameters::Null => None,
        };
        (self.oid, curve)
    }
}

/// A private key as it was read, before anything is known of it but its algorithm.
#[derive(Clone, Copy)]
pub(crate) struct Encoded<'a> {
    pub(crate) algorithm: Algorithm,
    /// `privateKey` of PKCS#8 (RFC 5958 §2).
    pub(crate) private_key: &'a [u8],
    /// `publicKey` of PKCS#8, which few write.
    pub(crate) public_key: Option<&'a [u8]>,
}

/// A row of the catalogue.
pub(crate) struct Row {
    /// lego's name for it.
    pub(crate) name: &'static str,
    /// Keys of this algorithm are read by `read`.
    pub(crate) algorithm: Algorithm,
    pub(crate) read: fn(&Encoded<'_>) -> Result<Box<dyn Material>, Error>,
    pub(crate) generate: fn() -> Result<Box<dyn Material>, Error>,
}

impl Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
