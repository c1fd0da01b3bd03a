//! Orders for which the CA did not find a record that had been there: where others were written to the same zone
//! meanwhile, one of them may have removed it.

use pipeline::catalogue::Member;
use pipeline::catalogue::order::{CERTIFICATE, DIRECTORY, ERROR, NAME, OPTIONS, ORDER};
use pipeline::{Challenge, Document, Object, Value};
use std::collections::{HashMap, HashSet};

/// The orders, and what others of the run wrote.
#[derive(Default)]
pub(super) struct Refused {
    documents: Vec<Document>,
    /// The documents of the run that have a record in each zone.
    zones: HashMap<String, HashSet<String>>,
}

impl Refused {
    /// Takes notice of a document of the run.
    pub(super) fn see(&mut self, document: &Document) {
        for zone in zones(document) {
            let documents = self.zones.entry(zone).or_default();
            documents.insert(identity(document));
        }
    }

    /// Adds an order.
    pub(super) fn add(&mut self, document: Document) {
        self.documents.push(document);
    }

    /// Takes out the orders that may succeed when they are alone, each with the request for the same once more; and the
    /// others.
    pub(super) fn divide(&mut self) -> (Vec<(Document, Document)>, Vec<Document>) {
        let (mut again, mut others) = (Vec::new(), Vec::new());
        for document in std::mem::take(&mut self.documents) {
            let is_shared = |zone: &String| self.zones.get(zone).is_some_and(|all| all.len() > 1);
            match request(&document) {
                Some(request) if zones(&document).iter().any(is_shared) => {
                    again.push((document, request));
                }
                _ => others.push(document),
            }
        }
        (again, others)
    }
}

/// What tells a document from others of the run: the URL of its order, since several may have the same name; and what it is
/// called and asks for, since a CA may have the same order for two that differ in their keys only.
pub(super) fn identity(document: &Document) -> String {
    let order = document.member(&ORDER);
    let url = order.and_then(|order| Some(order.get("url")?.as_str()?.to_owned()));
    let asked = [&NAME, &OPTIONS].map(|member| in_words(document, member));
    format!("{} {}", url.unwrap_or_default(), asked.join(" "))
}

/// What tells a document from others of the run whose orders have not been placed yet, or are placed again.
pub(super) fn wish(document: &Document) -> String {
    let asked = [&NAME, &DIRECTORY, &OPTIONS].map(|member| in_words(document, member));
    let names = names(document).unwrap_or_default();
    format!("{} {}", names.join(" "), asked.join(" "))
}

fn in_words(document: &Document, member: &Member) -> String {
    let value = document.member(member);
    value.map_or_else(String::new, |value| value.to_string())
}

/// The zones of the document's records.
fn zones(document: &Document) -> HashSet<String> {
    let presented = document.challenges().filter(Challenge::is_presented);
    let zone = |challenge: Challenge| {
        let zone = challenge.zone().ok().flatten();
        zone.map(|zone| zone.to_string()).unwrap_or_default()
    };
    presented.map(zone).collect()
}

/// The request for the same certificate once more, from the same CA and account and with the same options. An order that
/// failed has replaced nothing.
pub(super) fn request(document: &Document) -> Option<Document> {
    let names = names(document)?;
    let identifier = |name: &String| {
        let members = [("type", "dns"), ("value", name)];
        let members = members.map(|(member, value)| (member.to_owned(), Value::from(value)));
        Value::Object(Object::from_iter(members))
    };
    let identifiers: Vec<Value> = names.iter().map(identifier).collect();
    let mut order = Object::from_iter([("identifiers".to_owned(), Value::from(identifiers))]);
    let before = document.member(&ORDER)?;
    for member in ["profile", "replaces"] {
        if let Some(value) = before.get(member) {
            order.insert(member.to_owned(), value.clone());
        }
    }
    let mut request = document.clone();
    for member in [&ERROR, &CERTIFICATE] {
        request.remove(member);
    }
    request.set(&ORDER, Value::Object(order));
    request.set_challenges([]);
    Some(request)
}

/// The order's names, first the one under which its certificate is kept.
fn names(document: &Document) -> Option<Vec<String>> {
    let order = document.member(&ORDER)?;
    let identifiers = order.get("identifiers")?.as_array()?;
    let names = identifiers
        .iter()
        .map(|one| one.get("value")?.as_str().map(str::to_owned));
    let mut names = names.collect::<Option<Vec<String>>>()?;
    let first = document.label();
    names.sort();
    // The first name gives the certificate its own, where a wildcard is written without its star.
    names.sort_by_key(|name| name.replace('*', "_") != first);
    (!names.is_empty()).then_some(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn document(name: &str, zone: Option<&str>, identifiers: Value) -> Document {
        let order = json!({
            "name": name, "order": {"identifiers": identifiers},
            "challenges": [{"fqdn": "x.", "zone": zone, "present": {}}, {"fqdn": "y.", "zone": "not.presented."}],
        });
        order.as_object().unwrap().clone().into()
    }

    #[test]
    fn two_orders_with_the_same_first_name_are_two() {
        let mut refused = Refused::default();
        for url in [
            "https://ca.test/1",
            "https://ca.test/1",
            "https://ca.test/2",
        ] {
            let order = json!({
                "name": "a.x", "order": {"url": url, "identifiers": [{"value": "a.x"}]},
                "challenges": [{"fqdn": "x.", "zone": "x.", "present": {}}],
            });
            let document: Document = order.as_object().unwrap().clone().into();
            refused.see(&document);
            let known = refused.zones["x."].len();
            assert_eq!(known, if url.ends_with('1') { 1 } else { 2 });
        }
    }

    #[test]
    fn orders_whose_zones_others_have_records_in_are_ordered_again() {
        let all = json!([{"type": "dns", "value": "*.a.x"}, {"type": "dns", "value": "a.x"}]);
        let mut refused = Refused::default();
        for (name, zone, identifiers) in [
            ("a.x", Some("x."), all.clone()),
            ("_.a.x", Some("X"), all.clone()),
            ("alone", Some("y."), all.clone()),
            ("no names", Some("x."), json!([])),
            (
                "odd names",
                Some("x."),
                json!([{"value": "a.x"}, {"value": 7}]),
            ),
            ("nowhere", None, all.clone()),
        ] {
            let document = document(name, zone, identifiers);
            // It comes out of every round.
            refused.see(&document);
            refused.see(&document);
            refused.add(document);
        }
        let (again, others) = refused.divide();
        let again: Vec<_> = again
            .iter()
            .map(|(one, request)| (one.label(), names(request).expect("names").join(" ")))
            .collect();
        let expected = [("a.x", "a.x *.a.x"), ("_.a.x", "*.a.x a.x")];
        assert_eq!(
            again,
            expected.map(|(name, names)| (name.to_owned(), names.to_owned()))
        );
        let others: Vec<_> = others.iter().map(Document::label).collect();
        assert_eq!(others, ["alone", "no names", "odd names", "nowhere"]);
    }

    #[test]
    fn what_is_ordered_again_is_asked_for_as_before() {
        let failed = json!({
            "version": 1, "name": "web", "directory": "https://ca.test/dir", "ticket": 4711,
            "account": {"url": "https://ca.test/1", "key": "/k"},
            "order": {"url": "https://ca.test/2", "status": "invalid", "expires": "x", "profile": "p", "replaces": "a.b",
                      "identifiers": [{"type": "dns", "value": "b.x"}, {"type": "dns", "value": "a.x"}]},
            "options": {"key-type": "EC384"}, "due": {"due": true},
            "challenges": [{"fqdn": "x.", "error": {}}], "error": {"type": "t"},
        });
        let failed: Document = failed.as_object().unwrap().clone().into();
        let request = request(&failed).expect("a request");
        assert_eq!(
            Value::Object(request.clone().into_object()),
            json!({
                "version": 1, "name": "web", "directory": "https://ca.test/dir", "ticket": 4711,
                "account": {"url": "https://ca.test/1", "key": "/k"},
                "order": {"profile": "p", "replaces": "a.b",
                          "identifiers": [{"type": "dns", "value": "a.x"}, {"type": "dns", "value": "b.x"}]},
                "options": {"key-type": "EC384"}, "due": {"due": true}, "challenges": [],
            })
        );
        assert_eq!(wish(&request), wish(&failed));
    }

    #[test]
    fn two_documents_for_the_same_names_differ_in_their_keys() {
        let of_key = |kind: &str| -> Document {
            let order = json!({
                "name": "a.x", "options": {"key-type": kind}, "challenges": [],
                "order": {"url": "https://ca.test/1", "identifiers": [{"type": "dns", "value": "a.x"}]},
            });
            order.as_object().unwrap().clone().into()
        };
        let (ec, rsa) = (of_key("EC256"), of_key("RSA2048"));
        assert_ne!(identity(&ec), identity(&rsa));
        assert_ne!(wish(&ec), wish(&rsa));
        assert_eq!(identity(&ec), identity(&of_key("EC256")));
    }
}
