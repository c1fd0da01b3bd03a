//! A file that holds a key: a private one, or the public half of one that is elsewhere.

use crate::error::Error;
use crate::private_key::{LARGEST_FILE, PrivateKey};
use crate::public_key::PublicKey;
use crate::remote_key::{RemoteKey, RemoteSigner};
use crate::signer::SigningKey;
use std::path::Path;
use std::sync::Arc;

/// What a file of a key holds.
#[derive(Debug)]
pub enum KeyFile {
    /// The private key.
    Private(PrivateKey),
    /// A public key.
    Public(PublicKey),
}

impl KeyFile {
    /// Reads a file: a key in PEM (RFC 7468) or a JWK (RFC 7517).
    ///
    /// # Errors
    /// [`Error::Read`] where the file cannot be read, is no regular file or too large; and what is wrong with the key.
    pub fn read(path: &Path) -> Result<KeyFile, Error> {
        let text = files::read_bounded(path, LARGEST_FILE)
            .map_err(|error| Error::Read(error.to_string()))?;
        KeyFile::from_text(&text)
    }

    /// Reads a text; see [`KeyFile::read`].
    ///
    /// # Errors
    /// What is wrong with the key.
    pub fn from_text(text: &[u8]) -> Result<KeyFile, Error> {
        match PrivateKey::from_text(text) {
            Err(Error::NoKey) => PublicKey::from_text(text).map(KeyFile::Public),
            private => private.map(KeyFile::Private),
        }
    }

    /// The text of its file: PKCS#8 in PEM for a private key, a JWK for a public one.
    pub fn to_text(&self) -> String {
        match self {
            KeyFile::Private(key) => key.to_pem(),
            // A map of strings, which JSON can always express.
            KeyFile::Public(key) => {
                format!("{}\n", serde_json::to_string(key.jwk()).unwrap_or_default())
            }
        }
    }

    /// As JOSE has the public key.
    pub fn jwk(&self) -> crate::Jwk {
        match self {
            KeyFile::Private(key) => key.jwk(),
            KeyFile::Public(key) => key.jwk().clone(),
        }
    }

    /// lego's name for its kind: `EC256`.
    pub fn type_name(&self) -> String {
        match self {
            KeyFile::Private(key) => key.type_name(),
            KeyFile::Public(key) => key.type_name(),
        }
    }

    /// What signs with it: the private key itself, or `signer`, where the file holds only the public key.
    ///
    /// # Errors
    /// [`Error::Elsewhere`] where there is only the public key, and no signer.
    pub fn signing_key(
        self,
        signer: Option<&Arc<dyn RemoteSigner>>,
    ) -> Result<Arc<dyn SigningKey>, Error> {
        Ok(match (self, signer) {
            (KeyFile::Private(key), _) => Arc::new(key),
            (KeyFile::Public(key), Some(signer)) => Arc::new(RemoteKey::new(key, signer.clone())),
            (KeyFile::Public(_), None) => return Err(Error::Elsewhere),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KeyType;

    #[test]
    fn a_public_key_signs_only_where_something_else_does_it() {
        let key = PrivateKey::generate(KeyType::EC256).expect("a key");
        let jwk = serde_json::to_vec(&key.jwk()).expect("JSON");
        let public = KeyFile::from_text(&jwk).expect("a key");
        assert_eq!(public.jwk(), key.jwk());
        assert_eq!(public.type_name(), "EC256");
        let again = KeyFile::from_text(public.to_text().as_bytes()).expect("a key");
        assert_eq!(again.jwk(), key.jwk());
        assert_eq!(public.signing_key(None).err(), Some(Error::Elsewhere));
        let private = KeyFile::from_text(key.to_pem().as_bytes()).expect("a key");
        assert_eq!(private.type_name(), "EC256");
        assert!(private.signing_key(None).is_ok());
    }

    #[test]
    fn what_holds_no_key_says_so() {
        for (text, expected) in [
            ("", Error::NoKey),
            ("{\"kty\":", Error::NoKey),
            ("-----BEGIN ENCRYPTED PRIVATE KEY-----", Error::Encrypted),
        ] {
            let found = KeyFile::from_text(text.as_bytes());
            assert_eq!(found.map(|key| key.type_name()), Err(expected), "{text}");
        }
    }
}
