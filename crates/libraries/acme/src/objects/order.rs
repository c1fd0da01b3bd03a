//! Orders (RFC 8555 §7.1.3, §7.4).

use crate::objects::identifier::Identifier;
use crate::objects::problem::Problem;
use crate::objects::status::Status;
use serde::{Deserialize, Serialize};

/// An order (RFC 8555 §7.1.3). Members that are not listed are not lost: it keeps the object as the CA sent it.
#[derive(Debug, Clone, Deserialize)]
pub struct Order {
    /// `pending`, `ready`, `processing`, `valid` or `invalid`.
    pub status: Status,
    /// What the certificate is for.
    pub identifiers: Vec<Identifier>,
    /// Their URLs, in no particular order.
    pub authorizations: Vec<String>,
    /// Where the CSR goes.
    pub finalize: String,
    /// Where the chain is, once the order is `valid`.
    pub certificate: Option<String>,
    /// Why it is `invalid`.
    pub error: Option<Problem>,
    /// All of it: the JSON object that the CA sent.
    #[serde(skip)]
    pub raw: Vec<u8>,
}

impl Order {
    /// The first identifier that is in the order and not in these, or in these and not in the order.
    pub(crate) fn difference<'a>(&'a self, ordered: &'a [Identifier]) -> Option<&'a Identifier> {
        missing(ordered, &self.identifiers).or(missing(&self.identifiers, ordered))
    }
}

/// The first of these that is not among the others.
fn missing<'a>(these: &'a [Identifier], others: &[Identifier]) -> Option<&'a Identifier> {
    these
        .iter()
        .find(|one| !others.iter().any(|other| one.is_same(other)))
}

/// The payload of a newOrder request (RFC 8555 §7.4).
#[derive(Debug, Serialize)]
pub(crate) struct NewOrder<'a> {
    pub(crate) identifiers: &'a [Identifier],
    /// draft-ietf-acme-profiles §4.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) profile: Option<&'a str>,
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
            (&["a.test"], &[], Some("a.test")),
        ] {
            let order = Order {
                status: Status::Pending,
                identifiers: names(found),
                authorizations: Vec::new(),
                finalize: String::new(),
                certificate: None,
                error: None,
                raw: Vec::new(),
            };
            let ordered = names(ordered);
            let found = order.difference(&ordered).map(|one| one.value.as_str());
            assert_eq!(found, difference);
        }
    }

    #[test]
    fn a_request_for_an_order_is_as_the_rfc_has_it() {
        let identifiers = names(&["a.test"]);
        let json = |profile| {
            let identifiers = &identifiers;
            serde_json::to_string(&NewOrder {
                identifiers,
                profile,
            })
        };
        let plain = json(None).expect("JSON");
        assert_eq!(
            plain,
            r#"{"identifiers":[{"type":"dns","value":"a.test"}]}"#
        );
        let with_profile = json(Some("p")).expect("JSON");
        assert!(
            with_profile.ends_with(r#","profile":"p"}"#),
            "{with_profile}"
        );
    }
}
