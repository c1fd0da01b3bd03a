//! `acme-account list`: the accounts that are kept, whatever their CAs say of them.

use crate::failure::Failure;
use crate::output;
use acme::KeptAccount;
use acme_account::JSON;
use acme_cli::kept;
use command::columns::width;
use command::{Args, message, state_directory};

pub(crate) fn list(args: &Args) -> Result<(), Failure> {
    args.no_operands("all accounts are listed")?;
    let is_json = args.flag(&JSON)?;
    let path = state_directory(args)?;
    if command::is_only_checked() {
        return Ok(());
    }
    command::note_missing_directory(args)?;
    let (accounts, unreadable) = KeptAccount::all(&path).map_err(Failure::failed)?;
    for why in &unreadable {
        message::error(why);
    }
    match is_json {
        true => output::print_documents(accounts.iter().map(kept::document))?,
        false => output::print(&kept::table(&accounts).text(width()))?,
    }
    let unusable = accounts.iter().filter(|account| account.fault.is_some());
    match unusable.count() + unreadable.len() {
        0 => Ok(()),
        count => Err(Failure::failed(format!(
            "{count} of them cannot be used as they are"
        ))),
    }
}
