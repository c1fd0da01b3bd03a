//! Accounts: whose each is, where it is kept, and what the CA is told of it.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use workshop::{Asked, Ended, FalseCa, Reply, Workshop, run};

/// A CA that keeps what it was sent for accounts, and has the same directory for each tenant.
fn ca_of_tenants(workshop: &Workshop) -> (FalseCa, Arc<Mutex<Vec<Value>>>) {
    let registrations: Arc<Mutex<Vec<Value>>> = Arc::default();
    let kept = registrations.clone();
    let ca = FalseCa::start(workshop, move |asked: &Asked| {
        if asked.path == "/account" {
            kept.lock().unwrap().push(asked.payload.clone());
        }
        asked.path.starts_with("/directory?").then(|| {
            let directory = json!({"newNonce": "https://HERE/nonce", "newAccount": "https://HERE/account",
                                   "newOrder": "https://HERE/new-order"});
            Reply::new(200, &directory)
        })
    });
    (ca, registrations)
}

/// Orders with these options, and returns the path of the account's key.
#[track_caller]
fn key_of(workshop: &Workshop, ca: &FalseCa, options: &[&str]) -> String {
    let ended = order(workshop, ca, options);
    ended.assert_status(0);
    let document = ended.document();
    document["account"]["key"].as_str().unwrap().to_owned()
}

fn order(workshop: &Workshop, ca: &FalseCa, options: &[&str]) -> Ended {
    let mut command = workshop.command("acme-order");
    ca.trusted_by(&mut command);
    command.args(["-d", "a.example.test"]).args(options);
    run(command, "")
}

#[test]
fn each_address_and_each_directory_has_an_account_of_its_own() {
    let workshop = Workshop::open();
    let (ca, registrations) = ca_of_tenants(&workshop);
    let tenants = [1, 2].map(|tenant| format!("--server={}/directory?tenant={tenant}", ca.url()));
    let accounts: [&[&str]; 6] = [
        &[],
        &["-m", "default"],
        &["-m", "o'n@x.test"],
        &["-m", "o#n@x.test"],
        &[&tenants[0]],
        &[&tenants[1]],
    ];
    // Once they are registered, they are found again.
    for _ in 0..2 {
        let paths = accounts.map(|options| key_of(&workshop, &ca, options));
        let keys: BTreeSet<_> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
        assert_eq!(keys.len(), accounts.len(), "{paths:#?}");
        assert_eq!(registrations.lock().unwrap().len(), accounts.len());
    }
    let paths = accounts.map(|options| key_of(&workshop, &ca, options));
    let note = fs::read_to_string(paths[2].replace("account.key", "account.json")).unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(&note).unwrap(),
        json!({"url": format!("{}/account/1", ca.url()), "directory": format!("{}/directory", ca.url()),
               "email": "o'n@x.test"})
    );
}

#[test]
fn an_address_goes_to_the_ca_as_a_url_has_it() {
    let workshop = Workshop::open();
    let (ca, registrations) = ca_of_tenants(&workshop);
    for (email, contact) in [
        ("o'n+x@example.com", json!(["mailto:o'n+x@example.com"])),
        ("o#n@x.test", json!(["mailto:o%23n@x.test"])),
        ("ü%@x.test", json!(["mailto:%C3%BC%25@x.test"])),
    ] {
        key_of(&workshop, &ca, &["-m", email]);
        let registered = registrations.lock().unwrap().pop().unwrap();
        assert_eq!(registered["contact"], contact);
    }
    // A variable that is empty counts as not set.
    let mut command = workshop.command("acme-order");
    ca.trusted_by(&mut command);
    command.args(["-d", "a.example.test"]).env("LEGO_EMAIL", "");
    let key = run(command, "").success().document()["account"]["key"].clone();
    assert!(key.as_str().unwrap().ends_with("/default/account.key"));
    let registered = registrations.lock().unwrap().pop().unwrap();
    assert_eq!(registered["contact"], json!(null));
}

#[test]
fn what_is_no_address_is_a_wrong_command_line_to_every_program_that_takes_one() {
    let workshop = Workshop::open();
    let (ca, _) = ca_of_tenants(&workshop);
    let script = workshop.recorder("");
    let programs: [(&str, &[&str]); 4] = [
        ("acme-order", &["-d", "a.example.test"]),
        ("acme-validate", &[]),
        ("acme-account", &["show"]),
        ("acme-issue", &["-d", "a.example.test"]),
    ];
    for (program, options) in programs {
        for (email, says) in [
            ("", "is empty"),
            ("me @x.test", "has a blank in it"),
            ("me@x.test\n", "has a blank in it"),
            ("me\u{7}@x.test", "has a control character in it"),
        ] {
            let mut command = workshop.command(program);
            ca.trusted_by(&mut command);
            command
                .args(options)
                .arg(format!("--email={email}"))
                .env("EXEC_PATH", &script.script);
            let ended = run(command, "");
            ended.assert_status(2);
            assert!(ended.stderr.contains(says), "{ended:?}");
        }
    }
    assert_eq!(ca.count("/directory"), 0);
}
