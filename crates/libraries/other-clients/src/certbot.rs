//! certbot's folder: `accounts/SERVER/ID/`, `live/NAME/` with links to `archive/NAME/`, and `renewal/NAME.conf`.

use crate::accounts;
use crate::dns_services;
use crate::ini::Settings;
use crate::model::{Account, Certificate, Client, Folder, Hook, Validation};
use crate::root::Root;
use crate::shell;
use std::path::{Path, PathBuf};

const ACCOUNTS: &str = "accounts";
const RENEWAL: &str = "renewal";
/// The section with how it is renewed.
const PARAMS: &str = "renewalparams";
/// What Let's Encrypt had before RFC 8555. A folder of that time has it in certificates that were never renewed since, and whose
/// account others have.
const FIRST_OF_LETS_ENCRYPT: &str = "https://acme-v01.api.letsencrypt.org/directory";
/// Programs that are run whenever any certificate was renewed.
const HOOKS: &str = "renewal-hooks/deploy";

pub(crate) fn is_folder(root: &Root) -> bool {
    root.has_directory(RENEWAL) && (root.has_directory("live") || root.has_directory(ACCOUNTS))
}

pub(crate) fn read(root: Root) -> Folder {
    let dir = root.path().join(ACCOUNTS);
    let mut accounts = accounts::below(&dir);
    for account in &mut accounts {
        account.directory = directory(&dir, account);
    }
    let hooks = hooks_of_all(&root);
    let files = root.entries(RENEWAL).into_iter();
    let names = files.filter_map(|file| Some(file.strip_suffix(".conf")?.to_owned()));
    let certificates: Vec<Certificate> = names
        .filter(|name| !name.is_empty())
        .map(|name| certificate(&root, &accounts, &hooks, &name))
        .collect();
    for certificate in &certificates {
        // The path has `_` for some characters.
        if let (Some(index), Some(server)) = (certificate.account, &certificate.directory) {
            accounts[index].directory = Some(server.clone());
        }
    }
    Folder {
        client: Client::Certbot,
        accounts,
        certificates,
        root,
        remarks: Vec::new(),
    }
}

/// The CA of an account, by the directories that it is in.
fn directory(dir: &Path, account: &Account) -> Option<String> {
    let below = account.key.parent()?.parent()?.strip_prefix(dir).ok()?;
    let url = format!("https://{}", below.to_str()?);
    urls::is_https(&url).then_some(url)
}

fn certificate(root: &Root, accounts: &[Account], of_all: &[Hook], name: &str) -> Certificate {
    let conf = format!("{RENEWAL}/{name}.conf");
    let settings = Settings::parse(&root.text(&conf));
    let get = |key: &str| settings.get(PARAMS, key);
    let path = |key: &str| {
        let usual = format!("live/{name}/{key}.pem");
        // Where the folder was moved, only what is below it counts.
        let noted = settings.get("", key).map(PathBuf::from);
        noted.filter(|path| root.has(path)).unwrap_or(usual.into())
    };
    let mut certificate = Certificate {
        names: vec![name.to_owned()],
        name: name.to_owned(),
        key: path("privkey"),
        chain: path("fullchain"),
        directory: get("server").map(|server| current(server).to_owned()),
        preferred_chain: get("preferred_chain").map(str::to_owned),
        profile: get("required_profile")
            .or(get("preferred_profile"))
            .map(str::to_owned),
        must_staple: settings.is_true(PARAMS, "must_staple"),
        reuse_key: settings.is_true(PARAMS, "reuse_key"),
        validation: validation(&settings),
        ..Certificate::default()
    };
    if let Some(id) = get("account") {
        let is_it = |account: &Account| account.key.parent().is_some_and(|dir| dir.ends_with(id));
        certificate.account = accounts.iter().position(is_it);
    }
    let is_open = root.is_open(&conf);
    let own = get("renew_hook").map(|line| Hook {
        command: shell::command(line),
        is_open,
    });
    certificate.hooks = own.into_iter().chain(of_all.iter().cloned()).collect();
    if certificate.hooks.iter().any(|hook| !of_all.contains(hook)) {
        certificate.remarks.push(
            "certbot tells its hooks RENEWED_LINEAGE and RENEWED_DOMAINS; acme-deploy(1) has what it tells instead".to_owned(),
        );
    }
    if get("autorenew").is_some_and(|value| value.eq_ignore_ascii_case("false")) {
        certificate.remarks.push(
            "certbot renews it only where it is told to (`autorenew`), and acme-renew whenever it is due: take it out of the \
             configuration, where that is not meant"
                .to_owned(),
        );
    }
    for key in ["pre_hook", "post_hook"] {
        if let Some(line) = get(key) {
            let option = key.replace('_', "-");
            certificate.remarks.push(format!(
                "certbot's {option} is left out: `{line}`; a file has one `{option}` for all certificates"
            ));
        }
    }
    certificate
}

/// The CA's directory: certbot reads the first one of Let's Encrypt, which is gone, as the one that came after.
fn current(server: &str) -> &str {
    match known_cas::directory("letsencrypt") {
        Some(now) if server == FIRST_OF_LETS_ENCRYPT => now,
        _ => server,
    }
}

/// The programs of [`HOOKS`].
fn hooks_of_all(root: &Root) -> Vec<Hook> {
    let programs = root.entries(HOOKS).into_iter();
    let hooks = programs.filter_map(|program| {
        let place = root.place(Path::new(HOOKS).join(program).as_path()).ok()?;
        let is_open = root.is_open(&place);
        let command = shell::command(place.to_str()?);
        Some(Hook { command, is_open }).filter(|_| place.is_file())
    });
    hooks.collect()
}

fn validation(settings: &Settings) -> Validation {
    let get = |key: &str| settings.get(PARAMS, key);
    let authenticator = get("authenticator").unwrap_or_default();
    if let Some(plugin) = authenticator.strip_prefix("dns-") {
        let Some(service) = dns_services::of_certbot(plugin) else {
            return Validation::Provider(authenticator.to_owned());
        };
        let key = format!("{}_credentials", authenticator.replace('-', "_"));
        let noted = get(&key).map(|file| format!("certbot has its settings in {file}"));
        return Validation::Service(service.code, noted);
    }
    match (authenticator, get("manual_auth_hook")) {
        ("", _) => Validation::Unknown,
        ("manual", _) if is_only(settings, "http-01") => {
            Validation::Other("http-01, by hand".to_owned())
        }
        ("manual", Some(script)) => Validation::Script(script.to_owned()),
        ("manual", None) => Validation::Manual,
        (other, _) => Validation::Other(format!("http-01, by `{other}`")),
    }
}

/// Whether this is the only challenge that is wanted.
fn is_only(settings: &Settings, challenge: &str) -> bool {
    let wanted = settings.list(PARAMS, "pref_challs");
    !wanted.is_empty() && wanted.iter().all(|one| *one == challenge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_directory_of_lets_encrypt_is_read_as_the_one_that_came_after() {
        let now = known_cas::directory("letsencrypt").expect("a URL");
        for (server, expected) in [
            (FIRST_OF_LETS_ENCRYPT, now),
            (now, now),
            ("https://ca.test/directory", "https://ca.test/directory"),
        ] {
            assert_eq!(current(server), expected);
        }
    }

    #[test]
    fn it_is_known_how_names_are_proven() {
        let service =
            |code, noted: Option<&str>| Validation::Service(code, noted.map(str::to_owned));
        for (text, expected) in [
            (
                "authenticator = dns-cloudflare\ndns_cloudflare_credentials = /root/cf.ini",
                service(
                    "cloudflare",
                    Some("certbot has its settings in /root/cf.ini"),
                ),
            ),
            ("authenticator = dns-google", service("gcloud", None)),
            (
                "authenticator = dns-else",
                Validation::Provider("dns-else".into()),
            ),
            (
                "authenticator = webroot",
                Validation::Other("http-01, by `webroot`".into()),
            ),
            (
                "authenticator = nginx\npref_challs = http-01,",
                Validation::Other("http-01, by `nginx`".into()),
            ),
            (
                "authenticator = manual\npref_challs = http-01,\nmanual_auth_hook = x",
                Validation::Other("http-01, by hand".into()),
            ),
            (
                "authenticator = manual\npref_challs = dns-01,\nmanual_auth_hook = /x y",
                Validation::Script("/x y".into()),
            ),
            (
                "authenticator = manual\npref_challs = dns-01,",
                Validation::Manual,
            ),
            ("", Validation::Unknown),
        ] {
            let settings = Settings::parse(&format!("[{PARAMS}]\n{text}"));
            assert_eq!(validation(&settings), expected, "{text}");
        }
    }
}
