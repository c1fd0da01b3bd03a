//! `acme-account update`: other contact addresses for the same account.

use crate::failure::Failure;
use crate::place::Place;
use crate::show;
use acme_account::{NEW_EMAIL, NO_EMAIL};
use command::{Args, Usage, message};
use names::not_an_address;

type Work = Box<dyn FnOnce() -> Result<(), Failure>>;

pub(crate) fn prepare(args: &Args, place: Place) -> Result<Work, Failure> {
    let emails = args.list(&NEW_EMAIL)?;
    match (emails.is_empty(), args.flag(&NO_EMAIL)?) {
        (true, false) => return Err(Usage::new("say --new-email ADDRESS, or --no-email").into()),
        (false, true) => {
            return Err(Usage::new("--new-email and --no-email contradict each other").into());
        }
        _ => {}
    }
    for email in &emails {
        if let Some(why) = not_an_address(email) {
            return Err(Usage::new(format!("--new-email: the e-mail address {why}")).into());
        }
    }
    Ok(Box::new(move || {
        let store = place.store();
        let (account, _) = place.known()?;
        if let Some(first) = emails.first()
            && store.is_taken(Some(first))?
        {
            return Err(Failure::Failed(
                format!("another account is kept for {first}"),
                Some(format!(
                    "`acme-account show --email {first}` shows it; one that is no longer needed is ended by `acme-account \
                     deactivate`."
                )),
            ));
        }
        let object = account.set_emails(&emails)?;
        // What follows can be done again.
        store.note_emails(&emails)?;
        match emails.first() {
            Some(first) => {
                store.link(first)?;
                message::note(&format!(
                    "{} is found by --email {first} too from now on",
                    account.url()
                ));
            }
            None => store.link_without_email()?,
        }
        show::print(&place, &account, &object)
    }))
}
