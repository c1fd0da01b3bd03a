//! Where accounts are kept: `accounts/<server>/<email>/`, with `account.key` and `account.json` in it.

use crate::account::file_name;
use crate::error::{Error, Result};
use keys::{KeyType, PrivateKey};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// The largest note of an account's URL that is read, in bytes.
const LARGEST_NOTE: u64 = 64 * 1024;

pub(crate) const KEY: &str = "account.key";
pub(crate) const NOTE: &str = "account.json";

/// The files of one account.
#[derive(Debug, Clone)]
pub struct AccountStore {
    /// The directory of all accounts and what else is kept.
    path: PathBuf,
    dir: PathBuf,
    /// The URL of the CA's directory.
    directory: String,
    email: Option<String>,
}

/// An account that has been registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Its URL at the CA.
    pub url: String,
    /// Where its key is.
    pub key: PathBuf,
}

/// What is noted of an account. Notes of earlier versions lack the address, and some written by hand have only the URL.
#[derive(Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) directory: Option<String>,
    /// The address that it was registered with.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// The addresses that it has by now, where they were changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<Vec<String>>,
}

impl Note {
    /// The account's addresses, as far as they are known.
    pub(crate) fn emails(&self) -> Vec<String> {
        let contact = self.contact.clone();
        contact.unwrap_or_else(|| self.email.clone().into_iter().collect())
    }
}

impl AccountStore {
    /// The directory of all accounts, below that of everything.
    pub const DIRECTORY: &str = "accounts";

    /// The account of this e-mail address at the CA with this directory; the files are below `path`.
    pub fn new(path: &Path, directory: &str, email: Option<&str>) -> AccountStore {
        AccountStore {
            path: path.to_owned(),
            dir: path
                .join(AccountStore::DIRECTORY)
                .join(file_name::of_server(directory))
                .join(file_name::of_email(email)),
            directory: directory.to_owned(),
            email: email.map(str::to_owned),
        }
    }

    /// The e-mail address by which the account that has this key is found, at the CA with this directory; `None` if it
    /// is found without one, or if the key is elsewhere.
    pub fn email_of(key: &Path, directory: &str) -> Option<String> {
        let dir = key.parent()?;
        let path = dir.parent()?.parent()?.parent()?;
        let name = dir.file_name()?.to_str()?;
        let leads_here =
            |email: &String| AccountStore::new(path, directory, Some(email)).key_path() == key;
        if let Some(email) = file_name::email_of(name) {
            return Some(email).filter(leads_here);
        }
        // An address that is too long for a name stands in the note only.
        let note = read_note(&dir.join(NOTE)).ok()??;
        let known = note.emails().into_iter().chain(note.email);
        known.into_iter().find(leads_here)
    }

    /// The URL of the CA's directory.
    pub fn directory(&self) -> &str {
        &self.directory
    }

    /// The address that it is looked for by.
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// The directory of all that is kept.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The directory of all accounts.
    pub(crate) fn accounts(&self) -> PathBuf {
        self.path.join(AccountStore::DIRECTORY)
    }

    /// The directory of the accounts of this CA.
    pub(crate) fn server_directory(&self) -> &Path {
        // It is one below that.
        self.dir.parent().unwrap_or(&self.dir)
    }

    /// The directory of this account, which may be a link to it.
    pub(crate) fn directory_of_files(&self) -> &Path {
        &self.dir
    }

    /// Where the key is, or will be.
    pub fn key_path(&self) -> PathBuf {
        self.dir.join(KEY)
    }

    fn note_path(&self) -> PathBuf {
        self.dir.join(NOTE)
    }

    /// Whether there is a key already.
    pub fn has_key(&self) -> bool {
        self.key_path().exists()
    }

    /// The account, if both its key and its URL are known.
    ///
    /// # Errors
    /// [`Error::File`] if a file is there and cannot be read, or somebody else can change it.
    pub fn registered(&self) -> Result<Option<Registered>> {
        let (note, key) = (self.note_path(), self.key_path());
        if !note.exists() || !key.exists() {
            return Ok(None);
        }
        self.trust(&key)?;
        let found = files::trust_below(&self.path, &self.dir)
            .and_then(|()| read_note(&note))
            .map_err(|error| Error::file("read", &note, error))?;
        // A note that is damaged, or for another directory, counts like one that is lost: the CA knows the account by its
        // key.
        Ok(found
            .filter(|note| self.is_for(note))
            .map(|Note { url, .. }| Registered { url, key }))
    }

    /// Whether a note is for an account at this CA. Earlier versions kept the accounts of similar URLs in one place.
    fn is_for(&self, note: &Note) -> bool {
        let name = file_name::of_server(&self.directory);
        let directory = note.directory.as_deref();
        directory.is_none_or(|directory| file_name::of_server(directory) == name)
    }

    /// Makes a key of this kind where there is none, and returns whether it did. If several runs make it at once, all get the
    /// same.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be written, or somebody else can change it; [`Error::AccountKey`] if it cannot be made.
    pub fn make_key(&self, kind: KeyType) -> Result<bool> {
        let mut is_made = false;
        if !self.has_key() {
            let key = PrivateKey::generate(kind).map_err(|error| Error::AccountKey {
                path: self.key_path(),
                error,
            })?;
            is_made = self.put_key(&key.to_pem())?;
        }
        self.trust_key()?;
        Ok(is_made)
    }

    /// Removes the key, which no account has had, and the directory where it is alone in it. Where that fails, it stays for a
    /// person to see.
    pub fn drop_key(&self) {
        if fs::remove_file(self.key_path()).is_ok() {
            let _ = fs::remove_dir(&self.dir);
        }
    }

    /// Writes the text of a file of a key, unless there is one. Returns whether it was written.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be written, or somebody else can change what it is in.
    pub fn put_key(&self, text: &str) -> Result<bool> {
        files::make_trusted_dir(&self.path, &self.dir)
            .map_err(|error| Error::file("make", &self.dir, error))?;
        let path = self.key_path();
        files::write_new(&path, text.as_bytes()).map_err(|error| Error::file("write", &path, error))
    }

    /// Checks that nobody else can change the key, or put another in its place.
    ///
    /// # Errors
    /// [`Error::File`].
    pub(crate) fn trust_key(&self) -> Result<()> {
        self.trust(&self.key_path())
    }

    /// Checks that nobody else can change the key, or put another in its place.
    fn trust(&self, key: &Path) -> Result<()> {
        files::trust_below(&self.path, key).map_err(|error| Error::file("read", key, error))
    }

    /// Notes the account's URL.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be written.
    pub fn save(&self, url: &str) -> Result<()> {
        self.save_note(&Note {
            url: url.to_owned(),
            directory: Some(self.directory.clone()),
            email: self.email.clone(),
            contact: None,
        })
    }

    /// Notes the addresses that the account has from now on.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be written, or there is nothing to add it to.
    pub fn note_emails(&self, emails: &[String]) -> Result<()> {
        let path = self.note_path();
        let note = read_note(&path).map_err(|error| Error::file("read", &path, error))?;
        let mut note = note.ok_or_else(|| Error::file("read", &path, "it is damaged"))?;
        note.contact = Some(emails.to_vec());
        self.save_note(&note)
    }

    fn save_note(&self, note: &Note) -> Result<()> {
        let path = self.note_path();
        // A struct of strings, which JSON can always express.
        let note = serde_json::to_string_pretty(note).unwrap_or_default();
        files::trust_below(&self.path, &self.dir)
            .and_then(|()| files::write_file(&path, format!("{note}\n").as_bytes()))
            .map_err(|error| Error::file("write", &path, error))
    }
}

/// The note in this file; `None` if it is damaged.
pub(crate) fn read_note(path: &Path) -> std::io::Result<Option<Note>> {
    let text = files::read_trusted(path, LARGEST_NOTE)?;
    Ok(serde_json::from_slice(&text).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use keys::SigningKey;
    use parallel::Workers;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_path_tells_server_and_email_and_stays_below_accounts() {
        let dir = |url, email| AccountStore::new(Path::new("/p"), url, email).dir;
        for (url, email, expected) in [
            (
                "https://acme.test:14000/a/dir",
                Some("me@x.test"),
                "/p/accounts/acme.test_14000_a_dir/me@x.test",
            ),
            ("https://ca.test/", None, "/p/accounts/ca.test/default"),
            (
                "https://ca.test",
                Some("../../x"),
                "/p/accounts/ca.test/%2E.%2F..%2Fx",
            ),
        ] {
            assert_eq!(dir(url, email), Path::new(expected));
        }
    }

    #[test]
    fn the_path_of_a_key_tells_with_which_address_it_is_found() {
        let directory = "https://ca.test/directory";
        for email in [
            Some("me@x.test"),
            None,
            Some("a_b@x.test"),
            Some("ü@x.test"),
            Some("default"),
        ] {
            let key = AccountStore::new(Path::new("/p"), directory, email).key_path();
            assert_eq!(AccountStore::email_of(&key, directory).as_deref(), email);
            assert_eq!(AccountStore::email_of(&key, "https://other.test/"), None);
        }
        for elsewhere in ["/p/me@x.test/account.key", "/account.key", "key.pem", ""] {
            let email = AccountStore::email_of(Path::new(elsewhere), directory);
            assert_eq!(email, None, "{elsewhere}");
        }
    }

    #[test]
    fn an_address_that_is_too_long_for_a_name_is_told_by_the_note() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let directory = "https://ca.test/directory";
        let email = format!("{}@x.test", "ü".repeat(100));
        let store = AccountStore::new(&dir.path().join("state"), directory, Some(&email));
        store.make_key(KeyType::EC256).expect("a key");
        let found = || AccountStore::email_of(&store.key_path(), directory);
        assert_eq!(found(), None);
        store.save("https://ca.test/1").expect("writable");
        assert_eq!(found(), Some(email));
        // It is believed only where it leads to the same place.
        let other = r#"{"url": "https://ca.test/1", "email": "me@x.test"}"#;
        std::fs::write(store.note_path(), other).expect("written");
        assert_eq!(found(), None);
    }

    #[test]
    fn a_note_for_another_directory_counts_as_lost() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("state");
        let store = AccountStore::new(&path, "https://ca.test/dir", None);
        store.make_key(KeyType::EC256).expect("a key");
        for (note, is_found) in [
            (r#"{"url": "u", "directory": "https://ca.test/dir"}"#, true),
            (r#"{"url": "u", "directory": "https://CA.test/dir"}"#, true),
            (r#"{"url": "u"}"#, true),
            (
                r#"{"url": "u", "directory": "https://ca.test/dir/"}"#,
                false,
            ),
            (
                r#"{"url": "u", "directory": "https://ca.test/dir?t=1"}"#,
                false,
            ),
        ] {
            std::fs::write(store.note_path(), note).expect("written");
            let found = store.registered().expect("readable");
            assert_eq!(found.is_some(), is_found, "{note}");
        }
    }

    #[test]
    fn runs_at_once_agree_on_one_key() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let store = AccountStore::new(&dir.path().join("state"), "https://ca.test/", None);
        let prints = parallel::map(Workers::new(8), &[(); 8], |()| {
            store.make_key(KeyType::EC256).expect("a key");
            PrivateKey::read(&store.key_path()).map(|key| key.jwk().thumbprint())
        });
        assert!(
            prints
                .iter()
                .all(|print| print.is_ok() && *print == prints[0])
        );
        assert_eq!(store.registered(), Ok(None));
        store.save("https://ca.test/1").expect("writable");
        let registered = store.registered().expect("readable").expect("saved");
        assert_eq!(registered.url, "https://ca.test/1");
        std::fs::write(store.note_path(), "{").expect("written");
        assert_eq!(store.registered(), Ok(None));
    }

    #[test]
    fn an_account_that_others_can_change_is_not_used() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let store = AccountStore::new(&dir.path().join("state"), "https://ca.test/", None);
        let set_mode = |path: &Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("ours");
        };
        let state = dir.path().join("state");
        files::create_private_dir(&state).expect("made");
        set_mode(&state, 0o775);
        assert!(
            store
                .make_key(KeyType::EC256)
                .is_err_and(|error| error.to_string().contains("chmod g-w "))
        );
        set_mode(&state, 0o755);
        store.make_key(KeyType::EC256).expect("a key");
        store.save("https://ca.test/1").expect("written");
        for (path, closed) in [
            (store.key_path(), 0o600),
            (store.note_path(), 0o600),
            (store.dir.clone(), 0o700),
        ] {
            set_mode(&path, 0o777);
            let says = format!("say `chmod go-w {}`", path.display());
            let error = store.registered().expect_err("open to all");
            assert!(error.to_string().ends_with(&says), "{error}");
            if path != store.note_path() {
                assert!(store.trust_key().is_err(), "{}", path.display());
            }
            set_mode(&path, closed);
        }
        assert!(store.registered().is_ok_and(|account| account.is_some()));
    }
}
