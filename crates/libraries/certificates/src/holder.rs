//! Who holds the key of a certificate: the store, or whoever made a certificate request elsewhere.

use crate::signing_request::SigningRequest;
use keys::{KeyType, PrivateKey};

/// Where the key of a certificate is.
#[derive(Debug)]
pub enum Holder {
    /// In the store.
    Store(PrivateKey),
    /// With whoever made this request.
    Elsewhere(SigningRequest),
}

impl Holder {
    /// The key, where it is in the store.
    pub fn key(&self) -> Option<&PrivateKey> {
        match self {
            Holder::Store(key) => Some(key),
            Holder::Elsewhere(_) => None,
        }
    }

    /// The kind of the key; none where the catalogue does not have it.
    pub fn key_type(&self) -> Option<KeyType> {
        match self {
            Holder::Store(key) => key.key_type(),
            Holder::Elsewhere(request) => request.key_type(),
        }
    }

    /// The SubjectPublicKeyInfo of the key (RFC 5280 §4.1.2.7), DER.
    pub fn subject_public_key_info(&self) -> &[u8] {
        match self {
            Holder::Store(key) => key.subject_public_key_info(),
            Holder::Elsewhere(request) => request.subject_public_key_info(),
        }
    }
}

impl From<PrivateKey> for Holder {
    fn from(key: PrivateKey) -> Holder {
        Holder::Store(key)
    }
}
