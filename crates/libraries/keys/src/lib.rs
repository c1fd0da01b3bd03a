//! Private keys, those of accounts and those of certificates alike: making, reading and writing them, signing with them,
//! and their public keys as a JWK and as a SubjectPublicKeyInfo.
//!
//! The kinds of key are a catalogue, [`KEY_TYPES`]: a new one is a file in `kinds` and a row there. A key is read in
//! whatever form it comes ([`PrivateKey::from_pem`]) and written as PKCS#8.

mod catalogue;
mod error;
mod jwk;
mod jwk_text;
mod key_file;
mod kinds;
mod material;
mod private_jwk;
mod private_key;
mod public_key;
mod read;
mod remote_key;
mod signer;

#[cfg(test)]
mod testing;

pub use catalogue::{KEY_TYPES, KeyType, NAMES};
pub use error::Error;
pub use jwk::{Jwk, base64url};
pub use key_file::KeyFile;
pub use private_key::PrivateKey;
pub use public_key::PublicKey;
pub use remote_key::{RemoteKey, RemoteSigner};
pub use signer::{Signer, SigningKey};
