//! Options and variables that say where the API is.

use crate::api::Api;
use command::{Args, Usage};
use dns01_pdns::{API_KEY, API_VERSION, HTTP_TIMEOUT, SERVER_NAME, URL};
use std::cell::RefCell;
use web_service::{Base, Client, Header, warn_of_clear_text};

/// The API that they name.
///
/// # Errors
/// One is missing or wrong.
pub(crate) fn api(args: &Args) -> Result<Api, Usage> {
    let Some(url) = args.text(&URL)? else {
        return Err(Usage::new(
            "no URL of a PowerDNS server: set PDNS_API_URL, or say it with --url",
        ));
    };
    let name = args.name_given(&URL);
    let base = Base::parse(&url).map_err(|why| Usage::new(format!("{name} {why}")))?;
    let Some(key) = args.secret(&API_KEY)? else {
        return Err(Usage::new(
            "no key of the API: set PDNS_API_KEY, or name a file that has it in PDNS_API_KEY_FILE",
        ));
    };
    let is_key = key.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_key {
        return Err(Usage::new(
            "PDNS_API_KEY has something else than visible characters of ASCII, so no header can hold it",
        ));
    }
    let version = args.parsed(&API_VERSION, "a number", |text| text.parse::<u16>().ok())?;
    let version = format!("v{}", version.unwrap_or_default().max(1));
    warn_of_clear_text(args, &base, &name);
    Ok(Api {
        client: Client::new(args, &base, &HTTP_TIMEOUT)?,
        // Some write it down with what every request has in common.
        base: base.without(&format!("/api/{version}")),
        version,
        server: args.text(&SERVER_NAME)?.unwrap_or_default(),
        key: Header::secret("X-API-Key", key),
        known_zones: RefCell::default(),
    })
}
