//! Changing the key of an account (RFC 8555 §7.3.5), so that it may be interrupted anywhere: the new key is kept beside the
//! old one before the CA is told, and whoever finds both asks the CA which one it knows.

use crate::account::handle::Account;
use crate::account::lookup::existing;
use crate::ca::Ca;
use crate::error::{Error, Result};
use crate::unfinished::UnfinishedKeyChange;
use files::Lock;
use keys::{PrivateKey, SigningKey};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How often it is looked whether another program is done with a change of the same key.
const LOOK: Duration = Duration::from_millis(100);

/// What signs with the key in a file.
type Read<'a> = &'a dyn Fn(&Path) -> Result<Arc<dyn SigningKey>>;

/// The key that the CA knows, and how the change stands.
pub(crate) struct Settled {
    pub(crate) key: Arc<dyn SigningKey>,
    pub(crate) state: UnfinishedKeyChange,
}

/// What a change of keys came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyChanged {
    /// The account has a new key.
    Changed,
    /// An earlier change was interrupted after the CA had made it: the account has the new key of that one.
    Before,
}

/// Where the new key is while it is not in the place of the old one.
pub fn new_key_path(key: &Path) -> PathBuf {
    key.with_extension("key.new")
}

/// Whether a change of this key was begun and not finished.
pub(crate) fn is_unfinished(key: &Path) -> bool {
    new_key_path(key).exists()
}

/// Waits until no other program changes this key, for as long as the CA may take. Where there is no lock to be had, nobody
/// changes it: who does makes one before the new key.
pub(crate) fn wait_for_lock(ca: &Ca, key: &Path) -> Result<Option<Lock>> {
    let deadline = ca.deadline();
    loop {
        match try_lock(key) {
            Ok(Some(lock)) => return Ok(Some(lock)),
            Ok(None) if deadline.is_over() => {
                let why = "another program has been changing it for too long";
                return Err(Error::file("use", key, why));
            }
            Ok(None) => ca.cancellation().sleep(LOOK)?,
            Err(_) => return Ok(None),
        }
    }
}

/// The lock of the file beside a key that is there for this; none where another program has it.
fn try_lock(key: &Path) -> std::io::Result<Option<Lock>> {
    Lock::try_path(&key.with_extension("lock"))
}

/// Asks the CA which of both keys it knows, and puts that in its place. The new one counts only as the key of the account
/// at `url`, where that is known.
pub(crate) fn settle(ca: &Ca, read: Read<'_>, path: &Path, url: Option<&str>) -> Result<Settled> {
    let old = read(path)?;
    let refusal = match existing(ca, &*old) {
        Ok(_) => {
            return Ok(Settled {
                key: old,
                state: UnfinishedKeyChange::NotMade,
            });
        }
        Err(error) if error.is_refusal("accountDoesNotExist") => error,
        Err(error) => return Err(error),
    };
    let new_path = new_key_path(path);
    files::trust_below(new_path.parent().unwrap_or(&new_path), &new_path)
        .map_err(|error| Error::file("read", &new_path, error))?;
    let new = read(&new_path)?;
    match existing(ca, &*new) {
        Ok(found) if url.is_none_or(|url| url == found) => {
            let state = match put_in_place(path) {
                Ok(()) => UnfinishedKeyChange::Finished,
                Err(_) => UnfinishedKeyChange::NotInPlace,
            };
            Ok(Settled { key: new, state })
        }
        // The CA knows neither, or another account has the new one.
        Ok(_) => Err(refusal),
        Err(error) if error.is_refusal("accountDoesNotExist") => Err(refusal),
        Err(error) => Err(error),
    }
}

/// The new key takes the place of the old one, which is of no use any more.
fn put_in_place(path: &Path) -> Result<()> {
    let moved = std::fs::rename(new_key_path(path), path);
    moved
        .and_then(|()| files::sync_dir(path.parent().unwrap_or(Path::new("."))))
        .map_err(|error| Error::file("replace", path, error))
}

/// Has the CA change the account's key, which is in this file, to another one, and puts that in its place. `make` gives
/// the text of the new key's file. A change that was interrupted is finished, with the key that it had.
///
/// # Errors
/// Those of files and keys, and what the CA says: then the account has the key that it had before, or whichever of both is
/// found the next time.
pub(crate) fn change(
    account: &Account,
    read: Read<'_>,
    path: &Path,
    make: &dyn Fn() -> std::result::Result<String, keys::Error>,
) -> Result<KeyChanged> {
    let _lock = wait_for_lock(account.ca(), path)?;
    // Another program may have changed it meanwhile.
    let account = &account.with_key(read(path)?);
    let new_path = new_key_path(path);
    let unusable = |error| Error::AccountKey {
        path: new_path.clone(),
        error,
    };
    let is_new = !is_unfinished(path);
    if !is_new {
        let settled = settle(account.ca(), read, path, Some(account.url()))?;
        match settled.state {
            UnfinishedKeyChange::NotMade => {}
            UnfinishedKeyChange::Finished => return Ok(KeyChanged::Before),
            // It fails as it did before, and says why.
            UnfinishedKeyChange::NotInPlace => {
                return put_in_place(path).map(|()| KeyChanged::Before);
            }
        }
    } else {
        let text = make().map_err(unusable)?;
        files::write_new(&new_path, text.as_bytes())
            .map_err(|error| Error::file("write", &new_path, error))?;
    }
    let request = read(&new_path).and_then(|new| account.key_change(&*new));
    let request = request.inspect_err(|_| {
        // Nothing was sent, and the next change is to have a key that signs.
        if is_new {
            let _ = std::fs::remove_file(&new_path);
        }
    })?;
    let Err(error) = account.send_key_change(&request) else {
        return put_in_place(path).map(|()| KeyChanged::Changed);
    };
    if !error.is_answer() {
        return Err(error);
    }
    // It may have been sent twice, and the first reply lost: then this one says that the old key is of no use.
    match settle(account.ca(), read, path, Some(account.url())).map(|settled| settled.state) {
        Ok(UnfinishedKeyChange::Finished) => Ok(KeyChanged::Changed),
        Ok(UnfinishedKeyChange::NotMade) if error.is_about_the_new_key() => {
            // The CA will never take it, and the next change is to have another.
            let _ = std::fs::remove_file(&new_path);
            Err(error)
        }
        _ => Err(error),
    }
}

/// Gives up a change that was interrupted before the CA made it: the new key is removed. Returns whether there was one; what
/// the CA has made is finished.
///
/// # Errors
/// Those of files, and what the CA says.
pub(crate) fn cancel(ca: &Ca, read: Read<'_>, path: &Path) -> Result<bool> {
    let _lock = wait_for_lock(ca, path)?;
    if !is_unfinished(path) {
        return Ok(false);
    }
    // The new key is not looked at where the CA knows the old one: it may be damaged.
    if settle(ca, read, path, None)?.state != UnfinishedKeyChange::NotMade {
        return Ok(false);
    }
    let new_path = new_key_path(path);
    std::fs::remove_file(&new_path).map_err(|error| Error::file("remove", &new_path, error))?;
    Ok(true)
}

/// The text of a file with a new key of this kind.
///
/// # Errors
/// It cannot be made.
pub fn new_key(kind: keys::KeyType) -> std::result::Result<String, keys::Error> {
    PrivateKey::generate(kind).map(|key| key.to_pem())
}
