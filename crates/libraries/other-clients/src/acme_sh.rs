//! acme.sh's folder: `ca/HOST/PATH/` with an account each, `NAME/` and `NAME_ecc/` with a certificate each, and
//! `account.conf` with what its clients of DNS services need.

use crate::accounts;
use crate::dns_services::{of_acme_sh, variables_of_acme_sh};
use crate::model::{Account, Certificate, Client, Folder, Hook, Validation};
use crate::root::Root;
use crate::shell::{self, Settings};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const CONF: &str = "account.conf";
const CA: &str = "ca";
/// Behind the name of a certificate with a key for elliptic curves.
const ECC: &str = "_ecc";

pub(crate) fn is_folder(root: &Root) -> bool {
    root.has(CONF) && (root.has_directory(CA) || !names(root).is_empty())
}

pub(crate) fn read(root: Root) -> Folder {
    let dir = root.path().join(CA);
    let mut accounts = accounts::below(&dir);
    for account in &mut accounts {
        let below = account
            .key
            .parent()
            .and_then(|path| path.strip_prefix(&dir).ok());
        let url = below
            .and_then(Path::to_str)
            .map(|below| format!("https://{below}"));
        account.directory = url.filter(|url| urls::is_https(url));
    }
    let names = names(&root);
    let with_ecc: BTreeSet<&str> = names
        .iter()
        .filter_map(|name| name.strip_suffix(ECC))
        .collect();
    let of_all = Settings::parse(&root.text(CONF));
    let certificates: Vec<Certificate> = names
        .iter()
        .map(|directory| {
            let mut certificate = certificate(&root, &accounts, &of_all, directory);
            certificate.is_second_kind = with_ecc.contains(directory.as_str());
            certificate
        })
        .collect();
    for certificate in &certificates {
        if let (Some(index), Some(server)) = (certificate.account, &certificate.directory) {
            accounts[index].directory = Some(server.clone());
        }
    }
    Folder {
        client: Client::AcmeSh,
        accounts,
        certificates,
        root,
        remarks: Vec::new(),
    }
}

/// The directories of certificates.
fn names(root: &Root) -> Vec<String> {
    let mut entries = root.entries("");
    entries.retain(|directory| {
        let name = directory.strip_suffix(ECC).unwrap_or(directory);
        root.exists(format!("{directory}/{name}.conf"))
    });
    entries
}

fn certificate(
    root: &Root,
    accounts: &[Account],
    of_all: &Settings,
    directory: &str,
) -> Certificate {
    let name = directory.strip_suffix(ECC).unwrap_or(directory);
    let conf = format!("{directory}/{name}.conf");
    let settings = Settings::parse(&root.text(&conf));
    let get = |key: &str| settings.get(key).filter(|value| *value != "no");
    let file = |file: &str| PathBuf::from(format!("{directory}/{file}"));
    let chain = file("fullchain.cer");
    let is_whole = root.exists(&chain);
    let alternatives = get("Le_Alt").unwrap_or_default().split(',');
    let names = get("Le_Domain").into_iter().chain(alternatives);
    let server = get("Le_API").filter(|url| urls::is_https(url));
    let at_server = |account: &Account| {
        let path = account.key.parent().map(Path::to_path_buf);
        let server = server.unwrap_or_default().trim_start_matches("https://");
        let (host, rest) = server.split_once('/').unwrap_or((server, ""));
        // It leaves the port out.
        let host = host.split(':').next().unwrap_or_default();
        path == Some(root.path().join(CA).join(host).join(rest))
    };
    let mut certificate = Certificate {
        name: name.to_owned(),
        key: file(&format!("{name}.key")),
        issuers: Some(file("ca.cer")).filter(|_| !is_whole),
        chain: if is_whole {
            chain
        } else {
            file(&format!("{name}.cer"))
        },
        names: names
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        url: get("Le_LinkCert")
            .filter(|url| urls::is_https(url))
            .map(str::to_owned),
        directory: server.map(str::to_owned),
        account: match server {
            Some(_) => accounts.iter().position(at_server),
            // Early versions do not note it.
            None => (accounts.len() == 1).then_some(0),
        },
        validation: validation(get("Le_Webroot").unwrap_or_default(), of_all),
        profile: get("Le_Certificate_Profile").map(str::to_owned),
        preferred_chain: get("Le_Preferred_Chain").map(str::to_owned),
        must_staple: get("Le_OCSP_Staple").is_some(),
        reuse_key: get("Le_ForceNewDomainKey") != Some("1"),
        ..Certificate::default()
    };
    let is_open = root.is_open(&conf);
    let hooks = ["Le_ReloadCmd", "Le_RenewHook"].into_iter().filter_map(get);
    certificate.hooks = hooks
        .map(|line| Hook {
            command: shell::command(line),
            is_open,
        })
        .collect();
    certificate.remarks.extend(remarks(&get));
    certificate
}

/// What has nothing like it here, each with what to do.
fn remarks<'a>(get: &impl Fn(&str) -> Option<&'a str>) -> Vec<String> {
    let mut remarks = Vec::new();
    for (key, file) in [
        ("Le_RealCertPath", "cert.pem"),
        ("Le_RealCACertPath", "chain.pem"),
        ("Le_RealKeyPath", "privkey.pem"),
        ("Le_RealFullChainPath", "fullchain.pem"),
    ] {
        if let Some(path) = get(key) {
            remarks.push(format!(
                "acme.sh copies to {path}, and nothing does from now on: have what reads that read {file} of the certificate, \
                 or copy it with a `deploy-hook`"
            ));
        }
    }
    if let Some(hooks) = get("Le_DeployHook") {
        remarks.push(format!(
            "acme.sh's deploy hook `{hooks}` is left out: a `deploy-hook` is a program of your own"
        ));
    }
    if let Some(alias) = get("Le_ChallengeAlias") {
        remarks.push(format!(
            "acme.sh has the records at {alias}: a CNAME at _acme-challenge of each name leads there, and is followed"
        ));
    }
    for key in ["Le_PreHook", "Le_PostHook"] {
        if let Some(line) = get(key) {
            let option = if key == "Le_PreHook" {
                "pre-hook"
            } else {
                "post-hook"
            };
            remarks.push(format!(
                "acme.sh's {option} is left out: `{line}`; a file has one `{option}` for all certificates"
            ));
        }
    }
    remarks
}

/// How names are proven: acme.sh has a word for each of them, with commas between.
fn validation(words: &str, of_all: &Settings) -> Validation {
    let mut distinct: Vec<&str> = words.split(',').filter(|word| !word.is_empty()).collect();
    distinct.dedup();
    let [word] = distinct[..] else {
        return match distinct.iter().find(|word| word.starts_with("dns_")) {
            Some(_) => Validation::Provider(words.to_owned()),
            None if distinct.is_empty() => Validation::Other("http-01, by `standalone`".to_owned()),
            None => Validation::Other(format!("http-01, by `{words}`")),
        };
    };
    match word {
        "dns" => Validation::Manual,
        "alpn" | "no_alpn" => Validation::Other("tls-alpn-01".to_owned()),
        _ if word.starts_with("dns_") => match of_acme_sh(word) {
            Some(service) => {
                let is_kept = |name: &str| {
                    of_all
                        .get(&format!("SAVED_{name}"))
                        .or(of_all.get(name))
                        .is_some()
                };
                let kept = variables_of_acme_sh(service, word).into_iter();
                let kept: BTreeSet<&str> = kept
                    .map(|(name, _)| name)
                    .filter(|name| is_kept(name))
                    .collect();
                let kept: Vec<&str> = kept.into_iter().collect();
                let noted = format!(
                    "acme.sh has them in {CONF}, as SAVED_{}",
                    kept.join(", SAVED_")
                );
                Validation::Service(service.code, Some(noted).filter(|_| !kept.is_empty()))
            }
            None => Validation::Provider(word.to_owned()),
        },
        _ => Validation::Other(format!("http-01, by `{word}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_known_how_names_are_proven() {
        let conf = Settings::parse("SAVED_CF_Token='s3cret'\nSAVED_CF_Zone_ID=''\n");
        let noted = "acme.sh has them in account.conf, as SAVED_CF_Token".to_owned();
        for (words, expected) in [
            (
                "dns_cf",
                Validation::Service("cloudflare", Some(noted.clone())),
            ),
            (
                "dns_cf,dns_cf",
                Validation::Service("cloudflare", Some(noted)),
            ),
            ("dns_gandi_livedns", Validation::Service("gandiv5", None)),
            ("dns_of_mine", Validation::Provider("dns_of_mine".into())),
            (
                "dns_cf,dns_gandi_livedns",
                Validation::Provider("dns_cf,dns_gandi_livedns".into()),
            ),
            ("dns", Validation::Manual),
            ("", Validation::Other("http-01, by `standalone`".into())),
            (
                "/srv/www",
                Validation::Other("http-01, by `/srv/www`".into()),
            ),
            ("no_alpn", Validation::Other("tls-alpn-01".into())),
        ] {
            assert_eq!(validation(words, &conf), expected, "{words}");
        }
    }
}
