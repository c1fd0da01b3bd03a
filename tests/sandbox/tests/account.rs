//! Accounts at Pebble: all that acme-account does, and those of certbot and lego.

use std::fs;

use sandbox::{Config, Sandbox, Tools};
use serde_json::{Value, json};

fn account(sandbox: &Sandbox, line: &str) -> Value {
    let ended = sandbox.sh(&format!("acme-account {line}"));
    ended.success().document()
}

#[test]
fn an_account_lives_through_all_that_can_be_done_to_it() {
    let sandbox = Sandbox::start();
    for kind in ["EC256", "EC384", "RSA2048"] {
        let who = format!("-m {kind}@example.test");
        let registered = account(&sandbox, &format!("register {who} -k {kind}"));
        assert_eq!(registered["status"], "valid", "{kind}");
        assert_eq!(registered["key_type"], kind);
        let updated = account(
            &sandbox,
            &format!("update {who} --new-email new-{kind}@example.test"),
        );
        assert_eq!(
            updated["contact"],
            json!([format!("mailto:new-{kind}@example.test")])
        );
        let who = format!("-m new-{kind}@example.test");
        let rolled = account(&sandbox, &format!("rollover {who}"));
        assert_eq!(rolled["url"], registered["url"]);
        assert_ne!(rolled["thumbprint"], registered["thumbprint"]);
        sandbox
            .issue(&format!("-d {}.example.test {who}", kind.to_lowercase()))
            .success();
        sandbox
            .sh(&format!("acme-account deactivate --yes {who}"))
            .success();
        let gone = sandbox.sh(&format!("acme-account show {who}"));
        gone.assert_status(1);
    }
    sandbox.assert_nothing_left();
}

#[test]
fn what_was_ended_elsewhere_is_explained_and_registered_anew_on_request() {
    let sandbox = Sandbox::start();
    let first = account(&sandbox, "register");
    // The same account, kept twice.
    let key = first["key"].as_str().expect("a path");
    let other = sandbox.dir().join("other");
    let line = format!("--path {} -m x@example.test", other.display());
    account(&sandbox, &format!("import {line} {key}"));
    sandbox
        .sh(&format!("acme-account deactivate --yes {line}"))
        .success();
    for line in ["acme-account show", "acme-order -d example.test"] {
        let ended = sandbox.sh(line);
        ended.assert_status(1);
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(
            said.contains("acme-account register --anew"),
            "{line}: {said}"
        );
    }
    let second = account(&sandbox, "register --anew");
    assert_ne!(second["url"], first["url"]);
    sandbox.issue("-d example.test").success();
}

#[test]
fn a_change_of_keys_that_was_interrupted_is_settled() {
    let sandbox = Sandbox::start();
    let before = account(&sandbox, "register");
    let key = before["key"].as_str().expect("a path");
    let new = format!("{key}.new");
    // As after a kill before the request: the CA knows nothing of the new key.
    fs::write(sandbox.dir().join("old.pem"), fs::read(key).expect("a key")).expect("written");
    sandbox
        .sh(&format!(
            "openssl ecparam -name prime256v1 -genkey -noout -out {new}"
        ))
        .success();
    let made = fs::read(&new).expect("a key");
    assert_eq!(
        account(&sandbox, "show")["thumbprint"],
        before["thumbprint"]
    );
    account(&sandbox, "rollover");
    assert_eq!(fs::read(key).expect("a key"), made);
    // As after a kill between the reply and the moment when the new key gets its place.
    fs::rename(key, &new).expect("renamed");
    fs::copy(sandbox.dir().join("old.pem"), key).expect("copied");
    let issued = sandbox.issue("-d example.test").success();
    assert!(
        issued.stderr.contains("the new key is now in its place"),
        "{}",
        issued.stderr
    );
    assert_eq!(fs::read(key).expect("a key"), made);
    assert!(!fs::exists(&new).expect("looked"));
}

/// A sandbox in which other clients can be run; nothing where they are not to be had.
fn with_other_clients() -> Option<Sandbox> {
    if let Err(error) = Tools::fetch(&["peers"]) {
        eprintln!("certbot and lego are not at hand, so nothing was taken over from them: {error}");
        return None;
    }
    Some(Sandbox::with(Config::demo()))
}

#[test]
fn the_account_of_certbot_is_taken_over() {
    let Some(sandbox) = with_other_clients() else {
        return;
    };
    let (root, dir) = (sandbox.tools_root(), sandbox.dir().join("certbot"));
    let (root, dir) = (root.display(), dir.display());
    // Its package is unpacked, not installed: Python has to be told where, and is the system's where there is one.
    let line = format!(
        "python=/usr/bin/python3; [ -x $python ] || python={root}/usr/bin/python3; \
         export PYTHONPATH={root}/usr/lib/python3/dist-packages REQUESTS_CA_BUNDLE=$LEGO_CA_CERTIFICATES; \
         $python {root}/usr/bin/certbot register --agree-tos --no-eff-email -n -m me@example.test \
         --server \"$LEGO_SERVER\" --config-dir {dir} --work-dir {dir} --logs-dir {dir}"
    );
    sandbox.sh(&line).success();
    let imported = account(
        &sandbox,
        &format!("import -m me@example.test {dir}/accounts"),
    );
    assert_eq!(imported["key_type"], "RSA2048");
    sandbox
        .issue("-d example.test -m me@example.test")
        .success();
}

#[test]
fn the_account_of_lego_is_taken_over_with_its_address() {
    let Some(sandbox) = with_other_clients() else {
        return;
    };
    let dir = sandbox.dir().join("lego");
    let dir = dir.display();
    // It registers, and then fails for want of a program.
    let line = format!(
        "EXEC_PATH=/bin/false lego --accept-tos --email me@example.test --server \"$LEGO_SERVER\" --path {dir} \
         --dns exec -d example.test run"
    );
    sandbox.sh(&line);
    let line = format!("env -u LEGO_EMAIL acme-account import {dir}");
    let imported = sandbox.sh(&line).success().document();
    assert_eq!(imported["key_type"], "EC256");
    let shown = account(&sandbox, "show -m me@example.test");
    assert_eq!(shown["url"], imported["url"]);
}

/// A sandbox in which a key of openssl's signs, by a script that begins with this.
fn with_signer(begins: &str) -> (Sandbox, String) {
    let sandbox = Sandbox::start();
    let work = sandbox.work();
    for line in [
        "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out private.pem",
        "openssl pkey -in private.pem -pubout -out public.pem",
    ] {
        sandbox.sh(line).success();
    }
    let work = work.display();
    let script = format!(
        "#!/bin/sh\n{begins}\nexec openssl dgst -sha256 -sign {work}/private.pem -binary\n"
    );
    fs::write(sandbox.work().join("script"), script).expect("written");
    sandbox.sh("install script sign").success();
    let signed = format!("--sign-command {work}/sign");
    account(&sandbox, &format!("register --key public.pem {signed}"));
    (sandbox, signed)
}

#[test]
fn a_change_of_keys_is_killed_while_the_old_key_signs_it() {
    // Once the new key is there, who signs says so, and waits for its end.
    let begins = "if [ -p arrived ] && [ -e \"$(find \"$LEGO_PATH\" -name account.key.new)\" ]; then \
                  echo $$ > arrived; exec tail -f /dev/null; fi";
    let (sandbox, signed) = with_signer(begins);
    let before = account(&sandbox, &format!("show {signed}"));
    let line = format!(
        "mkfifo arrived; acme-account rollover --key-type EC256 {signed} & read signer < arrived; kill -KILL $! $signer; rm arrived; wait"
    );
    sandbox.sh(&line);
    let key = before["key"].as_str().expect("a path");
    let new = fs::read(format!("{key}.new")).expect("the new key");
    let shown = sandbox.sh(&format!("acme-account show {signed}")).success();
    assert!(
        shown.stderr.contains("`acme-account rollover` makes it"),
        "{}",
        shown.stderr
    );
    assert_eq!(shown.document(), before);
    let after = account(&sandbox, &format!("rollover --key-type EC256 {signed}"));
    assert_eq!(after["url"], before["url"]);
    assert_eq!(fs::read(key).expect("a key"), new);
    // Nobody else has to sign any more.
    sandbox.issue("-d example.test").success();
}

#[test]
fn openssl_signs_for_every_program() {
    let (sandbox, signed) = with_signer("");
    let refused = sandbox.issue("-d example.test");
    refused.assert_status(1);
    assert!(
        refused.stderr.contains("--sign-command"),
        "{}",
        refused.stderr
    );
    let line = format!("acme-issue -x \"$EXEC_PATH\" -d example.test {signed}");
    sandbox.sh(&line).success();
    sandbox
        .sh(&format!("acme-revoke --yes {signed} example.test"))
        .success();
    sandbox.assert_nothing_left();
}
