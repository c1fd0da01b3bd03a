//! Keys of orders that are not done: they are on disk before the CA gets the CSR, so that an interrupted run can go on.

use crate::error::{Error, Result};
use files::{read_trusted, write_new};
use keys::{KeyType, PrivateKey};
use ring::digest::{SHA256, digest};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Orders live for days; after that the key of an abandoned one is of no use.
const KEPT_FOR: Duration = Duration::from_secs(30 * 86_400);
/// The largest key that is read, in bytes.
const LARGEST_KEY: u64 = 64 * 1024;

/// The key of one order.
#[derive(Debug)]
pub(super) struct Pending {
    dir: PathBuf,
    path: PathBuf,
}

impl Pending {
    /// The key of the order at this URL.
    pub(super) fn new(root: &Path, order: &str) -> Pending {
        let hash = digest(&SHA256, order.as_bytes());
        let first = &hash.as_ref()[..16];
        let name: String = first.iter().map(|byte| format!("{byte:02x}")).collect();
        let dir = root.join(".pending");
        Pending {
            path: dir.join(format!("{name}.pem")),
            dir,
        }
    }

    pub(super) fn dir(&self) -> &PathBuf {
        &self.dir
    }

    /// The kept key if it is of this kind, else a new one, which is kept from now on.
    pub(super) fn key(&self, kind: KeyType) -> Result<PrivateKey> {
        if let Some(key) = self.kept()? {
            if key.key_type() == Some(kind) {
                return Ok(key);
            }
            self.forget();
        }
        let pem = PrivateKey::generate(kind)?.to_pem();
        write_new(&self.path, pem.as_bytes())
            .map_err(|error| Error::file("write", &self.path, error))?;
        // This need not be the key just made: another run with the same order may have been quicker.
        self.kept()?
            .ok_or_else(|| Error::file("read back", &self.path, "it holds no key"))
    }

    /// Keeps this key, in the place of another that may be there.
    pub(super) fn keep(&self, key: &PrivateKey) -> Result<()> {
        files::write_file(&self.path, key.to_pem().as_bytes())
            .map_err(|error| Error::file("write", &self.path, error))
    }

    /// The kept key. What is there and is no key counts as none.
    pub(super) fn kept(&self) -> Result<Option<PrivateKey>> {
        match read_trusted(&self.path, LARGEST_KEY) {
            Ok(pem) => Ok(PrivateKey::from_pem(&pem).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::file("read", &self.path, error)),
        }
    }

    /// Removes it; one that cannot be removed is only litter, and cleared away later.
    pub(super) fn forget(&self) {
        let _ = fs::remove_file(&self.path);
    }

    /// Removes the keys of orders that nobody comes back for.
    pub(super) fn forget_old(&self) {
        for entry in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            let age = entry.metadata().and_then(|found| found.modified());
            let age = age.ok().and_then(|modified| modified.elapsed().ok());
            if age.is_some_and(|age| age > KEPT_FOR) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::time::SystemTime;

    #[test]
    fn an_order_keeps_its_key_from_one_run_to_the_next() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        fs::create_dir(dir.path().join(".pending")).expect("made");
        let public = |order: &str, kind| {
            let key = Pending::new(dir.path(), order).key(kind).expect("a key");
            key.subject_public_key_info().to_vec()
        };
        let first = public("https://ca.test/order/1", KeyType::EC256);
        assert_eq!(public("https://ca.test/order/1", KeyType::EC256), first);
        assert_ne!(public("https://ca.test/order/2", KeyType::EC256), first);
        assert_ne!(public("https://ca.test/order/1", KeyType::EC384), first);
    }

    #[test]
    fn keys_that_nobody_comes_back_for_go() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let pending = Pending::new(dir.path(), "https://ca.test/order/1");
        fs::create_dir(pending.dir()).expect("made");
        pending.key(KeyType::EC256).expect("a key");
        pending.forget_old();
        assert!(pending.path.exists());
        let long_ago = SystemTime::now() - KEPT_FOR - Duration::from_secs(60);
        let file = File::options().write(true).open(&pending.path);
        file.and_then(|file| file.set_modified(long_ago))
            .expect("ours");
        pending.forget_old();
        assert!(!pending.path.exists());
    }
}
