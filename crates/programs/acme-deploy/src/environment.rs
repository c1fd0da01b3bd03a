//! The variables of a program that deploys a certificate: those of lego 5 and of lego 4, and what lego never tells.

use crate::certificate::Certificate;
use certificates::rfc3339;
use exec_cli::hook::{self, Account, Variables};
use keys::KeyType;
use std::path::Path;

/// The variables for this version of a certificate, at this try.
pub(crate) fn variables(certificate: &Certificate, version: &str, tries: u32) -> Variables {
    let names = certificate.names();
    let mut variables = of_any_hook(certificate, &names);
    let first = names.first().map(|first| (*first).to_owned());
    variables.extend(first.map(|first| ("LEGO_CERT_DOMAIN", first)));
    variables.extend(of_files(certificate));
    variables.extend(of_order(certificate));
    let leaf = certificate.chain.leaf();
    let validity = leaf.validity();
    variables.extend([
        ("ACMEPIPE_CERT_SERIAL", leaf.serial_hex()),
        ("ACMEPIPE_CERT_ISSUER", leaf.issuer().to_owned()),
        ("ACMEPIPE_CERT_NOT_BEFORE", rfc3339(validity.not_before)),
        ("ACMEPIPE_CERT_NOT_AFTER", rfc3339(validity.not_after)),
        ("ACMEPIPE_CERT_VERSION", version.to_owned()),
        ("ACMEPIPE_DEPLOY_TRY", tries.to_string()),
    ]);
    variables
}

/// What every hook is told.
fn of_any_hook(certificate: &Certificate, names: &[&str]) -> Variables {
    let record = certificate.record.as_ref();
    let account = Account {
        email: record.and_then(|record| record.options.email.as_deref()),
        directory: record.map(|record| &*record.directory),
    };
    hook::Certificate {
        name: &certificate.name,
        names,
        key_type: certificate.key_type.map(KeyType::name),
        account,
    }
    .variables()
}

fn of_files(certificate: &Certificate) -> Variables {
    let files = &certificate.files;
    let has_issuers = !certificate.chain.issuers().is_empty();
    let issuers = Some(&files.chain).filter(|_| has_issuers);
    let of_lego = [
        (
            ["LEGO_HOOK_CERT_PATH", "LEGO_CERT_PATH"],
            Some(&files.full_chain),
        ),
        (
            ["LEGO_HOOK_CERT_KEY_PATH", "LEGO_CERT_KEY_PATH"],
            files.key.as_ref(),
        ),
        (
            ["LEGO_HOOK_ISSUER_CERT_PATH", "LEGO_ISSUER_CERT_PATH"],
            issuers,
        ),
        (
            ["LEGO_HOOK_CERT_PEM_PATH", "LEGO_CERT_PEM_PATH"],
            files.combined.as_ref(),
        ),
        (
            ["LEGO_HOOK_CERT_PFX_PATH", "LEGO_CERT_PFX_PATH"],
            files.pfx.as_ref(),
        ),
    ];
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let mut variables = vec![
        ("ACMEPIPE_CERT_LEAF", text(&files.cert)),
        ("ACMEPIPE_CERT_DIR", text(&files.directory)),
    ];
    for (names, path) in of_lego {
        variables.extend(
            path.into_iter()
                .flat_map(|path| names.map(|name| (name, text(path)))),
        );
    }
    variables
}

fn of_order(certificate: &Certificate) -> Variables {
    let Some(record) = &certificate.record else {
        return Variables::new();
    };
    let url = Some(record.certificate.clone());
    let mut variables = Variables::new();
    for (name, value) in [
        // Of one that another client ordered it may not be known.
        ("ACMEPIPE_CERT_URL", &url.filter(|url| !url.is_empty())),
        ("LEGO_ACCOUNT_EMAIL", &record.options.email),
        ("ACMEPIPE_CERT_PROFILE", &record.profile),
    ] {
        variables.extend(value.clone().map(|value| (name, value)));
    }
    variables
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::tests::certificate;
    use certificates::{AccountRecord, OrderRecord};
    use exec_cli::hook::VARIABLES;
    use std::collections::BTreeMap;

    fn record(names: &[&str]) -> OrderRecord {
        let account = AccountRecord {
            url: Some("https://ca.test/account/1".into()),
            key: "/data/account.key".into(),
        };
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        OrderRecord::new(
            "https://ca.test/directory",
            account,
            names,
            "EC256",
            "https://ca.test/certificate/1",
        )
    }

    fn all(certificate: &Certificate) -> BTreeMap<&'static str, String> {
        let all = variables(certificate, "04a1-x", 2);
        assert!(
            all.iter().all(|(name, _)| VARIABLES.contains(name)),
            "{all:?}"
        );
        let count = all.len();
        let map: BTreeMap<_, _> = all.into_iter().collect();
        assert_eq!(map.len(), count);
        map
    }

    #[test]
    fn a_program_is_told_what_lego_tells_it_and_more() {
        let mut record = record(&["*.a.test", "a.test"]);
        record.options.email = Some("me@a.test".into());
        record.profile = Some("shortlived".into());
        let certificate = certificate("_.a.test", Some(record));
        let found = all(&certificate);
        for (name, value) in [
            ("LEGO_HOOK_CERT_NAME", "*.a.test"),
            ("LEGO_HOOK_CERT_NAME_SANITIZED", "_.a.test"),
            ("LEGO_HOOK_CERT_DOMAINS", "*.a.test,a.test"),
            ("LEGO_HOOK_CERT_KEY_TYPE", "EC256"),
            (
                "LEGO_HOOK_CERT_PATH",
                "/data/certificates/_.a.test/fullchain.pem",
            ),
            (
                "LEGO_HOOK_CERT_KEY_PATH",
                "/data/certificates/_.a.test/privkey.pem",
            ),
            (
                "LEGO_HOOK_ISSUER_CERT_PATH",
                "/data/certificates/_.a.test/chain.pem",
            ),
            ("LEGO_HOOK_ACCOUNT_ID", "me@a.test"),
            ("LEGO_HOOK_ACCOUNT_EMAIL", "me@a.test"),
            ("LEGO_HOOK_ACCOUNT_SERVER", "https://ca.test/directory"),
            ("LEGO_CERT_DOMAIN", "*.a.test"),
            (
                "LEGO_CERT_PATH",
                "/data/certificates/_.a.test/fullchain.pem",
            ),
            (
                "LEGO_CERT_KEY_PATH",
                "/data/certificates/_.a.test/privkey.pem",
            ),
            (
                "LEGO_ISSUER_CERT_PATH",
                "/data/certificates/_.a.test/chain.pem",
            ),
            ("LEGO_ACCOUNT_EMAIL", "me@a.test"),
            ("ACMEPIPE_CERT_DIR", "/data/certificates/_.a.test"),
            ("ACMEPIPE_CERT_LEAF", "/data/certificates/_.a.test/cert.pem"),
            ("ACMEPIPE_CERT_URL", "https://ca.test/certificate/1"),
            ("ACMEPIPE_CERT_PROFILE", "shortlived"),
            ("ACMEPIPE_CERT_VERSION", "04a1-x"),
            ("ACMEPIPE_DEPLOY_TRY", "2"),
        ] {
            assert_eq!(found.get(name).map(String::as_str), Some(value), "{name}");
        }
        let never = VARIABLES.iter().filter(|name| !found.contains_key(*name));
        let never: Vec<&str> = never.copied().collect();
        let expected = [
            "LEGO_HOOK_CERT_PEM_PATH",
            "LEGO_HOOK_CERT_PFX_PATH",
            "LEGO_CERT_PEM_PATH",
            "LEGO_CERT_PFX_PATH",
            // That of the hooks before and after.
            "ACMEPIPE_CERT_NAMES",
        ];
        assert_eq!(never, expected);
        assert_eq!(found["ACMEPIPE_CERT_NOT_AFTER"].len(), 20);
    }

    #[test]
    fn further_files_are_told_where_they_are_and_no_key_where_it_is_elsewhere() {
        let mut certificate = certificate("a.test", None);
        certificate.files.combined = Some("/data/combined.pem".into());
        certificate.files.pfx = Some("/data/certificate.pfx".into());
        certificate.files.key = None;
        let found = all(&certificate);
        for (name, value) in [
            ("LEGO_HOOK_CERT_PEM_PATH", Some("/data/combined.pem")),
            ("LEGO_CERT_PEM_PATH", Some("/data/combined.pem")),
            ("LEGO_HOOK_CERT_PFX_PATH", Some("/data/certificate.pfx")),
            ("LEGO_CERT_PFX_PATH", Some("/data/certificate.pfx")),
            ("LEGO_HOOK_CERT_KEY_PATH", None),
            ("LEGO_CERT_KEY_PATH", None),
        ] {
            assert_eq!(found.get(name).map(String::as_str), value, "{name}");
        }
    }

    #[test]
    fn what_is_not_known_is_not_said() {
        let found = all(&certificate("a.test", Some(record(&["a.test"]))));
        assert_eq!(found["LEGO_HOOK_CERT_NAME"], "a.test");
        assert_eq!(found["LEGO_HOOK_ACCOUNT_ID"], "default");
        for name in [
            "LEGO_HOOK_ACCOUNT_EMAIL",
            "LEGO_ACCOUNT_EMAIL",
            "ACMEPIPE_CERT_PROFILE",
        ] {
            assert!(!found.contains_key(name), "{name}");
        }
        let found = all(&certificate("_.a.test", None));
        // A name that somebody chose is no wildcard.
        assert_eq!(found["LEGO_HOOK_CERT_NAME"], "_.a.test");
        // The hooks before and after are told the same.
        assert_eq!(found["LEGO_HOOK_ACCOUNT_ID"], "default");
        assert!(!found.contains_key("LEGO_HOOK_ACCOUNT_SERVER"));
        assert!(!found["LEGO_HOOK_CERT_DOMAINS"].is_empty());
    }
}
