//! Documents to and from the objects of ACME. Nothing in a document is used before it has been checked.

use crate::key_places::KeyPlaces;
use acme::{Account, Credentials, Identifier, Order, ReadyChallenge, Resource};
use pipeline::catalogue::Member;
use pipeline::catalogue::challenge::{AUTHORIZATION, URL};
use pipeline::catalogue::order::{ACCOUNT, CAA_IDENTITIES, DIRECTORY, ORDER, ORDER_OBJECT};
use pipeline::{Challenge, Document, DomainName, Object, Problem, Value};
use serde::Deserialize;
use serde_json::json;
use std::path::Path;

/// The account that acts for a document, from `directory` and `account`; `None` if it has no `account`.
///
/// # Errors
/// `acmepipe:document`, naming the member; and those of a key that is in none of the places, or that others can change.
pub fn credentials(
    document: &Document,
    places: &KeyPlaces,
) -> Result<Option<Credentials>, Problem> {
    let Some(account) = document.member(&ACCOUNT) else {
        return Ok(None);
    };
    let directory = document.member(&DIRECTORY);
    let credentials = Credentials {
        directory: url(directory.as_ref(), DIRECTORY.name)?,
        url: url(account.get("url"), "account.url")?,
        key: text(account.get("key"), "account.key")?.into(),
    };
    places.check(&credentials.key)?;
    Ok(Some(credentials))
}

/// The URL of a document's order; `None` if it has none.
///
/// # Errors
/// `acmepipe:document`, naming the member.
pub fn order_url(document: &Document) -> Result<Option<String>, Problem> {
    match document.member(&ORDER) {
        None => Ok(None),
        Some(order) => url(order.get("url"), "order.url").map(Some),
    }
}

/// The identifiers that were ordered, by the document; empty where it does not say.
pub fn ordered_identifiers(document: &Document) -> Vec<Identifier> {
    let order = document.member(&ORDER);
    let placed = order.as_ref().and_then(|order| order.get("identifiers"));
    let placed = placed.and_then(Value::as_array).into_iter().flatten();
    let read = |one: &Value| Identifier::deserialize(one).ok();
    // One that cannot be read becomes empty, so that it differs from whatever the CA says.
    let none = || Identifier {
        kind: String::new(),
        value: String::new(),
    };
    placed.map(|one| read(one).unwrap_or_else(none)).collect()
}

/// The challenges that something is to be done about, by their index in the document; with what is wrong with those
/// that cannot be read.
pub(crate) fn ready_challenges(
    document: &Document,
) -> Vec<(usize, Result<ReadyChallenge, Problem>)> {
    document
        .challenges()
        .enumerate()
        .filter(|(_, challenge)| challenge.is_open())
        .map(|(index, challenge)| (index, ready_challenge(&challenge)))
        .collect()
}

/// Reads a challenge, which has to name its authorization.
pub(crate) fn ready_challenge(challenge: &Challenge) -> Result<ReadyChallenge, Problem> {
    let url = |member: &Member| url(challenge.members().get(member.name), member.name);
    Ok(ReadyChallenge {
        authorization: url(&AUTHORIZATION)?,
        challenge: url(&URL)?,
    })
}

/// Notes in a document who ordered, and where: the CA, what CAA records call it, the account and the path of its key.
pub fn set_account(document: &mut Document, account: &Account, key: &Path) {
    document.set(&DIRECTORY, account.ca().url());
    let identities = &account.ca().directory().meta.caa_identities;
    let names: Vec<&str> = identities
        .iter()
        .map(String::as_str)
        .filter(|name| DomainName::parse(name).is_ok())
        .collect();
    if !names.is_empty() {
        document.set(&CAA_IDENTITIES, json!(names));
    }
    document.set(
        &ACCOUNT,
        json!({"url": account.url(), "key": key.to_string_lossy()}),
    );
}

/// Notes in a document its order as the CA sent it last.
pub fn set_order(document: &mut Document, order: &Resource<Order>) {
    let before = document.member(&ORDER);
    document.set(&ORDER, merged(&order.url, order.object.sent(), before));
}

/// What an order keeps although the CA may not repeat it: which certificate it replaces.
const REPLACES: &str = "replaces";
/// What it is for. A CA may sort them; they stay in the sequence in which somebody asked for them, which renewals and the
/// user's programs go by.
const IDENTIFIERS: &str = "identifiers";

/// The order at this URL as it was `sent`, in the place of what was known of it `before`: members that are not an order's
/// stay, and one of its own that the CA no longer sends is dropped.
fn merged(url: &str, sent: Object, before: Option<Value>) -> Value {
    let mut object = Object::new();
    object.insert("url".into(), url.into());
    object.extend(sent);
    if let Some(Value::Object(before)) = before {
        for (member, value) in before {
            if member == IDENTIFIERS && has_the_same(object.get(IDENTIFIERS), &value) {
                object.insert(member, value);
                continue;
            }
            let is_the_ca_s = ORDER_OBJECT.contains(&member.as_str()) && member != REPLACES;
            if !is_the_ca_s && !object.contains_key(&member) {
                object.insert(member, value);
            }
        }
    }
    // The CA may send a member `url` too; this is where it answered.
    object.insert("url".into(), url.into());
    Value::Object(object)
}

/// Whether both lists have the same entries, in whatever sequence.
fn has_the_same(one: Option<&Value>, other: &Value) -> bool {
    let (Some(one), Some(other)) = (one.and_then(Value::as_array), other.as_array()) else {
        return false;
    };
    let has_all = |these: &[Value], those: &[Value]| these.iter().all(|one| those.contains(one));
    one.len() == other.len() && has_all(one, other) && has_all(other, one)
}

/// The problem that a document lacks a member, or has it with the wrong type.
pub fn missing(member: &str) -> Problem {
    Problem::document(format!(
        "member `{member}` is missing, or of the wrong type"
    ))
}

fn text(value: Option<&Value>, member: &str) -> Result<String, Problem> {
    match value.and_then(Value::as_str) {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(Problem::document(format!(
            "member `{member}` is missing, or not a string"
        ))),
    }
}

fn url(value: Option<&Value>, member: &str) -> Result<String, Problem> {
    let url = text(value, member)?;
    if acme::is_https(&url) {
        return Ok(url);
    }
    Err(Problem::document(format!(
        "member `{member}` is not an https URL"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_places::tests::anywhere;

    fn document(value: Value) -> Document {
        match value {
            Value::Object(object) => object.into(),
            _ => unreachable!("tests pass objects"),
        }
    }

    #[test]
    fn a_member_that_is_wrong_is_named() {
        let good = json!({
            "directory": "https://ca.test/dir", "account": {"url": "https://ca.test/1", "key": "/k"}
        });
        assert!(
            credentials(&document(good.clone()), &anywhere()).is_ok_and(|found| found.is_some())
        );
        assert_eq!(credentials(&document(json!({})), &anywhere()), Ok(None));
        for (pointer, member) in [
            ("/directory", "`directory`"),
            ("/account/url", "`account.url`"),
            ("/account/key", "`account.key`"),
        ] {
            for wrong in [json!(7), json!(null), json!({})] {
                let mut bad = good.clone();
                *bad.pointer_mut(pointer).expect("it is there") = wrong;
                let problem = credentials(&document(bad), &anywhere()).expect_err("wrong");
                assert_eq!(problem.kind, "acmepipe:document");
                assert!(problem.detail.contains(member), "{problem}");
            }
        }
    }

    #[test]
    fn an_order_is_asked_for_over_https_only() {
        let order = |url: Value| order_url(&document(json!({"order": {"url": url}})));
        for bad in [
            json!("http://ca.test/1"),
            json!("file:///etc/passwd"),
            json!(null),
        ] {
            let problem = order(bad).expect_err("no https URL");
            assert_eq!(problem.kind, "acmepipe:document");
            assert!(problem.detail.contains("`order.url`"), "{problem}");
        }
        assert_eq!(
            order(json!("https://ca.test/1")),
            Ok(Some("https://ca.test/1".into()))
        );
        assert_eq!(order_url(&document(json!({}))), Ok(None));
    }

    #[test]
    fn names_stay_in_their_sequence_while_they_are_the_same() {
        let names = |names: &[&str]| {
            let names = names
                .iter()
                .map(|name| json!({"type": "dns", "value": name}));
            json!({"identifiers": names.collect::<Vec<_>>()})
        };
        let before = names(&["b.test", "*.a.test"]);
        for (sent, expected) in [
            (names(&["*.a.test", "b.test"]), before.clone()),
            (names(&["b.test", "*.a.test"]), before.clone()),
            (names(&["b.test"]), names(&["b.test"])),
            (names(&["b.test", "b.test"]), names(&["b.test", "b.test"])),
            (names(&["b.test", "c.test"]), names(&["b.test", "c.test"])),
            (json!({"identifiers": 7}), json!({"identifiers": 7})),
            (json!({}), json!({})),
        ] {
            let Value::Object(object) = sent.clone() else {
                unreachable!("all are objects")
            };
            let merged = merged("https://ca.test/1", object, Some(before.clone()));
            assert_eq!(
                merged.get("identifiers"),
                expected.get("identifiers"),
                "{sent}"
            );
        }
    }

    #[test]
    fn an_order_keeps_what_is_not_the_ca_s() {
        let sent = json!({"status": "valid", "url": "https://evil.test/", "mine": 2});
        let before = json!({"url": "https://ca.test/0", "status": "pending", "expires": "x",
                            "replaces": "a.b", "mine": 1, "ticket": 4711});
        let Value::Object(sent) = sent else {
            unreachable!()
        };
        assert_eq!(
            merged("https://ca.test/1", sent, Some(before)),
            json!({"url": "https://ca.test/1", "status": "valid", "mine": 2, "replaces": "a.b", "ticket": 4711})
        );
    }

    #[test]
    fn what_was_ordered_is_told_or_stands_for_nothing() {
        let ordered = |identifiers: Value| {
            ordered_identifiers(&document(json!({"order": {"identifiers": identifiers}})))
        };
        let names = ordered(json!([{"type": "dns", "value": "a.test"}, 7]));
        assert_eq!(names[0], Identifier::dns("a.test"));
        assert_eq!(names[1].value, "");
        for nothing in [json!(null), json!([]), json!("a.test")] {
            assert_eq!(ordered(nothing), []);
        }
        assert_eq!(ordered_identifiers(&document(json!({}))), []);
    }
}
