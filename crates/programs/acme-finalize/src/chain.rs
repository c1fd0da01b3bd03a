//! The chain that the CA hands out: held against what was asked for, and told in a document.

use crate::der::{self, Element, Reader};
use acme::{Error, Identifier, Result};
use pipeline::{message::shorten, value};
use serde_json::{Value, json};
use std::collections::HashSet;

const MAX_CERTIFICATES: usize = 20;
/// What goes into a document, in characters; certificates have less.
const MAX_TEXT: usize = 500;

/// A leaf and what it takes to get from it to a root.
pub(crate) struct Chain {
    certificates: Vec<Vec<u8>>,
    pub(crate) leaf: Leaf,
}

/// What a certificate says of itself (RFC 5280 §4.1).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Leaf {
    /// In hexadecimal.
    pub(crate) serial: String,
    issuer: String,
    not_before: String,
    not_after: String,
    /// Its DNS names, in lower case.
    names: HashSet<String>,
    /// The SubjectPublicKeyInfo, DER.
    public: Vec<u8>,
}

impl Chain {
    /// From certificates in DER, the leaf first.
    pub(crate) fn read(certificates: Vec<Vec<u8>>) -> Result<Chain> {
        let refused = |what: &str| Error::new("ca:reply", format!("the CA's chain {what}"));
        if certificates.len() > MAX_CERTIFICATES {
            return Err(refused("is absurdly long"));
        }
        let first = certificates.first().ok_or_else(|| refused("is empty"))?;
        let leaf = leaf(first).ok_or_else(|| refused("starts with what is no certificate"))?;
        // A server would not start with it.
        if !certificates[1..]
            .iter()
            .all(|one| self::leaf(one).is_some())
        {
            return Err(refused("goes on with what is no certificate"));
        }
        Ok(Chain { certificates, leaf })
    }

    /// Whether the leaf is for the key with this SubjectPublicKeyInfo.
    pub(crate) fn is_for(&self, public: &[u8]) -> bool {
        self.leaf.public == public
    }

    /// Whether the leaf has all of these names.
    pub(crate) fn check_names(&self, identifiers: &[Identifier]) -> Result<()> {
        let missing = identifiers
            .iter()
            .find(|name| !self.leaf.names.contains(&name.value.to_ascii_lowercase()));
        match missing {
            None => Ok(()),
            Some(name) => Err(Error::new(
                "ca:reply",
                format!(
                    "the CA's certificate is not for {}, which was ordered",
                    name.value
                ),
            )),
        }
    }

    /// Whether the leaf is past its end, by this machine's clock.
    pub(crate) fn has_ended(&self) -> bool {
        // RFC 3339 in UTC, to the second, sorts as text.
        self.leaf.not_after < value::now()
    }

    /// The leaf, what follows it, and both, each as PEM.
    pub(crate) fn pems(&self) -> [String; 3] {
        let pem = |ders: &[Vec<u8>]| -> String {
            ders.iter()
                .map(|der| acme::pem::encode("CERTIFICATE", der))
                .collect()
        };
        let (leaf, rest) = self.certificates.split_at(1);
        [pem(leaf), pem(rest), pem(&self.certificates)]
    }

    /// What a document says of the leaf.
    pub(crate) fn describe(&self) -> [(&'static str, Value); 4] {
        [
            ("serial", json!(shorten(&self.leaf.serial, MAX_TEXT))),
            ("issuer", json!(shorten(&self.leaf.issuer, MAX_TEXT))),
            ("not_before", json!(self.leaf.not_before)),
            ("not_after", json!(self.leaf.not_after)),
        ]
    }
}

/// Goes through a certificate from its start (RFC 5280 §4.1); nothing if it is none.
fn leaf(certificate: &[u8]) -> Option<Leaf> {
    const VERSION: u8 = 0xa0;
    const EXTENSIONS: u8 = 0xa3;
    let mut body = Reader::new(certificate)
        .enter(der::SEQUENCE)?
        .enter(der::SEQUENCE)?;
    let _ = body.expect(VERSION);
    let serial = body.expect(der::INTEGER)?.value;
    let _signature = body.expect(der::SEQUENCE)?;
    let issuer = body.enter(der::SEQUENCE)?;
    let mut validity = body.enter(der::SEQUENCE)?;
    let _subject = body.expect(der::SEQUENCE)?;
    let public = body.expect(der::SEQUENCE)?.raw.to_vec();
    let extensions = body
        .find(|element| element.tag == EXTENSIONS)
        .and_then(|element| Reader::new(element.value).enter(der::SEQUENCE));
    let serial = match serial {
        // The sign of a positive integer (X.690 §8.3.2), which nobody counts in a serial number.
        [0, rest @ ..] if !rest.is_empty() => rest,
        all => all,
    };
    Some(Leaf {
        serial: serial.iter().map(|byte| format!("{byte:02x}")).collect(),
        issuer: distinguished_name(issuer),
        not_before: time(validity.next()?)?,
        not_after: time(validity.next()?)?,
        names: extensions.map(dns_names).unwrap_or_default(),
        public,
    })
}

/// The DNS names of the extension subjectAltName (RFC 5280 §4.2.1.6).
fn dns_names(extensions: Reader<'_>) -> HashSet<String> {
    const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
    const DNS_NAME: u8 = 0x82;
    let names = |extension: Element<'_>| {
        let mut extension = Reader::new(extension.value);
        extension
            .expect(der::OID)
            .filter(|oid| oid.value == SUBJECT_ALT_NAME)?;
        let _critical = extension.expect(der::BOOLEAN);
        let value = extension.expect(der::OCTETS)?;
        let names = Reader::new(value.value).enter(der::SEQUENCE)?;
        let names = names.filter(|name| name.tag == DNS_NAME);
        Some(names.map(|name| text(name).to_ascii_lowercase()).collect())
    };
    extensions.into_iter().find_map(names).unwrap_or_default()
}

/// A name as people write it, `CN=…, O=…` (RFC 5280 §4.1.2.4); an attribute without a usual name has its place only.
fn distinguished_name(name: Reader<'_>) -> String {
    let attribute = |element: Element<'_>| {
        let mut set = Reader::new(element.value);
        let mut pair = set.enter(der::SEQUENCE)?;
        let oid = pair.expect(der::OID)?.value;
        let value = text(pair.next()?);
        let short = match oid {
            [0x55, 0x04, 0x03] => "CN",
            [0x55, 0x04, 0x06] => "C",
            [0x55, 0x04, 0x07] => "L",
            [0x55, 0x04, 0x08] => "ST",
            [0x55, 0x04, 0x0a] => "O",
            [0x55, 0x04, 0x0b] => "OU",
            _ => "?",
        };
        Some(format!("{short}={value}"))
    };
    let sets = name.filter(|element| element.tag == der::SET);
    sets.filter_map(attribute).collect::<Vec<_>>().join(", ")
}

fn text(element: Element<'_>) -> String {
    String::from_utf8_lossy(element.value).into_owned()
}

/// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ` (RFC 5280 §4.1.2.5), as RFC 3339 has it.
fn time(element: Element<'_>) -> Option<String> {
    let digits = std::str::from_utf8(element.value).ok()?.strip_suffix('Z')?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = match (element.tag, digits.len()) {
        (der::UTC_TIME, 12) => {
            let (year, rest) = digits.split_at(2);
            let century = if year < "50" { "20" } else { "19" };
            (format!("{century}{year}"), rest)
        }
        (der::GENERALIZED_TIME, 14) => (digits[..4].to_owned(), &digits[4..]),
        _ => return None,
    };
    let (month, day) = (&rest[..2], &rest[2..4]);
    let (hour, minute, second) = (&rest[4..6], &rest[6..8], &rest[8..]);
    Some(format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, DnType, KeyPair, PublicKeyData};

    fn certificate(key: &KeyPair) -> Vec<u8> {
        let names = vec!["a.example.com".into(), "*.B.example.com".into()];
        let mut params = CertificateParams::new(names).expect("names");
        params.serial_number = Some(vec![0xf4, 0xa1].into());
        params.not_before = rcgen::date_time_ymd(2026, 1, 2);
        params.not_after = rcgen::date_time_ymd(2061, 1, 2);
        params
            .distinguished_name
            .push(DnType::CommonName, "Tëst CA");
        params
            .distinguished_name
            .push(DnType::OrganizationName, "Test");
        params.self_signed(key).expect("signed").der().to_vec()
    }

    #[test]
    fn a_chain_tells_key_names_and_times_of_its_leaf() {
        let (key, other) = (
            KeyPair::generate().expect("a key"),
            KeyPair::generate().expect("a key"),
        );
        let chain = Chain::read(vec![certificate(&key), certificate(&other)]).expect("a chain");
        assert_eq!(chain.leaf.serial, "f4a1");
        assert_eq!(chain.leaf.issuer, "CN=Tëst CA, O=Test");
        assert_eq!(chain.leaf.not_before, "2026-01-02T00:00:00Z");
        assert_eq!(chain.leaf.not_after, "2061-01-02T00:00:00Z");
        assert!(chain.is_for(&key.subject_public_key_info()));
        assert!(!chain.is_for(&other.subject_public_key_info()));
        let names = ["A.example.com", "*.b.example.com"].map(Identifier::dns);
        assert!(chain.check_names(&names).is_ok());
        assert!(
            chain
                .check_names(&[Identifier::dns("b.example.com")])
                .is_err()
        );
        let [cert, rest, full] = chain.pems();
        assert_eq!(full, format!("{cert}{rest}"));
        assert_ne!(cert, rest);
    }

    #[test]
    fn what_is_no_chain_is_refused() {
        let good = certificate(&KeyPair::generate().expect("a key"));
        let junk = b"junk".to_vec();
        for bad in [
            vec![],
            vec![junk.clone()],
            vec![good, junk],
            vec![Vec::new(); 21],
        ] {
            assert!(Chain::read(bad).is_err());
        }
    }

    #[test]
    fn a_certificate_cut_short_or_garbled_anywhere_is_survived() {
        let whole = certificate(&KeyPair::generate().expect("a key"));
        for end in 0..whole.len() {
            let _ = leaf(&whole[..end]);
            let mut garbled = whole.clone();
            garbled[end] ^= 0xff;
            let _ = leaf(&garbled);
        }
    }
}
