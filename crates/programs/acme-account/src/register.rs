//! `acme-account register`: a new account, or the one that there is.

use crate::failure::Failure;
use crate::place::Place;
use crate::show;
use acme::{Account, Known, Registration};
use acme_account::{ANEW, KEY, KEY_TYPE};
use acme_cli::ACCEPT_TOS;
use command::{Args, Usage, message, warn_of_open_secret};
use keys::{KeyFile, KeyType};
use std::time::SystemTime;

type Work = Box<dyn FnOnce() -> Result<(), Failure>>;

pub(crate) fn prepare(args: &Args, place: Place) -> Result<Work, Failure> {
    let registration = Registration {
        email: place.email.clone(),
        terms_agreed: args.flag(&ACCEPT_TOS)?,
        binding: acme_cli::binding(args)?,
        zero_ssl_access_key: acme_cli::zero_ssl_access_key(args)?,
    };
    let is_anew = args.flag(&ANEW)?;
    let kind = key_type(args)?;
    let given = given_key(args, &place)?;
    Ok(Box::new(move || {
        let store = place.store();
        if let (Some(given), Ok(kept)) = (&given, KeyFile::read(&store.key_path()))
            && given.jwk() != kept.jwk()
            && !is_anew
        {
            return Err(Failure::failed(format!(
                "there is another key, {}: `acme-account rollover --key FILE` changes the key of an account",
                store.key_path().display()
            )));
        }
        match place.client.look_up(&store) {
            Ok(Known::Here(account, object)) => {
                message::note(&format!("{} is registered already", account.url()));
                return show::print(&place, &account, &object);
            }
            Ok(Known::Moved {
                noted,
                account,
                object,
            }) => {
                store.save(account.url())?;
                message::note(&format!(
                    "account.json named {noted}, and its key has the account {}: that is noted now",
                    account.url()
                ));
                return show::print(&place, &account, &object);
            }
            Ok(Known::Nowhere) => {}
            Err(error) if is_anew && error.is_about_a_lost_account() => {
                let aside = store.move_aside(SystemTime::now())?;
                message::note(&format!(
                    "the CA has ended or lost the account ({error}): its files are in {} now",
                    aside.display()
                ));
            }
            Err(error) => return Err(error.into()),
        }
        let mut is_put = false;
        if let Some(given) = &given {
            if !is_anew && place.link_kept(&given.jwk())? {
                let (account, object) = place.known()?;
                return show::print(&place, &account, &object);
            }
            is_put = store.put_key(&given.to_text())?;
        }
        let registered = acme_cli::register(&place.client, &store, &registration, kind);
        let account = registered.inspect_err(|error| {
            // It would stand in the way of one that the CA takes.
            if is_put && error.is_about_the_kind_of_key() {
                store.drop_key();
            }
        })?;
        message::note(&format!("registered {}", account.url()));
        shown(&place, &account)
    }))
}

fn shown(place: &Place, account: &Account) -> Result<(), Failure> {
    let object = account.look()?;
    show::print(place, account, &object)
}

/// The kind of key to make.
pub(crate) fn key_type(args: &Args) -> Result<KeyType, Usage> {
    let name = args.choice(&KEY_TYPE)?.unwrap_or_default();
    Ok(KeyType::parse(name).unwrap_or(KeyType::EC256))
}

/// The key that `--key` names.
pub(crate) fn given_key(args: &Args, place: &Place) -> Result<Option<KeyFile>, Usage> {
    let Some(path) = args.absolute_path(&KEY)? else {
        return Ok(None);
    };
    if args.is_given(&KEY_TYPE) {
        return Err(Usage::new(
            "--key names a key, and --key-type is for one that is made: say one of them",
        ));
    }
    let unusable = |error| {
        let how = match error {
            keys::Error::Elsewhere => ": --sign-command names it",
            _ => "",
        };
        Usage::new(format!("--key {} {error}{how}", path.display()))
    };
    let key = KeyFile::read(&path).map_err(unusable)?;
    place.client.keys().check(&key).map_err(unusable)?;
    if matches!(key, KeyFile::Private(_)) {
        warn_of_open_secret(&path, "a private key");
    }
    Ok(Some(key))
}
