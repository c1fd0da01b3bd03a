//! A CA that is busy, stuck or gone is given up when its time is over, and said to be what it was.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use workshop::{Asked, FalseCa, Reply, Workshop, authorization, order_object, run};

use super::{Wrong, error, finalize, only, order, validate};

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
    assert!(ca.count("/new-order") <= 200);
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
