//! A key whose private half is elsewhere: in a security module, with an agent, on another host.

use crate::error::Error;
use crate::jwk::Jwk;
use crate::public_key::PublicKey;
use crate::signer::{Signer, SigningKey};
use std::fmt::Debug;
use std::sync::Arc;

/// What has signatures made elsewhere.
pub trait RemoteSigner: Debug + Send + Sync {
    /// The signature of `message` with the private half of this key: as JOSE has it, or in DER where it is ECDSA's.
    ///
    /// # Errors
    /// Why there is none, in words.
    fn sign(&self, key: &PublicKey, message: &[u8]) -> Result<Vec<u8>, String>;
}

/// A key that signs elsewhere. A signature that is not the key's goes no further.
#[derive(Debug, Clone)]
pub struct RemoteKey {
    public: PublicKey,
    signer: Arc<dyn RemoteSigner>,
}

impl RemoteKey {
    /// The key with this public half, for which `signer` has signatures.
    pub fn new(public: PublicKey, signer: Arc<dyn RemoteSigner>) -> RemoteKey {
        RemoteKey { public, signer }
    }
}

impl Signer for RemoteKey {
    fn alg(&self) -> &'static str {
        self.public.alg()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let given = self.signer.sign(&self.public, message);
        self.public
            .signature(message, &given.map_err(Error::Remote)?)
    }
}

impl SigningKey for RemoteKey {
    fn jwk(&self) -> Jwk {
        self.public.jwk().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KeyType, PrivateKey};

    /// Signs as X.509 has it, or says that it cannot.
    #[derive(Debug)]
    struct Elsewhere(Option<PrivateKey>);

    impl RemoteSigner for Elsewhere {
        fn sign(&self, _: &PublicKey, message: &[u8]) -> Result<Vec<u8>, String> {
            let key = self.0.as_ref().ok_or("no such key")?;
            key.sign_x509(message).map_err(|error| error.to_string())
        }
    }

    #[test]
    fn a_signature_from_elsewhere_is_checked_before_it_is_used() {
        let key = || PrivateKey::generate(KeyType::EC384).expect("a key");
        let ours = key();
        let jwk = serde_json::to_vec(&ours.jwk()).expect("JSON");
        let public = PublicKey::from_text(&jwk).expect("a public key");
        let remote = |key| RemoteKey::new(public.clone(), Arc::new(Elsewhere(key)));
        assert!(matches!(
            remote(Some(key())).sign(b"m"),
            Err(Error::OtherSignature(_))
        ));
        let failed = remote(None).sign(b"m");
        assert_eq!(failed, Err(Error::Remote("no such key".into())));
        let remote = remote(Some(ours));
        let signature = remote.sign(b"m").expect("signed");
        assert_eq!((signature.len(), remote.alg()), (96, "ES384"));
        assert!(public.verifies(b"m", &signature));
    }
}
