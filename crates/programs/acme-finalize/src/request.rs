//! Whether a certificate request that somebody else made fits its order.

use acme::Identifier;
use certificates::SigningRequest;
use command::message;
use pipeline::{Problem, types};
use std::collections::BTreeSet;

/// Refuses a request for other names than were ordered, which the CA would refuse after all the work (RFC 8555 §7.4).
///
/// # Errors
/// `acmepipe:certificate:request`, with a name that only one of them has.
pub(crate) fn check(
    request: &SigningRequest,
    ordered: &[Identifier],
    label: &str,
) -> Result<(), Problem> {
    let requested: BTreeSet<&str> = request.names().iter().map(String::as_str).collect();
    let ordered: BTreeSet<&str> = ordered.iter().map(|one| one.value.as_str()).collect();
    let refused = |detail| Err(Problem::new(&types::CERTIFICATE_REQUEST, detail));
    if let Some(name) = ordered.difference(&requested).next() {
        return refused(format!(
            "the certificate request lacks {name}, which was ordered"
        ));
    }
    if let Some(name) = requested.difference(&ordered).next() {
        return refused(format!(
            "the certificate request asks for {name}, which was not ordered"
        ));
    }
    if request.is_for_clients() {
        message::warning(&format!(
            "{label}: the certificate request asks for a certificate that TLS clients may use; most public CAs leave that \
             out, or refuse it"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use certificates::Wishes;
    use keys::{KeyType, PrivateKey};

    #[test]
    fn a_request_has_the_names_that_were_ordered_and_no_others() {
        let key = PrivateKey::generate(KeyType::EC256).expect("a key");
        let request = |names: &[&str]| {
            let der = certificates::request(&key, names.iter().copied(), Wishes::default());
            SigningRequest::parse(&der.expect("a request")).expect("our own")
        };
        let ordered = ["a.test", "*.b.test"].map(Identifier::dns);
        let check = |names: &[&str]| check(&request(names), &ordered, "a.test");
        assert_eq!(check(&["*.b.test", "a.test"]), Ok(()));
        for (names, says) in [
            (&["a.test"][..], "lacks *.b.test, which was ordered"),
            (
                &["a.test", "*.b.test", "c.test"],
                "asks for c.test, which was not ordered",
            ),
        ] {
            let problem = check(names).expect_err(says);
            assert!(problem.detail.ends_with(says), "{problem}");
            assert!(problem.is(&types::CERTIFICATE_REQUEST));
        }
    }
}
