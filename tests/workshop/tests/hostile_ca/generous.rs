//! A CA that is merely odd gets along: what is not used is not judged, and `null` is nothing.

use std::thread;

use serde_json::{Value, json};
use workshop::{Asked, Reply, authorization, order_object};

use super::{Wrong, error, finalize, only, order, with_authorization, with_order};

fn with_directory(asked: &Asked, member: &str, value: Value) -> Option<Reply> {
    only(asked, "/directory", || {
        let mut directory = json!({"newNonce": "https://HERE/nonce", "newAccount": "https://HERE/account",
                                   "newOrder": "https://HERE/new-order"});
        directory[member] = value;
        Reply::new(200, &directory)
    })
}

#[test]
fn an_order_is_placed_with_what_is_odd_and_does_no_harm() {
    let cases: [(&str, Wrong); 13] = [
        ("no meta", |asked| {
            with_directory(asked, "meta", json!(null))
        }),
        ("meta without what it may have", |asked| {
            let meta =
                json!({"termsOfService": null, "externalAccountRequired": null, "profiles": null});
            with_directory(asked, "meta", meta)
        }),
        ("a directory with much that is not known", |asked| {
            with_directory(asked, "newMerkleTree", json!({"x": [[[{}]]]}))
        }),
        ("wildcard of no type", |asked| {
            with_authorization(asked, "/wildcard", json!(null))
        }),
        ("a challenge without a URL", |asked| {
            let dns = authorization("a.example.test", "0", "pending")["challenges"][0].clone();
            let list = json!([{"type": "onion-csr-01"}, {"type": "x-02", "url": null, "status": 7}, 7, dns]);
            with_authorization(asked, "/challenges", list)
        }),
        ("a name in capitals", |asked| {
            with_authorization(asked, "/identifier/value", json!("A.Example.TEST"))
        }),
        ("an order for a name in capitals", |asked| {
            let names = json!([{"type": "dns", "value": "A.EXAMPLE.test"}]);
            with_order(asked, "identifiers", names)
        }),
        ("an order that does not say for what", |asked| {
            with_order(asked, "identifiers", json!(null))
        }),
        ("an order of a state in capitals", |asked| {
            with_order(asked, "status", json!("Pending"))
        }),
        ("an order with nothing in what it may have", |asked| {
            only(asked, "/new-order", || {
                let mut order = order_object(&["a.example.test"], "pending");
                for member in ["error", "certificate", "expires", "notBefore", "profile"] {
                    order[member] = json!(null);
                }
                Reply::new(201, &order).header("Location", "https://HERE/order")
            })
        }),
        ("an order with much that is not known", |asked| {
            with_order(asked, "receipt", json!({"x": [1, 2, {"y": null}]}))
        }),
        ("links of relations that are not known", |asked| {
            let mut reply = only(asked, "/new-order", || {
                Reply::new(201, &order_object(&["a.example.test"], "pending"))
                    .header("Location", "https://HERE/order")
            })?;
            for relation in ["index", "up", "merkle-tree;title=\"x\""] {
                reply = reply.header("Link", format!("<https://HERE/x>;rel={relation}"));
            }
            Some(reply.header("Content-Type", "application/merkle; charset=\"x\""))
        }),
        ("a header of sixty kilobytes", |asked| {
            only(asked, "/new-order", || {
                Reply::new(201, &order_object(&["a.example.test"], "pending"))
                    .header("Location", "https://HERE/order")
                    .header("X-Long", "x".repeat(60_000))
            })
        }),
    ];
    thread::scope(|scope| {
        for (what, wrong) in cases {
            scope.spawn(move || {
                let (_, ended) = order(wrong);
                assert_eq!(ended.status, 0, "{what}: {ended:?}");
                let document = ended.document();
                let challenge = &document["challenges"][0];
                assert_eq!(challenge["token"], "token-0", "{what}: {document:#}");
                assert_eq!(
                    challenge["fqdn"].as_str().map(str::to_lowercase).as_deref(),
                    Some("_acme-challenge.a.example.test."),
                    "{what}"
                );
            });
        }
    });
}

#[test]
fn why_an_order_failed_is_said_whatever_it_is_said_with() {
    for (said, expected) in [
        (json!("the name is on a list"), "the name is on a list"),
        (json!(["no", 7]), "[\"no\",7]"),
        (
            json!({"detail": "no", "type": 7, "status": "x", "subproblems": {}}),
            "no",
        ),
    ] {
        let (_, ended) = finalize(&[], move |asked| {
            only(asked, "/order", || {
                let mut order = order_object(&["a.example.test"], "invalid");
                order["error"] = said.clone();
                Reply::new(200, &order)
            })
        });
        let error = error(&ended);
        let detail = error["detail"].as_str().unwrap();
        assert!(detail.contains(expected), "{error:#}");
        assert!(ended.stderr.contains(expected), "{}", ended.stderr);
    }
}

#[test]
fn a_certificate_may_be_of_any_media_type_as_long_as_it_is_pem() {
    const ODD: &str = "application/merkle-tree-certificate";
    let with_type = |body: Option<&'static [u8]>| {
        finalize(&[], move |asked| {
            only(asked, "/certificate", || {
                assert!(
                    asked
                        .header
                        .contains("accept: application/pem-certificate-chain")
                );
                let mut reply = Reply::new(200, &json!(null))
                    .header("Content-Type", ODD)
                    .header("Link", "<https://HERE/other>;rel=\"merkle\"");
                let pem = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
                reply.body = body.unwrap_or(pem).to_vec();
                reply
            })
        })
    };
    let (ca, ended) = with_type(Some(b"not PEM at all"));
    let refused = error(&ended);
    assert_eq!(refused["type"], "acmepipe:ca:reply");
    let detail = refused["detail"].as_str().unwrap();
    assert!(
        detail.contains(ODD) && detail.contains("no certificate in PEM"),
        "{detail}"
    );
    assert_eq!(ca.count("/other"), 0);
    // What is PEM is read, and judged by what is in it.
    let (_, ended) = with_type(None);
    let read = error(&ended)["detail"].as_str().unwrap().to_owned();
    assert!(
        !read.contains(ODD) && !read.contains("no certificate in PEM"),
        "{read}"
    );
}
