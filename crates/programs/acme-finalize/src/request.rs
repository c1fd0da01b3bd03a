//! Whether a certificate request that somebody else made fits its order.

use acme::Identifier;
use certificates::SigningRequest;
use command::message;
use pipeline::{Problem, types};
use std::collections::BTreeSet;

/// What a CA says of a request that it does not take (RFC 8555 §6.7).
const BAD_CSR: &str = "urn:ietf:params:acme:error:badCSR";

const NO_ALTERNATIVE_NAMES: &str =
    "the certificate request has its name as a common name, and no subjectAltName";

/// Says of a refusal what the request may have to do with it.
pub(crate) fn explain(refused: Problem, request: Option<&SigningRequest>) -> Problem {
    let is_likely =
        refused.kind == BAD_CSR && request.is_some_and(|request| !request.has_alternative_names());
    if !is_likely {
        return refused;
    }
    refused.hint(
        "The certificate request has its name as a common name alone: make it with a subjectAltName, for which `openssl req` \
         has -addext subjectAltName=DNS:NAME.",
    )
}

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
    if !request.has_alternative_names() {
        message::warning(&format!(
            "{label}: {NO_ALTERNATIVE_NAMES}, which not every CA takes"
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

    /// As `openssl req -new -subj /CN=a.test` makes it.
    const COMMON_NAME_ALONE: &[u8] = b"-----BEGIN CERTIFICATE REQUEST-----
MIHMMHMCAQAwETEPMA0GA1UEAwwGYS50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAEZMq0CetevbEM0NhIBh2L0TpjWsO/99yaPmFagQ3pZ0Mf3jOXxfQxJCvj
EvWwsqclcux/A9/UEaTGKlclxRlWU6AAMAoGCCqGSM49BAMCA0kAMEYCIQCrvDT3
1dGeCxz17RIoO5hcUJU1K0I2ELUNACV3NspZiQIhAPE7dh78j7tlYe5K6PRB8vXY
SI7vOlt8RGYFNzkPVFaJ
-----END CERTIFICATE REQUEST-----
";

    #[test]
    fn the_refusal_of_a_request_with_a_common_name_alone_says_what_it_lacks() {
        let key = PrivateKey::generate(KeyType::EC256).expect("a key");
        let der = certificates::request(&key, ["a.test"], Wishes::default());
        let with = SigningRequest::parse(&der.expect("a request")).expect("our own");
        let without = SigningRequest::parse(COMMON_NAME_ALONE).expect("that of openssl");
        assert_eq!(without.names(), ["a.test"]);
        let hint = |kind: &str, request| {
            let refused = Problem::of_type(kind.to_owned(), "no".to_owned());
            explain(refused, request).hint.unwrap_or_default()
        };
        assert!(hint(BAD_CSR, Some(&without)).contains("subjectAltName"));
        assert_eq!(hint(BAD_CSR, Some(&with)), "");
        assert_eq!(hint(BAD_CSR, None), "");
        assert_eq!(hint("urn:ietf:params:acme:error:caa", Some(&without)), "");
    }

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
