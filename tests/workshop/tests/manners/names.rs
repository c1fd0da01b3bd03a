//! What a CA says of single names reaches a person and the challenges of these names.

use serde_json::{Value, json};
use workshop::{FalseCa, Reply, Workshop, order_object, run};

use super::{only, order};

/// A refusal for some names (RFC 8555 §6.7.1).
fn refusal(kind: &str, names: &[(&str, &str)]) -> Reply {
    let one = |(name, detail): &(&str, &str)| {
        json!({"type": "urn:ietf:params:acme:error:rejectedIdentifier", "detail": detail,
               "identifier": {"type": "dns", "value": name}})
    };
    let all: Vec<Value> = names.iter().map(one).collect();
    let mut reply = Reply::problem(403, kind, "");
    reply.body = json!({
        "type": format!("urn:ietf:params:acme:error:{kind}"), "status": 403, "detail": "Some names are refused",
        "ticket": 4711, "subproblems": all,
    })
    .to_string()
    .into_bytes();
    reply
}

#[test]
fn a_refused_order_says_which_names_are_refused_and_why() {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |asked| {
        only(asked, "/new-order", || {
            refusal(
                "rejectedIdentifier",
                &[
                    ("a.test", "policy forbids a"),
                    ("c.test", "policy\u{1b}[31m forbids c"),
                ],
            )
        })
    });
    let ended = order(&workshop, &ca, &["-d", "a.test,b.test,c.test"]);
    ended.assert_status(1);
    let error = &ended.document()["error"];
    assert_eq!(
        (&error["ticket"], &error["status"]),
        (&json!(4711), &json!(403))
    );
    assert_eq!(error["subproblems"].as_array().map(Vec::len), Some(2));
    let lines: Vec<&str> = ended.stderr.lines().collect();
    for line in [
        "acme-order: a.test: policy forbids a",
        "acme-order: a.test: c.test: policy\\u{1b}[31m forbids c",
    ] {
        assert!(lines.contains(&line), "{}", ended.stderr);
    }
    assert!(!ended.stderr.contains("b.test"), "{}", ended.stderr);
    // Both have the same hint, as the order has.
    assert_eq!(ended.stderr.matches("hint:").count(), 1, "{}", ended.stderr);
}

#[test]
fn a_refused_finalization_leaves_what_is_said_of_a_name_with_its_challenge() {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |asked| match asked.path.as_str() {
        "/finalize" => Some(refusal(
            "caa",
            &[
                ("b.test", "CAA forbids b"),
                ("other.test", "of no name here"),
            ],
        )),
        "/order" => Some(Reply::new(
            200,
            &order_object(&["a.test", "b.test"], "ready"),
        )),
        _ => None,
    });
    let placed = order(&workshop, &ca, &["-d", "a.test,b.test"]);
    placed.assert_status(0);
    let mut command = workshop.command("acme-finalize");
    ca.trusted_by(&mut command);
    let ended = run(command, placed.stdout);
    ended.assert_status(1);
    let document = ended.document();
    assert_eq!(
        document["error"]["subproblems"].as_array().map(Vec::len),
        Some(2)
    );
    assert_eq!(document["challenges"][0].get("error"), None);
    let of_name = &document["challenges"][1]["error"];
    assert_eq!(of_name["detail"], "CAA forbids b");
    assert_eq!(
        of_name["type"],
        "urn:ietf:params:acme:error:rejectedIdentifier"
    );
    assert_eq!(of_name["program"], "acme-finalize");
    for line in [
        "a.test: b.test: CAA forbids b",
        "a.test: other.test: of no name here",
    ] {
        let count = ended
            .stderr
            .lines()
            .filter(|said| said.ends_with(line))
            .count();
        assert_eq!(count, 1, "{}", ended.stderr);
    }
}
