//! Certificates come out of the pipeline, for one name and for many, in one zone and in several.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use sandbox::{Certificate, Config, Hosts, Sandbox, Zone};
use serde_json::Value;

#[test]
fn one_name() {
    let sandbox = Sandbox::start();
    let order = sandbox.issue("-d example.test").success().document();
    assert_eq!(order["order"]["status"], "valid");
    assert_eq!(Certificate::of(&sandbox, &order).names, ["example.test"]);
    sandbox.assert_nothing_left();
}

#[test]
fn an_apex_and_its_wildcard_share_a_name_and_keep_two_values() {
    let sandbox = Sandbox::start();
    let order = "acme-order -d example.test -d '*.example.test'";
    sandbox
        .sh(&format!("{order} | {} >present.json", Sandbox::PREPARE))
        .success();
    let records = sandbox.txt_records("example.test");
    assert_eq!(
        records.len(),
        6,
        "two values on each of three servers: {records:#?}"
    );

    let order = sandbox
        .sh(&format!("cat present.json | {}", Sandbox::FINISH))
        .success()
        .document();
    let values: BTreeSet<_> = order["challenges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["value"].as_str())
        .collect();
    assert_eq!(values.len(), 2);
    assert_eq!(
        Certificate::of(&sandbox, &order).names,
        ["*.example.test", "example.test"]
    );
    sandbox.assert_nothing_left();
}

#[test]
fn a_hundred_names_in_one_certificate() {
    let sandbox = Sandbox::start();
    let mut names: Vec<String> = (1..=100).map(|n| format!("n{n}.example.test")).collect();
    let order = sandbox
        .issue(&format!("-d {}", names.join(" -d ")))
        .success()
        .document();
    names.sort();
    assert_eq!(Certificate::of(&sandbox, &order).names, names);
    sandbox.assert_nothing_left();
}

#[test]
fn names_in_three_zones_one_delegated_from_another() {
    let zones = [
        Zone::new("example.test"),
        Zone::new("sub.example.test").on(Hosts::Ns4),
        Zone::new("other.test"),
    ];
    let sandbox = Sandbox::with(Config::default().zones(zones));
    let names = [
        "example.test",
        "www.example.test",
        "sub.example.test",
        "a.b.sub.example.test",
        "www.other.test",
    ];
    let order = sandbox
        .issue(&format!("-d {}", names.join(",")))
        .success()
        .document();
    let zone_of = |name: &str| {
        let challenges = order["challenges"].as_array().unwrap();
        challenges
            .iter()
            .find(|one| one["identifier"]["value"] == name)
            .unwrap()["zone"]
            .clone()
    };
    assert_eq!(zone_of("www.example.test"), "example.test.");
    assert_eq!(zone_of("sub.example.test"), "sub.example.test.");
    assert_eq!(zone_of("a.b.sub.example.test"), "sub.example.test.");
    assert_eq!(zone_of("www.other.test"), "other.test.");
    assert_eq!(Certificate::of(&sandbox, &order).names.len(), names.len());
    sandbox.assert_nothing_left();
}

#[test]
fn an_international_name_is_ordered_by_its_a_labels() {
    let sandbox = Sandbox::start();
    let order = sandbox.issue("-d BÜCHER.example.test").success().document();
    assert_eq!(
        Certificate::of(&sandbox, &order).names,
        ["xn--bcher-kva.example.test"]
    );
}

#[test]
fn a_second_certificate_uses_the_same_account() {
    let sandbox = Sandbox::start();
    let first = sandbox.issue("-d example.test").success().document();
    let key = |order: &Value| fs::read(order["account"]["key"].as_str().unwrap()).unwrap();
    let first_key = key(&first);
    let second = sandbox.issue("-d www.example.test").success().document();
    assert_eq!(second["account"], first["account"]);
    assert_eq!(key(&second), first_key);
    assert_ne!(second["order"]["url"], first["order"]["url"]);
    Certificate::of(&sandbox, &first);
    Certificate::of(&sandbox, &second);
}

#[test]
fn a_certificate_issued_again_replaces_the_first_in_its_place() {
    let sandbox = Sandbox::start();
    let first = sandbox.issue("-d example.test").success().document();
    let old = Certificate::of(&sandbox, &first);
    let second = sandbox.issue("-d example.test").success().document();
    let new = Certificate::of(&sandbox, &second);
    assert_eq!(new.dir, old.dir);
    assert_ne!(new.serial, old.serial);
    assert_ne!(new.public_key, old.public_key);
}

#[test]
fn keys_are_for_their_owner_only() {
    let sandbox = Sandbox::start();
    let order = sandbox
        .sh("umask 000; acme-order -d example.test")
        .success()
        .document();
    let key = Path::new(order["account"]["key"].as_str().unwrap());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(key), 0o600);
    assert_eq!(mode(key.parent().unwrap()), 0o700);
}

#[test]
fn names_that_cannot_be_are_refused_before_anything_is_sent() {
    let sandbox = Sandbox::start();
    for name in [
        "-d 'a b.test'",
        "-d '*.*.test'",
        "-d 'www.*.test'",
        "-d ''",
        "-d ..",
        "-d 192.0.2.1",
    ] {
        let output = sandbox.sh(&format!("acme-order {name} </dev/null"));
        assert!([1, 2].contains(&output.status), "{name}: {output:?}");
        assert!(
            !output.stderr.is_empty() || output.stdout.contains("error"),
            "{name}: {output:?}"
        );
    }
    assert!(
        !sandbox.data().join("accounts").exists(),
        "an account was made"
    );
}
