//! lego's folder: `accounts/HOST/EMAIL/` and `certificates/NAME.{crt,issuer.crt,key,json}`.

use crate::accounts;
use crate::lego_configuration;
use crate::model::{Account, Certificate, Client, Folder};
use crate::root::Root;
use serde_json::Value;
use std::path::{Path, PathBuf};

const CERTIFICATES: &str = "certificates";
const ACCOUNTS: &str = "accounts";

pub(crate) fn is_folder(root: &Root) -> bool {
    let is_resource = |name: &String| name.ends_with(".json") || name.ends_with(".crt");
    let accounts = || accounts::below(&root.path().join(ACCOUNTS));
    root.entries(CERTIFICATES).iter().any(is_resource)
        || (root.has_directory(CERTIFICATES) && accounts().iter().any(is_lego_s))
}

pub(crate) fn read(root: Root) -> Folder {
    let mut accounts = Vec::new();
    for host in root.entries(ACCOUNTS) {
        let found = accounts::below(&root.path().join(ACCOUNTS).join(&host));
        accounts.extend(found.into_iter().filter(is_lego_s));
    }
    let (configuration, fault) = lego_configuration::read(&root);
    let names = names(&root);
    let certificates = names.iter().map(|name| {
        let mut certificate = certificate(&root, &accounts, name);
        lego_configuration::add(&configuration, &accounts, &mut certificate);
        let account = certificate.account.map(|index| &accounts[index]);
        certificate.directory = account.and_then(|account| account.directory.clone());
        certificate
    });
    Folder {
        client: Client::Lego,
        certificates: certificates.collect(),
        accounts,
        root,
        remarks: fault.into_iter().collect(),
    }
}

/// These programs may keep accounts in the same folder, none of them in a directory of this name.
fn is_lego_s(account: &Account) -> bool {
    !account.key.ends_with("account.key") || account.key.ends_with("account/account.key")
}

/// The names of all certificates: what precedes the ends of their files.
fn names(root: &Root) -> Vec<String> {
    let files = root.entries(CERTIFICATES).into_iter();
    let names = files.filter_map(|file| {
        let name = file.strip_suffix(".crt")?;
        let is_issuer = name.ends_with(".issuer");
        (!is_issuer && !name.is_empty()).then(|| name.to_owned())
    });
    names.collect()
}

fn certificate(root: &Root, accounts: &[Account], name: &str) -> Certificate {
    let file = |end: &str| PathBuf::from(format!("{CERTIFICATES}/{name}.{end}"));
    let noted: Value = serde_json::from_str(&root.text(file("json"))).unwrap_or_default();
    let text = |member: &str| noted[member].as_str().map(str::to_owned);
    let domains = noted["domains"].as_array().into_iter().flatten();
    let mut names: Vec<String> = domains
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    if names.is_empty() {
        names.extend(text("domain"));
    }
    let url = text("certUrl").filter(|url| urls::is_https(url));
    let mut certificate = Certificate {
        name: name.to_owned(),
        key: file("key"),
        chain: file("crt"),
        issuers: Some(file("issuer.crt")).filter(|path| root.exists(path)),
        names,
        ..Certificate::default()
    };
    let host = url.as_deref().map(host).unwrap_or_default();
    let at_host = |account: &Account| {
        let dir = account.key.strip_prefix(root.path().join(ACCOUNTS));
        let dir = dir.ok().and_then(|path| path.components().next());
        dir.is_some_and(|dir| dir.as_os_str() == Path::new(&host.replace(':', "_")))
    };
    let mut fitting = (0..accounts.len()).filter(|&index| at_host(&accounts[index]));
    // Early versions do not note its URL.
    let is_only = accounts.len() == 1 && certificate.url.is_none() && url.is_none();
    certificate.account = fitting.next().or(is_only.then_some(0));
    if let (Some(first), Some(_)) = (certificate.account, fitting.next()) {
        certificate.remarks.push(format!(
            "lego has several accounts at {host}, and does not note which ordered it: it is renewed with {}",
            accounts[first].email.as_deref().unwrap_or("the first")
        ));
    }
    certificate.url = url;
    if !root.exists(file("key")) {
        certificate.fault = Some(
            "it has no key: its certificate request was made elsewhere, and `csr` of acmepipe.toml(5) names that"
                .to_owned(),
        );
    }
    certificate
}

fn host(url: &str) -> &str {
    let rest = url.strip_prefix("https://").unwrap_or(url);
    rest.split('/').next().unwrap_or_default()
}
