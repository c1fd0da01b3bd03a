//! The file with the accounts: an object whose members are called after the names to be proven, as goacmedns keeps it.

use crate::account::Account;
use files::Staged;
use pipeline::{DomainName, Object, Value};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The largest file, in bytes: tens of thousands of accounts.
const LARGEST: u64 = 16 << 20;
/// The label of the record that a dns-01 challenge is about.
pub(crate) const LABEL: &str = "_acme-challenge.";

/// What is in the file.
pub(crate) struct Storage {
    /// Where it is: a link stays, and what it leads to is written (see [`crate::lock::make_target`]).
    path: PathBuf,
    members: Object,
}

/// An account, and how it was found.
pub(crate) struct Found {
    pub(crate) account: Account,
    /// Whether the record goes to where the server keeps its values: a CNAME has led there.
    pub(crate) is_led_to: bool,
}

impl Storage {
    /// Reads the file; where there is none, there are no accounts.
    ///
    /// # Errors
    /// It cannot be read, or is no such object.
    pub(crate) fn read(path: &Path) -> Result<Storage, String> {
        let cannot = |why: String| format!("{}: {why}", path.display());
        let members = match files::read_bounded(path, LARGEST) {
            Ok(bytes) if bytes.trim_ascii().is_empty() => Object::new(),
            Ok(bytes) => match serde_json::from_slice(&bytes) {
                Ok(Value::Object(members)) => members,
                Ok(_) => return Err(cannot("it is no JSON object with accounts".to_owned())),
                Err(error) => return Err(cannot(format!("it is no JSON: {error}"))),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Object::new(),
            Err(error) => return Err(cannot(error.to_string())),
        };
        Ok(Storage {
            path: fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()),
            members,
        })
    }

    /// Where the file is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The account for a record: the one whose name the record has, or that is kept for the name to be proven.
    ///
    /// # Errors
    /// It is there, and cannot be used.
    pub(crate) fn find(&self, record: &DomainName) -> Result<Option<Found>, String> {
        let mut accounts = self.members.values();
        let led_to = accounts.find_map(|value| {
            let is_it = Account::is_of(value, record.as_str());
            is_it.then(|| Account::read(value).ok()).flatten()
        });
        if let Some(account) = led_to {
            return Ok(Some(Found {
                account,
                is_led_to: true,
            }));
        }
        let domain = domain_of(record).unwrap_or(record.as_str());
        let account = self.of_domain(domain)?;
        let is_led_to = false;
        Ok(account.map(|account| Found { account, is_led_to }))
    }

    /// The account that is kept for a name.
    ///
    /// # Errors
    /// It is there, and cannot be used.
    pub(crate) fn of_domain(&self, domain: &str) -> Result<Option<Account>, String> {
        let plain = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
        let mut members = self.members.iter();
        let Some((name, value)) = members.find(|(name, _)| plain(name) == plain(domain)) else {
            return Ok(None);
        };
        let account = Account::read(value);
        account
            .map(Some)
            .map_err(|why| format!("{}: the account of {name}: {why}", self.path.display()))
    }

    /// Reads the file again, and writes it with what it has: whoever has a server make an account afterwards can keep that, as
    /// far as anybody can know.
    ///
    /// # Errors
    /// It cannot be read, or not be written.
    pub(crate) fn prepare(&mut self) -> Result<(), String> {
        *self = Storage::read(&self.path)?;
        let try_it = |bytes: &[u8]| Staged::new(&self.path, bytes).map(drop);
        let written = match files::read_bounded(&self.path, LARGEST) {
            Ok(bytes) => match files::rewrite_file(&self.path, &bytes, &bytes) {
                // It is another user's, say, and stays that until there is something to write.
                Err(error) if error.kind() == io::ErrorKind::Other => try_it(&bytes),
                written => written,
            },
            Err(_) => try_it(b"{}\n"),
        };
        written.map_err(|error| self.cannot_write(&error))
    }

    /// Adds an account to what is in the file by now, and writes that: whole or not at all, for its owner alone. Where another
    /// program has added one for the name meanwhile, that stays, and comes back.
    ///
    /// # Errors
    /// The system reports an error, or the file has become something else.
    pub(crate) fn add(&mut self, domain: &str, account: Value) -> Result<Option<Account>, String> {
        *self = Storage::read(&self.path)?;
        if let Some(account) = self.of_domain(domain)? {
            return Ok(Some(account));
        }
        self.members.insert(domain.to_owned(), account);
        let text = Value::from(self.members.clone()).to_string() + "\n";
        match files::write_file(&self.path, text.as_bytes()) {
            Ok(()) => Ok(None),
            Err(error) => Err(self.cannot_write(&error)),
        }
    }

    fn cannot_write(&self, error: &io::Error) -> String {
        let what_to_do = match error.kind() {
            io::ErrorKind::ResourceBusy => {
                ": it is mounted by itself, so nothing can take its place; mount its directory"
            }
            _ => "",
        };
        format!("{}: {error}{what_to_do}", self.path.display())
    }
}

/// The name to be proven with a record, without a final dot, where the record's own name tells it.
pub(crate) fn domain_of(record: &DomainName) -> Option<&str> {
    let domain = record.as_str().strip_prefix(LABEL)?;
    Some(domain.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::lock;
    use serde_json::json;
    use std::os::unix::fs::PermissionsExt;

    fn account(name: &str) -> Value {
        json!({"fulldomain": format!("{name}.auth.test"), "subdomain": name, "username": "user", "password": "pass"})
    }

    #[test]
    fn an_account_is_found_by_where_its_cname_leads_and_by_the_name_to_be_proven() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("accounts.json");
        let content = json!({"Example.com": account("a"), "_acme-challenge.b.test.": account("b"), "bad.test": 7});
        fs::write(&path, content.to_string()).unwrap();
        let storage = Storage::read(&path).ok().unwrap();
        let find = |name: &str| {
            let found = storage.find(&DomainName::parse(name).unwrap());
            found.map(|found| found.map(|found| (found.account.subdomain, found.is_led_to)))
        };
        for (name, expected) in [
            ("a.auth.test", Some(("a", true))),
            ("_acme-challenge.example.com", Some(("a", false))),
            ("_acme-challenge.www.example.com", None),
            ("b.auth.test", Some(("b", true))),
        ] {
            let expected = expected.map(|(account, is_led_to)| (account.to_owned(), is_led_to));
            assert_eq!(find(name), Ok(expected), "{name}");
        }
        let error = find("_acme-challenge.bad.test").unwrap_err();
        assert!(error.contains("the account of bad.test"), "{error}");
    }

    #[test]
    fn of_all_accounts_the_one_that_is_used_is_hidden() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("accounts.json");
        let of = |name: &str| {
            json!({"fulldomain": format!("{name}.auth.test"), "subdomain": name, "username": format!("login-{name}"),
                "password": format!("key-of-{name}")})
        };
        let content =
            json!({"one.test": of("one"), "two.test": of("two"), "three.test": of("three")});
        fs::write(&path, content.to_string()).unwrap();
        let storage = Storage::read(&path).ok().unwrap();
        for name in ["two.auth.test.", "_acme-challenge.three.test."] {
            assert!(matches!(
                storage.find(&DomainName::parse(name).unwrap()),
                Ok(Some(_))
            ));
        }
        let shown = command::masked("key-of-one key-of-two login-three").into_owned();
        assert_eq!(shown, "key-of-one *** ***");
    }

    #[test]
    fn what_is_added_leaves_the_rest_and_is_its_owners_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("accounts.json");
        let link = directory.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        fs::write(&path, "{\"other.test\":{\"more\":1.50}}").unwrap();
        let _lock = lock(&link).unwrap();
        let mut storage = Storage::read(&link).ok().unwrap();
        assert!(matches!(storage.add("a.test", account("a")), Ok(None)));
        assert!(link.is_symlink());
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("{\"other.test\":{\"more\":1.50},\"a.test\":{"),
            "{text}"
        );
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        for bad in ["[]", "{", "7"] {
            fs::write(&path, bad).unwrap();
            assert!(Storage::read(&path).is_err(), "{bad}");
        }
    }
}
