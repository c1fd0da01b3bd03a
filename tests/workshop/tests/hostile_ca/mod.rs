//! A CA that says what it should not, or too much, or nothing, gets an error that tells so, and is not asked for ever.

#![allow(clippy::unwrap_used)]

mod generous;
mod memory;
mod replies;
mod stuck;
mod waits;

use serde_json::{Value, json};
use workshop::{Asked, Ended, FalseCa, Reply, Workshop, authorization, order_object, run};

type Wrong = fn(&Asked) -> Option<Reply>;

/// Runs `acme-order` for `a.example.test` with a CA of which one thing is wrong.
fn order(wrong: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static) -> (FalseCa, Ended) {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, wrong);
    let mut command = workshop.command("acme-order");
    ca.trusted_by(command.args(["-d", "a.example.test"]));
    let ended = run(command, "");
    (ca, ended)
}

/// Runs `acme-finalize` with an order of one challenge that waits, after `acme-order` met the same CA.
fn finalize(
    options: &[&str],
    wrong: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static,
) -> (FalseCa, Ended) {
    after_order("acme-finalize", options, |order| order.to_string(), wrong)
}

/// The same with an order whose challenge is valid.
fn finalize_valid(
    options: &[&str],
    wrong: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static,
) -> (FalseCa, Ended) {
    let valid = |mut order: Value| {
        order["challenges"][0]["status"] = json!("valid");
        order.to_string()
    };
    after_order("acme-finalize", options, valid, wrong)
}

/// Runs `acme-validate` with so many documents of an order, after `acme-order` met the same CA.
fn validate(
    documents: usize,
    options: &[&str],
    wrong: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static,
) -> (FalseCa, Ended) {
    let many = |order: Value| format!("{order}\n").repeat(documents);
    after_order("acme-validate", options, many, wrong)
}

/// Runs `acme-order`, and then a program with the documents that `change` makes of the order.
fn after_order(
    program: &str,
    options: &[&str],
    change: impl FnOnce(Value) -> String,
    wrong: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static,
) -> (FalseCa, Ended) {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, wrong);
    let mut command = workshop.command("acme-order");
    ca.trusted_by(command.args(["-d", "a.example.test"]));
    let order = run(command, "").success().document();
    let mut command = workshop.command(program);
    ca.trusted_by(command.args(options));
    let ended = run(command, change(order));
    (ca, ended)
}

/// The error of a document, or of its first challenge.
#[track_caller]
fn error(ended: &Ended) -> Value {
    ended.assert_status(1);
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    let document = ended.document();
    let error = &document["error"];
    assert!(
        error["detail"]
            .as_str()
            .is_some_and(|text| text.len() < 6000),
        "{document:.1000}"
    );
    error.clone()
}

/// A reply for one path, and the CA's own for all others.
fn only(asked: &Asked, path: &str, reply: impl FnOnce() -> Reply) -> Option<Reply> {
    (asked.path == path).then(reply)
}

fn with_authorization(asked: &Asked, pointer: &str, value: Value) -> Option<Reply> {
    only(asked, "/authorization/0", || {
        let mut wrong = authorization("a.example.test", "0", "pending");
        *wrong.pointer_mut(pointer).unwrap() = value;
        Reply::new(200, &wrong)
    })
}

fn with_order(asked: &Asked, member: &str, value: Value) -> Option<Reply> {
    only(asked, "/new-order", || {
        let mut wrong = order_object(&["a.example.test"], "pending");
        wrong[member] = value;
        Reply::new(201, &wrong).header("Location", "https://HERE/order")
    })
}

#[test]
fn an_honest_one_gets_its_account_and_its_order() {
    let (ca, ended) = order(|_| None);
    ended.assert_status(0);
    assert_eq!(
        ended.document()["challenges"][0]["token"],
        "token-0",
        "{}",
        ended.stderr
    );
    assert_eq!(ca.count("/account"), 1);
}

fn redirect(to: &str) -> Reply {
    Reply::new(302, &json!({})).header("Location", to)
}

fn endless(text: &str) -> Reply {
    let mut reply = Reply::new(201, &json!(null)).header("Location", "https://HERE/order");
    reply.body = text.repeat(100).into_bytes();
    reply.endless = true;
    reply
}
