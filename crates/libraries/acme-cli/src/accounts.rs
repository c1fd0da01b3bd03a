//! Accounts as a person has them: found, or registered with a word on stderr.

use acme::{
    Account, AccountStore, Client, KeptAccount, Registration, UnfinishedKeyChange, new_key_path,
};
use command::message;
use keys::KeyType;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// How many other accounts are named.
const MOST_NAMED: usize = 3;

/// What is said where a private key is made although something signs.
const KEY_IS_HERE: &str = "the private key of the new account is made and kept here: --sign-command signs only for accounts that \
                           `acme-account register --key FILE` has registered, FILE with their public key";

/// The account that is kept in `store`, or else a new one, with a key of this kind.
///
/// # Errors
/// Those of files and keys, and what the CA says.
pub fn find_or_register(
    client: &Client,
    store: &AccountStore,
    registration: &Registration,
    kind: KeyType,
) -> acme::Result<Account> {
    match client.find_account(store)? {
        Some(account) => Ok(account),
        None => register(client, store, registration, kind),
    }
}

/// Registers an account, and says so: with which terms, and that there are others.
///
/// # Errors
/// Those of files and keys, and what the CA says.
pub fn register(
    client: &Client,
    store: &AccountStore,
    registration: &Registration,
    kind: KeyType,
) -> acme::Result<Account> {
    let ca = client.ca(store.directory())?;
    let others = if store.has_key() {
        Vec::new()
    } else {
        store.others()
    };
    if client.has_signer() && !store.has_key() {
        message::warning(KEY_IS_HERE);
    }
    let terms = ca.directory().meta.terms_of_service.as_ref();
    if let Some(terms) = terms.filter(|_| registration.terms_agreed) {
        message::note(&format!(
            "registers an account at {}, and agrees to its terms of service: {terms}",
            ca.url()
        ));
    }
    let account = client.register(store, registration, kind)?;
    if !others.is_empty() {
        message::warning(&further(store, &others));
    }
    Ok(account)
}

/// That there is one more account now, and what somebody may have meant.
fn further(store: &AccountStore, others: &[KeptAccount]) -> String {
    let named: Vec<String> = others
        .iter()
        .take(MOST_NAMED)
        .map(|account| words(account.found_by.first().cloned().flatten().as_deref()))
        .collect();
    let more = match others.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let other = others
        .first()
        .and_then(|account| account.found_by.first().cloned().flatten());
    let other = other.map_or_else(String::new, |email| format!(" -m {email}"));
    let (this, new) = match store.email() {
        Some(email) => (format!(" -m {email}"), format!("--new-email {email}")),
        None => (String::new(), "--no-email".to_owned()),
    };
    format!(
        "registered a further account at {}, {}, beside that {}{more}: where the address of that one was to change, \
         end this one by `acme-account deactivate{this}`, then say `acme-account update{other} {new}`",
        store.directory(),
        words(store.email()),
        named.join(" and that "),
    )
}

fn words(email: Option<&str>) -> String {
    match email {
        Some(email) => format!("of {email}"),
        None => "without an address".to_owned(),
    }
}

/// Says how a change of keys stands that was interrupted, once for each key.
pub(crate) fn say_unfinished(key: &Path, state: UnfinishedKeyChange) {
    static SAID: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    if said.iter().any(|said| said == key) {
        return;
    }
    said.push(key.to_owned());
    drop(said);
    let (key, new) = (key.display(), new_key_path(key));
    let new = new.display();
    match state {
        UnfinishedKeyChange::NotMade => message::warning(&format!(
            "a change of the account's key was interrupted, and the CA still has the old one, {key}: `acme-account \
             rollover` makes it, with the new key in {new}, and `acme-account rollover --cancel` gives it up"
        )),
        UnfinishedKeyChange::Finished => message::note(&format!(
            "a change of the account's key was interrupted after the CA had made it: the new key is now in its place, {key}"
        )),
        UnfinishedKeyChange::NotInPlace => message::warning(&format!(
            "a change of the account's key was interrupted after the CA had made it: the key in {new} is used, and \
             `acme-account show` puts it in the place of {key}"
        )),
    }
}
