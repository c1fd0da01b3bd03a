//! The folders of other clients, made by these themselves, are taken over: the next renewal is ours, with the same account, and
//! nothing in the folder is touched.

#![allow(
    clippy::unwrap_used,
    reason = "what a test cannot go on from is its failure"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sandbox::{Config, Pebble, Sandbox, is_known_as_replaced};
use serde_json::{Value, json};
use workshop::displays;

mod peers;

use peers::Peer;

/// With a CA that has renewal information, and certificates as long as they are today.
fn start() -> Sandbox {
    Sandbox::with(Config {
        pebble: Pebble {
            testing: true,
            ..Pebble::default()
        },
        ..Config::default()
    })
}

/// What is in a folder: kind, mode, times, size and where links lead, and the digest of each file.
fn everything(sandbox: &Sandbox, folder: &Path) -> String {
    let line = format!(
        "cd {} && find . -printf '%p %y %m %u %T@ %C@ %s %l\\n' | sort && find . -type f -exec sha256sum {{}} + | sort",
        folder.display()
    );
    sandbox.sh(&line).success().stdout
}

/// What acme-list says of each certificate, by its name.
fn listed(sandbox: &Sandbox) -> BTreeMap<String, Value> {
    let list = sandbox.sh("acme-list --json").success().documents();
    let named = list.into_iter().map(|one| {
        let name = one["name"].as_str().unwrap().to_owned();
        (name, one)
    });
    named.collect()
}

/// Has the CA want this certificate renewed at once.
fn suggest(sandbox: &Sandbox, name: &str) {
    let cert = sandbox.data().join("certificates").join(name);
    let cert = fs::read_to_string(cert.join("cert.pem")).unwrap();
    let window = json!({"suggestedWindow": {"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"}});
    let request = json!({"certificate": cert, "ariResponse": window.to_string()});
    let line = "curl -sSf --cacert \"$LEGO_CA_CERTIFICATES\" --data-binary @- \
                https://198.51.100.5:15000/set-renewal-info/";
    sandbox.sh_with(line, &request.to_string()).success();
}

/// Takes a folder over, renews all that is in it, and sees that the accounts, names and kinds of keys are the same.
fn is_taken_over(sandbox: &Sandbox, peer: &Peer) {
    let before = everything(sandbox, &peer.folder);
    let import = format!("acme-import {}", peer.folder.display());

    // Looking writes nothing.
    let empty = everything(sandbox, &sandbox.data());
    let dry = sandbox.sh(&format!("{import} --dry-run")).success();
    assert_eq!(statuses(&dry.documents()), vec!["found"; peer.names.len()]);
    assert_eq!(everything(sandbox, &sandbox.data()), empty);

    let taken = sandbox.sh(&import).success().documents();
    assert_eq!(statuses(&taken), vec!["taken"; peer.names.len()]);
    let names: Vec<&str> = taken
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, peer.names);
    for one in &taken {
        assert_eq!(one["imported"]["client"], peer.client, "{one}");
        assert!(one["account"]["url"].is_string(), "{one}");
        let key = Path::new(one["certificate"]["key"].as_str().unwrap());
        let stat = format!("stat -Lc %a {} {}", key.display(), one["account"]["key"]);
        assert_eq!(sandbox.sh(&stat).success().stdout, "600\n600\n");
    }
    let first = listed(sandbox);
    assert!(first.values().all(|one| one["health"]["state"] == "good"));

    // Again, all is here, and nothing is written.
    let kept = everything(sandbox, &sandbox.data());
    let again = sandbox.sh(&import).success().documents();
    assert_eq!(statuses(&again), vec!["same"; peer.names.len()]);
    assert_eq!(everything(sandbox, &sandbox.data()), kept);

    // It is not due until the CA says so; then it is, in the place of the one before.
    let config = sandbox.data().join("acmepipe.toml");
    let due = format!("acme-due --no-sleep --config {}", config.display());
    assert_eq!(sandbox.sh(&due).success().stdout, "");
    fs::remove_dir_all(sandbox.data().join("certificates/.state")).unwrap();
    peer.names.iter().for_each(|name| suggest(sandbox, name));
    let requests = sandbox.sh(&format!("{due} --all")).success().documents();
    assert_eq!(requests.len(), peer.names.len());
    for request in &requests {
        let mut of_name = taken.iter().filter(|one| one["name"] == request["name"]);
        let one = of_name.next().unwrap();
        assert_eq!(request["due"]["due"], true, "{request}");
        assert!(request["due"]["window"]["start"].is_string(), "{request}");
        assert!(request["order"]["replaces"].is_string(), "{request}");
        assert_eq!(request["account"], one["account"], "{request}");
    }
    fs::remove_dir_all(sandbox.data().join("certificates/.state")).unwrap();

    let renew = format!("acme-renew --no-sleep --config {}", config.display());
    let accounts = sandbox.sh("acme-account list --json").success().stdout;
    let renewed = sandbox.sh(&format!("{renew} --json")).success();
    let mut is_any_unknown = false;
    for document in renewed.documents() {
        let name = document["name"].as_str().unwrap();
        let (old, new) = (&first[name], &listed(sandbox)[name]);
        let mut of_name = taken.iter().filter(|one| one["name"] == name);
        let serial = &of_name.next().unwrap()["certificate"]["serial"];
        let is_known = is_known_as_replaced(serial);
        is_any_unknown |= !is_known;
        assert_eq!(
            document["order"]["replaces"].is_string(),
            is_known,
            "{document}"
        );
        assert_eq!(document["account"], old["account"], "{document}");
        assert_ne!(old["version"], new["version"], "{new}");
        for member in ["names", "key_type", "account", "directory"] {
            assert_eq!(old[member], new[member], "{name}");
        }
    }
    assert_eq!(renewed.documents().len(), peer.names.len());
    let says = renewed.stderr.contains("replac");
    assert_eq!(says, is_any_unknown, "{}", renewed.stderr);
    let after = sandbox.sh("acme-account list --json").success().stdout;
    assert_eq!(after, accounts, "no account came");

    // There is nothing more to do, and what is here is newer than what is there.
    let nothing = sandbox.sh(&renew).success();
    assert_eq!(nothing.stdout + &nothing.stderr, "");
    let last = sandbox.sh(&import).success().documents();
    assert_eq!(statuses(&last), vec!["same"; peer.names.len()]);
    assert_eq!(everything(sandbox, &peer.folder), before, "{}", peer.client);
    sandbox.assert_nothing_left();
}

fn statuses(documents: &[Value]) -> Vec<&str> {
    let statuses = documents.iter().map(|one| &one["imported"]["status"]);
    statuses
        .map(|status| status.as_str().unwrap_or("none"))
        .collect()
}

#[test]
fn lego_s_folder_is_taken_over() {
    let sandbox = start();
    is_taken_over(&sandbox, &peers::lego(&sandbox));
}

#[test]
fn certbot_s_folder_is_taken_over() {
    let sandbox = start();
    is_taken_over(&sandbox, &peers::certbot(&sandbox));
}

#[test]
fn acme_sh_s_folder_is_taken_over() {
    let sandbox = start();
    is_taken_over(&sandbox, &peers::acme_sh(&sandbox));
}

#[test]
fn dehydrated_s_folder_is_taken_over() {
    let sandbox = start();
    is_taken_over(&sandbox, &peers::dehydrated(&sandbox));
}

#[test]
fn uacme_s_folder_is_taken_over_by_who_says_which_ca_it_is_of() {
    // The newest Pebble offers challenges that uacme cannot read.
    let sandbox = Sandbox::start();
    let peer = peers::uacme(&sandbox);
    let before = everything(&sandbox, &peer.folder);
    let import = format!("acme-import {}", peer.folder.display());
    let refused = sandbox.sh(&format!("unset LEGO_SERVER; {import}"));
    refused.assert_status(1);
    let detail = refused.document()["error"]["detail"].to_string();
    assert!(detail.contains("--server"), "{detail}");
    let taken = sandbox.sh(&import).success().document();
    assert_eq!(taken["account"]["url"], Value::Null, "{taken}");

    let config = sandbox.data().join("acmepipe.toml");
    let renew = format!(
        "acme-renew --no-sleep --days 3650 --json --config {}",
        config.display()
    );
    let renewed = sandbox.sh(&renew).success().document();
    // The CA was asked which account the key has, and no other came.
    assert_eq!(
        renewed["account"]["key"], taken["account"]["key"],
        "{renewed}"
    );
    assert!(renewed["account"]["url"].is_string(), "{renewed}");
    assert_eq!(everything(&sandbox, &peer.folder), before);
    sandbox.assert_nothing_left();
}

#[test]
fn lego_s_files_go_on_in_their_place_where_all_is_kept_in_its_folder() {
    let sandbox = start();
    let peer = peers::lego(&sandbox);
    let crt = peer.folder.join("certificates/example.test.crt");
    let before = fs::read(&crt).unwrap();
    let at = format!("--path {}", peer.folder.display());
    let taken = sandbox
        .sh(&format!("acme-import {at} {}", peer.folder.display()))
        .success();
    assert_eq!(statuses(&taken.documents()), ["taken", "taken"]);
    assert_eq!(fs::read(&crt).unwrap(), before);
    let config = peer.folder.join("acmepipe.toml");
    let renew = format!(
        "acme-renew {at} --no-sleep --days 3650 --layout lego --config {}",
        config.display()
    );
    sandbox.sh(&renew).success();
    assert_ne!(fs::read(&crt).unwrap(), before);
    let again = sandbox
        .sh(&format!("acme-import {at} {}", peer.folder.display()))
        .success();
    assert_eq!(statuses(&again.documents()), ["same", "same"]);
    sandbox.assert_nothing_left();
}

#[test]
fn what_was_revoked_here_is_not_put_into_the_configuration_again() {
    let sandbox = start();
    let peer = peers::lego(&sandbox);
    let import = format!("acme-import {}", peer.folder.display());
    sandbox.sh(&import).success();
    sandbox.sh("acme-revoke --yes example.test").success();
    let config = sandbox.data().join("acmepipe.toml");
    fs::remove_file(&config).unwrap();
    let again = sandbox.sh(&import).success().documents();
    assert_eq!(statuses(&again), ["same", "same"]);
    let text = fs::read_to_string(config).unwrap();
    assert!(text.contains("[\"*.wild.example.test\"]"), "{text}");
    assert!(!text.contains("\"example.test\""), "{text}");
}

#[test]
fn two_accounts_without_an_address_are_both_kept_as_the_error_says() {
    let sandbox = start();
    let folders = peers::certbot_without_address(&sandbox);
    let [first, second] = &folders;
    sandbox
        .sh(&format!("acme-import {}", first.display()))
        .success();
    let import = format!("acme-import {}", second.display());
    let refused = sandbox.sh(&import);
    refused.assert_status(1);
    let hint = refused.document()["error"]["hint"].to_string();
    let line = hint.split('`').nth(1).unwrap();
    sandbox
        .sh(&line.replace("ADDRESS", "second@example.test"))
        .success();
    let taken = sandbox.sh(&import).success().document();
    assert_eq!(taken["options"]["email"], "second@example.test");
    // Its CA was told no address.
    let show = sandbox
        .sh("acme-account show -m second@example.test --json")
        .success();
    assert!(!show.stdout.contains("mailto:"), "{}", show.stdout);
    let config = sandbox.data().join("acmepipe.toml");
    let renew = format!(
        "unset LEGO_EMAIL; acme-renew --no-sleep --days 3650 --json --config {}",
        config.display()
    );
    let renewed = sandbox.sh(&renew).success().documents();
    assert_eq!(renewed.len(), 2);
    for document in &renewed {
        let is_second = document["name"] == taken["name"];
        let is_its = document["account"] == taken["account"];
        assert_eq!(is_second, is_its, "{document}");
    }
    sandbox.assert_nothing_left();
}

/// The scripts of the page on migrating, with this hook in place of the one that they name.
fn scripts_of_the_page(hook: &Path) -> Vec<String> {
    let displays = displays("acmepipe-migrating.7");
    let scripts = displays
        .iter()
        .filter_map(|text| text.strip_prefix("#!/bin/sh\n"));
    let scripts =
        scripts.map(|script| script.replace("/etc/acme/hook", &hook.display().to_string()));
    scripts.collect()
}

#[test]
fn hooks_of_other_clients_prove_names_behind_the_scripts_of_the_page() {
    let sandbox = Sandbox::start();
    let [certbot, dehydrated, uacme] = [
        ("certbot", peers::CERTBOT_HOOK),
        ("dehydrated", peers::DEHYDRATED_HOOK),
        ("uacme", peers::UACME_HOOK),
    ]
    .map(|(client, text)| {
        let path = sandbox.script(&format!("{client}-hook"), text);
        (client, path)
    });
    // certbot's are two, which the script of the sandbox has as words.
    let words = |word| format!("exec {} {word}", certbot.1.display());
    let present = sandbox.script("certbot-present", &words("present"));
    let cleanup = sandbox.script("certbot-cleanup", &words("cleanup"));
    for (index, (client, hook)) in [("certbot", present), dehydrated, uacme]
        .into_iter()
        .enumerate()
    {
        let text = scripts_of_the_page(&hook)[index]
            .replace("/etc/acme/cleanup-hook", &cleanup.display().to_string());
        let script = sandbox.script(&format!("{client}-between"), &text);
        // What it does not know is not the hook's.
        for word in ["timeout", "present-batch"] {
            sandbox
                .sh(&format!("{} {word}", script.display()))
                .assert_status(64);
        }
        let name = format!("{client}.example.test");
        let line = format!(
            "acme-issue --accept-tos -d {name} -d '*.{name}' --exec {}",
            script.display()
        );
        let issued = sandbox.sh(&line).success().document();
        assert!(
            issued["certificate"]["serial"].is_string(),
            "{client}: {issued}"
        );
    }
    sandbox.assert_nothing_left();
}
