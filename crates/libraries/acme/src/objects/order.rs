//! Orders (RFC 8555 §7.1.3, §7.4).

use crate::objects::identifier::Identifier;
use crate::objects::json::{FromJson, Room, each_member, kept, lenient, list, optional};
use crate::objects::problem::Problem;
use crate::objects::status::Status;
use crate::objects::time::{in_utc, rfc3339};
use crate::text::shorten;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use std::time::SystemTime;

/// The most names of an order, and the most authorizations: no CA takes a tenth of it.
const MOST_NAMES: usize = 10_000;
/// When an order ends.
const EXPIRES: &str = "expires";
/// Which certificate profile it has.
const PROFILE: &str = "profile";
/// Members of an order that are kept as they were sent (RFC 8555 §7.1.3, RFC 9773 §5, draft-ietf-acme-profiles §4).
const OTHERS: [&str; 5] = [EXPIRES, "notBefore", "notAfter", PROFILE, "replaces"];
/// How much is kept of these, and how much of the members that no RFC defines, in bytes of JSON.
const LARGEST_OTHERS: usize = 4 * 1024;
const LARGEST_EXTENSIONS: usize = 8 * 1024;
/// The longest profile that is told from another, in characters: a document's is no longer.
const LONGEST_PROFILE: usize = 2048;
/// The longest state that is kept, in characters.
const LONGEST_STATUS: usize = 100;

/// An order (RFC 8555 §7.1.3).
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// `pending`, `ready`, `processing`, `valid` or `invalid`.
    pub status: Status,
    /// What the certificate is for; empty where the CA does not say.
    pub identifiers: Vec<Identifier>,
    /// Their URLs, in no particular order.
    pub authorizations: Vec<String>,
    /// Where the CSR goes.
    pub finalize: Option<String>,
    /// Where the chain is, once the order is `valid`.
    pub certificate: Option<String>,
    /// The certificate profile, where the CA says which (draft-ietf-acme-profiles §4); the beginning of one that is too long.
    pub profile: Option<String>,
    /// Why it is `invalid`.
    pub error: Option<Problem>,
    /// What the CA sent, in its sequence; the lists that are held above are null here.
    pub(crate) members: Map<String, Value>,
}

impl FromJson for Order {
    fn from_json_text(text: &str) -> Result<Order, String> {
        let mut order = Order::default();
        let mut has_status = false;
        let (mut others, mut extensions) = (Room(LARGEST_OTHERS), Room(LARGEST_EXTENSIONS));
        each_member(text, |name, value| {
            let sent = match name {
                "status" => {
                    let status: Option<String> = optional(name, value)?;
                    has_status = status.is_some();
                    let status = status.unwrap_or_default();
                    order.status = Status::parse(&status);
                    json!(shorten(&status, LONGEST_STATUS))
                }
                "identifiers" => {
                    order.identifiers = list(name, value, MOST_NAMES, Identifier::from_json_text)?;
                    Value::Null
                }
                "authorizations" => {
                    let text = |value| optional(name, value).map(Option::unwrap_or_default);
                    order.authorizations = list(name, value, MOST_NAMES, text)?;
                    Value::Null
                }
                "finalize" => {
                    order.finalize = optional(name, value)?;
                    json!(order.finalize)
                }
                "certificate" => {
                    order.certificate = optional(name, value)?;
                    json!(order.certificate)
                }
                "error" if value == "null" => Value::Null,
                "error" => {
                    let problem = Problem::from_json(value);
                    let sent = json!(problem);
                    order.error = Some(problem);
                    sent
                }
                name => {
                    if name == PROFILE {
                        let text: Option<String> = lenient(value);
                        order.profile = text.map(|text| shorten(&text, LONGEST_PROFILE));
                    }
                    let is_known = OTHERS.contains(&name);
                    let room = if is_known {
                        &mut others
                    } else {
                        &mut extensions
                    };
                    match kept(name, value, room) {
                        Some(value) if name == EXPIRES => time(value),
                        Some(value) => value,
                        None => return Ok(()),
                    }
                }
            };
            order.members.insert(name.to_owned(), sent);
            Ok(())
        })?;
        if !has_status {
            return Err("member `status` is missing".to_owned());
        }
        Ok(order)
    }
}

/// A time in UTC, as documents have all of them; what is none stays as it was sent.
fn time(sent: Value) -> Value {
    match sent.as_str().and_then(rfc3339) {
        Some(time) => json!(in_utc(time)),
        None => sent,
    }
}

impl Order {
    /// The order as the CA sent it, without members that are large and of no use.
    pub fn sent(&self) -> Map<String, Value> {
        let mut sent = self.members.clone();
        if let Some(identifiers) = sent.get_mut("identifiers") {
            *identifiers = json!(self.identifiers);
        }
        if let Some(authorizations) = sent.get_mut("authorizations") {
            *authorizations = json!(self.authorizations);
        }
        sent
    }

    /// An identifier that is in the order and not in these, or in these and not in the order, or that is in the order twice;
    /// none where the CA does not say for what the order is.
    pub(crate) fn difference<'a>(&'a self, ordered: &'a [Identifier]) -> Option<&'a Identifier> {
        if self.identifiers.is_empty() {
            return None;
        }
        let twice = (self.identifiers.len() > ordered.len()).then_some(&self.identifiers);
        missing(ordered, &self.identifiers)
            .or(missing(&self.identifiers, ordered))
            .or(twice.and_then(|all| all.first()))
    }
}

/// The first of these that is not among the others.
fn missing<'a>(these: &'a [Identifier], others: &[Identifier]) -> Option<&'a Identifier> {
    these
        .iter()
        .find(|one| !others.iter().any(|other| one.is_same(other)))
}

/// What is ordered: the payload of a newOrder request (RFC 8555 §7.4).
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct NewOrder<'a> {
    /// What the certificate is to be for.
    pub identifiers: &'a [Identifier],
    /// From when on the certificate is to be valid.
    #[serde(
        rename = "notBefore",
        skip_serializing_if = "Option::is_none",
        serialize_with = "as_time"
    )]
    pub not_before: Option<SystemTime>,
    /// Until when it is to be valid.
    #[serde(
        rename = "notAfter",
        skip_serializing_if = "Option::is_none",
        serialize_with = "as_time"
    )]
    pub not_after: Option<SystemTime>,
    /// The certificate profile (draft-ietf-acme-profiles §4).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<&'a str>,
    /// The certificate that the new one takes the place of, by the id of its renewal (RFC 9773 §5). Only a CA that
    /// [offers renewal information](crate::Ca::offers_renewal_info) knows this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<&'a str>,
}

/// A time as RFC 8555 has it; one that is not there is left out.
fn as_time<S: Serializer>(time: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(in_utc).serialize(serializer)
}

/// The payload of a finalize request (RFC 8555 §7.4).
#[derive(Debug, Serialize)]
pub(crate) struct Finalize {
    /// The certificate request, DER in base64url.
    pub(crate) csr: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<Identifier> {
        names.iter().map(|name| Identifier::dns(*name)).collect()
    }

    #[test]
    fn an_order_is_for_what_was_ordered_in_whatever_order() {
        for (ordered, found, difference) in [
            (&["a.test", "b.test"][..], &["B.test", "a.test"][..], None),
            (&["a.test", "b.test"], &["a.test"], Some("b.test")),
            (&["a.test"], &["a.test", "evil.test"], Some("evil.test")),
            (&["a.test"], &[], None),
            (&["a.test"], &["a.test", "A.test"], Some("a.test")),
        ] {
            let order = Order {
                identifiers: names(found),
                ..Order::default()
            };
            let ordered = names(ordered);
            let found = order.difference(&ordered).map(|one| one.value.as_str());
            assert_eq!(found, difference);
        }
    }

    #[test]
    fn an_order_is_kept_as_it_was_sent_without_what_is_large_and_of_no_use() {
        let sent = json!({
            "status": "pondering", "expires": "2026-12-01T00:00:00Z", "profile": "p", "mine": {"x": [1]},
            "identifiers": [{"type": "dns", "value": "a.test"}], "authorizations": ["u"],
            "finalize": "f", "certificate": null, "error": null,
        });
        let order = Order::from_json_text(&sent.to_string()).expect("an order");
        assert_eq!(order.status, Status::Unknown);
        assert_eq!(order.identifiers, names(&["a.test"]));
        assert_eq!(order.authorizations, ["u"]);
        assert_eq!(
            (order.finalize.as_deref(), order.certificate.as_deref()),
            (Some("f"), None)
        );
        assert_eq!(Value::Object(order.sent()), sent);

        let mut large = sent.clone();
        large["zeros"] = json!(vec![0; LARGEST_EXTENSIONS]);
        large["deep"] = json!("x");
        let mut text = large.to_string();
        text = text.replace(
            "\"x\"}",
            &format!("{}{}}}", "[".repeat(500), "]".repeat(500)),
        );
        let order = Order::from_json_text(&text).expect("an order");
        assert_eq!(Value::Object(order.sent()), sent);
    }

    #[test]
    fn the_end_of_an_order_is_told_in_utc() {
        for (sent, told) in [
            (
                json!("2026-12-01T01:00:00+01:00"),
                json!("2026-12-01T00:00:00Z"),
            ),
            (
                json!("2026-12-01T00:00:00.123Z"),
                json!("2026-12-01T00:00:00Z"),
            ),
            (json!("soon"), json!("soon")),
            (json!(null), json!(null)),
        ] {
            let text = json!({"status": "pending", "expires": sent}).to_string();
            let order = Order::from_json_text(&text).expect("an order");
            assert_eq!(order.sent()["expires"], told);
        }
    }

    #[test]
    fn an_order_has_a_state_and_members_of_the_right_types() {
        for (bad, says) in [
            ("{}", "`status` is missing"),
            (r#"{"status": null}"#, "`status` is missing"),
            (r#"{"status": 7}"#, "`status`: "),
            (
                r#"{"status": "ready", "identifiers": [7]}"#,
                "`identifiers`: ",
            ),
            (
                r#"{"status": "ready", "authorizations": "u"}"#,
                "`authorizations`: ",
            ),
            (r#"{"status": "ready", "finalize": {}}"#, "`finalize`: "),
            ("[]", "object"),
        ] {
            let error = Order::from_json_text(bad).expect_err(bad);
            assert!(error.contains(says), "{error}");
        }
        let failed = Order::from_json_text(r#"{"status": "invalid", "error": "no"}"#);
        let problem = failed.expect("an order").error.expect("an error");
        assert_eq!(problem.text(), "no");
    }

    #[test]
    fn a_request_for_an_order_is_as_the_rfc_has_it() {
        let identifiers = names(&["a.test"]);
        let json = |profile, replaces| {
            let identifiers = &identifiers;
            serde_json::to_string(&NewOrder {
                identifiers,
                profile,
                replaces,
                not_after: profile.and_then(|_| rfc3339("2026-12-01T00:00:00Z")),
                ..NewOrder::default()
            })
        };
        let plain = json(None, None).expect("JSON");
        assert_eq!(
            plain,
            r#"{"identifiers":[{"type":"dns","value":"a.test"}]}"#
        );
        let whole = json(Some("p"), Some("a.b")).expect("JSON");
        assert!(
            whole
                .ends_with(r#","notAfter":"2026-12-01T00:00:00Z","profile":"p","replaces":"a.b"}"#),
            "{whole}"
        );
    }
}
