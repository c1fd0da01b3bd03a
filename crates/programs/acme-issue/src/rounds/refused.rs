//! Orders for which the CA did not find a record that had been there: where others were written to the same zone
//! meanwhile, one of them may have removed it.

use pipeline::{Challenge, Document, catalogue};
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

    /// Takes out the orders that may succeed when they are alone, each with a line of its names; and the others.
    pub(super) fn divide(&mut self) -> (Vec<(Document, String)>, Vec<Document>) {
        let (mut again, mut others) = (Vec::new(), Vec::new());
        for document in std::mem::take(&mut self.documents) {
            let is_shared = |zone: &String| self.zones.get(zone).is_some_and(|all| all.len() > 1);
            match names(&document) {
                Some(names) if zones(&document).iter().any(is_shared) => {
                    again.push((document, names));
                }
                _ => others.push(document),
            }
        }
        (again, others)
    }
}

/// What tells a document from others of the run: the URL of its order, since several may have the same first name.
pub(super) fn identity(document: &Document) -> String {
    let order = document.member(&catalogue::order::ORDER);
    let url = order.and_then(|order| Some(order.get("url")?.as_str()?.to_owned()));
    url.unwrap_or_else(|| document.label())
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

/// The order's names in a line, first the one under which its certificate is kept.
pub(super) fn names(document: &Document) -> Option<String> {
    let order = document.member(&catalogue::order::ORDER)?;
    let identifiers = order.get("identifiers")?.as_array()?;
    let names = identifiers.iter().map(|one| one.get("value")?.as_str());
    let mut names = names.collect::<Option<Vec<&str>>>()?;
    let first = document.label();
    // The first name gives the certificate its own, where a wildcard is written without its star.
    names.sort_by_key(|name| name.replace('*', "_") != first);
    (!names.is_empty()).then(|| names.join(" "))
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
            .map(|(one, names)| (one.label(), names.as_str()))
            .collect();
        let expected = [("a.x", "a.x *.a.x"), ("_.a.x", "*.a.x a.x")];
        assert_eq!(
            again,
            expected.map(|(name, names)| (name.to_owned(), names))
        );
        let others: Vec<_> = others.iter().map(Document::label).collect();
        assert_eq!(others, ["alone", "no names", "odd names", "nowhere"]);
    }
}
