//! The accounts of another client, kept as these programs keep them. The CA is not asked: it was, when the account was made.

use crate::options::Options;
use crate::servers::directory;
use acme::{AccountStore, KeptAccount, new_key_path};
use certificates::AccountRecord;
use command::text::shell_word;
use command::{message, path_words, warn_of_open_secret};
use keys::KeyFile;
use other_clients::{Account, Folder};
use pipeline::{Problem, types};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// An account that is here.
#[derive(Clone)]
pub(crate) struct Kept {
    /// The URL of the CA's directory.
    pub(crate) directory: String,
    pub(crate) record: AccountRecord,
    /// The address that finds it.
    pub(crate) email: Option<String>,
}

/// The accounts that a run would keep, if it did not only look: where, and whose key.
#[derive(Default)]
pub(crate) struct Planned(BTreeMap<PathBuf, String>);

/// Keeps an account of a folder, unless it is kept already.
///
/// # Errors
/// `acmepipe:import`; or that it cannot be written.
pub(crate) fn keep(
    folder: &Folder,
    account: &Account,
    options: &Options,
    planned: &mut Planned,
) -> Result<Kept, Problem> {
    let refused = |why: String| {
        let detail = format!("the account with the key {}: {why}", account.key.display());
        Problem::new(&types::IMPORT, detail)
    };
    let file = folder.root.place(&account.key);
    let file = file.map_err(|error| refused(error.to_string()))?;
    let noted = account.directory.as_deref();
    let url = account.url.as_deref();
    let server = directory(noted, url, options.server.as_deref()).map_err(refused)?;
    let key = KeyFile::read(&file).map_err(|error| refused(format!("it {error}")))?;
    let store = AccountStore::new(&options.path, &server, account.email.as_deref());
    if let Some((key, known_url)) = known(&store, &key, url) {
        // A run may have been ended between the two files.
        if let (Some(url), None, true) = (url, &known_url, options.writes)
            && key == store.key_path()
        {
            store.save(url).map_err(acme_cli::problem)?;
        }
        return Ok(of(&server, key, known_url.or(account.url.clone())));
    }
    let thumbprint = key.jwk().thumbprint();
    let would_be = planned.0.get(&store.key_path());
    if store.has_key() || would_be.is_some_and(|known| *known != thumbprint) {
        let whose = account.email.as_deref().map_or_else(
            || "another account without an address".to_owned(),
            |email| format!("another account of {email}"),
        );
        return Err(refused(format!(
            "{whose} has its key in {}, and here an address has one account at a CA",
            store.key_path().display()
        ))
        .hint(format!(
            "`acme-account import{} --server {} --email ADDRESS {}` keeps it under another address; then run this again.",
            path_words(&options.path),
            shell_word(&server),
            shell_word(&account.key.to_string_lossy())
        )));
    }
    if matches!(key, KeyFile::Private(_)) {
        warn_of_open_secret(&file, "a private key");
    }
    if options.writes {
        write(&store, &key, url).map_err(acme_cli::problem)?;
    } else {
        planned.0.insert(store.key_path(), thumbprint);
    }
    Ok(of(&server, store.key_path(), account.url.clone()))
}

fn write(store: &AccountStore, key: &KeyFile, url: Option<&str>) -> acme::Result<()> {
    if !store.put_key(&key.to_text())? {
        return Err(acme::Error::File {
            doing: "write",
            path: store.key_path(),
            why: "another run has put a key there".to_owned(),
        });
    }
    if let Some(url) = url {
        store.save(url)?;
    }
    message::note(&format!(
        "the account {} is kept in {} now",
        url.unwrap_or("whose URL is not noted"),
        store.key_path().display()
    ));
    Ok(())
}

/// Where this account of the same CA is kept, and its URL. Its key may be another by now.
fn known(
    store: &AccountStore,
    key: &KeyFile,
    url: Option<&str>,
) -> Option<(PathBuf, Option<String>)> {
    let has_it = |path: &Path| KeyFile::read(path).is_ok_and(|kept| kept.jwk() == key.jwk());
    let is_it = |path: &Path| has_it(path) || has_it(&new_key_path(path));
    let is_called = |kept: Option<&str>| kept.is_some() && kept == url;
    let registered = store.registered().ok().flatten().map(|one| one.url);
    if is_it(&store.key_path()) || is_called(registered.as_deref()) {
        return Some((store.key_path(), registered));
    }
    let others: Vec<KeptAccount> = store.others();
    let mut others = others.into_iter();
    let other = others.find(|other| is_it(&other.key) || is_called(other.url.as_deref()))?;
    Some((other.key, other.url))
}

fn of(server: &str, key: PathBuf, url: Option<String>) -> Kept {
    Kept {
        directory: server.to_owned(),
        email: AccountStore::email_of(&key, server),
        record: AccountRecord {
            url,
            key: key.to_string_lossy().into_owned(),
        },
    }
}
