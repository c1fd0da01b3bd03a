//! Options and variables that say which server, and where its accounts are kept.

use crate::accounts::Accounts;
use crate::api::Api;
use crate::storage::Storage;
use crate::web_storage::WebStorage;
use command::{Args, Usage, warn_of_open_secret};
use dns01_acme_dns::{HTTP_TIMEOUT, STORAGE, STORAGE_URL, URL};
use std::path::PathBuf;
use web_service::{Base, Client, warn_of_clear_text};

/// The server.
///
/// # Errors
/// None is named, or it is none.
pub(crate) fn api(args: &Args) -> Result<Api, Usage> {
    let Some(url) = args.text(&URL)? else {
        return Err(Usage::new(
            "no acme-dns server: set ACME_DNS_API_BASE to its URL, or say that with --url",
        ));
    };
    let name = args.name_given(&URL);
    let base = Base::parse(&url).map_err(|why| Usage::new(format!("{name} {why}")))?;
    warn_of_clear_text(args, &base, &name);
    Ok(Api {
        client: Client::new(args, &base, &HTTP_TIMEOUT)?,
        base,
    })
}

/// Where the accounts are kept.
#[derive(Debug)]
pub(crate) enum Place {
    /// In this file.
    File(PathBuf),
    /// At the web server with this URL.
    Web(Base),
}

/// Where the accounts are kept.
///
/// # Errors
/// No place is named, or two are, or it is none.
pub(crate) fn place(args: &Args) -> Result<Place, Usage> {
    match (args.path(&STORAGE)?, args.text(&STORAGE_URL)?) {
        (Some(path), None) => Ok(Place::File(path)),
        (None, Some(url)) => {
            let name = args.name_given(&STORAGE_URL);
            let base = Base::parse(&url).map_err(|why| Usage::new(format!("{name} {why}")))?;
            warn_of_clear_text(args, &base, &name);
            Ok(Place::Web(base))
        }
        (None, None) => Err(Usage::new(
            "no file with accounts: set ACME_DNS_STORAGE_PATH, or say which with --storage",
        )),
        (Some(_), Some(_)) => Err(Usage::excluding(
            &args.name_given(&STORAGE),
            &args.name_given(&STORAGE_URL),
        )),
    }
}

/// The accounts that are kept there.
///
/// # Errors
/// The file cannot be read, or a variable is wrong.
pub(crate) fn accounts(args: &Args, place: &Place) -> Result<Accounts, Usage> {
    Ok(match place {
        Place::File(path) => {
            let storage = Storage::read(path)
                .map_err(|why| Usage::new(format!("{}: {why}", args.name_given(&STORAGE))))?;
            warn_of_open_secret(path, "the accounts of an acme-dns server");
            Accounts::File(storage)
        }
        Place::Web(base) => {
            let client = Client::new(args, base, &HTTP_TIMEOUT)?;
            Accounts::Web(WebStorage::new(client, base.clone()))
        }
    })
}
