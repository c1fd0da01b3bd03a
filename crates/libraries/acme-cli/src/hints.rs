//! What a person can do about what went wrong. CAs word things as they like, so a hint that needs the text is given only
//! where the text is plain; without one the type decides.

use crate::limits;
use crate::sight::{CAA, sight};
use acme::{ChallengeType, Error, Problem, Purpose, Request, Unfinished};
use https::Unreachable;
use std::path::Path;
use std::time::SystemTime;

/// What to do about an error, if there is something: one sentence.
pub(crate) fn hint(error: &Error) -> Option<String> {
    if let Some(limit) = error.limit() {
        let now = SystemTime::now();
        return Some(limits::hint(&limit, error.retry_after(), now));
    }
    let hint = match error {
        Error::Unreachable { reason, .. } => return unreachable(reason),
        Error::NotAsked { request, .. } | Error::NoAnswer { request, .. } => {
            return again(request).map(str::to_owned);
        }
        Error::NoDirectory { .. } => IS_IT_A_DIRECTORY,
        Error::Refused {
            request, problem, ..
        } => {
            let or_else = (request.purpose == Purpose::Directory).then_some(IS_IT_A_DIRECTORY);
            let of_purpose = of_account(request.purpose, problem).map(str::to_owned);
            return of_purpose
                .or_else(|| for_request(problem))
                .or(or_else.map(str::to_owned));
        }
        Error::Challenge(problem) => return for_challenge(problem),
        Error::Order {
            problem: Some(problem),
            ..
        } if problem.has_type() => return for_request(problem),
        Error::Order { .. } => {
            "Place a new order, as acme-renew does by itself: this one leads to no certificate."
        }
        Error::Unfinished { what, .. } => match what {
            Unfinished::Request(request) => return again(request).map(str::to_owned),
            Unfinished::Validation => GO_ON,
            Unfinished::Issuance(..) | Unfinished::Certificate(_) => {
                "Give acme-finalize the same document again, which goes on from there; acme-renew orders anew by itself."
            }
        },
        Error::NotOffered { offered, .. } => return other_challenge(offered),
        Error::UnknownProfile { offered, .. } if offered.is_empty() => {
            "Ask for no profile: this CA decides by itself what its certificates are like."
        }
        Error::UnknownProfile { .. } => "Ask for one of those, or for none.",
        Error::AccountKey { error, .. } | Error::Signing(error) => {
            return key(error).map(str::to_owned);
        }
        Error::OtherAccount { found: Some(_), .. } => {
            "`acme-account register` notes the account that the key has."
        }
        Error::OtherAccount { found: None, .. } => REGISTER_ANEW,
        Error::File { doing, path, .. } => return unwritable(doing, path),
        Error::TermsNotAgreedTo { .. } => {
            "Read them, then agree with --accept-tos or LEGO_ACCEPT_TOS=true."
        }
        Error::BindingNeeded { .. } => BINDING,
        Error::NoTrust { .. } => {
            "Install the package ca-certificates, or name a PEM file in LEGO_CA_CERTIFICATES."
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

/// A hint on challenges that are not wanted, and could be met.
fn other_challenge(offered: &[String]) -> Option<String> {
    let mut known = offered.iter().filter_map(|kind| ChallengeType::parse(kind));
    let other = known.next()?;
    Some(format!("Ask for what it offers, with --challenge {other}."))
}

/// A hint on a refusal that means something else where it is about an account.
fn of_account(purpose: Purpose, problem: &Problem) -> Option<&'static str> {
    match purpose {
        Purpose::NewAccount | Purpose::FindAccount if problem.is("badPublicKey") => {
            Some(OTHER_ACCOUNT_KEY)
        }
        Purpose::KeyChange if problem.is("badPublicKey") || problem.is("badSignatureAlgorithm") => {
            Some(
                "The CA does not take this key for an account: give it another one, with --key-type or --key.",
            )
        }
        Purpose::AccountChange
            if problem.is("unsupportedContact") || problem.is("invalidContact") =>
        {
            Some("The CA does not take this e-mail address: give another one with --new-email.")
        }
        _ => None,
    }
}

/// What to do about a request that had no answer.
fn again(request: &Request) -> Option<&'static str> {
    match request.purpose {
        Purpose::Order
        | Purpose::Authorization
        | Purpose::Challenge
        | Purpose::Finalization
        | Purpose::Certificate => Some(GO_ON),
        _ => None,
    }
}

/// Whoever runs the pipeline by acme-renew has no document to go on with, and need do nothing.
const GO_ON: &str = "Give it the same document again, which goes on from where the CA is; acme-renew orders anew by itself.";
const REGISTER_ANEW: &str = "Where the CA has ended or lost the account, `acme-account register --anew` moves its files aside and registers another.";
const OTHER_ACCOUNT_KEY: &str = "The CA takes no account keys of this kind: `acme-account register` makes one of another with --key-type, and with \
     --anew moves this one aside where it is kept.";
const IS_IT_A_DIRECTORY: &str = "Check whether the server's URL is that of an ACME directory.";
const BINDING: &str =
    "Get a key identifier and an HMAC key from the CA, and give --eab, --kid and --hmac.";

fn unreachable(reason: &Unreachable) -> Option<String> {
    let hint = match reason {
        Unreachable::NoAddress => "Check the server's name, and /etc/resolv.conf.",
        Unreachable::OtherName(_) => {
            "If this is the right server all the same, give the name in its certificate with LEGO_CA_SERVER_NAME."
        }
        Unreachable::Untrusted(_) => {
            "If the system does not know the server's issuer, name its PEM file in LEGO_CA_CERTIFICATES."
        }
        Unreachable::NotValidYet { .. } | Unreachable::Expired { .. } => {
            "If the clock is wrong, set it; if it is right, the CA's server has to get another certificate."
        }
        Unreachable::Connection(_) => return None,
        Unreachable::Proxy { source, reason, .. } => return Some(proxy(source, reason)),
    };
    Some(hint.to_owned())
}

/// A hint on a connection that cannot be made through a proxy.
fn proxy(source: &str, reason: &Unreachable) -> String {
    match reason {
        Unreachable::Connection(_) | Unreachable::NoAddress => format!(
            "Check {source} with its user and password, and whether the proxy lets this connection through; NO_PROXY \
             names hosts that are asked without it."
        ),
        Unreachable::Untrusted(_) => {
            "If the proxy opens TLS, or speaks it itself, name the PEM file of its issuer in \
             LEGO_CA_CERTIFICATES."
                .to_owned()
        }
        certificate => unreachable(certificate).unwrap_or_default(),
    }
}

/// A hint on a file that cannot be written since a link leads where nothing may be written any more. What may be read is not
/// given up.
pub(crate) fn unwritable(doing: &str, path: &Path) -> Option<String> {
    if doing == "read" {
        return None;
    }
    let place = command::given_up_place(path)?;
    let place = place.display();
    Some(format!(
        "A link leads to {place}, where this program has given up the right to write: only the directory of --path, and \
         what is directly in it, may be a link to elsewhere."
    ))
}

/// A hint on a key that cannot be used.
pub(crate) fn key(error: &keys::Error) -> Option<&'static str> {
    match error {
        keys::Error::NoPublicKey => Some(
            "Write it with its public key: `openssl ec -in KEY -conv_form uncompressed` does that.",
        ),
        keys::Error::Encrypted => Some(
            "Write it without the passphrase: `openssl pkey -in KEY` asks for it and does that.",
        ),
        keys::Error::Unsupported(_) => {
            Some("Keys can be ECDSA with P-256 or P-384, RSA of 2048 to 8192 bits, or Ed25519.")
        }
        keys::Error::Elsewhere => {
            Some("Name the program that signs with the private key: --sign-command.")
        }
        keys::Error::OtherSignature(_) => Some(
            "The program has to sign what it reads as it is, with the key whose thumbprint ACMEPIPE_SIGN_THUMBPRINT has.",
        ),
        keys::Error::Read(_)
        | keys::Error::Remote(_)
        | keys::Error::NoKey
        | keys::Error::Refused(_)
        | keys::Error::NoRandomness => None,
    }
}

/// What to do about a problem with one name of an order (RFC 8555 §6.7.1), if there is something: one sentence.
pub(crate) fn hint_for_name(problem: &Problem) -> Option<String> {
    match problem.is("rejectedIdentifier") {
        // An order with it is refused, so nobody has looked at any record.
        true => for_request(problem),
        false => hint(&Error::Challenge(Box::new(problem.clone()))),
    }
}

/// A hint on why a dns-01 challenge failed.
fn for_challenge(problem: &Problem) -> Option<String> {
    match sight(problem) {
        Some(sight) => Some(sight.hint().to_owned()),
        None => for_request(problem),
    }
}

/// A hint on why a request was refused.
fn for_request(problem: &Problem) -> Option<String> {
    let hint = if problem.is("rejectedIdentifier") {
        "The CA does not issue for this name, whatever its DNS says."
    } else if problem.is("caa") {
        CAA
    } else if problem.is("alreadyReplaced") {
        "Another order has replaced this certificate: place the order without `replaces`."
    } else if problem.is("badCSR") || problem.is("badPublicKey") {
        "The CA does not take this key, or something else that the certificate request asks for. All CAs take EC256, most EC384 \
         and RSA2048 to RSA4096 too: say which with --key-type. Of a key that was revoked for its own sake CAs take none: leave \
         out --reuse-key."
    } else if problem.is("badSignatureAlgorithm") {
        OTHER_ACCOUNT_KEY
    } else if problem.is("accountDoesNotExist") {
        REGISTER_ANEW
    } else if problem.is("unauthorized") && problem.detail.contains("deactivated") {
        "The account was deactivated, which cannot be undone: `acme-account register --anew` moves its files aside and \
         registers another."
    } else if problem.is("malformed") && problem.detail.contains("JWS verification") {
        "The key in account.key is not that of the account: `acme-account show` says whose it is."
    } else if problem.is("badRevocationReason") {
        "The CA does not take this reason: give another one, or `unspecified`."
    } else if problem.is("externalAccountRequired") {
        BINDING
    } else if problem.is("userActionRequired") {
        let place = problem.instance.as_ref();
        let place = place.map_or_else(|| "where the detail says".into(), |url| format!("at {url}"));
        return Some(format!(
            "The CA's terms of service have changed: read and agree to them {place}."
        ));
    } else if problem.is("unsupportedContact") || problem.is("invalidContact") {
        "The CA does not take this e-mail address: give another one with --email."
    } else {
        return None;
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(kind: &str, detail: &str) -> Problem {
        Problem {
            kind: format!("urn:ietf:params:acme:error:{kind}"),
            detail: detail.into(),
            ..Problem::default()
        }
    }

    #[track_caller]
    fn assert_sentence(hint: &str) {
        let first = hint.chars().next().unwrap_or_default();
        assert!(
            first.is_uppercase() || hint.starts_with("`openssl"),
            "{hint}"
        );
        assert!(hint.ends_with('.') && !hint.contains(". "), "{hint}");
        // A run of acme-renew has no document that a person could give to a program.
        let is_for_all = !hint.contains("same document") || hint.contains("acme-renew");
        assert!(is_for_all, "{hint}");
    }

    #[test]
    fn a_refusal_about_an_account_speaks_of_its_key_and_its_address() {
        for (purpose, kind, expected) in [
            (Purpose::NewAccount, "badPublicKey", "no account keys"),
            (
                Purpose::NewAccount,
                "badSignatureAlgorithm",
                "no account keys",
            ),
            (
                Purpose::KeyChange,
                "badPublicKey",
                "this key for an account",
            ),
            (Purpose::Finalization, "badPublicKey", "certificate request"),
            (Purpose::NewAccount, "invalidContact", "--email"),
            (Purpose::AccountChange, "unsupportedContact", "--new-email"),
        ] {
            let request = Request {
                purpose,
                method: "POST",
                url: "https://ca.test/1".into(),
            };
            let hint = hint(&Error::Refused {
                request: Box::new(request),
                problem: Box::new(problem(kind, "no")),
                retry_after: None,
            });
            let hint = hint.unwrap_or_default();
            assert!(hint.contains(expected), "{purpose:?} {kind}: {hint}");
        }
    }

    #[test]
    fn the_words_of_boulder_and_pebble_are_understood() {
        for (kind, detail, expected) in [
            (
                "dns",
                "DNS problem: NXDOMAIN looking up TXT for _acme-challenge.x",
                "does not exist",
            ),
            (
                "unauthorized",
                "Error retrieving TXT records for DNS challenge (\"… unsuccessful response: '\\x03'\")",
                "does not exist",
            ),
            (
                "unauthorized",
                "Incorrect TXT record \"x\" found at y",
                "not this value",
            ),
            (
                "unauthorized",
                "Correct value not found for DNS challenge",
                "not this value",
            ),
            (
                "unauthorized",
                "No TXT records found for DNS challenge",
                "without this TXT record",
            ),
            (
                "dns",
                "DNS problem: query timed out looking up TXT for x",
                "do not answer",
            ),
            (
                "dns",
                "DNS problem: SERVFAIL looking up TXT for x",
                "fail the CA's resolver",
            ),
            (
                "dns",
                "DNSSEC: DNSKEY Missing: validation failure",
                "DS record",
            ),
            (
                "dns",
                "While processing CAA for x: DNS problem: SERVFAIL looking up CAA for y",
                "CAA",
            ),
            (
                "unauthorized",
                "During secondary validation: no valid answer",
                "firewall",
            ),
            ("caa", "CAA record for x prevents issuance", "forbids"),
            (
                "rejectedIdentifier",
                "The server will not issue certificates for the identifier",
                "another value",
            ),
            (
                "dns",
                "There was a problem with a DNS query",
                "did not find",
            ),
        ] {
            let hint = for_challenge(&problem(kind, detail)).unwrap_or_default();
            assert!(hint.contains(expected), "{detail}: {hint}");
            assert_sentence(&hint);
        }
        assert_eq!(for_challenge(&problem("serverInternal", "oops")), None);
    }

    #[test]
    fn changed_terms_are_to_be_read_where_the_ca_says() {
        let mut changed = problem("userActionRequired", "Terms of service have changed");
        let hint = |problem: &Problem| for_request(problem).unwrap_or_default();
        assert!(hint(&changed).ends_with("where the detail says."));
        changed.instance = Some("https://ca.test/agreement/2".into());
        assert!(hint(&changed).ends_with("at https://ca.test/agreement/2."));
    }

    #[test]
    fn a_challenge_that_could_be_met_is_named() {
        let hint = |offered: &[&str]| {
            let offered = offered.iter().map(|kind| (*kind).to_owned()).collect();
            hint(&Error::NotOffered {
                authorization: "https://ca.test/1".into(),
                identifier: "a.test".into(),
                wanted: vec![ChallengeType::DnsAccount01],
                offered,
            })
        };
        assert_eq!(hint(&["http-01"]), None);
        let hint = hint(&["http-01", "dns-01"]).unwrap_or_default();
        assert!(hint.ends_with("--challenge dns-01."), "{hint}");
        assert_sentence(&hint);
    }

    #[test]
    fn every_hint_is_a_sentence() {
        for kind in [
            "rejectedIdentifier",
            "caa",
            "alreadyReplaced",
            "accountDoesNotExist",
            "externalAccountRequired",
            "userActionRequired",
            "unsupportedContact",
            "invalidContact",
        ] {
            assert_sentence(&for_request(&problem(kind, "")).unwrap_or_default());
        }
        for error in [
            keys::Error::NoPublicKey,
            keys::Error::Encrypted,
            keys::Error::Unsupported("x".into()),
        ] {
            assert_sentence(key(&error).unwrap_or_default());
        }
        let directory = "https://ca.test/".to_owned();
        for error in [
            Error::NoTrust { why: None },
            Error::BindingNeeded {
                directory: directory.clone(),
            },
            Error::TermsNotAgreedTo {
                directory: directory.clone(),
                terms: directory.clone(),
            },
            Error::Order {
                url: directory.clone(),
                status: acme::Status::Invalid,
                problem: None,
            },
            Error::Unfinished {
                what: Unfinished::Validation,
                within: std::time::Duration::from_secs(1),
            },
            Error::Unfinished {
                what: Unfinished::Issuance(directory, acme::Status::Processing),
                within: std::time::Duration::from_secs(1),
            },
        ] {
            assert_sentence(&hint(&error).unwrap_or_default());
        }
        for reason in [
            Unreachable::NoAddress,
            Unreachable::OtherName("x".into()),
            Unreachable::Untrusted("x".into()),
            Unreachable::NotValidYet {
                now: std::time::SystemTime::UNIX_EPOCH,
                from: std::time::SystemTime::UNIX_EPOCH,
            },
            Unreachable::Expired {
                now: std::time::SystemTime::UNIX_EPOCH,
                until: std::time::SystemTime::UNIX_EPOCH,
            },
        ] {
            assert_sentence(&unreachable(&reason).unwrap_or_default());
            assert_sentence(&proxy("HTTPS_PROXY", &reason));
        }
        let refused = Unreachable::Connection("refused".into());
        assert_eq!(unreachable(&refused), None);
        assert_sentence(&proxy("HTTPS_PROXY", &refused));
    }
}
