//! By which addresses an account is found: that of its directory, and those of links to it, which it gets when its contacts
//! change. So whatever named it before still finds it.

use crate::account::file_name;
use crate::account::store::AccountStore;
use crate::error::{Error, Result};
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

impl AccountStore {
    /// Whether another account is kept under this address.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn is_taken(&self, email: Option<&str>) -> Result<bool> {
        let other = self.server_directory().join(file_name::of_email(email));
        let there = match fs::canonicalize(&other) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            there => there.map_err(|error| Error::file("read", &other, error))?,
        };
        Ok(there != self.real_directory()?)
    }

    /// Lets the account be found by this address too.
    ///
    /// # Errors
    /// [`Error::File`]: there may be another account of that address.
    pub fn link(&self, email: &str) -> Result<()> {
        self.link_name(&file_name::of_email(Some(email)))
    }

    /// Lets the account be found without an address too, unless another one is.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn link_without_email(&self) -> Result<()> {
        match self.is_taken(None)? {
            true => Ok(()),
            false => self.link_name(file_name::WITHOUT_EMAIL),
        }
    }

    /// Lets the account that has its key in this file, in another directory of the same CA, be found by this address too.
    ///
    /// # Errors
    /// [`Error::File`]: there may be another account of this address.
    pub fn link_to(&self, key: &Path) -> Result<()> {
        let place = key.parent().unwrap_or(key);
        let name = file_name::of_email(self.email());
        self.link_from(&name, &resolved(place)?, place)
    }

    fn link_name(&self, name: &str) -> Result<()> {
        let place = self.real_directory()?;
        self.link_from(name, &place, &place)
    }

    /// Makes a link of this name to a directory beside it, which is `place` with links resolved.
    fn link_from(&self, name: &str, place: &Path, directory: &Path) -> Result<()> {
        let link = self.server_directory().join(name);
        let target = directory.file_name().unwrap_or_default();
        let linked = match symlink(target, &link) {
            // It may be the account's own directory, or a link to it.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                match fs::canonicalize(&link) {
                    Ok(there) if there == place => return Ok(()),
                    _ => Err(error),
                }
            }
            made => made,
        };
        linked
            .and_then(|()| files::sync_dir(self.server_directory()))
            .map_err(|error| Error::file("make", &link, error))
    }

    /// The links beside this directory that lead to it, or nowhere under its name.
    pub(crate) fn links_to(&self, place: &Path) -> io::Result<Vec<PathBuf>> {
        let mut links = Vec::new();
        for entry in fs::read_dir(self.server_directory())? {
            let path = entry?.path();
            let target = fs::read_link(&path).ok();
            if target.is_some_and(|target| Some(target.as_os_str()) == place.file_name()) {
                links.push(path);
            }
        }
        Ok(links)
    }

    /// The directory of the account's files, links resolved.
    pub(crate) fn real_directory(&self) -> Result<PathBuf> {
        resolved(self.directory_of_files())
    }
}

fn resolved(directory: &Path) -> Result<PathBuf> {
    fs::canonicalize(directory).map_err(|error| Error::file("read", directory, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use keys::{KeyType, PrivateKey};

    #[test]
    fn an_account_is_found_by_every_address_that_it_had() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("state");
        let store = |email: &str| AccountStore::new(&path, "https://ca.test/", Some(email));
        let none = AccountStore::new(&path, "https://ca.test/", None);
        let one = store("one@x.test");
        one.make_key(KeyType::EC256).expect("a key");
        let key =
            |store: &AccountStore| PrivateKey::read(&store.key_path()).map(|key| key.to_pem());
        // From the first to the second, from there to none, and back.
        one.link("two@x.test").expect("linked");
        store("two@x.test").link_without_email().expect("linked");
        none.link("one@x.test").expect("it is there");
        none.link("two@x.test").expect("it is there");
        for found in [&one, &store("two@x.test"), &none] {
            assert_eq!(key(found), key(&one));
            assert_eq!(found.is_taken(None), Ok(false));
        }
        assert_eq!(
            AccountStore::email_of(&store("two@x.test").key_path(), "https://ca.test/").as_deref(),
            Some("two@x.test")
        );
        let other = store("other@x.test");
        other.make_key(KeyType::EC256).expect("a key");
        assert_eq!(one.is_taken(Some("other@x.test")), Ok(true));
        assert_eq!(one.is_taken(Some("new@x.test")), Ok(false));
        assert!(one.link("other@x.test").is_err());
        assert_eq!(other.is_taken(None), Ok(true));
        other.link_without_email().expect("nothing is to be done");
        assert_eq!(key(&none), key(&one));
    }
}
