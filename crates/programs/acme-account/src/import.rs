//! `acme-account import`: the account of another client, kept as these programs keep one. The CA says which it is.

use crate::failure::Failure;
use crate::place::Place;
use crate::show;
use acme::{Account, Error};
use acme_account::{FORCE, SERVER};
use command::{Args, Usage, message, warn_of_open_secret};
use keys::KeyFile;
use known_cas::SERVERS;
use other_clients::find_account;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

type Work = Box<dyn FnOnce() -> Result<(), Failure>>;

/// An account of another client.
struct Found {
    /// The file of its key.
    file: PathBuf,
    key: KeyFile,
    /// Its URL, where that is noted.
    url: Option<String>,
    /// The URL of the CA's directory, where that is noted.
    directory: Option<String>,
    email: Option<String>,
}

impl Found {
    /// The account in this file or directory.
    fn at(path: &Path) -> Result<Found, String> {
        let account = find_account(path)?;
        let file = account.key;
        let key = KeyFile::read(&file).map_err(|error| format!("{} {error}", file.display()))?;
        Ok(Found {
            file,
            key,
            url: account.url,
            directory: account.directory,
            email: account.email,
        })
    }
}

pub(crate) fn prepare(args: &Args, mut place: Place) -> Result<Work, Failure> {
    let [operand] = &args.operands[..] else {
        return Err(Usage::new("name the file of a key, or the directory of an account").into());
    };
    let is_forced = args.flag(&FORCE)?;
    let found = Found::at(Path::new(operand)).map_err(Usage::new)?;
    if matches!(found.key, KeyFile::Private(_)) {
        warn_of_open_secret(&found.file, "a private key");
    }
    let is_named = args.is_given(&SERVER) || args.variable("LEGO_SERVER").is_some();
    if !is_named {
        place.directory = directory(&found, &place.directory)?;
    }
    place.email = place.email.or_else(|| found.email.clone());
    Ok(Box::new(move || import(&place, found, is_forced)))
}

/// The CA of an account for which none is named: the one that is noted, or the one at which the account is.
fn directory(found: &Found, default: &str) -> Result<String, Usage> {
    if let Some(directory) = &found.directory {
        return Ok(directory.clone());
    }
    let Some(url) = &found.url else {
        return Ok(default.to_owned());
    };
    let mut servers = SERVERS.iter();
    let server = servers.find(|(_, directory)| host(directory) == host(url));
    server
        .map(|(_, directory)| (*directory).to_owned())
        .ok_or_else(|| Usage::new(format!("say with --server which CA has the account {url}")))
}

fn host(url: &str) -> &str {
    let host = url.strip_prefix("https://").unwrap_or(url);
    host.split('/').next().unwrap_or_default()
}

fn import(place: &Place, found: Found, is_forced: bool) -> Result<(), Failure> {
    let store = place.store();
    let (text, jwk) = (found.key.to_text(), found.key.jwk());
    let file = found.file;
    let signer = place.client.keys().signing_key(found.key);
    let key: Arc<_> = signer.map_err(|error| Error::AccountKey {
        path: file.clone(),
        error,
    })?;
    let ca = place.client.ca(&place.directory)?;
    let url = match place.client.url_of_key(&place.directory, &*key) {
        Ok(url) => url,
        Err(error) if error.is_about_a_lost_account() => {
            return Err(Failure::Failed(
                format!("{} has no account for the key in {}", place.directory, file.display()),
                Some(
                    "Say with --server which CA has; `acme-account register --key FILE` registers an account with this key."
                        .to_owned(),
                ),
            ));
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(noted) = found.url.filter(|noted| *noted != url) {
        message::warning(&format!(
            "{} is noted as the key of {noted}, and the CA knows it as that of {url}",
            file.display()
        ));
    }
    let account = Account::new(ca, key, url);
    let object = account.look()?;
    let kept = KeyFile::read(&store.key_path()).ok();
    if kept.is_some_and(|kept| kept.jwk() == jwk) {
        store.save(account.url())?;
        message::note(&format!("{} is kept already", account.url()));
        return show::print(place, &account, &object);
    }
    if store.has_key() {
        if !is_forced {
            return Err(Failure::failed(format!(
                "another account has its key in {}: --force moves it aside, and another --email takes another place",
                store.key_path().display()
            )));
        }
        let aside = store.move_aside(SystemTime::now())?;
        message::note(&format!(
            "the account that was kept is in {} now",
            aside.display()
        ));
    }
    if place.link_kept(&jwk)? {
        return show::print(place, &account, &object);
    }
    store.put_key(&text)?;
    store.save(account.url())?;
    message::note(&format!(
        "{} is kept in {} now",
        account.url(),
        store.key_path().display()
    ));
    show::print(place, &account, &object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ca_is_the_one_that_is_noted_or_that_has_the_account() {
        let key =
            r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        let found = |url: Option<&str>, directory: Option<&str>| Found {
            file: "k".into(),
            key: KeyFile::from_text(key.as_bytes()).expect("a key"),
            url: url.map(str::to_owned),
            directory: directory.map(str::to_owned),
            email: None,
        };
        let staging = "https://acme-staging-v02.api.letsencrypt.org/directory";
        for (url, noted, expected) in [
            (None, None, Some("https://default.test/")),
            (
                Some("https://acme-staging-v02.api.letsencrypt.org/acme/acct/1"),
                None,
                Some(staging),
            ),
            (Some("https://ca.test/1"), None, None),
            (
                Some("https://ca.test/1"),
                Some("https://ca.test/d"),
                Some("https://ca.test/d"),
            ),
        ] {
            let directory = directory(&found(url, noted), "https://default.test/").ok();
            assert_eq!(directory.as_deref(), expected, "{url:?}");
        }
    }
}
