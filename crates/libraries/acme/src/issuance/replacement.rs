//! Whether a CA refuses an order only since it is to replace a certificate (RFC 9773 §5): the same order without that is
//! worth a try.

use crate::error::Error;
use crate::objects::Problem;
use crate::request::Purpose;

impl Error {
    /// Whether the CA refused an order since it cannot replace the certificate that it names, or not that one by this
    /// account or for these names.
    pub fn is_about_replacement(&self) -> bool {
        match self {
            Error::Refused {
                request, problem, ..
            } => request.purpose == Purpose::NewOrder && is_about_replacement(problem),
            _ => false,
        }
    }
}

/// RFC 9773 §7.4 has a type for a certificate that has been replaced already. For one that the CA does not know, of another
/// account, or without a name of this order, each CA has a type of its own, so that only the words tell: Boulder puts
/// `Could not validate ARI 'replaces' field` before them, and Pebble has those below.
fn is_about_replacement(problem: &Problem) -> bool {
    const WORDS: [&str; 6] = [
        "replac",
        "certid",
        "renewal info",
        "given certificate serial",
        "existing certificate serial",
        "new order and existing order",
    ];
    // Of other reasons these tell themselves, whatever their words are.
    const TYPES: [&str; 4] = ["malformed", "unauthorized", "serverInternal", "conflict"];
    if problem.is("alreadyReplaced") {
        return true;
    }
    let may_be = !problem.has_type() || TYPES.iter().any(|kind| problem.is(kind));
    let detail = problem.detail.to_ascii_lowercase();
    may_be && WORDS.iter().any(|words| detail.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Request;

    #[test]
    fn what_cas_say_of_a_replacement_is_told_from_what_they_say_of_an_order() {
        for (kind, detail, expected) in [
            // Boulder.
            (
                "alreadyReplaced",
                "Could not validate ARI 'replaces' field :: cannot indicate an order replaces certificate with serial \"1\"",
                true,
            ),
            (
                "malformed",
                "Could not validate ARI 'replaces' field :: while parsing ARI CertID an error occurred: Invalid path",
                true,
            ),
            (
                "unauthorized",
                "Could not validate ARI 'replaces' field :: while checking that this order is a replacement: requester \
                 account did not request the certificate being replaced by this order",
                true,
            ),
            (
                "serverInternal",
                "Could not validate ARI 'replaces' field",
                true,
            ),
            // Pebble.
            (
                "alreadyReplaced",
                "certificate with serial 1 already has a replacement order",
                true,
            ),
            ("malformed", "parsing ARI CertID failed: x", true),
            (
                "serverInternal",
                "could not find order resulting in the given certificate serial number",
                true,
            ),
            (
                "unauthorized",
                "requester account did not request the certificate being replaced by this order",
                true,
            ),
            (
                "malformed",
                "at least one identifier in the new order and existing order must match",
                true,
            ),
            ("malformed", "Error unmarshalling body JSON", false),
            (
                "unauthorized",
                "Account is not valid, has status \"deactivated\"",
                false,
            ),
            (
                "serverInternal",
                "Error creating authorizations for order",
                false,
            ),
            (
                "rateLimited",
                "too many certificates: renew or replace later",
                false,
            ),
            (
                "rejectedIdentifier",
                "Cannot issue for \"replaces.example\"",
                false,
            ),
            ("invalidProfile", "the profile was replaced", false),
        ] {
            let problem = format!(r#"{{"type": "urn:ietf:params:acme:error:{kind}"}}"#);
            let mut problem = Problem::from_json(&problem);
            problem.detail = detail.to_owned();
            for (purpose, is_order) in [(Purpose::NewOrder, true), (Purpose::NewAccount, false)] {
                let request = Request::post(purpose, "https://ca.test/");
                let error = Error::refused(request, problem.clone(), None);
                assert_eq!(
                    error.is_about_replacement(),
                    expected && is_order,
                    "{detail}"
                );
            }
        }
        let nothing = Problem::from_json(r#"{"detail": "the replaces field is not supported"}"#);
        assert!(is_about_replacement(&nothing));
        assert!(!Error::Interrupted.is_about_replacement());
    }
}
