//! Options and variables that say which server and which file.

use crate::api::Api;
use command::{Args, Usage};
use dns01_acme_dns::{HTTP_TIMEOUT, STORAGE, URL};
use std::path::PathBuf;
use web_service::{Base, Client, warn_of_clear_text};

/// The server.
///
/// # Errors
/// None is named, or it is none.
pub(crate) fn api(args: &Args) -> Result<Api, Usage> {
    let Some(url) = args.text(&URL)? else {
        return Err(Usage::new(
            "no acme-dns server: say its URL with --url, or in ACME_DNS_API_BASE",
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

/// The file with the accounts.
///
/// # Errors
/// None is named.
pub(crate) fn storage(args: &Args) -> Result<PathBuf, Usage> {
    let path = args.path(&STORAGE)?;
    path.ok_or_else(|| {
        Usage::new("no file with accounts: say which with --storage, or in ACME_DNS_STORAGE_PATH")
    })
}
