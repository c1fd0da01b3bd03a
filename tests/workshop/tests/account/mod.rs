//! `acme-account`: what it tells the CA, and what becomes of the files.

#![allow(clippy::unwrap_used)]

mod changes;
mod elsewhere;
mod import;
mod rollover;
mod shop;
mod zero_ssl;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;
use shop::Shop;
use workshop::{Reply, run};

#[test]
fn an_account_is_registered_once_and_used_by_acme_order() {
    let shop = Shop::open();
    let registered = shop.account("register -m me@x.test").success();
    let terms = format!("its terms of service: {}/terms", shop.ca.url());
    assert!(registered.stderr.contains(&terms), "{registered:?}");
    let document = registered.document();
    let key = shop.place("me@x.test").join("account.key");
    assert_eq!(document["url"], shop.url(0));
    assert_eq!(document["status"], "valid");
    assert_eq!(document["contact"], json!(["mailto:me@x.test"]));
    assert_eq!(document["key"], key.to_str().unwrap());
    assert_eq!(document["key_type"], "EC256");
    assert_eq!(document["orders"], format!("{}/orders", shop.ca.url()));
    assert_eq!(document["terms_agreed"], true);
    let mode = fs::metadata(&key).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let again = shop.account("register -m me@x.test").success();
    assert!(again.stderr.contains("is registered already"), "{again:?}");
    assert_eq!(again.document(), document);
    let shown = shop.account("show -m me@x.test").success();
    assert_eq!(shown.document(), document);
    let order = shop.command("acme-order", "-d a.example.test -m me@x.test");
    let order = run(order, "").success();
    assert_eq!(order.document()["account"]["key"], document["key"]);
    assert!(!order.stderr.contains("further"), "{order:?}");
    assert_eq!(shop.accounts.all().len(), 1);
}

#[test]
fn terms_are_agreed_to_by_accept_tos_alone() {
    let shop = Shop::open();
    let mut command = shop.command("acme-account", "register");
    command.env_remove("LEGO_ACCEPT_TOS");
    let refused = run(command, "");
    refused.assert_status(1);
    assert!(refused.stderr.contains("--accept-tos"), "{refused:?}");
    assert!(refused.stderr.contains("/terms"), "{refused:?}");
    assert_eq!(shop.ca.count("/account"), 0);
    let mut command = shop.command("acme-account", "register --accept-tos");
    command.env_remove("LEGO_ACCEPT_TOS");
    run(command, "").success();
}

#[test]
fn terms_that_have_changed_are_named_with_their_url() {
    let shop = Shop::with(|asked, _| {
        (asked.path == "/new-order").then(|| {
            let kind = "urn:ietf:params:acme:error:userActionRequired";
            let problem =
                json!({"type": kind, "detail": "terms", "instance": "https://HERE/new-terms"});
            Reply::new(403, &problem)
        })
    });
    let order = run(shop.command("acme-order", "-d a.example.test"), "");
    order.assert_status(1);
    let hint = order.document()["error"]["hint"].clone();
    let says = format!("agree to them at {}/new-terms", shop.ca.url());
    assert!(hint.as_str().unwrap().contains(&says), "{hint}");
}

#[test]
fn what_is_public_has_no_secret_and_needs_no_answer() {
    let shop = Shop::open();
    let full = shop.account("register").success().document();
    let asked = shop.ca.asked().len();
    let public = shop.account("show --public").success().document();
    let expected = json!({"url": full["url"], "directory": full["directory"],
                          "thumbprint": full["thumbprint"]});
    assert_eq!(public, expected);
    // The directory, and nothing else.
    assert_eq!(shop.ca.asked().len(), asked + 1);
}

#[test]
fn an_account_that_is_not_there_is_said_with_those_that_are() {
    let shop = Shop::open();
    let none = shop.account("show");
    none.assert_status(1);
    assert!(none.stderr.contains("acme-account register"), "{none:?}");
    shop.account("register -m me@x.test").success();
    let other = shop.account("show");
    other.assert_status(1);
    assert!(other.stderr.contains("--email me@x.test"), "{other:?}");
}

#[test]
fn accounts_are_listed_with_what_finds_them_and_without_the_ca() {
    let shop = Shop::open();
    shop.account("register -m me@x.test").success();
    shop.account("register").success();
    shop.account("update -m me@x.test --new-email you@x.test")
        .success();
    let asked = shop.ca.asked().len();
    let listed = shop.account("list --json").success().documents();
    assert_eq!(listed.len(), 2, "{listed:?}");
    assert_eq!(listed[0].get("email"), None);
    assert_eq!(listed[1]["email"], "you@x.test");
    assert_eq!(listed[1]["found_by"], json!(["you@x.test", "me@x.test"]));
    let table = shop.account("list").success();
    assert!(
        table.stdout.contains("found by me@x.test too"),
        "{}",
        table.stdout
    );
    // The other program that lists them says the same.
    let other = run(shop.command("acme-list", "--accounts --json"), "").success();
    assert_eq!(other.documents(), listed);
    assert_eq!(shop.ca.asked().len(), asked);
    fs::write(shop.place("default").join("account.key"), "x").unwrap();
    shop.account("list").assert_status(1);
}

#[test]
fn caa_records_tie_names_to_the_account_and_to_dns_01() {
    let shop = Shop::open();
    shop.account("register").success();
    let url = shop.url(0);
    let caa = shop.account("caa Example.test *.example.test www.b.test");
    let issuer = |ca: &str| format!("\"{ca}; accounturi={url}; validationmethods=dns-01\"");
    let mut lines = String::new();
    for (name, tag) in [
        ("example.test.", "issue"),
        ("example.test.", "issuewild"),
        ("www.b.test.", "issue"),
    ] {
        for ca in ["ca.test", "ca2.test"] {
            lines += &format!("{name}\tIN\tCAA\t0 {tag} {}\n", issuer(ca));
        }
    }
    assert_eq!(caa.success().stdout, lines);
    let json = shop.account("caa --json --method dns-01,dns-account-01 a.test");
    let json = json.success().documents();
    assert_eq!(
        json[0],
        json!({"name": "a.test.", "type": "CAA", "flags": 0, "tag": "issue",
               "value": format!("ca.test; accounturi={url}; validationmethods=dns-01,dns-account-01")})
    );
    shop.account("caa").assert_status(2);
    shop.account("caa a.test --method a;b").assert_status(2);
}

#[test]
fn a_ca_that_names_no_caa_domain_cannot_be_tied_to() {
    let shop = Shop::with(|asked, _| {
        (asked.path == "/directory").then(|| Reply::new(200, &workshop::directory_object()))
    });
    shop.account("register").success();
    let caa = shop.account("caa a.test");
    caa.assert_status(1);
    assert!(
        caa.stderr.contains("does not say which domain name"),
        "{caa:?}"
    );
}
