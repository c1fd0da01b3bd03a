//! Which accounts are kept, whatever their CA says of them.

use crate::account::archive::ARCHIVE;
use crate::account::file_name;
use crate::account::store::{AccountStore, KEY, NOTE, read_note};
use keys::KeyFile;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// An account on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAccount {
    /// The file of its key.
    pub key: PathBuf,
    /// lego's name for the kind of its key.
    pub key_type: Option<String>,
    /// Whether the file holds the public key only: the private one is elsewhere.
    pub is_elsewhere: bool,
    /// Its contact addresses, as far as they are known here.
    pub emails: Vec<String>,
    /// The addresses that find it, those that it has before those that it had; none among them stands for no address.
    pub found_by: Vec<Option<String>>,
    /// The URL of the CA's directory.
    pub directory: Option<String>,
    /// Its URL.
    pub url: Option<String>,
    /// What is wrong with it.
    pub fault: Option<String>,
}

impl KeptAccount {
    /// All that are kept below `path`, and what could not be read, in words.
    ///
    /// # Errors
    /// The directory of accounts cannot be read; it need not be there.
    pub fn all(path: &Path) -> Result<(Vec<KeptAccount>, Vec<String>), String> {
        let accounts = path.join(AccountStore::DIRECTORY);
        let unreadable = |dir: &Path, error| format!("cannot read {}: {error}", dir.display());
        let servers = directories(&accounts).map_err(|error| unreadable(&accounts, error))?;
        let (mut all, mut faults) = (Vec::new(), Vec::new());
        for server in servers {
            match KeptAccount::of_server(&server) {
                Ok(found) => all.extend(found),
                Err(error) => faults.push(unreadable(&server, error)),
            }
        }
        Ok((all, faults))
    }

    /// Those in the directory of a server.
    pub(crate) fn of_server(server: &Path) -> io::Result<Vec<KeptAccount>> {
        let (links, own): (Vec<PathBuf>, Vec<PathBuf>) = directories(server)?
            .into_iter()
            .partition(|path| path.is_symlink());
        let mut all: Vec<(PathBuf, KeptAccount)> = own
            .into_iter()
            .map(|dir| {
                let account = KeptAccount::read(&dir);
                (dir, account)
            })
            .collect();
        for link in links {
            let place = fs::canonicalize(&link).ok();
            let known = all
                .iter_mut()
                .find(|(dir, _)| fs::canonicalize(dir).ok() == place);
            match known {
                Some((_, account)) => account.found_by.extend(address(&link)),
                // It leads out of here.
                None => {
                    let account = KeptAccount::read(&link);
                    all.push((link, account));
                }
            }
        }
        let accounts = all.into_iter().map(|(_, mut account)| {
            account.sort_found_by();
            account
        });
        Ok(accounts.collect())
    }

    fn sort_found_by(&mut self) {
        let emails = &self.emails;
        self.found_by.sort_by_key(|by| match by {
            Some(by) => !emails.contains(by),
            None => !emails.is_empty(),
        });
    }

    fn read(dir: &Path) -> KeptAccount {
        let key = dir.join(KEY);
        let read = KeyFile::read(&key);
        let note = read_note(&dir.join(NOTE)).ok().flatten();
        let fault = match (&read, &note) {
            (Err(error), _) => Some(format!("account.key {error}")),
            (Ok(_), None) => {
                Some("account.json does not tell its URL, which the CA knows".to_owned())
            }
            _ => None,
        };
        let named = address(dir);
        let (mut emails, mut directory, mut url) = (Vec::new(), None, None);
        if let Some(note) = note {
            emails = note.emails();
            (directory, url) = (note.directory, Some(note.url));
        } else {
            emails.extend(named.clone().flatten());
        }
        KeptAccount {
            is_elsewhere: matches!(read, Ok(KeyFile::Public(_))),
            key_type: read.ok().map(|key| key.type_name()),
            emails,
            found_by: named.into_iter().collect(),
            directory,
            url,
            fault,
            key,
        }
    }
}

impl AccountStore {
    /// The other accounts that are kept of the same CA and have a key.
    pub fn others(&self) -> Vec<KeptAccount> {
        let own = fs::canonicalize(self.key_path()).ok();
        let kept = KeptAccount::of_server(self.server_directory()).unwrap_or_default();
        let others = kept.into_iter().filter(|account| {
            let key = fs::canonicalize(&account.key).ok();
            key.is_some() && key != own
        });
        others.collect()
    }
}

/// The address that the name of a directory stands for: one that stands for none, or nothing where the name does not tell.
fn address(dir: &Path) -> Option<Option<String>> {
    match dir.file_name()?.to_str()? {
        file_name::WITHOUT_EMAIL => Some(None),
        name => file_name::email_of(name).map(Some),
    }
}

/// The directories in this one, sorted, but for those that were moved aside; none where it is not there.
fn directories(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() && path.file_name() != Some(ARCHIVE.as_ref()) {
            found.push(path);
        }
    }
    found.sort_unstable();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use keys::KeyType;

    #[test]
    fn an_account_with_several_addresses_is_listed_once() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("state");
        let store = |email| AccountStore::new(&path, "https://ca.test/", email);
        assert_eq!(KeptAccount::all(&path), Ok((Vec::new(), Vec::new())));
        let (one, none) = (store(Some("one@x.test")), store(None));
        for store in [&one, &none] {
            store.make_key(KeyType::EC256).expect("a key");
        }
        one.save("https://ca.test/1").expect("saved");
        one.link("two@x.test").expect("linked");
        let contact = vec!["two@x.test".to_owned()];
        one.note_emails(&contact).expect("noted");
        none.move_aside(std::time::SystemTime::now())
            .expect("moved");
        none.make_key(KeyType::EC384).expect("a key");
        let (kept, faults) = KeptAccount::all(&path).expect("readable");
        assert_eq!(faults, Vec::<String>::new());
        let [second, first] = &kept[..] else {
            panic!("{kept:?}");
        };
        assert_eq!(first.emails, contact);
        let found_by = ["two@x.test", "one@x.test"].map(|email| Some(email.to_owned()));
        assert_eq!(first.found_by, found_by);
        assert_eq!(first.url.as_deref(), Some("https://ca.test/1"));
        assert_eq!((&first.fault, first.is_elsewhere), (&None, false));
        assert_eq!(second.found_by, [None]);
        assert_eq!(second.key_type.as_deref(), Some("EC384"));
        assert!(second.fault.is_some());
        for by in [one, store(Some("two@x.test"))] {
            assert_eq!(by.others(), std::slice::from_ref(second));
        }
        assert_eq!(store(Some("new@x.test")).others().len(), 2);
    }
}
