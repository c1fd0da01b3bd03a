//! What a person can do about what a CA says. CAs word things as they like, so a hint that needs the text is given
//! only where the text is plain; without one the type decides.

use crate::Problem;

/// A hint on why a dns-01 challenge failed.
pub(crate) fn for_challenge(problem: &Problem) -> Option<String> {
    let text = problem.detail.as_str();
    let has = |part: &str| text.contains(part);
    let hint = if problem.is("caa") || has("CAA record for") {
        "a CAA record forbids this CA; allow it with `CAA 0 issue \"<the CA's domain>\"` (`issuewild` for wildcards), \
         and mind `accounturi` and `validationmethods`"
    } else if has("While processing CAA") {
        "the TXT record was fine; the servers of the name after `looking up CAA for` do not answer questions for CAA, \
         which the CA takes for a no"
    } else if has("DNSSEC") {
        "the zone's signatures or its DS record are broken; until that is mended no validating resolver sees the zone"
    } else if has("NXDOMAIN") || has("'\\\\x03'") || has("'\\x03'") || has("response: 3") {
        "the name does not exist where the world looks: the record is not on every name server yet, it went to a zone \
         or server that nobody is delegated to, or a resolver remembers that there was nothing when it looked before \
         (for the zone's negative TTL)"
    } else if has("SERVFAIL")
        || has("'\\\\x02'")
        || has("'\\x02'")
        || has("REFUSED")
        || has("'\\x05'")
    {
        "the domain's name servers failed the CA's resolver: all lame, a CNAME loop, broken DNSSEC, or not reachable \
         from outside"
    } else if has("timed out") || has("timeout") || has("connection refused") {
        "the name servers did not answer the CA's network: a firewall, a geo-block, or servers that are down"
    } else if has("Incorrect TXT record") || has("Correct value not found") {
        "there is a TXT record, but not this value: one of another run or account, a second value that replaced the \
         first, or a name server that still has the old one"
    } else if has("No TXT record") {
        "the name exists without this TXT record: it is not on every name server yet, a CNAME leads elsewhere, or the \
         CA's resolver believed a lame server"
    } else if has("During secondary validation") {
        "the CA saw the record from one network and not from others: name servers that differ, or a firewall that lets \
         only some in"
    } else {
        return for_request(problem);
    };
    Some(hint.to_owned())
}

/// A hint on why a request was turned down.
pub(crate) fn for_request(problem: &Problem) -> Option<String> {
    let hint = if problem.is("rateLimited") {
        "mend what failed before, then wait until the CA takes orders for these names again"
    } else if problem.is("rejectedIdentifier") {
        "the CA does not issue for this name, whatever its DNS says"
    } else if problem.is("accountDoesNotExist") {
        "the CA does not know this account; a new one is registered once account.json beside its key is removed"
    } else if problem.is("externalAccountRequired") {
        "get a key identifier and HMAC key from the CA, and give --eab, --kid and --hmac"
    } else if problem.is("userActionRequired") {
        "the CA's terms of service have changed; read and agree to them where the detail says"
    } else if problem.is("unsupportedContact") || problem.is("invalidContact") {
        "the CA does not take this e-mail address"
    } else {
        return None;
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(kind: &str, detail: &str) -> String {
        let problem = Problem {
            kind: format!("urn:ietf:params:acme:error:{kind}"),
            detail: detail.into(),
            ..Problem::default()
        };
        for_challenge(&problem).unwrap_or_default()
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
                "did not answer",
            ),
            (
                "dns",
                "While processing CAA for x: DNS problem: SERVFAIL looking up CAA for y",
                "CAA",
            ),
            ("caa", "CAA record for x prevents issuance", "forbids"),
            ("rateLimited", "too many failed authorizations (5)", "wait"),
        ] {
            assert!(
                hint(kind, detail).contains(expected),
                "{detail}: {}",
                hint(kind, detail)
            );
        }
        assert_eq!(hint("serverInternal", "oops"), "");
    }
}
