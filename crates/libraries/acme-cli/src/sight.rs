//! What a CA saw where a challenge failed, by its words, and what can be done about that where nothing else is known.

use acme::Problem;

/// What can be done about CAA records.
pub(crate) const CAA: &str = "A CAA record forbids this CA: allow it with `CAA 0 issue \"<the CA's domain>\"` (`issuewild` for wildcards), \
     and mind `accounturi` and `validationmethods`.";

/// What a CA saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// CAA records that forbid it.
    Forbidden,
    /// No answer about CAA.
    CaaUnanswered,
    /// Signatures that are not valid, or none.
    Dnssec,
    /// From other networks, something else than from its own.
    OtherNetworks,
    /// That the name does not exist.
    NoName,
    /// Failures of the name servers.
    Failure,
    /// No answer from them.
    Silence,
    /// Another value.
    OtherValue,
    /// The name, without a TXT record.
    NoRecord,
    /// Another value, or a name that it does not issue for.
    Unclear,
    /// Nothing, as it seems.
    Nothing,
}

/// What the CA saw, where its words or its type tell that.
pub(crate) fn sight(problem: &Problem) -> Option<Sight> {
    let has = |part: &str| problem.detail.contains(part);
    let has_any = |parts: &[&str]| parts.iter().any(|part| has(part));
    let sight = if problem.is("caa") || has("CAA record for") {
        Sight::Forbidden
    } else if has("While processing CAA") {
        Sight::CaaUnanswered
    } else if has("DNSSEC") {
        Sight::Dnssec
    } else if has_any(&["NXDOMAIN", "'\\\\x03'", "'\\x03'", "response: 3"]) {
        Sight::NoName
    } else if has_any(&["SERVFAIL", "'\\\\x02'", "'\\x02'", "REFUSED", "'\\x05'"]) {
        Sight::Failure
    } else if has_any(&["timed out", "timeout", "connection refused"]) {
        Sight::Silence
    } else if has_any(&["Incorrect TXT record", "Correct value not found"]) {
        Sight::OtherValue
    } else if has("No TXT record") {
        Sight::NoRecord
    } else if is_of_other_networks(problem) {
        Sight::OtherNetworks
    } else if problem.is("rejectedIdentifier") || problem.is("incorrectResponse") {
        Sight::Unclear
    } else if problem.is("dns") {
        Sight::Nothing
    } else {
        return None;
    };
    Some(sight)
}

/// Whether it saw that from other networks than its own (CA/Browser Forum, BR 3.2.2.9).
pub(crate) fn is_of_other_networks(problem: &Problem) -> bool {
    problem.detail.contains("During secondary validation")
}

impl Sight {
    /// What can be done about it.
    pub(crate) fn hint(self) -> &'static str {
        match self {
            Sight::Forbidden => CAA,
            Sight::CaaUnanswered => {
                "The TXT record is fine, but the servers of the name after `looking up CAA for` do not answer queries for CAA, \
                 which the CA has to take for a refusal."
            }
            Sight::Dnssec => {
                "The zone's signatures or its DS record are broken: until that is mended no validating resolver sees the zone."
            }
            Sight::NoName => {
                "The name does not exist in public DNS: the record is not on every name server yet, it went to a zone or server \
                 that nothing delegates to, or a resolver remembers that there was nothing when it looked before (for the zone's \
                 negative TTL)."
            }
            Sight::Failure => {
                "The domain's name servers fail the CA's resolver: they are all lame, a CNAME loops, DNSSEC is broken, or they \
                 cannot be reached from outside."
            }
            Sight::Silence => {
                "The name servers do not answer the CA's network: a firewall or a geo-block keeps it out, or they are down."
            }
            Sight::OtherValue => {
                "There is a TXT record, but not this value: it is one of another run or account, a second value replaced the \
                 first, or a name server still has the old one."
            }
            Sight::NoRecord => {
                "The name exists without this TXT record: it is not on every name server yet, a CNAME leads elsewhere, or the \
                 CA's resolver believed a lame server."
            }
            Sight::OtherNetworks => {
                "The CA sees the record from one network and not from others: the name servers differ, or a firewall lets only \
                 some in."
            }
            Sight::Unclear => {
                "Either the TXT record has another value than this challenge's, as the CA sees it, or the CA does not issue for \
                 this name."
            }
            Sight::Nothing => {
                "The CA did not find the TXT record: it is not on every name server yet, or a resolver remembers that there was \
                 none."
            }
        }
    }
}
