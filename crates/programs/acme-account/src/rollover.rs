//! `acme-account rollover`: another key for the same account. Interrupted anywhere, it is finished by the next run, and every
//! program that uses the account finds out which key the CA knows.

use crate::failure::Failure;
use crate::place::Place;
use crate::register::{given_key, key_type};
use crate::show;
use acme::{KeyChanged, new_key, new_key_path};
use acme_account::{CANCEL, KEY_TYPE};
use command::{Args, Usage, message};
use keys::KeyFile;

type Work = Box<dyn FnOnce() -> Result<(), Failure>>;

pub(crate) fn prepare(args: &Args, place: Place) -> Result<Work, Failure> {
    if args.flag(&CANCEL)? {
        return Ok(Box::new(move || cancel(&place)));
    }
    let kind = key_type(args)?;
    let is_kind_said = args.is_given(&KEY_TYPE);
    let given = given_key(args, &place)?;
    if given.is_none() && !is_kind_said && is_elsewhere(&place) {
        return Err(Usage::new(
            "the account's key is elsewhere: name the one that takes over with --key, or say with --key-type which is to be \
             made and kept here",
        )
        .into());
    }
    Ok(Box::new(move || {
        let store = place.store();
        let is_interrupted = || new_key_path(&store.key_path()).exists();
        let was_interrupted = is_interrupted();
        // This settles a change that was interrupted, as it does for every program.
        let account = place.kept()?;
        if was_interrupted && !is_interrupted() {
            let (account, object) = place.known()?;
            return show::print(&place, &account, &object);
        }
        let is_asked_for = |unfinished: &KeyFile| match &given {
            Some(given) => unfinished.jwk() == given.jwk(),
            None => !is_kind_said || unfinished.type_name() == kind.name(),
        };
        if was_interrupted && unfinished(&place).is_some_and(|key| !is_asked_for(&key)) {
            return Err(Failure::Failed(
                "an earlier change to another key was interrupted".to_owned(),
                Some(
                    "`acme-account rollover` without --key and --key-type goes on with that one, and --cancel gives it up."
                        .to_owned(),
                ),
            ));
        }
        // An account that has ended gets no key.
        place.known()?;
        let before = account.key().jwk().thumbprint();
        let make = || match &given {
            Some(given) => Ok(given.to_text()),
            None => new_key(kind),
        };
        let changed = place.client.change_key(&account, &store, &make)?;
        let (account, object) = place.known()?;
        let url = account.url();
        match changed {
            KeyChanged::Changed => message::note(&format!(
                "{url}: the key with the thumbprint {before} is of no use any more"
            )),
            KeyChanged::Before => message::note(&format!(
                "{url}: an earlier change of its key had been made by the CA, and is finished now"
            )),
        }
        show::print(&place, &account, &object)
    }))
}

/// Whether only the public key is kept here. A new private one would leave the place where the old one is safe.
fn is_elsewhere(place: &Place) -> bool {
    let kept = KeyFile::read(&place.store().key_path());
    matches!(kept, Ok(KeyFile::Public(_)))
}

/// The key of a change that was interrupted, where it can be read.
fn unfinished(place: &Place) -> Option<KeyFile> {
    KeyFile::read(&new_key_path(&place.store().key_path())).ok()
}

/// Gives up a change that was interrupted before the CA made it.
fn cancel(place: &Place) -> Result<(), Failure> {
    let is_given_up = place.client.cancel_key_change(&place.store())?;
    let (account, object) = place.known()?;
    message::note(match is_given_up {
        true => "the change of the key that was interrupted is given up",
        false => "no change of the key was interrupted",
    });
    show::print(place, &account, &object)
}
