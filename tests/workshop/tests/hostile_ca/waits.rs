//! A CA that is busy, slow, stuck or gone is waited for as long as it may take, and no longer.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use workshop::{Asked, Ended, FalseCa, Reply, Workshop, authorization, order_object, run};

use crate::{Wrong, error, finalize, only, order};

#[test]
fn a_busy_ca_is_asked_again_when_it_said_and_no_more_than_twice() {
    let busy = |times: usize, status: u16, after: &'static str| {
        order(move |asked| {
            (asked.path == "/new-order" && asked.before < times).then(|| {
                let reply = Reply::problem(status, "serverInternal", "come again");
                match after {
                    "" => reply,
                    after => reply.header("Retry-After", after),
                }
            })
        })
    };
    let (ca, ended) = busy(1, 503, "2");
    ended.assert_status(0);
    assert_eq!(ca.count("/new-order"), 2);
    assert!(
        ended.elapsed >= Duration::from_secs(2),
        "{:?}",
        ended.elapsed
    );

    let (ca, ended) = busy(2, 500, "");
    ended.assert_status(0);
    assert_eq!(ca.count("/new-order"), 3);

    let (ca, ended) = busy(usize::MAX, 502, "");
    assert_eq!(error(&ended)["status"], 502);
    assert_eq!(ca.count("/new-order"), 3);
}

#[test]
fn who_is_over_a_limit_is_told_when_to_come_again_and_does_not_insist() {
    let (ca, ended) = order(|asked| {
        only(asked, "/new-order", || {
            Reply::problem(
                429,
                "rateLimited",
                "too many failed authorizations recently",
            )
            .header("Retry-After", "3600")
        })
    });
    let error = error(&ended);
    assert_eq!(error["type"], "urn:ietf:params:acme:error:rateLimited");
    assert_eq!(
        (&error["status"], &error["retry_after"]),
        (&json!(429), &json!(3600))
    );
    assert_eq!(ca.count("/new-order"), 1);
    assert!(
        ended.elapsed < Duration::from_secs(5),
        "{:?}",
        ended.elapsed
    );
}

#[test]
fn a_ca_that_takes_none_of_its_own_nonces_is_given_up() {
    let (ca, ended) = order(|asked| {
        only(asked, "/new-order", || {
            Reply::problem(400, "badNonce", "stale")
        })
    });
    assert_eq!(error(&ended)["type"], "acmepipe:ca:reply");
    assert!(ca.count("/new-order") <= 50);
}

#[test]
fn a_wait_for_the_ca_ends_with_the_timeout_whatever_it_says() {
    let forever: [(&str, Wrong, &str); 3] = [
        (
            "an order that stays pending",
            |asked| {
                only(asked, "/order", || {
                    Reply::new(200, &order_object(&["a.example.test"], "pending"))
                        .header("Retry-After", "999999999")
                })
            },
            "acmepipe:ca:timeout",
        ),
        (
            "an order that is being processed",
            |asked| {
                static FINALIZED: AtomicBool = AtomicBool::new(false);
                FINALIZED.fetch_or(asked.path == "/finalize", Ordering::Relaxed);
                let is_order = asked.path == "/finalize" || asked.path == "/order";
                (is_order && FINALIZED.load(Ordering::Relaxed)).then(|| {
                    Reply::new(200, &order_object(&["a.example.test"], "processing"))
                        .header("Retry-After", "Fri, 06 Nov 2099 08:49:37 GMT")
                })
            },
            "acmepipe:ca:timeout",
        ),
        (
            "an order whose state no RFC knows",
            |asked| {
                only(asked, "/order", || {
                    Reply::new(200, &order_object(&["a.example.test"], "pondering"))
                })
            },
            "acmepipe:",
        ),
    ];
    thread::scope(|scope| {
        for (what, wrong, kind) in forever {
            scope.spawn(move || {
                let wrong = move |asked: &Asked| match asked.path.as_str() {
                    // The CA never saw the challenge done.
                    "/authorization/0" => Some(Reply::new(
                        200,
                        &authorization("a.example.test", "0", "pending"),
                    )),
                    _ => wrong(asked),
                };
                let (_, ended) = finalize(&["--timeout", "2"], wrong);
                let error = error(&ended);
                assert!(
                    error["type"].as_str().unwrap().starts_with(kind),
                    "{what}: {error:#}"
                );
                assert!(
                    ended.elapsed < Duration::from_secs(8),
                    "{what}: {:?}",
                    ended.elapsed
                );
            });
        }
    });
}

#[test]
fn orders_of_a_ca_that_does_not_answer_hold_up_no_other() {
    let workshop = Workshop::open();
    let place = |ca: &FalseCa| {
        let mut command = workshop.command("acme-order");
        ca.trusted_by(command.args(["-d", "a.example.test"]));
        run(command, "").assert_status(0).stdout.clone()
    };
    let good = FalseCa::start(&workshop, |_| None);
    let deaf = FalseCa::start(&workshop, |asked| {
        if asked.path == "/directory" && asked.before > 0 {
            thread::sleep(Duration::from_secs(10));
        }
        None
    });
    let documents = place(&deaf).repeat(20) + &place(&good);
    let mut command = workshop.command("acme-validate");
    let both = std::env::join_paths([good.root(), deaf.root()]).unwrap();
    command.env("LEGO_CA_CERTIFICATES", both);
    let ended = run(command, documents);
    let first = &ended.documents()[0];
    assert!(first.get("error").is_none(), "{first:#}");
    assert_eq!(first["challenges"][0]["status"], "valid");
    assert_eq!(ended.documents().len(), 21);
}

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

/// Runs `acme-validate` with so many documents of an order, after `acme-order` met the same CA.
fn validate(
    documents: usize,
    options: &[&str],
    wrong: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static,
) -> (FalseCa, Ended) {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, wrong);
    let mut command = workshop.command("acme-order");
    ca.trusted_by(command.args(["-d", "a.example.test"]));
    let ordered = run(command, "");
    ordered.assert_status(0);
    let mut command = workshop.command("acme-validate");
    ca.trusted_by(command.args(options));
    let ended = run(command, ordered.stdout.repeat(documents));
    (ca, ended)
}

#[test]
fn a_ca_that_stalls_is_given_up_when_its_time_is_over_whatever_it_was_asked() {
    const STALL: Duration = Duration::from_secs(120);
    thread::scope(|scope| {
        for path in [
            "/order",
            "/challenge/0",
            "/finalize",
            "/certificate",
            "/nonce",
            "/directory",
        ] {
            scope.spawn(move || {
                let wrong = move |asked: &Asked| {
                    // acme-order gets its answers.
                    let is_late = !matches!(path, "/nonce" | "/directory") || asked.before > 0;
                    if asked.path == path && is_late {
                        thread::sleep(STALL);
                    }
                    None
                };
                let (_, ended) = finalize(&["--timeout", "2"], wrong);
                let error = error(&ended);
                assert_eq!(error["type"], "acmepipe:ca:timeout", "{path}: {error:#}");
                assert!(ended.elapsed < STALL / 8, "{path}: {:?}", ended.elapsed);
            });
        }
        scope.spawn(|| {
            let (ca, ended) = validate(17, &["--timeout", "6", "--jobs", "4"], |asked: &Asked| {
                if asked.path == "/order" {
                    thread::sleep(STALL);
                }
                None
            });
            ended.assert_status(1);
            assert_eq!(ended.documents().len(), 17);
            assert!(ended.elapsed < STALL / 4, "{:?}", ended.elapsed);
            // Those that were under way when the first were given up, and nothing for the others.
            assert!(ca.count("/order") <= 8, "{}", ca.count("/order"));
        });
    });
}

/// Lets a request wait for as long as a CA far away takes.
fn far_away() {
    thread::sleep(Duration::from_millis(150));
}

#[test]
fn what_is_said_at_the_end_of_the_time_is_what_was_seen_and_not_that_a_last_look_was_cut_off() {
    thread::scope(|scope| {
        scope.spawn(|| {
            let (_, ended) = validate(1, &["--timeout", "3"], |asked: &Asked| {
                far_away();
                match asked.path.as_str() {
                    "/order" => Some(Reply::new(
                        200,
                        &order_object(&["a.example.test"], "pending"),
                    )),
                    "/authorization/0" => Some(Reply::new(
                        200,
                        &authorization("a.example.test", "0", "pending"),
                    )),
                    _ => None,
                }
            });
            let detail = error(&ended)["detail"].clone();
            assert_eq!(
                detail,
                "the CA is still validating the challenges after 3 s"
            );
        });
        scope.spawn(|| {
            let is_finalized = AtomicBool::new(false);
            let (_, ended) = finalize(&["--timeout", "3"], move |asked: &Asked| {
                far_away();
                is_finalized.fetch_or(asked.path == "/finalize", Ordering::Relaxed);
                let is_order = asked.path == "/finalize" || asked.path == "/order";
                (is_order && is_finalized.load(Ordering::Relaxed))
                    .then(|| Reply::new(200, &order_object(&["a.example.test"], "processing")))
            });
            let detail = error(&ended)["detail"].as_str().unwrap().to_owned();
            assert!(
                detail.contains("still `") && detail.ends_with("after 3 s"),
                "{detail}"
            );
        });
    });
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
fn what_the_programs_themselves_wait_for_is_not_the_ca_s_time() {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |asked: &Asked| {
        if asked.path != "/nonce" {
            thread::sleep(Duration::from_millis(100));
        }
        None
    });
    let mut command = workshop.command("acme-order");
    ca.trusted_by(command.args(["-d", "a.example.test"]));
    let ordered = run(command, "");
    let mut command = workshop.command("acme-validate");
    ca.trusted_by(command.args(["--timeout", "4", "--jobs", "1"]));
    // Each takes half a second.
    let ended = run(command, ordered.stdout.repeat(24));
    ended.assert_status(0);
    assert_eq!(ended.documents().len(), 24);
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

/// Runs `acme-finalize` with an order whose challenge is valid, after `acme-order` met the same CA.
fn finalize_valid(
    options: &[&str],
    wrong: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static,
) -> (FalseCa, Ended) {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, wrong);
    let mut command = workshop.command("acme-order");
    ca.trusted_by(command.args(["-d", "a.example.test"]));
    let ordered = run(command, "");
    let mut document = ordered.success().document();
    document["challenges"][0]["status"] = json!("valid");
    let mut command = workshop.command("acme-finalize");
    ca.trusted_by(command.args(options));
    let ended = run(command, document.to_string());
    (ca, ended)
}

#[test]
fn a_ca_that_is_down_is_not_tried_for_each_of_a_thousand_documents() {
    let (ca, ended) = validate(1000, &[], |asked: &Asked| {
        (asked.path == "/order").then(|| Reply::problem(503, "serverInternal", "down"))
    });
    ended.assert_status(1);
    let documents = ended.documents();
    assert_eq!(documents.len(), 1000);
    let not_asked = |document: &&Value| {
        let detail = document["error"]["detail"].as_str().unwrap_or_default();
        detail.contains("not asked") && detail.contains("down")
    };
    assert!(documents.iter().filter(not_asked).count() > 500);
    assert!(ca.count("/order") < 1500);
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

#[test]
fn a_ca_without_any_time_is_a_wrong_command_line() {
    let workshop = Workshop::open();
    for program in ["acme-order", "acme-validate", "acme-finalize"] {
        let mut command = workshop.command(program);
        command.args(["--timeout", "0"]);
        let ended = run(command, "");
        ended.assert_status(2);
        assert!(ended.stderr.contains("no time"), "{}", ended.stderr);
    }
}
