//! Accounts as other ACME clients keep them: certbot, lego, acme.sh, dehydrated, and whoever has a key in a file.

use crate::model::Account;
use crate::shell::Settings;
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

/// The account in this file or directory. A file is that of its key, whatever is in it.
///
/// # Errors
/// There is none, or there are several.
pub fn find(path: &Path) -> Result<Account, String> {
    let there = fs::metadata(path).map_err(|error| format!("{}: {error}", path.display()))?;
    if !there.is_dir() {
        return Ok(Account {
            key: path.to_owned(),
            ..Account::default()
        });
    }
    let mut found = Vec::new();
    let mut left = MOST_ENTRIES;
    search(path, DEEPEST, &mut left, &mut found);
    match &found[..] {
        [] => Err(format!(
            "{} has no account of certbot, lego, acme.sh or dehydrated: name the file of its key",
            path.display()
        )),
        [one] => Ok(open(one)),
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

/// The account whose files are in this very directory.
pub(crate) fn in_directory(dir: &Path) -> Option<Account> {
    layout(dir).as_ref().map(open)
}

/// The accounts in a directory and below it.
pub(crate) fn below(dir: &Path) -> Vec<Account> {
    let mut found = Vec::new();
    search(dir, DEEPEST, &mut MOST_ENTRIES.clone(), &mut found);
    found.iter().map(open).collect()
}

/// Where an account is, and which client keeps it so.
#[derive(Debug)]
struct Layout {
    dir: PathBuf,
    client: Keeper,
    key: PathBuf,
}

#[derive(Debug, Clone, Copy)]
enum Keeper {
    Certbot,
    Dehydrated,
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
        return Some(found(Keeper::Certbot, key));
    }
    if let Some(key) = file("account_key.pem") {
        return Some(found(Keeper::Dehydrated, key));
    }
    // An account of lego 5 may have this name too.
    let is_lego_s = || json(&dir.join("account.json"))["registration"].is_object();
    if let Some(key) = file("account.key").filter(|_| !is_lego_s()) {
        return Some(found(Keeper::AcmeSh, key));
    }
    file("account.json")?;
    // Until version 5 lego has its keys in a directory of their own.
    let mut keys = Vec::new();
    for dir in [dir.join("keys"), dir.to_owned()] {
        let entries = entries(&dir, &mut MOST_ENTRIES.clone()).into_iter();
        keys.extend(entries.filter(|path| path.extension().is_some_and(|end| end == "key")));
    }
    let key = keys.into_iter().find(|path| path.is_file())?;
    Some(found(Keeper::Lego, key))
}

fn open(layout: &Layout) -> Account {
    let noted = match layout.client {
        Keeper::Certbot => certbot(&json(&layout.dir.join("regr.json"))),
        Keeper::Dehydrated => Noted {
            url: text(&json(&layout.dir.join("account_id.json"))["url"]),
            ..own(&json(&layout.dir.join("registration_info.json")))
        },
        Keeper::Lego => lego(&json(&layout.dir.join("account.json"))),
        Keeper::AcmeSh => {
            let noted = own(&json(&layout.dir.join("account.json")));
            let text = files::read_bounded(&layout.dir.join("ca.conf"), LARGEST);
            let text = text.unwrap_or_default();
            acme_sh(&String::from_utf8_lossy(&text), noted)
        }
    };
    let url = |url: &String| urls::is_https(url);
    Account {
        key: layout.key.clone(),
        url: noted.url.filter(url),
        directory: noted.directory.filter(url),
        email: noted
            .email
            .filter(|email| names::not_an_address(email).is_none()),
    }
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

/// `account.json`. From version 5 on it has the CA, and says what stands for an address where there is none.
fn lego(account: &Value) -> Noted {
    Noted {
        url: text(&account["registration"]["uri"])
            .or_else(|| text(&account["registration"]["accountURL"])),
        directory: text(&account["server"]),
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
    let settings = Settings::parse(conf);
    let value = |name: &str| settings.get(name).map(str::to_owned);
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
        let lego_5 = json!({
            "id": "me", "email": "me@x.test", "server": "https://ca.test/dir", "keyType": "EC256",
            "registration": {"status": "valid", "accountURL": url}
        });
        let conf = format!("CA_KEY_HASH='x'\nACCOUNT_URL='{url}'\nCA_EMAIL='me@x.test'\n");
        let own = json!({"url": url, "directory": "https://ca.test/dir", "email": "me@x.test"});
        let text = |value: Value| Some(value.to_string());
        let cases: [&[(&str, Option<String>)]; 8] = [
            &[
                ("accounts/aHR0cA/account_key.pem", None),
                ("accounts/aHR0cA/account_id.json", text(json!({"url": url}))),
                (
                    "accounts/aHR0cA/registration_info.json",
                    text(json!({"contact": ["mailto:me@x.test"]})),
                ),
            ],
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
                ("accounts/ca.test/me/account.json", text(lego_5.clone())),
                ("accounts/ca.test/me/me.key", None),
            ],
            &[
                ("accounts/ca.test/account/account.json", text(lego_5)),
                ("accounts/ca.test/account/account.key", None),
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
            assert_eq!(thumbprint_of(&found), thumbprint, "{files:?}");
            assert_eq!(found.url.as_deref(), Some(url), "{files:?}");
            assert_eq!(found.email.as_deref(), Some("me@x.test"), "{files:?}");
        }
    }

    fn thumbprint_of(account: &Account) -> String {
        let key = keys::KeyFile::read(&account.key).expect("a key");
        key.jwk().thumbprint()
    }

    #[test]
    fn certbot_s_key_is_a_jwk() {
        let regr = json!({"body": {"contact": ["mailto:me@x.test"]}, "uri": "https://ca.test/1"});
        let (dir, _) = directory(&[
            ("a/private_key.json", Some("{}".into())),
            ("a/regr.json", Some(regr.to_string())),
        ]);
        let found = find(dir.path()).expect("an account");
        assert!(found.key.ends_with("a/private_key.json"));
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
