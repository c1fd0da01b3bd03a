//! `acme-account rollover`: another key for the same account. Interrupted anywhere, it is finished by the next run, and every
//! program that uses the account finds out which key the CA knows.

use crate::failure::Failure;
use crate::place::Place;
use crate::register::{given_key, key_type};
use crate::show;
use acme::{KeyChanged, new_key, new_key_path};
use acme_account::KEY_TYPE;
use command::{Args, Usage, message};
use keys::KeyFile;

type Work = Box<dyn FnOnce() -> Result<(), Failure>>;

pub(crate) fn prepare(args: &Args, place: Place) -> Result<Work, Failure> {
    let kind = key_type(args)?;
    let given = given_key(args, &place)?;
    if given.is_none() && !args.is_given(&KEY_TYPE) && is_elsewhere(&place) {
        return Err(Usage::new(
            "the account's key is elsewhere: name the one that takes over with --key, or say with --key-type which is to be \
             made and kept here",
        )
        .into());
    }
    Ok(Box::new(move || {
        let store = place.store();
        let is_unfinished = || new_key_path(&store.key_path()).exists();
        let was_unfinished = is_unfinished();
        // This settles a change that was interrupted, as it does for every program.
        let account = place.kept()?;
        if was_unfinished && !is_unfinished() {
            let (account, object) = place.known()?;
            return show::print(&place, &account, &object);
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
