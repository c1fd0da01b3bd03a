//! ZeroSSL, whose API makes an external account: for an access key, for an address, or not at all, where one is given.

use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use workshop::{Asked, FalseCa, Reply, Workshop, run};

const SERVER: &str = "https://acme.zerossl.com/v2/DV90";

/// A proxy that is ZeroSSL, its API, and whoever else is asked for; with all that it was asked.
struct ZeroSsl {
    workshop: Workshop,
    ca: FalseCa,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl ZeroSsl {
    fn open(api: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> ZeroSsl {
        let workshop = Workshop::open();
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let kept = asked.clone();
        let ca = FalseCa::with(
            &workshop,
            |certificate| {
                for name in ["acme.zerossl.com", "api.zerossl.com"] {
                    let name = name.try_into().unwrap();
                    certificate
                        .subject_alt_names
                        .push(rcgen::SanType::DnsName(name));
                }
            },
            move |asked| {
                kept.lock().unwrap().push(asked.clone());
                let path = asked.path.split('?').next().unwrap();
                match path {
                    "/v2/DV90" => Some(Reply::new(200, &directory())),
                    path if path.starts_with("/acme/eab-credentials") => Some(api(asked)),
                    _ => None,
                }
            },
        );
        ZeroSsl {
            workshop,
            ca,
            asked,
        }
    }

    fn register(&self, line: &str) -> Command {
        let mut command = self.workshop.command("acme-account");
        let proxy = self.ca.url().replace("https://", "https://u:p@");
        command
            .args(["register", "-a", "-s", SERVER])
            .args(line.split_whitespace())
            .env("LEGO_CA_CERTIFICATES", self.ca.root())
            .env("HTTPS_PROXY", proxy);
        command
    }

    fn asked(&self, path: &str) -> Vec<Asked> {
        let asked = self.asked.lock().unwrap();
        let asked = asked.iter().filter(|one| one.path.starts_with(path));
        asked.cloned().collect()
    }

    /// The identifier of the key that the new account is bound with.
    fn kid(&self) -> Value {
        use base64::Engine as _;
        let bound = &self.asked("/account")[0].payload["externalAccountBinding"]["protected"];
        let text = base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode(bound.as_str().unwrap())
            .unwrap();
        serde_json::from_slice::<Value>(&text).unwrap()["kid"].clone()
    }
}

fn directory() -> Value {
    json!({"newNonce": "https://acme.zerossl.com/nonce", "newAccount": "https://acme.zerossl.com/account",
           "newOrder": "https://acme.zerossl.com/new-order",
           "meta": {"termsOfService": "https://zerossl.test/terms", "externalAccountRequired": true}})
}

fn key(_: &Asked) -> Reply {
    Reply::new(
        200,
        &json!({"success": 1, "eab_kid": "made", "eab_hmac_key": "AAAA"}),
    )
}

#[test]
fn an_access_key_an_address_or_a_given_key_is_enough() {
    for (line, access_key, path, body, kid) in [
        (
            "",
            Some("a+b"),
            "/acme/eab-credentials?access_key=a%2Bb",
            "",
            "made",
        ),
        (
            "-m me+x@x.test",
            Some("key"),
            "/acme/eab-credentials?access_key=key",
            "",
            "made",
        ),
        (
            "-m me+x@x.test",
            None,
            "/acme/eab-credentials-email",
            "email=me%2Bx%40x.test",
            "made",
        ),
        (
            "-m me@x.test --eab --kid given --hmac AAAA",
            Some("key"),
            "",
            "",
            "given",
        ),
    ] {
        let zero_ssl = ZeroSsl::open(key);
        let mut command = zero_ssl.register(line);
        if let Some(access_key) = access_key {
            command.env("ZERO_SSL_ACCESS_KEY", access_key);
        }
        let ended = run(command, "");
        // The false CA does not say how the account stands; what matters was asked before.
        assert_eq!(zero_ssl.asked("/account").len(), 2, "{line}: {ended:?}");
        assert_eq!(zero_ssl.kid(), kid, "{line}");
        let api = zero_ssl.asked("/acme/");
        let api: Vec<(&str, &str)> = api.iter().map(|one| (&*one.path, &*one.body)).collect();
        let expected = [(path, body)];
        assert_eq!(
            api,
            if path.is_empty() { &[][..] } else { &expected },
            "{line}"
        );
    }
}

#[test]
fn a_refusal_is_shown_and_the_access_key_is_not() {
    let zero_ssl = ZeroSsl::open(|_| {
        let error = json!({"code": 2900, "type": "invalid_access_key"});
        Reply::new(401, &json!({"success": false, "error": error}))
    });
    let file = zero_ssl.workshop.dir().join("key");
    std::fs::write(&file, "very-secret\n").unwrap();
    let mut command = zero_ssl.register("-v");
    command
        .env("ZERO_SSL_ACCESS_KEY_FILE", &file)
        .env("LEGO_DEBUG_ACME_HTTP_CLIENT", "true");
    let refused = run(command, "");
    refused.assert_status(1);
    assert!(refused.stderr.contains("invalid_access_key"), "{refused:?}");
    assert!(!refused.stderr.contains("very-secret"), "{refused:?}");
    assert_eq!(zero_ssl.asked("/account").len(), 0);
    assert_eq!(
        zero_ssl.asked("/acme/")[0].path,
        "/acme/eab-credentials?access_key=very-secret"
    );
}

#[test]
fn what_the_api_hands_out_is_not_shown_in_a_trace() {
    let zero_ssl = ZeroSsl::open(key);
    let mut command = zero_ssl.register("-m me@x.test");
    command.env("LEGO_DEBUG_ACME_HTTP_CLIENT", "true");
    let ended = run(command, "");
    assert!(ended.stderr.contains("eab-credentials-email"), "{ended:?}");
    assert!(!ended.stderr.contains("AAAA"), "{ended:?}");
}

#[test]
fn without_any_of_them_it_is_said_what_is_needed() {
    let zero_ssl = ZeroSsl::open(key);
    let refused = run(zero_ssl.register(""), "");
    refused.assert_status(1);
    assert!(
        refused.stderr.contains("requires external account binding"),
        "{refused:?}"
    );
    assert_eq!(zero_ssl.asked("/acme/").len(), 0);
}
