//! What is broken, or differs from what the configuration asks for, and what a new certificate replaces.

use super::*;

#[test]
fn what_is_broken_or_asked_for_otherwise_is_due_now() {
    let wanted = |names: &[&str], directory: &str, key_type: &str, profile: Option<&str>| {
        with(USUAL, |facts| {
            facts.desired = Some(desired(names, directory, key_type, profile))
        })
    };
    let of_profile = |ordered: &str, asked_for: Option<&str>| {
        with(USUAL, |facts| {
            let one = |profile| Some(desired(&["a.test"], "https://ca/one", "EC256", profile));
            facts.ordered = one(Some(ordered));
            facts.desired = one(asked_for);
        })
    };
    check(vec![
        (
            "24 none yet",
            0,
            with(USUAL, |facts| facts.health = Health::New),
            true,
            "there is no certificate yet",
        ),
        (
            "25 damaged",
            0,
            with(USUAL, |facts| {
                facts.health = Health::Damaged {
                    file: "privkey.pem".into(),
                    why: "is missing".into(),
                };
            }),
            true,
            "privkey.pem is missing",
        ),
        (
            "26 the same",
            0,
            wanted(&["a.test", "b.test"], "https://ca/one", "EC256", None),
            false,
            "more than",
        ),
        (
            "27 another sequence",
            0,
            wanted(&["b.test", "a.test"], "https://ca/one", "EC256", None),
            false,
            "more than",
        ),
        (
            "28 a name more",
            0,
            wanted(
                &["a.test", "b.test", "c.test"],
                "https://ca/one",
                "EC256",
                None,
            ),
            true,
            "its names in the configuration are a.test, b.test, c.test, and the certificate has a.test, b.test",
        ),
        (
            "29 a name less",
            0,
            wanted(&["a.test"], "https://ca/one", "EC256", None),
            true,
            "are a.test, and the certificate has a.test, b.test",
        ),
        (
            "30 another CA",
            0,
            wanted(&["a.test", "b.test"], "https://ca/two", "EC256", None),
            true,
            "its CA in the configuration is https://ca/two, and the certificate was ordered with https://ca/one",
        ),
        (
            "31 another key type",
            0,
            wanted(&["a.test", "b.test"], "https://ca/one", "RSA2048", None),
            true,
            "its key type",
        ),
        (
            "32 a profile that it was not ordered with",
            0,
            wanted(
                &["a.test", "b.test"],
                "https://ca/one",
                "EC256",
                Some("short"),
            ),
            true,
            "its profile in the configuration is short",
        ),
        (
            "33 another profile",
            0,
            of_profile("long", Some("short")),
            true,
            "its profile in the configuration is short, and the certificate was ordered with long",
        ),
        (
            "34 a profile that the CA chose",
            0,
            of_profile("long", None),
            false,
            "more than",
        ),
        (
            "35 any CA and key",
            0,
            with(USUAL, |facts| {
                facts.desired = Some(Desired {
                    names: vec!["a.test".into(), "b.test".into()],
                    ..Desired::default()
                });
            }),
            false,
            "more than",
        ),
        (
            "a profile, and no record of how it was ordered",
            0,
            with(USUAL, |facts| {
                let names = vec!["a.test".to_owned()];
                facts.ordered = Some(Desired {
                    names: names.clone(),
                    ..Desired::default()
                });
                facts.desired = Some(Desired {
                    names,
                    profile: Some("short".into()),
                    ..Desired::default()
                });
            }),
            false,
            "more than",
        ),
    ]);
}

#[test]
fn a_certificate_replaces_one_of_the_same_ca_and_account_that_shares_a_name() {
    let other = |names: &[&str], directory: &str| Some(desired(names, directory, "EC256", None));
    let none: fn(&mut Facts) = |_| ();
    type Case = (&'static str, Option<Desired>, fn(&mut Facts), bool);
    let cases: [Case; 9] = [
        ("36 without a configuration", None, none, true),
        (
            "37 a name in common",
            other(&["b.test", "c.test"], "https://ca/one"),
            none,
            true,
        ),
        (
            "38 none in common",
            other(&["c.test"], "https://ca/one"),
            none,
            false,
        ),
        (
            "39 another CA",
            other(&["a.test"], "https://ca/two"),
            none,
            false,
        ),
        (
            "40 another account",
            None,
            |facts| facts.is_same_account = false,
            false,
        ),
        ("41 it cannot be read", None, |facts| facts.id = None, false),
        (
            "42 nothing is known of it",
            None,
            |facts| facts.ordered = None,
            false,
        ),
        (
            "43 whose CA is not known",
            None,
            |facts| {
                facts.ordered.as_mut().expect("there").directory = None;
            },
            false,
        ),
        (
            "44 any CA",
            Some(Desired {
                names: vec!["a.test".into()],
                ..Desired::default()
            }),
            none,
            true,
        ),
    ];
    for (case, desired, change, expected) in cases {
        let facts = with(USUAL, |facts| {
            facts.desired = desired;
            change(facts);
        });
        assert_eq!(
            decide(&facts, at(TWO_THIRDS), 0.5).replaces,
            expected,
            "{case}"
        );
    }
}
