use super::*;
use crate::contract::{Object, catalogue};
use serde_json::{Value, json};

fn document(value: Value) -> Document {
    match value {
        Value::Object(object) => object.into(),
        _ => unreachable!("tests pass objects"),
    }
}

fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, _| json!([inner]))
}

/// Smaller than those of the programs, so that the tests are quick.
const BOUNDS: Bounds = Bounds {
    bytes: 64 << 10,
    values: 4000,
    challenges: 40,
    ..TAKEN
};

/// Values that alone are too much for a document: too long, too many, too deep.
fn ballast() -> [Value; 3] {
    [
        json!("x".repeat(BOUNDS.bytes)),
        json!(vec![0; BOUNDS.values]),
        nested(127),
    ]
}

/// An order that has every member that the contract and RFC 8555 know.
fn whole_order() -> Value {
    json!({
        "version": 1, "name": "a", "directory": "https://ca.test/dir", "caa_identities": ["ca.test"],
        "account": {"url": "https://ca.test/a", "key": "/k"},
        "order": {
            "url": "https://ca.test/1", "status": "ready", "expires": "e",
            "identifiers": [{"type": "dns", "value": "a"}], "notBefore": "n", "notAfter": "n",
            "error": {"type": "t", "detail": "d"}, "authorizations": ["https://ca.test/2"],
            "finalize": "https://ca.test/f", "certificate": "https://ca.test/c", "profile": "p",
            "replaces": "r",
        },
        "challenges": [whole_challenge()], "options": {"server": "s", "key-type": "EC256"},
        "due": {"due": true, "reason": "r"}, "imported": {"client": "c", "status": "taken"}, "deploy": [{"target": "t", "status": "done"}],
        "certificate": {"url": "https://ca.test/c", "serial": "1", "issuer": "c", "key": "/k"},
        "error": {"type": "t", "detail": "d", "program": "p", "at": "a"},
    })
}

fn whole_challenge() -> Value {
    json!({
        "identifier": {"type": "dns", "value": "a"}, "wildcard": false,
        "authorization": "https://ca.test/2", "type": "dns-01", "url": "https://ca.test/3",
        "status": "pending", "expires": "2026-12-01T00:00:00Z", "token": "t", "key_authorization": "t.k", "fqdn": "a.", "value": "v",
        "effective_fqdn": "b.", "cnames": ["b."], "zone": "z.", "primary": "p.", "serial": 1,
        "nameservers": [{"name": "n.", "addresses": ["192.0.2.1"]}],
        "trace": [{"zone": "test.", "parent": "."}],
        "findings": [{"code": "C", "severity": "info"}], "verdict": "ok",
        "present": {"program": "/p", "at": "a", "output": "o", "journal": "j", "overlaps": true, "batch": true, "jobs": 8},
        "propagation": {"timeout": 1}, "deferred": "d", "propagated": {"at": "a"},
        "cleanup": {"at": "a", "error": {"type": "t", "detail": "d"}}, "gone": {"at": "a"},
        "error": {"type": "t", "detail": "d", "program": "p", "at": "a"},
    })
}

/// The paths of all members, also of those inside.
fn pointers(value: &Value, before: &str, into: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(object) => object
            .iter()
            .map(|(name, one)| (name.clone(), one))
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(at, one)| (at.to_string(), one))
            .collect(),
        _ => return,
    };
    for (name, inner) in inner {
        let pointer = format!("{before}/{name}");
        if inner.is_object() || inner.is_array() {
            pointers(inner, &pointer, into);
        }
        into.push(pointer);
    }
}

#[track_caller]
fn trimmed(value: &Value) -> Value {
    let before = document(value.clone());
    let (after, _) = fit_into(&before, &BOUNDS);
    assert!(Extent::of(&after, &BOUNDS).fits());
    let line = after.line().concat();
    let read: Document = serde_json::from_str(&line).expect("the next program reads it");
    assert_eq!(read.line().concat(), line);
    Value::Object(read.into_object())
}

/// What only the last resort takes away.
const NEEDED: [&str; 20] = [
    "/name",
    "/account/key",
    "/order/url",
    "/order/status",
    "/order/identifiers/0/value",
    "/certificate/url",
    "/error/type",
    "/challenges/0/identifier/value",
    "/challenges/0/authorization",
    "/challenges/0/url",
    "/challenges/0/status",
    "/challenges/0/token",
    "/challenges/0/key_authorization",
    "/challenges/0/value",
    "/challenges/0/effective_fqdn",
    "/challenges/0/cnames/0",
    "/challenges/0/zone",
    "/challenges/0/present/journal",
    "/challenges/0/cleanup/error/type",
    "/challenges/0/deferred",
];

fn is_of_one(one: &str, other: &str) -> bool {
    let below = |one: &str, other: &str| one == other || one.starts_with(&format!("{other}/"));
    below(one, other) || below(other, one)
}

#[test]
fn whichever_member_is_huge_the_next_program_takes_the_document_and_has_what_it_needs() {
    let whole = whole_order();
    let mut all = Vec::new();
    pointers(&whole, "", &mut all);
    assert!(all.len() > 70);
    for pointer in all {
        for ballast in ballast() {
            let mut huge = whole.clone();
            // An error that is nested deeply is never made.
            *huge.pointer_mut(&pointer).unwrap() = ballast;
            let after = trimmed(&huge);
            if pointer == "/challenges" {
                continue;
            }
            let lost: Vec<&str> = NEEDED
                .into_iter()
                .filter(|needed| !is_of_one(needed, &pointer))
                .filter(|needed| after.pointer(needed) != whole.pointer(needed))
                .collect();
            if lost.is_empty() {
                continue;
            }
            // What is needed was huge itself.
            let problem = after["error"]["detail"].as_str().unwrap();
            assert!(
                problem.contains("too large to pass on"),
                "{pointer}: {lost:?}: {problem}"
            );
            assert!(is_needed(&pointer), "{pointer}: {lost:?}");
            assert_eq!(
                after["order"]["url"] == "https://ca.test/1",
                !pointer.starts_with("/order/url") && pointer != "/order"
            );
        }
    }
}

/// Whether this member, or one around it, is needed by the table of worths.
fn is_needed(pointer: &str) -> bool {
    let spared = [
        "/order/expires",
        "/order/notBefore",
        "/order/notAfter",
        "/order/error",
        "/order/authorizations",
        "/order/finalize",
        "/order/certificate",
        "/order/profile",
        "/order/replaces",
        "/certificate/serial",
        "/certificate/issuer",
        "/error",
        "/challenges/0/primary",
        "/challenges/0/serial",
        "/challenges/0/nameservers",
        "/challenges/0/present/output",
        "/challenges/0/deferred",
        "/challenges/0/propagated",
        "/challenges/0/gone",
        "/challenges/0/cleanup/error",
        "/challenges/0/error",
    ];
    !spared
        .iter()
        .any(|spared| pointer == *spared || pointer.starts_with(&format!("{spared}/")))
}

#[test]
fn an_unknown_member_goes_before_anything_else_wherever_it_stands() {
    let whole = whole_order();
    for place in [
        "",
        "/order",
        "/account",
        "/certificate",
        "/order/identifiers/0",
        "/challenges/0",
        "/challenges/0/identifier",
        "/challenges/0/present",
        "/challenges/0/nameservers/0",
        "/challenges/0/propagation",
        "/challenges/0/cleanup",
    ] {
        for ballast in ballast() {
            let mut huge = whole.clone();
            huge.pointer_mut(place).unwrap()["theirs"] = ballast;
            assert_eq!(trimmed(&huge), whole, "{place}");
        }
    }
}

#[test]
fn a_challenge_alone_on_a_line_keeps_what_is_needed_too() {
    let whole = whole_challenge();
    for ballast in ballast() {
        let mut huge = whole.clone();
        huge["theirs"] = ballast.clone();
        assert_eq!(trimmed(&huge), whole);
        huge = whole.clone();
        huge["zone"] = ballast;
        let after = trimmed(&huge);
        assert_eq!(after["error"]["type"], "acmepipe:document");
        let known = [&after["fqdn"], &after["effective_fqdn"], &after["value"]];
        assert_eq!(known, ["a.", "b.", "v"]);
    }
}

#[test]
fn no_more_goes_than_has_to() {
    let half = "x".repeat(BOUNDS.bytes * 2 / 5);
    let mut order = whole_order();
    order["small"] = json!(1);
    order["one"] = json!(half);
    order["order"]["other"] = json!(half);
    order["challenges"][0]["third"] = json!(format!("{half}x"));
    let after = trimmed(&order);
    assert_eq!(after["challenges"][0].get("third"), None);
    let kept = [&after["small"], &after["one"], &after["order"]["other"]];
    assert_eq!(kept, [&json!(1), &json!(half), &json!(half)]);
    // One that is nested too deeply goes, and one that is not stays.
    let mut order = whole_order();
    order["deep"] = nested(126);
    order["order"]["deeper"] = nested(126);
    order["challenges"][0]["deepest"] = nested(124);
    let after = trimmed(&order);
    assert_eq!(after["deep"], nested(126));
    assert_eq!(after["order"].get("deeper"), None);
    assert_eq!(after["challenges"][0]["deepest"], nested(124));
    order["challenges"][0]["deepest"] = nested(125);
    assert_eq!(trimmed(&order)["challenges"][0].get("deepest"), None);
}

#[test]
fn so_many_of_what_is_left_out_are_named_and_others_are_mentioned() {
    let bounds = Bounds {
        bytes: 100,
        ..TAKEN
    };
    let long = "a".repeat(80);
    for (names, expected) in [
        (&["x"][..], "x"),
        (&["x", &long], &format!("x, {}…", &long[..60])),
        (&["a", "b", "c", "d", "e", "f"], "a, b, c, d, e, f"),
        (
            &["a", "b", "c", "d", "e", "f", "g"],
            "a, b, c, d, e, f, and others",
        ),
        (
            &["a", "b", "c", "d", "e", "f", "g", "h"],
            "a, b, c, d, e, f, and others",
        ),
    ] {
        let mut large = json!({"small": 1, "challenges": [{"fqdn": "a."}]});
        for name in names {
            large[name] = json!("x".repeat(90));
        }
        let large = document(large);
        let (_, said) = fit_into(&large, &bounds);
        let left_out = format!("too large to pass on whole; left out or shortened: {expected}");
        assert_eq!(said, Some(left_out));
    }
}

#[test]
fn what_explains_goes_before_what_can_be_asked_for_and_that_before_what_a_program_printed() {
    let (half, some) = ("x".repeat(BOUNDS.bytes / 2), "x".repeat(BOUNDS.bytes / 3));
    let propagated = "/challenges/0/propagated";
    let authorizations = "/order/authorizations";
    let output = "/challenges/0/present/output";
    for (first, second) in [
        ("/theirs", propagated),
        (propagated, authorizations),
        ("/challenges/0/error/detail", authorizations),
        (authorizations, output),
        (authorizations, "/challenges/0/nameservers"),
    ] {
        let mut order = whole_order();
        order["theirs"] = json!(0);
        *order.pointer_mut(first).unwrap() = json!(some);
        *order.pointer_mut(second).unwrap() = json!(half);
        order["challenges"][0]["token"] = json!(some);
        let after = trimmed(&order);
        assert_ne!(after.pointer(first), Some(&json!(some)), "{first}");
        assert_eq!(after.pointer(second), Some(&json!(half)), "{second}");
    }
}

#[test]
fn of_many_challenges_that_are_large_together_only_as_many_as_have_to_lose_something() {
    let mut challenge = whole_challenge();
    challenge["present"]["output"] = json!("x".repeat(1400));
    let mut order = whole_order();
    order["challenges"] = json!(vec![challenge; 40]);
    let after = trimmed(&order);
    let outputs = |one: &&Value| one["present"].get("output").is_some();
    let challenges = after["challenges"].as_array().unwrap();
    let left = challenges.iter().filter(outputs).count();
    assert!((1..39).contains(&left), "{left}");
    assert!(
        challenges
            .iter()
            .all(|one| one["present"]["journal"] == "j")
    );
}

#[test]
fn what_no_order_can_be_of_goes_on_as_an_error() {
    let mut order = whole_order();
    order.as_object_mut().unwrap().shift_remove("error");
    order["challenges"] = json!(vec![json!({}); 41]);
    let after = trimmed(&order);
    assert_eq!(after["challenges"], json!([]));
    let detail = after["error"]["detail"].as_str().unwrap();
    assert!(detail.ends_with("41 challenges, more than 40"), "{detail}");
    // It has gone through a program, which said so.
    order["error"] = json!({"type": "acmepipe:document"});
    assert_eq!(trimmed(&order), order);
}

#[test]
fn a_document_that_had_failed_says_why_also_where_nothing_else_of_it_is_left() {
    for (name, is_kept) in [("a".to_owned(), true), ("x".repeat(BOUNDS.bytes), false)] {
        let mut order = whole_order();
        order["name"] = json!(name);
        order["challenges"][0]["token"] = json!("x".repeat(BOUNDS.bytes));
        order["error"]["detail"] = json!("the CA was down");
        let after = trimmed(&order);
        let error = &after["error"];
        assert_eq!(error["type"], "acmepipe:document");
        let detail = error["detail"].as_str().unwrap();
        assert!(
            detail.ends_with("it had failed before: the CA was down"),
            "{detail}"
        );
        assert!(
            error["hint"]
                .as_str()
                .unwrap()
                .contains("dns01-exec cleanup --leftovers")
        );
        assert_eq!(after.get("name").is_some(), is_kept);
        assert_eq!(after["account"], whole_order()["account"]);
    }
}

#[test]
fn what_is_no_document_of_this_contract_is_trimmed_all_the_same() {
    for ballast in ballast() {
        for mut odd in [
            json!({"version": 2, "challenges": [{}], "x": 1}),
            json!({"challenges": [1, "a"], "x": 1}),
            json!({"challenges": 1, "x": 1}),
            json!({"fqdn": 7, "x": 1}),
            json!({"x": 1}),
        ] {
            odd["error"] = json!({"type": "t"});
            odd["x"] = ballast.clone();
            let after = trimmed(&odd);
            assert_eq!(after["error"]["type"], "t");
            assert_eq!(after.get("x"), None);
            for member in ["version", "challenges", "fqdn"] {
                assert_eq!(after.get(member), odd.get(member));
            }
        }
    }
}

#[test]
fn a_document_that_fits_is_left_alone() {
    let small = document(json!({"fqdn": "a.", "x": "[[[{{,,"}));
    assert!(matches!(fit(&small), Cow::Borrowed(_)));
}

#[test]
fn every_member_of_the_catalogue_is_in_the_orders_of_these_tests() {
    let (order, challenge) = (whole_order(), whole_challenge());
    let has = |of: &Value, name: &str| Object::contains_key(of.as_object().unwrap(), name);
    for member in catalogue::order::ALL {
        assert!(has(&order, member.name), "{}", member.name);
    }
    for member in catalogue::order::ORDER_OBJECT {
        assert!(has(&order["order"], member), "{member}");
    }
    for member in catalogue::challenge::ALL {
        assert!(has(&challenge, member.name), "{}", member.name);
    }
}
