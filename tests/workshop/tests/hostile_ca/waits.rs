//! A CA that is slow to see what it knows, or fails for a moment, is waited for.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use workshop::{Asked, FalseCa, Reply, Workshop, authorization, order_object, run};

use super::{error, finalize, finalize_valid, order, validate};

/// A CA that answers as `late` has it until it was asked `times` for what that is about.
fn finalize_late(late: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static) -> FalseCa {
    let (ca, ended) = finalize(&["--timeout", "60"], late);
    // The certificate is not the one that was asked for, and nothing else was wrong.
    let error = error(&ended);
    assert_eq!(ca.count("/certificate"), 1, "{error:#}");
    ca
}

#[test]
fn a_ca_that_takes_a_moment_to_see_what_it_knows_is_waited_for() {
    fn order_in(status: &str) -> Reply {
        Reply::new(200, &order_object(&["a.example.test"], status))
    }
    let before_it_is_ready = |status: &'static str, times: usize| {
        move |asked: &Asked| match asked.path.as_str() {
            "/authorization/0" if asked.before > 0 => Some(Reply::new(
                200,
                &authorization("a.example.test", "0", "valid"),
            )),
            "/order" if asked.before < times => Some(order_in(status)),
            "/finalize" => None,
            _ => None,
        }
    };
    let after_it_is_finalized = |reply: fn() -> Reply, times: usize| {
        let polls = AtomicUsize::new(0);
        let is_finalized = AtomicBool::new(false);
        move |asked: &Asked| {
            is_finalized.fetch_or(asked.path == "/finalize", Ordering::Relaxed);
            let is_order = asked.path == "/order" || asked.path == "/finalize";
            let is_late = is_order
                && is_finalized.load(Ordering::Relaxed)
                && polls.fetch_add(1, Ordering::Relaxed) < times;
            is_late.then(reply)
        }
    };
    thread::scope(|scope| {
        for status in ["pending", "pondering"] {
            scope.spawn(move || {
                let ca = finalize_late(before_it_is_ready(status, 7));
                assert_eq!(ca.count("/finalize"), 1);
            });
        }
        let replies: [fn() -> Reply; 5] = [
            || order_in("ready"),
            || order_in("pending"),
            || order_in("pondering"),
            || Reply::new(200, &json!({})),
            || Reply::new(200, &json!([])),
        ];
        for reply in replies {
            scope.spawn(move || {
                let ca = finalize_late(after_it_is_finalized(reply, 5));
                assert_eq!(ca.count("/finalize"), 1);
            });
        }
        scope.spawn(move || {
            // Polls that fail, after a request that was accepted.
            let is_finalized = AtomicBool::new(false);
            let failures = AtomicUsize::new(0);
            finalize_late(move |asked: &Asked| match asked.path.as_str() {
                "/finalize" => {
                    is_finalized.store(true, Ordering::Relaxed);
                    Some(order_in("processing"))
                }
                "/order" if is_finalized.load(Ordering::Relaxed) => {
                    (failures.fetch_add(1, Ordering::Relaxed) < 5)
                        .then(|| Reply::problem(500, "serverInternal", "three in a second"))
                }
                _ => None,
            });
        });
        scope.spawn(|| {
            let refusals = AtomicUsize::new(0);
            let ca = finalize_late(move |asked: &Asked| match asked.path.as_str() {
                "/finalize" if refusals.fetch_add(1, Ordering::Relaxed) < 2 => {
                    Some(Reply::problem(403, "orderNotReady", "not yet"))
                }
                "/order" if (1..3).contains(&refusals.load(Ordering::Relaxed)) => {
                    Some(order_in("ready"))
                }
                _ => None,
            });
            assert_eq!(ca.count("/finalize"), 3);
        });
        scope.spawn(|| {
            let (ca, ended) = finalize(&["--timeout", "60"], |asked: &Asked| {
                (asked.path == "/certificate" && asked.before < 4)
                    .then(|| Reply::new(202, &json!({})).header("Retry-After", "0"))
            });
            error(&ended);
            assert_eq!(ca.count("/certificate"), 5);
        });
    });
}

#[test]
fn a_validation_goes_on_while_the_ca_fails_for_a_moment() {
    let (is_answered, failures) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (ca, ended) = validate(1, &["--timeout", "60"], move |asked: &Asked| {
        is_answered.fetch_or(asked.path == "/challenge/0", Ordering::Relaxed);
        let is_polled = matches!(asked.path.as_str(), "/order" | "/authorization/0");
        let fails = is_polled
            && is_answered.load(Ordering::Relaxed)
            && failures.fetch_add(1, Ordering::Relaxed) < 5;
        fails.then(|| Reply::problem(503, "serverInternal", "one moment"))
    });
    ended.assert_status(0);
    assert_eq!(ended.document()["challenges"][0]["status"], "valid");
    assert!(ca.count("/order") > 5);
}

#[test]
fn a_gateway_that_fails_for_a_moment_without_a_nonce_ends_nothing() {
    let (is_answered, failures) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (_, ended) = validate(1, &["--timeout", "60"], move |asked: &Asked| {
        let fails =
            is_answered.load(Ordering::Relaxed) && failures.fetch_add(1, Ordering::Relaxed) < 8;
        is_answered.fetch_or(asked.path == "/challenge/0", Ordering::Relaxed);
        fails.then(|| {
            Reply::new(502, &json!("bad gateway"))
                .header("Replay-Nonce", "")
                .header("Content-Type", "text/html")
        })
    });
    ended.assert_status(0);
    assert_eq!(ended.document()["challenges"][0]["status"], "valid");
}

#[test]
fn a_request_is_sent_while_the_order_waits_for_it_and_only_if_there_is_one() {
    let failures = AtomicUsize::new(0);
    let ca = finalize_late(move |asked: &Asked| match asked.path.as_str() {
        "/finalize" if failures.fetch_add(1, Ordering::Relaxed) < 7 => {
            Some(Reply::problem(503, "serverInternal", "one moment"))
        }
        "/order" if (1..8).contains(&failures.load(Ordering::Relaxed)) => {
            Some(Reply::new(200, &order_object(&["a.example.test"], "ready")))
        }
        _ => None,
    });
    assert_eq!(ca.count("/finalize"), 8);

    // What is being processed while the CA validates becomes ready.
    let csr = Arc::new(Mutex::new(Value::Null));
    let seen = csr.clone();
    let (_, ended) = finalize_valid(&["--timeout", "60"], move |asked: &Asked| {
        if asked.path == "/finalize" {
            *seen.lock().unwrap() = asked.payload["csr"].clone();
        }
        (asked.path == "/order" && asked.before < 3).then(|| {
            let status = if asked.before == 0 {
                "processing"
            } else {
                "ready"
            };
            Reply::new(200, &order_object(&["a.example.test"], status))
        })
    });
    error(&ended);
    assert!(
        csr.lock()
            .unwrap()
            .as_str()
            .is_some_and(|csr| csr.len() > 100)
    );
}

#[test]
fn a_challenge_is_responded_to_whatever_the_order_was_before() {
    let (ca, ended) = finalize(&["--timeout", "60"], |asked: &Asked| {
        (asked.path == "/order" && asked.before == 0)
            .then(|| Reply::new(200, &order_object(&["a.example.test"], "processing")))
    });
    error(&ended);
    assert_eq!((ca.count("/challenge/0"), ca.count("/certificate")), (1, 1));
}

#[test]
fn a_challenge_outside_its_order_is_responded_to_as_well() {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |_| None);
    let mut command = workshop.command("acme-order");
    ca.trusted_by(command.args(["-d", "a.example.test"]));
    let challenge = run(command, "").success().document()["challenges"][0].clone();
    let mut command = workshop.command("acme-validate");
    ca.trusted_by(command.args(["--timeout", "60"]));
    let ended = run(command, challenge.to_string()).success();
    assert_eq!(ended.document()["status"], "valid");
    assert_eq!(ca.count("/challenge/0"), 1);
}

#[test]
fn a_refusal_of_what_was_accepted_before_is_none() {
    for refusal in [
        Reply::problem(403, "malformed", "the order is being processed"),
        Reply::problem(400, "malformed", "already finalized"),
        Reply::problem(404, "unauthorized", "no"),
    ] {
        // The CA has the request, whatever it says.
        finalize_late(move |asked: &Asked| (asked.path == "/finalize").then(|| refusal.clone()));
    }
}

#[test]
fn a_directory_that_is_not_there_for_a_moment_is_asked_for_again() {
    let (ca, ended) = order(|asked: &Asked| {
        (asked.path == "/directory" && asked.before < 2)
            .then(|| Reply::problem(503, "serverInternal", "one moment").header("Retry-After", "0"))
    });
    ended.assert_status(0);
    assert_eq!(ca.count("/directory"), 3);
}

#[test]
fn an_order_that_waits_for_an_authorization_that_has_expired_is_not_waited_for() {
    let (ca, ended) = finalize_valid(&["--timeout", "120"], |asked: &Asked| {
        match asked.path.as_str() {
            "/order" => Some(Reply::new(
                200,
                &order_object(&["a.example.test"], "pending"),
            )),
            "/authorization/0" if asked.before > 0 => Some(Reply::new(
                200,
                &authorization("a.example.test", "0", "expired"),
            )),
            _ => None,
        }
    });
    assert_eq!(error(&ended)["type"], "acmepipe:authorization:expired");
    assert!(
        ended.elapsed < Duration::from_secs(60),
        "{:?}",
        ended.elapsed
    );
    assert_eq!(ca.count("/finalize"), 0);
}

#[test]
fn what_is_wrong_with_one_authorization_is_said_of_that() {
    let workshop = Workshop::open();
    let is_placed = AtomicBool::new(false);
    let ca = FalseCa::start(&workshop, move |asked: &Asked| {
        is_placed.fetch_or(asked.path == "/challenge/0", Ordering::Relaxed);
        match asked.path.as_str() {
            "/authorization/0" if is_placed.load(Ordering::Relaxed) => Some(Reply::problem(
                503,
                "serverInternal",
                "the database is down",
            )),
            "/authorization/1" => Some(Reply::new(
                200,
                &authorization("b.example.test", "1", "pending"),
            )),
            "/order" => {
                let names = ["a.example.test", "b.example.test"];
                Some(Reply::new(200, &order_object(&names, "pending")))
            }
            _ => None,
        }
    });
    let mut command = workshop.command("acme-order");
    ca.trusted_by(command.args(["-d", "a.example.test", "-d", "b.example.test"]));
    let ordered = run(command, "");
    let mut command = workshop.command("acme-validate");
    ca.trusted_by(command.args(["--timeout", "5"]));
    let ended = run(command, ordered.stdout);
    ended.assert_status(1);
    let challenges = ended.document()["challenges"].clone();
    let detail = |index: usize| {
        challenges[index]["error"]["detail"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(detail(0).contains("the database is down"), "{challenges:#}");
    assert!(detail(1).contains("still validating"), "{challenges:#}");
}

#[test]
fn an_authorization_that_expires_in_the_middle_is_said_to_have() {
    for (reply, kind) in [
        (
            Reply::new(200, &authorization("a.example.test", "0", "expired")),
            "acmepipe:authorization:expired",
        ),
        (
            Reply::problem(404, "malformed", "Expired authorization"),
            "urn:ietf:params:acme:error:malformed",
        ),
    ] {
        let (ca, ended) = finalize(&["--timeout", "20"], move |asked: &Asked| {
            match asked.path.as_str() {
                "/order" => Some(Reply::new(
                    200,
                    &order_object(&["a.example.test"], "pending"),
                )),
                "/authorization/0" if asked.before > 0 => Some(reply.clone()),
                _ => None,
            }
        });
        let error = error(&ended);
        assert_eq!(error["type"], kind, "{error:#}");
        assert_eq!(ca.count("/finalize"), 0);
    }
}
