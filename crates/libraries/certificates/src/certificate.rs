//! What a certificate says of itself (RFC 5280 §4.1).

use crate::validity::Validity;
use keys::base64url;
use std::borrow::Cow;
use std::collections::HashSet;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{self, Decode, Encode};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAltName,
};
use x509_cert::name::{Name, RelativeDistinguishedName};
use x509_cert::{TbsCertificate, Version};

/// id-at-commonName (RFC 5280 §A.1).
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// Attributes of a name and what people call them (RFC 4514 §3, RFC 4519).
const ATTRIBUTES: [(ObjectIdentifier, &str); 6] = [
    (COMMON_NAME, "CN"),
    (ObjectIdentifier::new_unwrap("2.5.4.6"), "C"),
    (ObjectIdentifier::new_unwrap("2.5.4.7"), "L"),
    (ObjectIdentifier::new_unwrap("2.5.4.8"), "ST"),
    (ObjectIdentifier::new_unwrap("2.5.4.10"), "O"),
    (ObjectIdentifier::new_unwrap("2.5.4.11"), "OU"),
];

/// The purpose of TLS clients (RFC 5280 §4.2.1.12).
const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");

/// A certificate that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    serial: Vec<u8>,
    issuer: String,
    common_names: Vec<String>,
    validity: Validity,
    names: HashSet<String>,
    has_other_names: bool,
    public_key: Vec<u8>,
    authority_key_id: Option<Vec<u8>>,
    pub(crate) issues: Issues,
    /// What it may be used for; `None` without the extension, which is for everything (RFC 5280 §4.2.1.12).
    pub(crate) purposes: Option<Vec<ObjectIdentifier>>,
}

/// Whether a certificate says of itself that it may issue others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Issues {
    /// `cA` is true, and its key usage, if it has one, allows for signing certificates (RFC 5280 §4.2.1.3, §4.2.1.9).
    Yes,
    /// `cA` is false, or is not said.
    No,
    /// `cA` is true, and its key usage does not allow for signing certificates.
    NotWithThisKey,
    /// It is of version 1, which cannot say so. Some old roots are.
    CannotSay,
}

impl Certificate {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn from_der(der: &[u8]) -> Result<Certificate, String> {
        Certificate::read(der).map_err(|error| error.to_string())
    }

    fn read(der: &[u8]) -> der::Result<Certificate> {
        let certificate = x509_cert::Certificate::from_der(der)?;
        let tbs = certificate.tbs_certificate();
        let authority = extension::<AuthorityKeyIdentifier>(tbs)?;
        let names = extension::<SubjectAltName>(tbs)?;
        let names = names.map(|names| names.0).unwrap_or_default();
        Ok(Certificate {
            der: der.to_owned(),
            serial: tbs.serial_number().as_bytes().to_vec(),
            issuer: in_words(tbs.issuer()),
            common_names: [tbs.subject(), tbs.issuer()]
                .into_iter()
                .flat_map(common_names)
                .collect(),
            validity: Validity {
                not_before: tbs.validity().not_before.to_system_time(),
                not_after: tbs.validity().not_after.to_system_time(),
            },
            has_other_names: names
                .iter()
                .any(|name| !matches!(name, GeneralName::DnsName(_))),
            names: dns_names(&names).collect(),
            public_key: tbs.subject_public_key_info().to_der()?,
            authority_key_id: authority
                .and_then(|authority| authority.key_identifier)
                .map(|id| id.as_bytes().to_vec()),
            issues: issues(tbs)?,
            purposes: extension::<ExtendedKeyUsage>(tbs)?.map(|usage| usage.0),
        })
    }

    /// All of it, in DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The serial number as it is encoded: big-endian, with a zero at its start where the first bit is set
    /// (X.690 §8.3).
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// The serial number in hexadecimal.
    pub fn serial_hex(&self) -> String {
        let digits = match self.serial.as_slice() {
            // The first zero is only there for the sign.
            [0, rest @ ..] if !rest.is_empty() => rest,
            all => all,
        };
        digits.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The issuer's name as people write it: `CN=…, O=…`.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The common names of its subject and of its issuer.
    pub fn common_names(&self) -> &[String] {
        &self.common_names
    }

    /// Its validity period.
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// Whether it is for this DNS name, in whatever case; a `*` stands for itself.
    pub fn has_name(&self, name: &str) -> bool {
        self.names.contains(&name.to_ascii_lowercase())
    }

    /// Whether it says of itself that TLS clients may use it (RFC 5280 §4.2.1.12).
    pub fn is_for_clients(&self) -> bool {
        for_clients(self.purposes.as_deref().unwrap_or_default())
    }

    /// Its DNS names, in lower case, sorted.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    /// Whether it is for more than DNS names: for addresses, say.
    pub fn has_other_names(&self) -> bool {
        self.has_other_names
    }

    /// The SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), DER.
    pub fn subject_public_key_info(&self) -> &[u8] {
        &self.public_key
    }

    /// Which of its issuer's keys signed it (RFC 5280 §4.2.1.1), if it says so.
    pub fn authority_key_id(&self) -> Option<&[u8]> {
        self.authority_key_id.as_deref()
    }

    /// The name by which a CA knows it when it is asked about its renewal, and in an order that replaces it
    /// (RFC 9773 §4.1): `aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE`. `None` where it does not say which key signed it.
    pub fn renewal_id(&self) -> Option<String> {
        let authority = self.authority_key_id().filter(|id| !id.is_empty())?;
        Some(format!(
            "{}.{}",
            base64url(authority),
            base64url(&self.serial)
        ))
    }
}

/// An extension that occurs once, or not at all.
fn extension<'a, T: Decode<'a, Error = der::Error> + der::oid::AssociatedOid>(
    tbs: &'a TbsCertificate,
) -> der::Result<Option<T>> {
    Ok(tbs.get_extension::<T>()?.map(|(_, extension)| extension))
}

/// Those that are DNS names, in lower case.
pub(crate) fn dns_names(names: &[GeneralName]) -> impl Iterator<Item = String> {
    names.iter().filter_map(|name| match name {
        GeneralName::DnsName(name) => Some(name.as_str().to_ascii_lowercase()),
        _ => None,
    })
}

/// Whether TLS clients are among these purposes.
pub(crate) fn for_clients(purposes: &[ObjectIdentifier]) -> bool {
    purposes.contains(&CLIENT_AUTH)
}

fn issues(tbs: &TbsCertificate) -> der::Result<Issues> {
    if tbs.version() == Version::V1 {
        return Ok(Issues::CannotSay);
    }
    let is_ca = extension::<BasicConstraints>(tbs)?.is_some_and(|constraints| constraints.ca);
    let may_sign = extension::<KeyUsage>(tbs)?.is_none_or(|usage| usage.key_cert_sign());
    Ok(match (is_ca, may_sign) {
        (false, _) => Issues::No,
        (true, false) => Issues::NotWithThisKey,
        (true, true) => Issues::Yes,
    })
}

/// A name as people write it, in the order of the certificate; an attribute without a usual name is called `?`.
fn in_words(name: &Name) -> String {
    let words: Vec<String> = attributes(name)
        .map(|attribute| {
            let known = ATTRIBUTES.iter().find(|(oid, _)| *oid == attribute.oid);
            let value = text(attribute);
            format!("{}={value}", known.map_or("?", |(_, short)| short))
        })
        .collect();
    words.join(", ")
}

/// The common names in a name: one, mostly.
pub(crate) fn common_names(name: &Name) -> impl Iterator<Item = String> {
    attributes(name)
        .filter(|attribute| attribute.oid == COMMON_NAME)
        .map(|attribute| text(attribute).into_owned())
}

fn attributes(name: &Name) -> impl Iterator<Item = &AttributeTypeAndValue> {
    name.iter_rdn().flat_map(RelativeDistinguishedName::iter)
}

fn text(attribute: &AttributeTypeAndValue) -> Cow<'_, str> {
    String::from_utf8_lossy(attribute.value.value())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Ca, leaf};
    use crate::validity::rfc3339;
    use rcgen::{
        BasicConstraints, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
        PublicKeyData, date_time_ymd,
    };

    fn read(der: &[u8]) -> Certificate {
        Certificate::from_der(der).expect("a certificate")
    }

    #[test]
    fn serial_issuer_times_names_and_keys_are_told() {
        let key = KeyPair::generate().expect("a key");
        let ca = Ca::root("Tëst CA");
        let mut params = leaf(&["a.example.com", "*.B.example.com"]);
        params.serial_number = Some(vec![0xf4, 0xa1].into());
        params.not_before = date_time_ymd(2026, 1, 2);
        params.not_after = date_time_ymd(2061, 1, 2);
        params.use_authority_key_identifier_extension = true;
        let certificate = read(&ca.issue(params, &key));
        assert_eq!(certificate.serial(), [0, 0xf4, 0xa1]);
        assert_eq!(certificate.serial_hex(), "f4a1");
        assert_eq!(certificate.issuer(), "CN=Tëst CA, O=Test, ?=Sales");
        let validity = certificate.validity();
        assert_eq!(rfc3339(validity.not_before), "2026-01-02T00:00:00Z");
        assert_eq!(rfc3339(validity.not_after), "2061-01-02T00:00:00Z");
        assert!(certificate.has_name("A.example.com") && certificate.has_name("*.b.example.com"));
        assert!(!certificate.has_name("b.example.com"));
        assert_eq!(certificate.names(), ["*.b.example.com", "a.example.com"]);
        assert_eq!(
            certificate.subject_public_key_info(),
            key.subject_public_key_info()
        );
        let id = certificate.authority_key_id().expect("it has one");
        assert_eq!(id, ca.key_identifier());
    }

    #[test]
    fn a_small_serial_number_has_no_zero_for_a_sign() {
        let key = KeyPair::generate().expect("a key");
        for (serial, hex) in [
            (vec![0x01], "01"),
            (vec![0x7f, 0x00], "7f00"),
            (vec![0], "00"),
        ] {
            let mut params = leaf(&["a.example.com"]);
            params.serial_number = Some(serial.into());
            let der = params.self_signed(&key).expect("signed").der().to_vec();
            assert_eq!(read(&der).serial_hex(), hex);
        }
    }

    #[test]
    fn a_certificate_is_renewed_under_the_key_of_its_issuer_and_its_serial_number() {
        let key = KeyPair::generate().expect("a key");
        let mut certificate = read(&Ca::root("Test CA").issue(leaf(&["a.example.com"]), &key));
        // The example of RFC 9773 §4.1.
        certificate.authority_key_id = Some(vec![
            0x69, 0x88, 0x5b, 0x6b, 0x87, 0x46, 0x40, 0x41, 0xe1, 0xb3, 0x7b, 0x84, 0x7b, 0xa0,
            0xae, 0x2c, 0xde, 0x01, 0xc8, 0xd4,
        ]);
        certificate.serial = vec![0, 0x87, 0x65, 0x43, 0x21];
        let id = certificate.renewal_id();
        assert_eq!(id.as_deref(), Some("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"));
        for none in [None, Some(Vec::new())] {
            certificate.authority_key_id = none;
            assert_eq!(certificate.renewal_id(), None);
        }
    }

    #[test]
    fn whether_clients_may_use_it_is_told_where_it_says_so() {
        let key = KeyPair::generate().expect("a key");
        for (purposes, is_for_clients) in [
            (vec![], false),
            (vec![ExtendedKeyUsagePurpose::ServerAuth], false),
            (
                vec![
                    ExtendedKeyUsagePurpose::ServerAuth,
                    ExtendedKeyUsagePurpose::ClientAuth,
                ],
                true,
            ),
        ] {
            let mut params = leaf(&["a.example.com"]);
            params.extended_key_usages = purposes;
            let der = params.self_signed(&key).expect("signed").der().to_vec();
            assert_eq!(read(&der).is_for_clients(), is_for_clients);
        }
    }

    #[test]
    fn who_may_issue_others_is_told() {
        let key = KeyPair::generate().expect("a key");
        let ca = IsCa::Ca(BasicConstraints::Unconstrained);
        for (is_ca, usages, issues) in [
            (ca, vec![], Issues::Yes),
            (ca, vec![KeyUsagePurpose::KeyCertSign], Issues::Yes),
            (
                ca,
                vec![KeyUsagePurpose::DigitalSignature],
                Issues::NotWithThisKey,
            ),
            (
                IsCa::ExplicitNoCa,
                vec![KeyUsagePurpose::KeyCertSign],
                Issues::No,
            ),
            (IsCa::NoCa, vec![], Issues::No),
        ] {
            let mut params = leaf(&["a.example.com"]);
            params.is_ca = is_ca;
            params.key_usages = usages;
            let der = params.self_signed(&key).expect("signed").der().to_vec();
            assert_eq!(read(&der).issues, issues);
        }
    }

    #[test]
    fn a_certificate_cut_short_or_garbled_anywhere_is_survived() {
        let mut params = leaf(&["a.example.com"]);
        params.distinguished_name.push(DnType::CommonName, "a");
        let whole = params
            .self_signed(&KeyPair::generate().expect("a key"))
            .expect("signed");
        let whole = whole.der();
        for end in 0..whole.len() {
            let error = Certificate::from_der(&whole[..end]).expect_err("cut short");
            assert!(error.contains("DER"), "{end}: {error}");
            let mut garbled = whole.to_vec();
            garbled[end] ^= 0xff;
            let _ = Certificate::from_der(&garbled);
        }
    }
}
