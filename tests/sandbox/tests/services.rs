//! DNS services through acme.sh and lexicon, at a cloud that is none. Where one of the collections is not at hand, these
//! tests say so and pass.

#![allow(clippy::unwrap_used)]

mod cloud;
mod refusals;
mod values;

use cloud::{Clouds, Collection, SECRET, routes};
use sandbox::Ended;

/// The name of a record.
const NAME: &str = "_acme-challenge.www.example.test.";

/// The services that the cloud is, each with the variable of its token.
const SERVICES: [(&str, &str); 2] = [
    ("cloudflare", "CF_DNS_API_TOKEN"),
    ("digitalocean", "DO_AUTH_TOKEN"),
];

/// Does something with each service, through each collection that is there.
fn each(test: impl Fn(&Clouds, Collection, &str, &str)) {
    for collection in Collection::ALL {
        let Some(clouds) = Clouds::start(&[collection]) else {
            continue;
        };
        for (code, variable) in SERVICES {
            test(&clouds, collection, code, variable);
        }
    }
}

fn values(clouds: &Clouds) -> Vec<String> {
    let records = clouds.records();
    let ours = records
        .iter()
        .filter(|line| line.starts_with(NAME.trim_end_matches('.')));
    let values = ours.map(|line| line.split(' ').nth(1).unwrap().to_owned());
    values.collect()
}

#[test]
fn two_values_are_at_one_name_and_exactly_one_is_removed() {
    each(|clouds, collection, code, variable| {
        let call = |words: &[&str]| -> Ended {
            let mut command = clouds.program(collection, code);
            command
                .env(variable, SECRET)
                .env("DNS01_ZONE", "example.test.")
                .env_remove("HOME")
                .args(words);
            clouds.sandbox.output(command, "")
        };
        let others = clouds.records();
        for value in ["first", "-second", "third"] {
            call(&["present", NAME, value]).assert_status(0);
        }
        assert_eq!(
            values(clouds),
            ["-second", "first", "third"],
            "{collection:?} {code}"
        );
        call(&["cleanup", NAME, "-second"]).assert_status(0);
        assert_eq!(values(clouds), ["first", "third"], "{collection:?} {code}");
        // What is gone is gone.
        call(&["cleanup", NAME, "-second"]).assert_status(0);
        call(&["cleanup", NAME, "first"]).assert_status(0);
        call(&["cleanup", NAME, "third"]).assert_status(0);
        assert_eq!(clouds.records(), others, "{collection:?} {code}");
    });
}

#[test]
fn a_failure_is_a_failure_and_shows_no_secret() {
    each(|clouds, collection, code, variable| {
        let call = |secret: &str, words: &[&str]| -> Ended {
            let mut command = clouds.program(collection, code);
            command
                .env(variable, secret)
                .env("DNS01_ZONE", "example.test.")
                .args(words);
            clouds.sandbox.output(command, "")
        };
        let others = clouds.records();
        for (secret, words) in [
            ("wrong-secret-of-ours", ["present", NAME, "value"]),
            // What errors show of it is written otherwise.
            ("wrong\"secret-of-ours", ["present", NAME, "value"]),
            ("wrong\n-secret-of-ours", ["present", NAME, "value"]),
            (SECRET, ["present", NAME, "refused"]),
            (
                SECRET,
                ["present", "_acme-challenge.elsewhere.test.", "value"],
            ),
        ] {
            let ended = call(secret, &words);
            let what = format!("{collection:?} {code} {words:?}: {ended:?}");
            // What cannot be a secret is refused before anybody is asked.
            let status = if secret.contains('\n') { 2 } else { 1 };
            assert_eq!(ended.status, status, "{what}");
            assert!(!ended.stderr.is_empty(), "{what}");
            if secret != SECRET {
                // The service's words are shown, and not only the collection's.
                let refused = ["Invalid access token", "Unable to authenticate"];
                let is_shown = |words: &str| ended.stderr.contains(words);
                let status = ["status 403: ", "status 401: "];
                assert!(
                    refused.into_iter().any(is_shown) && status.into_iter().any(is_shown)
                        || secret.contains('\n'),
                    "{what}"
                );
            }
            for text in [&ended.stderr, &ended.stdout] {
                assert!(!text.contains("secret-of-ours"), "{what}");
            }
        }
        assert_eq!(clouds.records(), others, "{collection:?} {code}");
    });
}

#[test]
fn no_secret_is_among_the_arguments_of_a_program_or_in_a_file() {
    each(|clouds, collection, code, variable| {
        let file = clouds.sandbox.work().join("secret");
        std::fs::write(&file, format!("{SECRET}\n")).unwrap();
        for word in ["present", "cleanup"] {
            let mut command = clouds.program(collection, code);
            clouds.watch(&mut command);
            command
                .env(format!("{variable}_FILE"), &file)
                .env("DNS01_ZONE", "example.test.");
            command.args([word, NAME, "value"]);
            clouds.sandbox.output(command, "").assert_status(0);
        }
        std::fs::remove_file(&file).unwrap();
        let seen = clouds.watched();
        assert!(
            seen.lines().count() > 2 || collection == Collection::Lexicon,
            "{seen}"
        );
        assert!(!seen.contains(SECRET), "{collection:?} {code}: {seen}");
        let shown = clouds.shown_by_ps();
        let program = match collection {
            Collection::AcmeSh => "curl --config -",
            Collection::Lexicon => "dns01-lexicon cleanup",
        };
        assert!(shown.contains(program), "{collection:?} {code}: {shown}");
        assert!(!shown.contains(SECRET), "{collection:?} {code}: {shown}");
        let found = clouds
            .sandbox
            .sh(&format!("grep -rl {SECRET} . ; ls -A tmp"));
        assert_eq!(found.stdout, "", "{collection:?} {code}");
    });
}

#[test]
fn what_acme_sh_signs_is_signed_without_its_key_among_arguments() {
    let Some(clouds) = Clouds::start(&[Collection::AcmeSh]) else {
        return;
    };
    // Of 3 octets, of a block of the hash, and longer than that.
    let keys = ["6b6579".to_owned(), "6b".repeat(64), "6b00".repeat(50)];
    let home = clouds.with_provider(
        "probe",
        r#"for alg in sha1 sha256; do
            printf data | _hmac "$alg" "$KEY" hex
            printf data | _hmac "$alg" "$KEY" | openssl dgst -sha256 -r
        done"#,
    );
    for key in keys {
        let mut command = clouds.sandbox.command("dns01-acmesh");
        clouds.watch(&mut command);
        command
            .env("LE_WORKING_DIR", &home)
            .env("DNS01_ACMESH", "dns_probe")
            .env("KEY", &key)
            .args(["present", NAME, "value"]);
        let ended = clouds.sandbox.output(command, "");
        ended.assert_status(0);
        let seen = clouds.watched();
        assert!(seen.contains("openssl dgst"), "{seen}");
        assert!(!seen.contains(&key), "{seen}");
        let expected = clouds.sandbox.sh(&format!(
            "for alg in sha1 sha256; do
                hmac() {{ printf data | openssl dgst -$alg -mac HMAC -macopt hexkey:{key} \"$@\"; }}
                hmac -r | cut -d ' ' -f 1
                hmac -binary | openssl dgst -sha256 -r
            done"
        ));
        assert_eq!(ended.stderr, expected.stdout, "{key}");
    }
}

#[test]
fn a_batch_is_one_call_and_says_which_failed() {
    let Some(clouds) = Clouds::start(&[Collection::Lexicon]) else {
        return;
    };
    let line = |value: &str| format!("{{\"fqdn\":\"{NAME}\",\"value\":\"{value}\"}}\n");
    let all = ["first", "refused", "-second"].map(line).concat();
    let mut command = clouds.program(Collection::Lexicon, "cloudflare");
    command
        .env("CF_DNS_API_TOKEN", SECRET)
        .env("DNS01_ZONE", "example.test.")
        .arg("present-batch");
    let ended = clouds.sandbox.output(command, &all);
    ended.assert_status(0);
    assert_eq!(values(&clouds), ["-second", "first"]);
    let said: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        (&said["fqdn"], &said["value"]),
        (&NAME.into(), &"refused".into())
    );
    assert!(
        said["error"]
            .as_str()
            .unwrap()
            .contains("Content is invalid"),
        "{said}"
    );
}

#[test]
fn without_a_zone_dns_zone_is_asked() {
    let Some(clouds) = Clouds::start(&[Collection::Lexicon]) else {
        return;
    };
    let mut command = clouds.program(Collection::Lexicon, "cloudflare");
    command
        .env("CF_DNS_API_TOKEN", SECRET)
        .args(["present", NAME, "value"]);
    clouds.sandbox.output(command, "").assert_status(0);
    assert_eq!(values(&clouds), ["value"]);
}

#[test]
fn a_certificate_comes_by_the_name_of_a_service() {
    for collection in Collection::ALL {
        let Some(clouds) = Clouds::start(&[collection]) else {
            continue;
        };
        let line =
            "acme-issue --dns cloudflare -d example.test -d '*.example.test' -d www.example.test";
        let mut command = clouds.shell(collection, line);
        command
            .env("CF_DNS_API_TOKEN", SECRET)
            .env_remove("EXEC_PATH");
        let others = clouds.records();
        clouds.sandbox.output(command, "").assert_status(0);
        assert_eq!(clouds.records(), others);
        // What is left behind names the service, and is removed by it.
        let line = "acme-order -d left.example.test | dns-zone | dns01-exec present --dns cloudflare >/dev/null
                    dns01-exec list";
        let mut command = clouds.shell(collection, line);
        command
            .env("CF_DNS_API_TOKEN", SECRET)
            .env_remove("EXEC_PATH");
        let ended = clouds.sandbox.output(command, "");
        assert!(ended.stdout.contains("/dns/cloudflare"), "{ended:?}");
        assert_ne!(clouds.records(), others);
        let mut command = clouds.shell(collection, "dns01-exec cleanup --leftovers");
        command
            .env("CF_DNS_API_TOKEN", SECRET)
            .env_remove("EXEC_PATH");
        clouds.sandbox.output(command, "").assert_status(0);
        assert_eq!(clouds.records(), others);
    }
}

#[test]
fn lego_runs_the_program_of_a_service() {
    if let Err(error) = sandbox::Tools::fetch(&["peers"]) {
        eprintln!("lego is not at hand, so it ran no program of a service: {error}");
        return;
    }
    for collection in Collection::ALL {
        let Some(clouds) = Clouds::start(&[collection]) else {
            continue;
        };
        let others = clouds.records();
        for (code, variable) in SERVICES {
            let line = "lego --server \"$LEGO_SERVER\" --accept-tos --email \"$LEGO_EMAIL\" --path lego --dns exec \
                        --dns.resolvers 127.0.0.1:53 -d \"$CODE.example.test\" run";
            let mut command = clouds.shell(collection, line);
            command
                .env(variable, SECRET)
                .env("CODE", code)
                .env("EXEC_PATH", clouds.link(code))
                .env("EXEC_POLLING_INTERVAL", "1");
            clouds.sandbox.output(command, "").assert_status(0);
        }
        assert_eq!(clouds.records(), others);
    }
}

#[test]
fn each_row_names_providers_and_options_that_the_collections_have() {
    for collection in Collection::ALL {
        let Some(clouds) = Clouds::start(&[collection]) else {
            continue;
        };
        let routes = routes(collection);
        assert!(routes.len() > 30, "{}", routes.len());
        for route in routes {
            let missing = match collection {
                Collection::AcmeSh => clouds.missing_of_acmesh(&route),
                Collection::Lexicon => clouds.missing_of_lexicon(&route),
            };
            assert_eq!(missing, "", "{}", route.provider);
            if collection == Collection::AcmeSh {
                assert_eq!(clouds.untold_ttls(&route), [""; 0], "{}", route.provider);
            }
        }
    }
}
