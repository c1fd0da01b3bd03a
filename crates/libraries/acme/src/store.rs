//! Where accounts are kept: `accounts/<server>/<email>/`, with `account.key` and `account.json` in it.

use crate::key::AccountKey;
use crate::{Error, Result};
use serde::Deserialize;
use serde_json::json;
use std::path::{Path, PathBuf};
use ureq::http::Uri;

/// Of the note that holds the account's URL.
const MAX_NOTE: u64 = 64 * 1024;

/// The files of one account.
#[derive(Debug, Clone)]
pub struct Store {
    dir: PathBuf,
}

/// An account that has been registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Its URL at the CA.
    pub url: String,
    /// Where its key is.
    pub key: PathBuf,
}

#[derive(Deserialize)]
struct Note {
    url: String,
}

impl Store {
    /// The account of this e-mail address at the CA with this directory; the files are below `path`.
    pub fn new(path: &Path, directory: &str, email: Option<&str>) -> Store {
        let server = match directory.parse::<Uri>() {
            Ok(uri) => format!(
                "{}{}",
                uri.authority().map(|a| a.as_str()).unwrap_or_default(),
                uri.path().trim_end_matches('/')
            ),
            Err(_) => directory.to_owned(),
        };
        let email = email.map(plain).unwrap_or_else(|| "default".into());
        Store {
            dir: path.join("accounts").join(plain(&server)).join(email),
        }
    }

    /// Where the key is, or will be.
    pub fn key_path(&self) -> PathBuf {
        self.dir.join("account.key")
    }

    fn note_path(&self) -> PathBuf {
        self.dir.join("account.json")
    }

    /// Whether there is a key already.
    pub fn has_key(&self) -> bool {
        self.key_path().exists()
    }

    /// The account, if both its key and its URL are known.
    ///
    /// # Errors
    /// `acmepipe:files` if a file is there and cannot be read.
    pub fn registered(&self) -> Result<Option<Registered>> {
        let (note, key) = (self.note_path(), self.key_path());
        if !note.exists() || !key.exists() {
            return Ok(None);
        }
        let text =
            files::read_bounded(&note, MAX_NOTE).map_err(|e| Error::file("read", &note, e))?;
        // A note that was damaged is worth no more than one that was lost: the CA knows the account by its key.
        Ok(serde_json::from_slice::<Note>(&text)
            .ok()
            .map(|Note { url }| Registered { url, key }))
    }

    /// The key; made if there is none. Of several who make it at once, one makes it for all.
    ///
    /// # Errors
    /// `acmepipe:files` if it cannot be written, `acmepipe:account:key` if it cannot be read.
    pub fn key(&self) -> Result<AccountKey> {
        let path = self.key_path();
        if !path.exists() {
            files::create_private_dir(&self.dir).map_err(|e| Error::file("make", &self.dir, e))?;
            files::write_new(&path, AccountKey::generate_pem()?.as_bytes())
                .map_err(|e| Error::file("write", &path, e))?;
        }
        AccountKey::read(&path)
    }

    /// Notes the account's URL.
    ///
    /// # Errors
    /// `acmepipe:files` if it cannot be written.
    pub fn save(&self, directory: &str, url: &str) -> Result<()> {
        let path = self.note_path();
        let note = format!("{:#}\n", json!({"url": url, "directory": directory}));
        files::write_file(&path, note.as_bytes()).map_err(|e| Error::file("write", &path, e))
    }
}

/// `text` as a directory's name.
fn plain(text: &str) -> String {
    let name: String = text
        .chars()
        .take(200)
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '@' | '+' | '-' => c,
            _ => '_',
        })
        .collect();
    if name.is_empty() || name.starts_with('.') {
        format!("_{name}")
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parallel::{Width, side_by_side};

    #[test]
    fn the_path_tells_server_and_email_and_stays_below_accounts() {
        let dir = |url, email| Store::new(Path::new("/p"), url, email).dir;
        assert_eq!(
            dir("https://acme.test:14000/a/dir", Some("me@x.test")),
            Path::new("/p/accounts/acme.test_14000_a_dir/me@x.test")
        );
        assert_eq!(
            dir("https://ca.test/", None),
            Path::new("/p/accounts/ca.test/default")
        );
        assert_eq!(
            dir("https://ca.test", Some("../../x")),
            Path::new("/p/accounts/ca.test/_.._.._x")
        );
    }

    #[test]
    fn runs_at_once_agree_on_one_key() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let store = Store::new(dir.path(), "https://ca.test/", None);
        let at_once = Width { first: 8, most: 8 };
        let prints = side_by_side(at_once, &[(); 8], |()| {
            store.key().map(|key| key.thumbprint())
        });
        assert!(
            prints
                .iter()
                .all(|print| print.is_ok() && *print == prints[0])
        );
        assert_eq!(store.registered(), Ok(None));
        store
            .save("https://ca.test/", "https://ca.test/1")
            .expect("writable");
        let registered = store.registered().expect("readable").expect("saved");
        assert_eq!(registered.url, "https://ca.test/1");
    }
}
