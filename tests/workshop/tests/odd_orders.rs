//! What `acme-order` makes of names, orders and authorizations that are odd, and of those of which nothing can come.

#![allow(clippy::unwrap_used)]

use std::thread;

use serde_json::{Value, json};
use workshop::{Asked, Ended, FalseCa, Reply, Workshop, authorization, order_object, run};

const NAME: &str = "a.example.test";

/// Runs `acme-order` for these names with a CA of which one thing is wrong.
fn order_in(
    workshop: &Workshop,
    names: &[&str],
    wrong: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static,
) -> (FalseCa, Ended) {
    let ca = FalseCa::start(workshop, wrong);
    let mut command = workshop.command("acme-order");
    ca.trusted_by(&mut command);
    for name in names {
        command.args(["-d", name]);
    }
    let ended = run(command, "");
    (ca, ended)
}

/// The reply with an order of this state for `NAME`.
fn born(asked: &Asked, status: &str, error: Option<Value>) -> Option<Reply> {
    (asked.path == "/new-order").then(|| {
        let mut order = order_object(&[NAME], status);
        if let Some(error) = error {
            order["error"] = error;
        }
        Reply::new(201, &order).header("Location", "https://HERE/order")
    })
}

/// The reply with this authorization of the order.
fn authorized(asked: &Asked, number: usize, authorization: &Value) -> Option<Reply> {
    let path = format!("/authorization/{number}");
    (asked.path == path).then(|| Reply::new(200, authorization))
}

/// A pending authorization for `NAME` whose challenge has these members too.
fn with_challenge(members: &[(&str, Value)]) -> Value {
    let mut sent = authorization(NAME, "0", "pending");
    for (member, value) in members {
        sent["challenges"][0][*member] = value.clone();
    }
    sent
}

#[test]
fn an_order_that_has_failed_from_the_first_fails_with_what_the_ca_says_of_it() {
    let why =
        json!({"type": "urn:ietf:params:acme:error:rejectedIdentifier", "detail": "not this one"});
    for (error, kind, says) in [
        (
            Some(why),
            "urn:ietf:params:acme:error:rejectedIdentifier",
            "not this one",
        ),
        (None, "acmepipe:order:invalid", "is `invalid`"),
    ] {
        let workshop = Workshop::open();
        let (ca, ended) = order_in(&workshop, &[NAME], move |asked| {
            born(asked, "invalid", error.clone())
        });
        ended.assert_status(1);
        let document = ended.document();
        assert_eq!(document["error"]["type"], kind);
        let detail = document["error"]["detail"].as_str().unwrap();
        assert!(detail.contains(says), "{detail}");
        assert_eq!(document["order"]["status"], "invalid");
        assert_eq!(document["challenges"], json!([]));
        assert_eq!(ca.count("/authorization/0"), 0);
    }
}

#[test]
fn a_challenge_of_which_nothing_can_come_is_not_presented() {
    let why = json!({"type": "urn:ietf:params:acme:error:dns", "detail": "looked in vain"});
    let url = |url: &str| with_challenge(&[("url", json!(url))]);
    let invalid = [("status", json!("invalid")), ("error", why)];
    let long = format!("https://HERE/{}", "c".repeat(3000));
    let cases = [
        (
            url("http://HERE/challenge/0"),
            "acmepipe:ca:reply",
            "http://HERE/challenge/0",
        ),
        (url(&long), "acmepipe:ca:reply", "ccc…`"),
        (url(""), "acmepipe:ca:reply", "`url` is missing"),
        (
            url("javascript:alert(1)"),
            "acmepipe:ca:reply",
            "not an https URL",
        ),
        (
            with_challenge(&invalid[..1]),
            "acmepipe:authorization:invalid",
            "is `invalid`",
        ),
        (
            with_challenge(&invalid),
            "urn:ietf:params:acme:error:dns",
            "looked in vain",
        ),
    ];
    thread::scope(|scope| {
        for (sent, kind, says) in cases {
            scope.spawn(move || {
                let workshop = Workshop::open();
                let (_, ended) =
                    order_in(&workshop, &[NAME], move |asked| authorized(asked, 0, &sent));
                ended.assert_status(1);
                assert!(ended.stdout.len() < 6000, "{ended:?}");
                let error = ended.challenge_error();
                assert_eq!(error["type"], kind);
                assert!(
                    error["detail"].as_str().unwrap().contains(says),
                    "{error:#}"
                );
                let recorder = workshop.recorder("");
                let presented = workshop.present(&recorder.script, &[], &ended.stdout);
                presented.assert_status(1);
                assert_eq!(recorder.arguments(), [[""; 0]; 0]);
            });
        }
    });
}

#[test]
fn an_authorization_is_for_the_name_that_it_means() {
    let sent = |value: &str, wildcard: Option<bool>| {
        let mut sent = authorization("", "0", "pending");
        sent["identifier"]["value"] = value.into();
        match wildcard {
            Some(wildcard) => sent["wildcard"] = wildcard.into(),
            None => drop(sent.as_object_mut().unwrap().remove("wildcard")),
        }
        sent
    };
    let cases: [(&[&str], Vec<Value>, &[bool]); 5] = [
        (&["x.test"], vec![sent("X.Test", None)], &[false]),
        (&["x.test"], vec![sent("x.test.", Some(false))], &[false]),
        (&["*.x.test"], vec![sent("x.test", None)], &[true]),
        (&["*.x.test"], vec![sent("X.test.", Some(true))], &[true]),
        (
            &["x.test", "*.x.test"],
            vec![sent("x.test", None), sent("x.test", None)],
            &[false, true],
        ),
    ];
    thread::scope(|scope| {
        for (names, all, wildcards) in cases {
            scope.spawn(move || {
                let workshop = Workshop::open();
                let (_, ended) = order_in(&workshop, names, move |asked| {
                    let mut replies = all.iter().enumerate();
                    replies.find_map(|(number, sent)| authorized(asked, number, sent))
                });
                ended.assert_status(0);
                let document = ended.document();
                let challenges = document["challenges"].as_array().unwrap();
                let expected: Vec<_> = wildcards
                    .iter()
                    .map(|wildcard| {
                        (
                            json!({"type": "dns", "value": "x.test"}),
                            json!(wildcard),
                            json!("_acme-challenge.x.test."),
                        )
                    })
                    .collect();
                let found: Vec<_> = challenges
                    .iter()
                    .map(|one| {
                        (
                            one["identifier"].clone(),
                            one["wildcard"].clone(),
                            one["fqdn"].clone(),
                        )
                    })
                    .collect();
                assert_eq!(found, expected, "{names:?}");
            });
        }
    });
}

#[test]
fn a_name_has_one_authorization_and_a_further_one_is_an_error() {
    let workshop = Workshop::open();
    let (_, ended) = order_in(&workshop, &[NAME], |asked| match asked.path.as_str() {
        "/new-order" => {
            let mut order = order_object(&[NAME], "pending");
            order["authorizations"] = json!([
                "https://HERE/authorization/0",
                "https://HERE/authorization/1"
            ]);
            Some(Reply::new(201, &order).header("Location", "https://HERE/order"))
        }
        _ => (0..2).find_map(|number| {
            let sent = authorization(NAME, &number.to_string(), "pending");
            authorized(asked, number, &sent)
        }),
    });
    ended.assert_status(1);
    let challenges = ended.document()["challenges"].clone();
    assert_eq!(challenges[0]["error"], json!(null));
    assert_eq!(challenges[1]["error"]["type"], "acmepipe:ca:reply");
    assert_eq!(challenges[1]["fqdn"], json!(null));
}

#[test]
fn names_of_any_length_do_not_get_into_the_document() {
    let workshop = Workshop::open();
    let (_, ended) = order_in(&workshop, &[NAME], |asked| {
        let number = asked.path.strip_prefix("/authorization/");
        if let Some(number) = number {
            let mut long = authorization(&"a".repeat(950_000), number, "pending");
            if number == "1" {
                long["identifier"] = json!({"type": "d".repeat(950_000), "value": NAME});
            }
            return Some(Reply::new(200, &long));
        }
        (asked.path == "/new-order").then(|| {
            let mut order = order_object(&[NAME], "pending");
            order["authorizations"] = (0..11)
                .map(|number| format!("https://HERE/authorization/{number}"))
                .collect();
            Reply::new(201, &order).header("Location", "https://HERE/order")
        })
    });
    ended.assert_status(1);
    assert!(ended.stdout.len() < 20_000, "{}", ended.stdout.len());
    assert!(ended.stderr.len() < 20_000, "{}", ended.stderr.len());
    assert_eq!(ended.challenge_error()["type"], "acmepipe:ca:reply");
    let next = run(workshop.command("dns-zone"), &ended.stdout);
    next.assert_status(1);
    assert_eq!(next.document()["challenges"].as_array().unwrap().len(), 11);
}

#[test]
fn a_name_below_which_no_record_fits_is_refused_before_anything_is_sent() {
    let workshop = Workshop::open();
    let fits = format!("{}aa.example.test", "a.".repeat(111));
    let longer = format!("a{fits}");
    assert_eq!((fits.len(), longer.len()), (237, 238));
    for name in [longer.clone(), format!("*.{longer}")] {
        let (ca, ended) = order_in(&workshop, &[&name], |_| None);
        ended.assert_status(2);
        assert!(ended.stderr.contains("237 octets"), "{ended:?}");
        let mut command = workshop.command("acme-order");
        ca.trusted_by(&mut command);
        let ended = run(command, &name);
        ended.assert_status(1);
        assert_eq!(ended.document()["error"]["type"], "acmepipe:names");
        assert_eq!((ca.count("/directory"), ca.count("/new-order")), (0, 0));
    }
    let names = [format!("*.{fits}"), fits.clone()];
    let (_, ended) = order_in(&workshop, &[&names[0], &names[1]], |_| None);
    ended.assert_status(0);
    let document = ended.document();
    let record = format!("_acme-challenge.{fits}.");
    let records = document["challenges"].as_array().unwrap().iter();
    let records: Vec<_> = records.map(|challenge| &challenge["fqdn"]).collect();
    assert_eq!(records, [&record, &record]);
}
