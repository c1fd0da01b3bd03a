//! `acme-account deactivate`: ends an account for good.

use crate::failure::Failure;
use crate::place::Place;
use acme::AccountStore;
use acme_account::YES;
use command::question::{ask, is_possible, is_yes};
use command::text::clean;
use command::{Args, Usage, message};
use std::time::SystemTime;

type Work = Box<dyn FnOnce() -> Result<(), Failure>>;

pub(crate) fn prepare(args: &Args, place: Place) -> Result<Work, Failure> {
    let is_agreed = args.flag(&YES)?;
    if !is_agreed && !is_possible() && !command::is_only_checked() {
        return Err(Usage::new(
            "an account that is deactivated stays so, and nobody can be asked: say --yes",
        )
        .into());
    }
    Ok(Box::new(move || {
        let store = place.store();
        let account = match place.kept() {
            Err(Failure::Acme(error)) if error.is_deactivated() => {
                message::note("the account was deactivated before");
                return move_aside(&store);
            }
            account => account?,
        };
        let url = account.url().to_owned();
        if !is_agreed && !agrees(&url)? {
            return Err(Failure::Declined);
        }
        match account.deactivate() {
            Ok(_) => message::note(&format!("{url}: deactivated")),
            Err(error) if error.is_deactivated() => {
                message::note(&format!("{url}: was deactivated before"));
            }
            Err(error) => return Err(error.into()),
        }
        move_aside(&store)
    }))
}

fn move_aside(store: &AccountStore) -> Result<(), Failure> {
    let aside = store.move_aside(SystemTime::now())?;
    message::note(&format!("its files are in {} now", aside.display()));
    Ok(())
}

fn agrees(url: &str) -> Result<bool, Failure> {
    let question = format!(
        "{}\nCertificates stay valid, and the account can neither renew nor revoke them any more.\n\
         Deactivate it? That cannot be undone. [y/N] ",
        clean(url)
    );
    let answer = ask(&question).map_err(|error| Failure::failed(error.to_string()))?;
    Ok(answer.is_some_and(|answer| is_yes(&answer)))
}
