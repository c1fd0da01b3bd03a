//! Whatever a CA sends, and however many documents there are, a program takes little memory and loses nothing.

use std::sync::LazyLock;
use std::thread;

use serde_json::{Value, json};
use workshop::{Asked, Ended, FalseCa, Reply, Workshop, authorization, order_object, run};

/// What a program may take, in bytes.
const MOST: u64 = 64 << 20;
/// Many at once, and not so many that a test takes minutes. What each cost before would fill the measure three times.
const DOCUMENTS: usize = 24;
/// A list of nearly a megabyte. Parsed, each element would take sixty bytes and more.
static ZEROS: LazyLock<String> = LazyLock::new(|| format!("[{}0]", "0,".repeat(450_000)));
/// Values of 120 levels.
static DEEP: LazyLock<String> =
    LazyLock::new(|| format!("{}1{}", "[".repeat(120), "]".repeat(120)));

/// A reply with this object, and with members of no use before and after those that are.
fn with_ballast(status: u16, object: &Value) -> Reply {
    let (deep, zeros) = (&*DEEP, &*ZEROS);
    let members = object.to_string();
    let members = &members[1..members.len() - 1];
    let tail = if members.is_empty() { "" } else { "," };
    with_text(
        status,
        format!(r#"{{"a":{deep},"b":{zeros},{members}{tail}"c":{deep}}}"#),
    )
}

/// The object with one member replaced by a text that is JSON already.
fn with_member(status: u16, object: &Value, member: &str, text: &str) -> Reply {
    let mut object = object.clone();
    object[member] = json!("HERE IT COMES");
    with_text(
        status,
        object.to_string().replace(r#""HERE IT COMES""#, text),
    )
}

fn with_text(status: u16, text: String) -> Reply {
    let mut reply = Reply::new(status, &json!(null));
    reply.body = text.into_bytes();
    reply
}

#[track_caller]
fn assert_small(what: &str, ended: &Ended) {
    assert!(ended.peak > 0, "{what}: nobody looked");
    assert!(ended.peak < MOST, "{what}: {} MB", ended.peak >> 20);
}

fn place(workshop: &Workshop, ca: &FalseCa, names: &str) -> Ended {
    let mut command = workshop.command("acme-order");
    ca.trusted_by(&mut command);
    run(command, names)
}

fn pending() -> Value {
    order_object(&["a.example.test"], "pending")
}

fn many_names() -> String {
    "a.example.test\n".repeat(DOCUMENTS)
}

#[test]
fn objects_that_are_full_of_what_nobody_knows_cost_neither_memory_nor_members() {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |asked| {
        let reply = match asked.path.as_str() {
            "/directory" => with_ballast(
                200,
                &json!({"newNonce": "https://HERE/nonce", "newAccount": "https://HERE/account",
                        "newOrder": "https://HERE/new-order", "meta": {}}),
            ),
            "/account" => with_ballast(201, &json!({"status": "valid"}))
                .header("Location", "https://HERE/account/1"),
            "/new-order" => with_ballast(201, &order_object(&["a.example.test"], "pending"))
                .header("Location", "https://HERE/order"),
            "/authorization/0" => {
                with_ballast(200, &authorization("a.example.test", "0", "pending"))
            }
            _ => return None,
        };
        Some(reply)
    });
    let ended = place(&workshop, &ca, &many_names());
    ended.assert_status(0);
    assert_small("acme-order", &ended);
    let documents = ended.documents();
    assert_eq!(documents.len(), DOCUMENTS);
    for document in documents {
        for member in ["url", "status", "identifiers", "authorizations", "finalize"] {
            assert!(
                !document["order"][member].is_null(),
                "{member}: {document:.2000}"
            );
        }
        let challenge = &document["challenges"][0];
        for member in ["url", "authorization", "token", "value", "fqdn"] {
            assert!(challenge[member].is_string(), "{member}: {document:.2000}");
        }
    }
}

#[test]
fn orders_and_problems_without_measure_take_little_memory_whatever_comes_of_them() {
    type Case = (&'static str, &'static str, fn() -> Reply);
    let cases: [Case; 9] = [
        ("an order", "/order", || with_ballast(200, &pending())),
        (
            "an order with authorizations that are numbers",
            "/order",
            || with_member(200, &pending(), "authorizations", &ZEROS),
        ),
        ("an order with empty identifiers", "/order", || {
            let many = format!("[{}{{}}]", "{},".repeat(300_000));
            with_member(200, &pending(), "identifiers", &many)
        }),
        ("an order with an error", "/order", || {
            let long = "x".repeat(300_000);
            let many = "{},".repeat(200_000);
            let problem = format!(r#"{{"type":"t","detail":"{long}","subproblems":[{many}{{}}]}}"#);
            let order = order_object(&["a.example.test"], "invalid");
            with_member(200, &order, "error", &problem)
        }),
        ("a refusal", "/order", || {
            with_ballast(403, &json!({"type": "t", "detail": "d"}))
        }),
        ("a refusal that is a page", "/order", || {
            with_text(403, "<p>".repeat(300_000)).header("Content-Type", "text/html")
        }),
        ("an authorization", "/authorization/0", || {
            let one = format!(
                r#"{{"type":"x","error":{{"detail":"{}"}}}},"#,
                "y".repeat(20_000)
            );
            let many = format!("[{}{{}}]", one.repeat(45));
            let object = authorization("a.example.test", "0", "invalid");
            with_member(200, &object, "challenges", &many)
        }),
        ("a reply to a response", "/challenge/0", || {
            with_ballast(200, &json!({}))
        }),
        ("a certificate", "/certificate", || {
            let one = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
            with_text(200, one.repeat(17_000))
                .header("Content-Type", "application/pem-certificate-chain")
        }),
    ];
    thread::scope(|scope| {
        for (what, path, reply) in cases {
            scope.spawn(move || {
                let workshop = Workshop::open();
                let ca = FalseCa::start(&workshop, move |asked: &Asked| {
                    // acme-order asks for the authorization once, and gets what it should.
                    let is_first = path.starts_with("/authorization") && asked.before == 0;
                    (asked.path == path && !is_first).then(reply)
                });
                let placed = place(&workshop, &ca, "a.example.test\n");
                placed.assert_status(0);
                for program in ["acme-validate", "acme-finalize"] {
                    let mut command = workshop.command(program);
                    ca.trusted_by(command.args(["--timeout", "4"]));
                    let ended = run(command, placed.stdout.repeat(DOCUMENTS));
                    assert_small(&format!("{program}, {what}"), &ended);
                    assert_eq!(ended.documents().len(), DOCUMENTS, "{program}, {what}");
                    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
                }
            });
        }
    });
}

#[test]
fn what_a_ca_says_of_many_challenges_is_cut_short() {
    let zeros = format!("[{}0]", "0,".repeat(1_000));
    let long = "\u{20ac}".repeat(1_100);
    let problem = format!(
        r#"{{"type":"{long}","detail":"{long}","instance":"{long}","x":{zeros},"subproblems":[{{"x":{zeros}}},{{"x":{zeros}}}]}}"#
    );
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, move |asked| {
        if asked.path == "/new-order" {
            let urls = (0..11).map(|number| format!("https://HERE/authorization/{number}"));
            let mut order = order_object(&["a.example.test"], "pending");
            order["authorizations"] = urls.collect();
            return Some(Reply::new(201, &order).header("Location", "https://HERE/order"));
        }
        let number = asked.path.strip_prefix("/authorization/")?;
        let mut object = authorization("a.example.test", number, "pending");
        object["challenges"][0]["error"] = json!("HERE IT COMES");
        let other = json!({"type": "http-01", "error": "HERE IT COMES"});
        object["challenges"] = json!([object["challenges"][0], other]);
        Some(with_text(
            200,
            object.to_string().replace(r#""HERE IT COMES""#, &problem),
        ))
    });
    let ended = place(&workshop, &ca, &many_names());
    ended.assert_status(1);
    assert_small("acme-order", &ended);
    assert_eq!(ended.documents().len(), DOCUMENTS);
}
