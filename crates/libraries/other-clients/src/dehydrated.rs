//! dehydrated's folder: `accounts/CA/` with the CA's URL in base64, and `certs/NAME/`. Its settings are a file of shell,
//! `config`, which may be elsewhere.

use crate::accounts;
use crate::model::{Account, Certificate, Client, Folder, Validation};
use crate::root::Root;
use crate::shell::Settings;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use std::path::{Path, PathBuf};

const ACCOUNTS: &str = "accounts";
const CERTS: &str = "certs";

/// What it calls CAs.
const CAS: [(&str, &str); 4] = [
    ("letsencrypt", "letsencrypt"),
    ("letsencrypt-test", "letsencrypt-staging"),
    ("zerossl", "zerossl"),
    ("google", "googletrust"),
];

pub(crate) fn is_folder(root: &Root) -> bool {
    root.has_directory(CERTS) && !account_directories(root).is_empty()
}

pub(crate) fn read(root: Root) -> Folder {
    let accounts: Vec<Account> = account_directories(&root)
        .into_iter()
        .filter_map(|name| {
            let account = accounts::in_directory(&root.path().join(ACCOUNTS).join(&name))?;
            let directory = ca(&name).or(account.directory.clone());
            Some(Account {
                directory,
                ..account
            })
        })
        .collect();
    let config = Settings::parse(&configuration(&root));
    let names = root.entries(CERTS).into_iter();
    let names = names.filter(|name| root.exists(format!("{CERTS}/{name}/cert.pem")));
    let certificates: Vec<Certificate> = names
        .map(|name| certificate(&root, &accounts, &config, name))
        .collect();
    Folder {
        client: Client::Dehydrated,
        accounts,
        certificates,
        root,
        remarks: Vec::new(),
    }
}

/// The text of its configuration, which packages have elsewhere.
fn configuration(root: &Root) -> String {
    let text = root.text("config");
    if !text.is_empty() || root.path() != Path::new("/var/lib/dehydrated") {
        return text;
    }
    let elsewhere = Root::new(Path::new("/etc/dehydrated"));
    elsewhere.map_or(text, |root| root.text("config"))
}

/// The names of directories of accounts that are not links to others.
fn account_directories(root: &Root) -> Vec<String> {
    let mut names = root.entries(ACCOUNTS);
    let at = |name: &String| Path::new(ACCOUNTS).join(name);
    names.retain(|name| root.has(at(name).join("account_key.pem")));
    names.retain(|name| !root.path().join(at(name)).is_symlink());
    names
}

/// The URL that the name of a directory has in it.
fn ca(name: &str) -> Option<String> {
    let bytes = BASE64_URL_SAFE_NO_PAD
        .decode(name.trim_end_matches('='))
        .ok()?;
    let url = String::from_utf8(bytes).ok()?.trim().to_owned();
    urls::is_https(&url).then_some(url)
}

fn certificate(root: &Root, accounts: &[Account], of_all: &Settings, name: String) -> Certificate {
    let own = Settings::parse(&root.text(format!("{CERTS}/{name}/config")));
    let get = |key: &str| own.get(key).or(of_all.get(key));
    let file = |file: &str| PathBuf::from(format!("{CERTS}/{name}/{file}"));
    let server = get("CA").map(|ca| {
        let mut known = CAS.iter().filter(|(other, _)| *other == ca);
        let code = known
            .next()
            .and_then(|(_, code)| known_cas::directory(code));
        code.unwrap_or(ca).to_owned()
    });
    let is_at = |account: &Account| server.is_none() || account.directory == server;
    let account = match accounts {
        [_] => Some(0),
        several => several
            .iter()
            .position(|account| server.is_some() && is_at(account)),
    };
    let directory = account.and_then(|index| accounts[index].directory.clone());
    let validation = match (get("CHALLENGETYPE"), get("HOOK")) {
        (Some("dns-01"), Some(script)) => Validation::Script(script.to_owned()),
        (Some("dns-01"), None) | (None, _) => Validation::Unknown,
        (Some(other), _) => Validation::Other(other.to_owned()),
    };
    Certificate {
        names: vec![name.clone()],
        key: file("privkey.pem"),
        chain: file("fullchain.pem"),
        directory: directory.or(server.filter(|url| urls::is_https(url))),
        account,
        validation,
        preferred_chain: get("PREFERRED_CHAIN").map(str::to_owned),
        must_staple: get("OCSP_MUST_STAPLE") == Some("yes"),
        reuse_key: get("PRIVATE_KEY_RENEW") == Some("no"),
        name,
        ..Certificate::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_directory_has_the_url_of_the_ca() {
        for (name, expected) in [
            ("aHR0cHM6Ly9jYS50ZXN0L2Rpcgo", Some("https://ca.test/dir")),
            ("aHR0cHM6Ly9jYS50ZXN0L2Rpcgo=", Some("https://ca.test/dir")),
            ("aHR0cDovL2NhLnRlc3QvZGlyCg", None),
            ("*", None),
            ("", None),
        ] {
            assert_eq!(ca(name).as_deref(), expected, "{name}");
        }
    }
}
