//! What is broken, or differs from what the configuration asks for, and what a new certificate replaces.

use super::*;

#[test]
fn what_was_revoked_is_due_since_then_whatever_else_is_known() {
    let revocation = |at: Option<SystemTime>| Revocation {
        serial: "1".into(),
        at,
        reason: None,
    };
    let revoked = |change: fn(&mut Facts)| {
        with(USUAL, |facts| {
            facts.revocation = Some(revocation(Some(at(HOUR))));
            change(facts);
        })
    };
    let since_then = "it was revoked on 2027-01-15";
    let waits = "after a try that led to no new certificate (it was revoked on 2027-01-15)";
    check(vec![
        ("young", DAY, revoked(|_| ()), true, since_then),
        ("expired", 100 * DAY, revoked(|_| ()), true, since_then),
        (
            "of other names",
            DAY,
            revoked(|facts| facts.desired = Some(desired(&["c.test"], "", "EC256", None))),
            true,
            since_then,
        ),
        (
            "a window to come",
            DAY,
            revoked(|facts| facts.answer = suggests(window(at(50 * DAY), at(52 * DAY)))),
            true,
            since_then,
        ),
        (
            "by a clock that is behind, not valid yet",
            0,
            with(USUAL, |facts| {
                facts.revocation = Some(revocation(None));
                facts.validity = Some(Validity {
                    not_before: at(DAY),
                    not_after: at(90 * DAY),
                });
            }),
            true,
            "it was revoked",
        ),
        (
            "damaged, too",
            DAY,
            revoked(|facts| {
                facts.health = Health::Damaged {
                    file: "privkey.pem".into(),
                    why: "is missing".into(),
                };
            }),
            true,
            "privkey.pem is missing",
        ),
        (
            "after a try",
            DAY,
            revoked(|facts| facts.state.attempts = tried(1, at(DAY))),
            false,
            waits,
        ),
        (
            "a CA that is down",
            DAY,
            revoked(|facts| facts.answer = RenewalAnswer::Down("refused".into())),
            false,
            "waits until the CA is there again: refused (it was revoked on",
        ),
        (
            "a CA that is slow",
            DAY,
            revoked(|facts| facts.answer = RenewalAnswer::Slow("no answer".into())),
            true,
            since_then,
        ),
    ]);
    for (revoked_at, expected) in [
        (Some(at(HOUR)), at(HOUR)),
        // By a clock that was ahead.
        (Some(at(2 * DAY)), at(DAY)),
        (None, at(DAY)),
    ] {
        let facts = with(USUAL, |facts| {
            facts.revocation = Some(revocation(revoked_at));
        });
        let decision = decide(&facts, at(DAY), 0.5);
        assert_eq!(decision.due_since(), Some(expected));
    }
    let facts = revoked(|facts| facts.state.attempts = tried(1, at(DAY)));
    let decision = decide(&facts, at(DAY), 0.5);
    assert_eq!(decision.due_since(), Some(at(HOUR)));
}

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
