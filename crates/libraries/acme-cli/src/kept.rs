//! Accounts that are kept, as lists show them.

use acme::KeptAccount;
use command::columns::{NOTHING, Table};
use serde_json::{Value, json};

/// What the key of an account is called that is elsewhere.
const ELSEWHERE: &str = ", elsewhere";

/// The accounts as a table for people.
pub fn table(accounts: &[KeptAccount]) -> Table {
    let mut table = Table::new(&["EMAIL", "CA", "ACCOUNT", "KEY", "PATH", "REMARKS"]);
    for account in accounts {
        let or_nothing = |text: Option<String>| text.unwrap_or_else(|| NOTHING.to_owned());
        let elsewhere = if account.is_elsewhere { ELSEWHERE } else { "" };
        let key_type = account.key_type.as_ref();
        let emails = account.emails.join(", ");
        table.row([
            or_nothing(Some(emails).filter(|emails| !emails.is_empty())),
            or_nothing(account.directory.clone()),
            or_nothing(account.url.clone()),
            or_nothing(key_type.map(|kind| format!("{kind}{elsewhere}"))),
            account.key.display().to_string(),
            remarks(account),
        ]);
    }
    table
}

/// What is wrong with it, or by which other addresses it is found.
fn remarks(account: &KeptAccount) -> String {
    if let Some(fault) = &account.fault {
        return fault.clone();
    }
    let others = account.found_by.iter();
    let others = others.filter(|by| !by.as_ref().is_some_and(|by| account.emails.contains(by)));
    let others: Vec<&str> = others
        .map(|by| by.as_deref().unwrap_or("no address"))
        .collect();
    match others[..] {
        [] => String::new(),
        // One that has no address is found without one.
        ["no address"] if account.emails.is_empty() => String::new(),
        _ => format!("found by {} too", others.join(" and ")),
    }
}

/// An account as a document.
pub fn document(account: &KeptAccount) -> Value {
    let mut document = json!({"key": account.key.to_string_lossy()});
    let members = [
        ("email", &account.emails.first().cloned()),
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
    if account.emails.len() > 1 {
        document["emails"] = json!(account.emails);
    }
    if account.found_by.len() > 1 {
        document["found_by"] = json!(account.found_by);
    }
    if account.is_elsewhere {
        document["key_elsewhere"] = json!(true);
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(emails: &[&str], found_by: &[Option<&str>]) -> KeptAccount {
        KeptAccount {
            key: "/k".into(),
            key_type: Some("EC256".into()),
            is_elsewhere: false,
            emails: emails.iter().map(|&email| email.to_owned()).collect(),
            found_by: found_by.iter().map(|by| by.map(str::to_owned)).collect(),
            directory: None,
            url: None,
            fault: None,
        }
    }

    #[test]
    fn what_finds_an_account_beside_its_address_is_said() {
        for (emails, found_by, expected) in [
            (&["a@x.test"][..], &[Some("a@x.test")][..], ""),
            (&[], &[None], ""),
            (
                &["b@x.test"],
                &[Some("a@x.test"), Some("b@x.test")],
                "found by a@x.test too",
            ),
            (
                &[],
                &[Some("a@x.test"), None],
                "found by a@x.test and no address too",
            ),
        ] {
            assert_eq!(
                remarks(&account(emails, found_by)),
                expected,
                "{found_by:?}"
            );
        }
    }
}
