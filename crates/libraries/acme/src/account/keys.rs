//! The keys of accounts: read from their files, and where a change of keys was interrupted, the one that the CA knows.

use crate::account::key_change;
use crate::ca::Ca;
use crate::error::{Error, Result};
use crate::unfinished::UnfinishedKeyChange;
use keys::{KeyFile, RemoteSigner, SigningKey};
use std::path::Path;
use std::sync::Arc;

/// How the keys of accounts are read.
#[derive(Debug, Clone)]
pub struct AccountKeys {
    /// What signs for those whose file holds only the public key.
    pub(crate) signer: Option<Arc<dyn RemoteSigner>>,
    /// Is told of a change of keys that was interrupted, with the file of the key.
    pub(crate) on_unfinished: fn(&Path, UnfinishedKeyChange),
}

impl AccountKeys {
    /// What signs with this key.
    ///
    /// # Errors
    /// There is only the public key, and nothing that signs with the private one.
    pub fn signing_key(
        &self,
        key: KeyFile,
    ) -> std::result::Result<Arc<dyn SigningKey>, keys::Error> {
        key.signing_key(self.signer.as_ref())
    }

    /// Whether something signs with this key.
    ///
    /// # Errors
    /// As [`AccountKeys::signing_key`].
    pub fn check(&self, key: &KeyFile) -> std::result::Result<(), keys::Error> {
        match (key, &self.signer) {
            (KeyFile::Public(_), None) => Err(keys::Error::Elsewhere),
            _ => Ok(()),
        }
    }

    /// The key in this file.
    ///
    /// # Errors
    /// [`Error::AccountKey`].
    pub fn read(&self, path: &Path) -> Result<Arc<dyn SigningKey>> {
        let key = KeyFile::read(path).and_then(|key| self.signing_key(key));
        key.map_err(|error| Error::AccountKey {
            path: path.to_owned(),
            error,
        })
    }

    /// The key of the account whose key is kept in this file, and whose URL is this, if it is known. The CA is asked only
    /// where a change of keys was interrupted (RFC 8555 §7.3.5).
    ///
    /// # Errors
    /// [`Error::AccountKey`], [`Error::File`], and what the CA says.
    pub(crate) fn settled(
        &self,
        ca: &Ca,
        path: &Path,
        url: Option<&str>,
    ) -> Result<Arc<dyn SigningKey>> {
        if !key_change::is_unfinished(path) {
            return self.read(path);
        }
        let lock = key_change::wait_for_lock(ca, path)?;
        if !key_change::is_unfinished(path) {
            return self.read(path);
        }
        let settled = key_change::settle(ca, &|path| self.read(path), path, url)?;
        drop(lock);
        (self.on_unfinished)(path, settled.state);
        Ok(settled.key)
    }
}
