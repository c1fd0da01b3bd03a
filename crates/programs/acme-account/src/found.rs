//! Accounts as other ACME clients keep them: certbot, lego, acme.sh, and whoever has a key in a file.

use keys::KeyFile;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// The largest file that is read, in bytes.
const LARGEST: u64 = 64 * 1024;
/// How deep an account may be below the directory that is named, and how many entries are looked at.
const DEEPEST: usize = 5;
const MOST_ENTRIES: usize = 1000;
/// How many of several accounts are named.
const MOST_NAMED: usize = 5;

/// An account of another client.
#[derive(Debug)]
pub(crate) struct Found {
    /// The file of its key.
    pub(crate) file: PathBuf,
    pub(crate) key: KeyFile,
    /// Its URL, where that is noted.
    pub(crate) url: Option<String>,
    /// The URL of the CA's directory, where that is noted.
    pub(crate) directory: Option<String>,
    pub(crate) email: Option<String>,
}

/// The account in this file or directory.
///
/// # Errors
/// There is none, there are several, or its key cannot be used.
pub(crate) fn find(path: &Path) -> Result<Found, String> {
    let there = fs::metadata(path).map_err(|error| format!("{}: {error}", path.display()))?;
    if !there.is_dir() {
        return of_key(path.to_owned(), Noted::default());
    }
    let mut found = Vec::new();
    let mut left = MOST_ENTRIES;
    search(path, DEEPEST, &mut left, &mut found);
    match &found[..] {
        [] => Err(format!(
            "{} has no account of certbot, lego or acme.sh: name the file of its key",
            path.display()
        )),
        [one] => open(one),
        several => {
            let named = several.iter().take(MOST_NAMED);
            let named: Vec<String> = named.map(|one| one.dir.display().to_string()).collect();
            Err(format!(
                "{} has {} accounts: name one of them, such as {}",
                path.display(),
                several.len(),
                named.join(", ")
            ))
        }
    }
}

/// Where an account is, and which client keeps it so.
#[derive(Debug)]
struct Layout {
    dir: PathBuf,
    client: Client,
    key: PathBuf,
}

#[derive(Debug, Clone, Copy)]
enum Client {
    Certbot,
    Lego,
    /// Or one that has the same names: these programs themselves.
    AcmeSh,
}

/// What a client notes beside the key.
#[derive(Debug, Default, PartialEq, Eq)]
struct Noted {
    url: Option<String>,
    directory: Option<String>,
    email: Option<String>,
}

/// Gathers the accounts in a directory and below it.
fn search(dir: &Path, deep: usize, left: &mut usize, found: &mut Vec<Layout>) {
    if let Some(layout) = layout(dir) {
        found.push(layout);
        return;
    }
    for path in entries(dir, left) {
        // Links lead to what is found elsewhere.
        if deep > 0 && path.is_dir() && !path.is_symlink() {
            search(&path, deep - 1, left, found);
        }
    }
}

fn entries(dir: &Path, left: &mut usize) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).take(*left).collect();
    *left -= paths.len();
    paths.sort_unstable();
    paths
}

/// The account whose files are in this directory.
fn layout(dir: &Path) -> Option<Layout> {
    let found = |client, key: PathBuf| Layout {
        dir: dir.to_owned(),
        client,
        key,
    };
    let file = |name: &str| Some(dir.join(name)).filter(|path| path.is_file());
    if let Some(key) = file("private_key.json") {
        return Some(found(Client::Certbot, key));
    }
    if let Some(key) = file("account.key") {
        return Some(found(Client::AcmeSh, key));
    }
    file("account.json")?;
    // Until version 5 lego has its keys in a directory of their own.
    let mut keys = Vec::new();
    for dir in [dir.join("keys"), dir.to_owned()] {
        let entries = entries(&dir, &mut MOST_ENTRIES.clone()).into_iter();
        keys.extend(entries.filter(|path| path.extension().is_some_and(|end| end == "key")));
    }
    let key = keys.into_iter().find(|path| path.is_file())?;
    Some(found(Client::Lego, key))
}

fn open(layout: &Layout) -> Result<Found, String> {
    let noted = match layout.client {
        Client::Certbot => certbot(&json(&layout.dir.join("regr.json"))),
        Client::Lego => lego(&json(&layout.dir.join("account.json"))),
        Client::AcmeSh => {
            let noted = own(&json(&layout.dir.join("account.json")));
            let text = files::read_bounded(&layout.dir.join("ca.conf"), LARGEST);
            let text = text.unwrap_or_default();
            acme_sh(&String::from_utf8_lossy(&text), noted)
        }
    };
    of_key(layout.key.clone(), noted)
}

fn of_key(file: PathBuf, noted: Noted) -> Result<Found, String> {
    let key = KeyFile::read(&file).map_err(|error| format!("{} {error}", file.display()))?;
    let Noted {
        url,
        directory,
        email,
    } = noted;
    Ok(Found {
        file,
        key,
        url: url.filter(|url| acme::is_https(url)),
        directory: directory.filter(|url| acme::is_https(url)),
        email: email.filter(|email| names::not_an_address(email).is_none()),
    })
}

/// A file of JSON; null where it is none.
fn json(path: &Path) -> Value {
    let text = files::read_bounded(path, LARGEST).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

fn text(value: &Value) -> Option<String> {
    let text = value.as_str().filter(|text| !text.is_empty());
    text.map(str::to_owned)
}

/// `regr.json`.
fn certbot(regr: &Value) -> Noted {
    Noted {
        url: text(&regr["uri"]),
        directory: None,
        email: address(&regr["body"]["contact"]),
    }
}

/// `account.json`.
fn lego(account: &Value) -> Noted {
    Noted {
        url: text(&account["registration"]["uri"]),
        directory: None,
        email: text(&account["email"]),
    }
}

/// `account.json` of these programs; that of acme.sh is the CA's reply, and has none of it.
fn own(account: &Value) -> Noted {
    Noted {
        url: text(&account["url"]),
        directory: text(&account["directory"]),
        email: text(&account["email"]).or_else(|| address(&account["contact"])),
    }
}

/// `ca.conf`: lines of shell, `ACCOUNT_URL='https://…'`.
fn acme_sh(conf: &str, noted: Noted) -> Noted {
    let value = |name: &str| {
        let lines = conf.lines().filter_map(|line| line.trim().split_once('='));
        let mut values = lines.filter(|(found, _)| *found == name);
        let value = values
            .next_back()
            .map(|(_, value)| value.trim_matches(['\'', '"']));
        value.filter(|value| !value.is_empty()).map(str::to_owned)
    };
    Noted {
        url: value("ACCOUNT_URL").or(noted.url),
        directory: noted.directory,
        email: value("CA_EMAIL").or(noted.email),
    }
}

/// The first address in a list of contacts.
fn address(contact: &Value) -> Option<String> {
    let first = contact.as_array()?.first()?.as_str()?;
    let address = first.strip_prefix("mailto:").unwrap_or(first);
    // What is encoded in it is for a person to write.
    (!address.contains('%')).then(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use keys::{KeyType, PrivateKey, SigningKey};
    use serde_json::json;

    /// A directory with these files, of which one without a text has a key.
    fn directory(files: &[(&str, Option<String>)]) -> (tempfile::TempDir, String) {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let key = PrivateKey::generate(KeyType::EC256).expect("a key");
        for (name, text) in files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().expect("a directory")).expect("made");
            let text = text.clone().unwrap_or_else(|| key.to_pem());
            fs::write(path, text).expect("written");
        }
        (dir, key.jwk().thumbprint())
    }

    #[test]
    fn the_folders_of_other_clients_are_known() {
        let url = "https://ca.test/acct/1";
        let lego = json!({"email": "me@x.test", "registration": {"body": {}, "uri": url}});
        let conf = format!("CA_KEY_HASH='x'\nACCOUNT_URL='{url}'\nCA_EMAIL='me@x.test'\n");
        let own = json!({"url": url, "directory": "https://ca.test/dir", "email": "me@x.test"});
        let text = |value: Value| Some(value.to_string());
        let cases: [&[(&str, Option<String>)]; 5] = [
            &[
                (
                    "accounts/ca.test/me@x.test/account.json",
                    text(lego.clone()),
                ),
                ("accounts/ca.test/me@x.test/keys/me@x.test.key", None),
                ("certificates/a.test.key", None),
            ],
            &[
                ("account.json", text(lego.clone())),
                ("keys/me@x.test.key", None),
            ],
            &[
                ("me@x.test/EC256/account.json", text(lego)),
                ("me@x.test/EC256/me@x.test.key", None),
            ],
            &[
                ("ca/ca.test/directory/account.key", None),
                (
                    "ca/ca.test/directory/account.json",
                    text(json!({"status": "valid"})),
                ),
                ("ca/ca.test/directory/ca.conf", Some(conf)),
            ],
            &[("account.key", None), ("account.json", text(own))],
        ];
        for files in cases {
            let (dir, thumbprint) = directory(files);
            let found = find(dir.path()).expect("an account");
            assert_eq!(found.key.jwk().thumbprint(), thumbprint, "{files:?}");
            assert_eq!(found.url.as_deref(), Some(url), "{files:?}");
            assert_eq!(found.email.as_deref(), Some("me@x.test"), "{files:?}");
        }
    }

    #[test]
    fn certbot_s_key_is_a_jwk() {
        let regr = json!({"body": {"contact": ["mailto:me@x.test"]}, "uri": "https://ca.test/1"});
        let (dir, _) = directory(&[("a/private_key.json", Some("{}".into()))]);
        let error = find(dir.path()).expect_err("no key");
        assert!(
            error.contains("private_key.json holds a key that is refused: member `kty` is missing"),
            "{error}"
        );
        let jwk = json!({"kty": "EC", "crv": "P-256",
            "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"});
        let (dir, _) = directory(&[
            ("a/private_key.json", Some(jwk.to_string())),
            ("a/regr.json", Some(regr.to_string())),
        ]);
        let found = find(dir.path()).expect("an account");
        assert_eq!(found.key.type_name(), "EC256");
        assert_eq!(found.url.as_deref(), Some("https://ca.test/1"));
        assert_eq!(found.email.as_deref(), Some("me@x.test"));
    }

    #[test]
    fn several_accounts_are_named_and_none_is_said() {
        let (dir, _) = directory(&[("a/account.key", None), ("b/account.key", None)]);
        let error = find(dir.path()).expect_err("two");
        assert!(
            error.contains("has 2 accounts") && error.contains("/a, "),
            "{error}"
        );
        let (dir, _) = directory(&[("a/b", Some(String::new()))]);
        let error = find(dir.path()).expect_err("none");
        assert!(error.contains("name the file of its key"), "{error}");
        let missing = dir.path().join("missing");
        assert!(find(&missing).is_err());
    }

    #[test]
    fn what_is_noted_in_nonsense_is_not_taken() {
        let conf = "ACCOUNT_URL='ftp://x'\nCA_EMAIL='a b'\nACCOUNT_URL";
        let (dir, _) = directory(&[("account.key", None), ("ca.conf", Some(conf.into()))]);
        let found = find(dir.path()).expect("an account");
        assert_eq!(
            (found.url, found.email, found.directory),
            (None, None, None)
        );
    }
}
