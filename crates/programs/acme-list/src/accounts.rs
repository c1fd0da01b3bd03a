//! Lists accounts: `accounts/<server>/<email>/`, with `account.key` and `account.json` in it.

use crate::options::{Format, Options};
use crate::output;
use crate::table::{NOTHING, Table};
use command::message;
use keys::PrivateKey;
use serde_json::{Value, json};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The largest note of an account that is read, in bytes.
const LARGEST_NOTE: u64 = 64 * 1024;
/// The name of the directory of an account without an address.
const WITHOUT_EMAIL: &str = "default";

/// An account on disk.
#[derive(Debug)]
struct Account {
    key: PathBuf,
    key_type: Option<String>,
    email: Option<String>,
    directory: Option<String>,
    url: Option<String>,
    /// What is wrong with it.
    fault: Option<String>,
}

/// Writes all accounts. Returns whether all can be used.
///
/// # Errors
/// They cannot be read, or nothing written.
pub(crate) fn list(path: &Path, options: &Options) -> Result<bool, String> {
    let accounts = path.join("accounts");
    let mut found = Vec::new();
    let mut is_all_well = true;
    let unreadable = |dir: &Path, error| format!("cannot read {}: {error}", dir.display());
    for server in directories(&accounts).map_err(|error| unreadable(&accounts, error))? {
        match directories(&server) {
            Ok(dirs) => found.extend(dirs.iter().map(|dir| account(dir))),
            Err(error) => {
                message::error(&unreadable(&server, error));
                is_all_well = false;
            }
        }
    }
    match options.format {
        Format::Json => output::print_documents(found.iter().map(document))?,
        _ => output::print(&in_table(&found).text(output::width()))?,
    }
    Ok(is_all_well && found.iter().all(|account| account.fault.is_none()))
}

/// The directories in this one, sorted; none where it is not there.
fn directories(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            found.push(path);
        }
    }
    found.sort_unstable();
    Ok(found)
}

fn account(dir: &Path) -> Account {
    let key = dir.join("account.key");
    let read = PrivateKey::read(&key);
    let note = files::read_bounded(&dir.join("account.json"), LARGEST_NOTE);
    let note: Value = note
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok())
        .unwrap_or_default();
    let text = |member: &str| note[member].as_str().map(str::to_owned);
    let name = dir
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let fault = match &read {
        Err(error) => Some(format!("account.key {error}")),
        Ok(_) if note["url"].is_null() => {
            Some("account.json does not tell its URL, which the CA knows".to_owned())
        }
        Ok(_) => None,
    };
    Account {
        key_type: read
            .ok()
            .and_then(|key| key.key_type())
            .map(|kind| kind.name().to_owned()),
        email: text("email").or(name.filter(|name| name != WITHOUT_EMAIL)),
        directory: text("directory"),
        url: text("url"),
        key,
        fault,
    }
}

fn in_table(accounts: &[Account]) -> Table {
    let mut table = Table::new(&["EMAIL", "CA", "ACCOUNT", "KEY", "PATH", "REMARKS"]);
    for account in accounts {
        let or_nothing = |text: &Option<String>| text.clone().unwrap_or_else(|| NOTHING.to_owned());
        table.row([
            or_nothing(&account.email),
            or_nothing(&account.directory),
            or_nothing(&account.url),
            or_nothing(&account.key_type),
            account.key.display().to_string(),
            account.fault.clone().unwrap_or_default(),
        ]);
    }
    table
}

fn document(account: &Account) -> Value {
    let mut document = json!({"key": account.key.to_string_lossy()});
    let members = [
        ("email", &account.email),
        ("directory", &account.directory),
        ("url", &account.url),
        ("key_type", &account.key_type),
        ("fault", &account.fault),
    ];
    for (name, value) in members {
        if let Some(value) = value {
            document[name] = json!(value);
        }
    }
    document
}
