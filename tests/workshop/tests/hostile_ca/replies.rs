//! What a CA sends is looked at before it is believed.

use std::thread;
use std::time::Duration;

use serde_json::json;
use workshop::{Asked, FalseCa, Reply, Workshop, authorization, order_object, run};

use super::{
    Wrong, endless, error, finalize, only, order, redirect, with_authorization, with_order,
};

#[test]
fn what_a_ca_sends_is_looked_at_before_it_is_believed() {
    let cases: [(&str, Wrong, &str, &str); 26] = [
        (
            "a directory without end",
            |asked| only(asked, "/directory", || endless("{\"x\": \"")),
            "acmepipe:ca:reply",
            "directory",
        ),
        (
            "a directory that is a page",
            |asked| {
                only(asked, "/directory", || {
                    let mut page =
                        Reply::new(200, &json!(null)).header("Content-Type", "text/html");
                    page.body = b"<!doctype html><title>Welcome</title>".to_vec();
                    page
                })
            },
            "acmepipe:ca:reply",
            "directory",
        ),
        (
            "a directory that leads in circles",
            |asked| only(asked, "/directory", || redirect("https://HERE/directory")),
            "acmepipe:ca:reply",
            "redirect",
        ),
        (
            "a directory that leads to http",
            |asked| only(asked, "/directory", || redirect("http://127.0.0.1:1/")),
            "acmepipe:ca:reply",
            "directory",
        ),
        (
            "a directory that leads to a file",
            |asked| {
                only(asked, "/directory", || {
                    Reply::new(
                        200,
                        &json!({"newNonce": "file:///etc/passwd", "newAccount": "https://HERE/account",
                                            "newOrder": "https://HERE/new-order"}),
                    )
                })
            },
            "acmepipe:ca:reply",
            "file:///etc/passwd",
        ),
        (
            "a header without end",
            |asked| {
                only(asked, "/directory", || {
                    Reply::new(200, &json!({})).header("X-Long", "x".repeat(1 << 20))
                })
            },
            "acmepipe:ca:",
            "directory",
        ),
        (
            "no nonce",
            |asked| {
                only(asked, "/nonce", || {
                    Reply::new(200, &json!({})).header("Replay-Nonce", "")
                })
            },
            "acmepipe:ca:",
            "",
        ),
        (
            "an account that is nowhere",
            |asked| {
                only(asked, "/account", || {
                    Reply::new(201, &json!({"status": "valid"}))
                })
            },
            "acmepipe:ca:reply",
            "where the account is",
        ),
        (
            "an account elsewhere",
            |asked| {
                only(asked, "/account", || {
                    Reply::new(201, &json!({})).header("Location", "javascript:alert(1)")
                })
            },
            "acmepipe:ca:reply",
            "not an https URL",
        ),
        (
            "an order that is nowhere",
            |asked| {
                only(asked, "/new-order", || {
                    Reply::new(201, &order_object(&["a.example.test"], "pending"))
                })
            },
            "acmepipe:ca:reply",
            "where the order is",
        ),
        (
            "an order that is a list",
            |asked| {
                only(asked, "/new-order", || {
                    Reply::new(201, &json!([])).header("Location", "https://HERE/order")
                })
            },
            "acmepipe:ca:reply",
            "new order",
        ),
        (
            "an order without end",
            |asked| only(asked, "/new-order", || endless("[")),
            "acmepipe:ca:reply",
            "order",
        ),
        (
            "an order of a state that is a number",
            |asked| with_order(asked, "status", json!(7)),
            "acmepipe:ca:reply",
            "new order",
        ),
        (
            "an order to be finalized over http",
            |asked| with_order(asked, "finalize", json!("http://ca.test/finalize")),
            "acmepipe:ca:reply",
            "not an https URL",
        ),
        (
            "an order with authorizations without number",
            |asked| {
                let many = vec!["https://HERE/authorization/0"; 20_000];
                with_order(asked, "authorizations", json!(many))
            },
            "acmepipe:ca:reply",
            "more than 10000",
        ),
        (
            "an order with one authorization twice",
            |asked| {
                let twice = vec!["https://HERE/authorization/0"; 2];
                with_order(asked, "authorizations", json!(twice))
            },
            "acmepipe:ca:reply",
            "one of them twice",
        ),
        (
            "an order for another name",
            |asked| {
                with_order(
                    asked,
                    "identifiers",
                    json!([{"type": "dns", "value": "evil.test"}]),
                )
            },
            "acmepipe:ca:reply",
            "not for the names that were ordered",
        ),
        (
            "a problem in our own words",
            |asked| {
                only(asked, "/new-order", || {
                    Reply::new(
                        403,
                        &json!({"type": "acmepipe:dns:overwritten", "detail": "no"}),
                    )
                })
            },
            "acmepipe:ca:reply",
            "no",
        ),
        (
            "an authorization for another name",
            |asked| with_authorization(asked, "/identifier/value", json!("evil.test")),
            "acmepipe:ca:reply",
            "evil.test",
        ),
        (
            "an authorization for a name that is a path",
            |asked| with_authorization(asked, "/identifier/value", json!("../../etc")),
            "acmepipe:ca:reply",
            "not ordered",
        ),
        (
            "an authorization without dns-01",
            |asked| with_authorization(asked, "/challenges/0/type", json!("http-01")),
            "acmepipe:challenge:not-offered",
            "http-01",
        ),
        (
            "a token for a shell",
            |asked| with_authorization(asked, "/challenges/0/token", json!("$(reboot)")),
            "acmepipe:ca:reply",
            "token",
        ),
        (
            "a token of two lines",
            |asked| with_authorization(asked, "/challenges/0/token", json!("a\nb")),
            "acmepipe:ca:reply",
            "token",
        ),
        (
            "an authorization that is revoked",
            |asked| with_authorization(asked, "/status", json!("revoked")),
            "acmepipe:authorization:revoked",
            "revoked",
        ),
        (
            "a problem with a terminal's escapes",
            |asked| {
                only(asked, "/new-order", || {
                    Reply::problem(403, "unauthorized", "\u{1b}[2J\u{1b}]0;owned\u{7} no")
                })
            },
            "urn:ietf:params:acme:error:unauthorized",
            "no",
        ),
        (
            "a problem without a type",
            |asked| only(asked, "/new-order", || Reply::new(400, &json!({}))),
            "acmepipe:ca:reply",
            "400",
        ),
    ];
    thread::scope(|scope| {
        for (what, wrong, kind, says) in cases {
            scope.spawn(move || {
                let (_, ended) = order(wrong);
                assert_eq!(ended.status, 1, "{what}: {ended:?}");
                let error = error(&ended);
                let text = |member: &str| error[member].as_str().unwrap_or_default().to_owned();
                assert!(text("type").starts_with(kind), "{what}: {error:#}");
                assert!(text("detail").contains(says), "{what}: {error:#}");
                assert!(
                    !ended.stderr.contains('\u{1b}'),
                    "{what}: {:?}",
                    ended.stderr
                );
                assert!(
                    ended.elapsed < Duration::from_secs(20),
                    "{what}: {:?}",
                    ended.elapsed
                );
            });
        }
    });
}

#[test]
fn an_order_that_changes_its_names_is_not_finalized() {
    let wrong = |asked: &Asked| {
        only(asked, "/order", || {
            Reply::new(200, &order_object(&["evil.test"], "ready"))
        })
    };
    let (ca, ended) = finalize(&[], wrong);
    assert_eq!(error(&ended)["type"], "acmepipe:ca:reply");
    assert_eq!(ca.count("/finalize"), 0);
}

#[test]
fn what_a_ca_puts_into_an_order_keeps_no_record_from_being_removed() {
    let ballast = |asked: &Asked| match asked.path.as_str() {
        "/new-order" => {
            let mut order = order_object(&["a.example.test"], "pending");
            order["x"] = json!(vec![0; 450_000]);
            Some(Reply::new(201, &order).header("Location", "https://HERE/order"))
        }
        "/authorization/0" => Some(Reply::new(
            200,
            &authorization("a.example.test", "0", "pending"),
        )),
        _ => None,
    };
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, ballast);
    let script = workshop.script(
        "files.sh",
        "case $1 in present) touch $3 ;; cleanup) rm $3 ;; esac",
    );
    let mut command = workshop.shell(
        "acme-order -d a.example.test | dns01-exec present --timeout 1 --interval 1 | dns01-exec cleanup",
    );
    ca.trusted_by(command.env("EXEC_PATH", script));
    let ended = run(command, "");
    let order = ended.document();
    assert!(
        order["challenges"][0]["cleanup"]["at"].is_string(),
        "{:?}",
        ended.stderr
    );
}

#[test]
fn a_certificate_is_kept_only_if_it_is_what_was_ordered() {
    let cases: [(&str, Wrong, &str); 4] = [
        (
            "for other names, and for another key",
            |_| None,
            "acmepipe:ca:reply",
        ),
        (
            "no certificate",
            |asked| {
                only(asked, "/certificate", || {
                    let mut reply = Reply::new(200, &json!(null))
                        .header("Content-Type", "application/pem-certificate-chain");
                    reply.body =
                        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec();
                    reply
                })
            },
            "acmepipe:",
        ),
        (
            "one without end",
            |asked| {
                only(asked, "/certificate", || {
                    endless("-----BEGIN CERTIFICATE-----\nAAAA\n")
                })
            },
            "acmepipe:ca:reply",
        ),
        (
            "one that is somewhere else",
            |asked| {
                (asked.path == "/finalize").then(|| {
                    let mut order = order_object(&["a.example.test"], "valid");
                    order["certificate"] = json!("http://127.0.0.1:1/certificate");
                    Reply::new(200, &order)
                })
            },
            "acmepipe:ca:reply",
        ),
    ];
    thread::scope(|scope| {
        for (what, wrong, kind) in cases {
            scope.spawn(move || {
                let (_, ended) = finalize(&[], wrong);
                let error = error(&ended);
                assert!(
                    error["type"].as_str().unwrap().starts_with(kind),
                    "{what}: {error:#}"
                );
                assert!(ended.document()["certificate"].is_null(), "{what}");
            });
        }
    });
}
