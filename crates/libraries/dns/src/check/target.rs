//! What is checked, and what is known of it beforehand.

use hickory_proto::rr::Name;

use crate::zone::NameServer;

/// The method of validation that is meant where none is named (RFC 8555 §8.4).
pub const DNS_01: &str = "dns-01";

/// A zone whose servers are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownZone {
    /// Its name.
    pub name: Name,
    /// Its servers.
    pub servers: Vec<NameServer>,
}

/// What is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The name of the TXT record that is to validate.
    pub name: Name,
    /// The name that the record is written at, where somebody has followed the CNAMEs of the name or means not to.
    pub record: Option<Name>,
    /// The zone that it is written to, where somebody has found one.
    pub zone: Option<Name>,
    /// The name that is to be in the certificate, for CAA.
    pub domain: Option<Name>,
    /// Whether the certificate is for all names directly below it, where that is known.
    pub is_wildcard: Option<bool>,
    /// What a TXT record is to hold.
    pub value: Option<String>,
    /// Whether the record was written already.
    pub is_presented: bool,
    /// Whether servers are asked again, and for names that are written by mistake, before it is: of many names in a zone a few
    /// show what there is to be seen.
    pub looks_closer: bool,
    /// What the CA is called in CAA records (RFC 8659 §4.2); empty where it is not known.
    pub issuers: Vec<String>,
    /// What the CA is called that is the usual one, where nobody says which it is.
    pub usual_issuers: Vec<String>,
    /// The URL of the account (RFC 8657 §3), where it is known.
    pub account: Option<String>,
    /// What the method of validation is called in CAA records (RFC 8657 §4).
    pub method: String,
}

/// Whether a CA can be called so in CAA records (`issuer-domain-name`, RFC 8659 §4.2).
#[must_use]
pub fn is_issuer_domain_name(text: &str) -> bool {
    text.split('.').all(|label| {
        let is_ldh = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-';
        !label.is_empty() && label.bytes().all(is_ldh)
    })
}

impl Target {
    /// A name of which nothing else is known.
    #[must_use]
    pub fn of_name(name: Name) -> Target {
        Target {
            name,
            record: None,
            zone: None,
            domain: None,
            is_wildcard: None,
            value: None,
            is_presented: false,
            looks_closer: true,
            issuers: Vec::new(),
            usual_issuers: Vec::new(),
            account: None,
            method: DNS_01.into(),
        }
    }
}
