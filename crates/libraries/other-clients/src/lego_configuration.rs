//! The configuration of lego 5, `.lego.yml`: how each certificate is renewed.

use crate::dns_services::of_lego;
use crate::model::{Account, Certificate, Validation};
use crate::root::Root;
use crate::yaml;
use serde_json::Value;

const NAMES: [&str; 4] = [".lego.yml", ".lego.yaml", "lego.yml", "lego.yaml"];

/// The file in the folder, or beside it; null where there is none, with why it cannot be read where it cannot.
pub(crate) fn read(root: &Root) -> (Value, Option<String>) {
    let beside = root.path().parent().and_then(|path| Root::new(path).ok());
    for root in [Some(root), beside.as_ref()].into_iter().flatten() {
        let mut names = NAMES.iter().filter(|name| root.has(name));
        if let Some(name) = names.next() {
            let file = root.path().join(name);
            return match yaml::parse(&root.text(name)) {
                Ok(read) => (read, None),
                Err(why) => (Value::Null, Some(format!("{}: {why}", file.display()))),
            };
        }
    }
    (Value::Null, None)
}

/// Adds what the configuration says of a certificate, where it says anything.
pub(crate) fn add(configuration: &Value, accounts: &[Account], to: &mut Certificate) {
    let noted = &configuration["certificates"][&to.name];
    if !noted.is_object() {
        return;
    }
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let domains = noted["domains"].as_array().into_iter().flatten();
    let domains: Vec<String> = domains.filter_map(text).collect();
    if !domains.is_empty() {
        to.names = domains;
    }
    to.profile = text(&noted["profile"]);
    to.preferred_chain = text(&noted["preferredChain"]);
    to.must_staple = noted["mustStaple"] == true;
    to.reuse_key = noted["renew"]["reuseKey"] == true;
    let challenge = noted["challenge"].as_str().unwrap_or_default();
    to.validation = validation(&configuration["challenges"][challenge]);
    let account = noted["account"].as_str().unwrap_or_default();
    let email = configuration["accounts"][account]["email"].as_str();
    let is_it = |one: &Account| {
        let id = one.key.file_stem().and_then(|stem| stem.to_str());
        one.email.as_deref() == email.or(Some(account)) || id == Some(account)
    };
    let said = accounts.iter().position(is_it);
    if said.is_some() {
        to.account = said;
        to.remarks.clear();
    }
}

fn validation(challenge: &Value) -> Validation {
    if let Some(code) = challenge["dns"]["provider"].as_str() {
        return match (code, of_lego(code)) {
            ("exec", _) => Validation::Exec,
            (_, Some(service)) => Validation::Service(service.code, None),
            (_, None) => Validation::Provider(code.to_owned()),
        };
    }
    for (member, how) in [
        ("http", "http-01"),
        ("tls", "tls-alpn-01"),
        ("dnsPersist", "dns-persist-01"),
    ] {
        if !challenge[member].is_null() {
            return Validation::Other(how.to_owned());
        }
    }
    Validation::Unknown
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_challenge_of_a_certificate_tells_how_its_names_are_proven() {
        for (challenge, expected) in [
            (
                json!({"dns": {"provider": "cloudflare"}}),
                Validation::Service("cloudflare", None),
            ),
            (json!({"dns": {"provider": "exec"}}), Validation::Exec),
            (
                json!({"dns": {"provider": "nowhere"}}),
                Validation::Provider("nowhere".into()),
            ),
            (
                json!({"http": {"address": ":80"}}),
                Validation::Other("http-01".into()),
            ),
            (json!({"tls": {}}), Validation::Other("tls-alpn-01".into())),
            (Value::Null, Validation::Unknown),
        ] {
            assert_eq!(validation(&challenge), expected, "{challenge}");
        }
    }

    #[test]
    fn what_it_says_of_a_certificate_counts() {
        let configuration = yaml::parse(
            "accounts:\n  foo: {email: foo@x.test}\nchallenges:\n  one: {dns: {provider: gandiv5}}\ncertificates:\n  x:\n    \
             challenge: one\n    account: foo\n    domains: [b.test, a.test]\n    profile: tls\n    renew: {reuseKey: true}\n",
        );
        let configuration = configuration.expect("YAML");
        let account = |email: &str| Account {
            email: Some(email.into()),
            ..Account::default()
        };
        let accounts = [account("bar@x.test"), account("foo@x.test")];
        let mut x = Certificate {
            name: "x".into(),
            account: Some(0),
            remarks: vec!["several".into()],
            ..Certificate::default()
        };
        add(&configuration, &accounts, &mut x);
        assert_eq!(x.account, Some(1));
        assert_eq!(x.names, ["b.test", "a.test"]);
        assert_eq!(x.profile.as_deref(), Some("tls"));
        assert!(x.reuse_key && !x.must_staple && x.remarks.is_empty());
        assert_eq!(x.validation, Validation::Service("gandiv5", None));
        let mut y = Certificate::default();
        add(&configuration, &accounts, &mut y);
        assert_eq!(y.validation, Validation::Unknown);
    }
}
