//! Lists the accounts that are kept.

use crate::options::{Format, Options};
use crate::output;
use acme::KeptAccount;
use acme_cli::kept;
use command::columns::width;
use command::message;
use std::path::Path;

/// Writes all accounts. Returns whether all can be used.
///
/// # Errors
/// They cannot be read, or nothing written.
pub(crate) fn list(path: &Path, options: &Options) -> Result<bool, String> {
    let (accounts, unreadable) = KeptAccount::all(path)?;
    for why in &unreadable {
        message::error(why);
    }
    match options.format {
        Format::Json => output::print_documents(accounts.iter().map(kept::document))?,
        _ => command::print(&kept::table(&accounts).text(width()))?,
    }
    let are_well = accounts.iter().all(|account| account.fault.is_none());
    Ok(unreadable.is_empty() && are_well)
}
