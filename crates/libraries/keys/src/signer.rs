//! The signers of a JWS (RFC 7515).

use crate::error::Error;
use crate::jwk::Jwk;
use std::fmt::Debug;

/// Something that signs: a private key, or a key shared with a CA.
pub trait Signer {
    /// The algorithm's name in JOSE (RFC 7518 §3.1): `ES256`.
    fn alg(&self) -> &'static str;

    /// The signature, in the encoding that JOSE has for the algorithm.
    ///
    /// # Errors
    /// [`Error::NoRandomness`]; and where the key is elsewhere, what went wrong there.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error>;
}

/// A signer that has a public key.
pub trait SigningKey: Signer + Debug + Send + Sync {
    /// The public key.
    fn jwk(&self) -> Jwk;
}
