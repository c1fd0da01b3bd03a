//! Certificate requests that somebody else made (RFC 2986), with a key that never comes here.

use crate::certificate::{common_names, dns_names, for_clients};
use crate::error::{Error, Result};
use keys::KeyType;
use pem::{EncodeConfig, LineEnding, Pem};
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1,
    ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    UnparsedPublicKey, VerificationAlgorithm,
};
use std::collections::BTreeSet;
use std::path::Path;
use x509_cert::der::asn1::{ObjectIdentifier, SetOfVec};
use x509_cert::der::oid::AssociatedOid;
use x509_cert::der::{self, Decode, Encode};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{ExtendedKeyUsage, SubjectAltName};
use x509_cert::request::{CertReq, ExtensionReq};

/// The largest file that is read, in bytes: with a hundred names and a large key it has 10 kB.
const LARGEST_FILE: u64 = 256 * 1024;

/// The labels of a request in PEM (RFC 7468 §7).
const LABELS: [&str; 2] = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"];

/// extensionRequest (RFC 2985 §5.4.2).
const EXTENSION_REQUEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.14");

/// A certificate request that was read, and whose signature is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningRequest {
    der: Vec<u8>,
    names: Vec<String>,
    public_key: Vec<u8>,
    is_for_clients: bool,
    has_alternative_names: bool,
}

impl SigningRequest {
    /// Reads the file of a request, in PEM or DER.
    ///
    /// # Errors
    /// [`Error::File`], and what is wrong with the request: [`Error::SigningRequest`].
    pub fn read(path: &Path) -> Result<SigningRequest> {
        let content = files::read_bounded(path, LARGEST_FILE)
            .map_err(|error| Error::file("read", path, error))?;
        SigningRequest::parse(&content).map_err(|why| Error::SigningRequest {
            path: path.to_owned(),
            why,
        })
    }

    /// Reads a request in PEM or DER, and checks that it is signed with its own key (RFC 2986 §4.2).
    ///
    /// # Errors
    /// What is wrong with it, in words that follow its name.
    pub fn parse(content: &[u8]) -> std::result::Result<SigningRequest, String> {
        let der = match pem::parse_many(content) {
            Ok(sections) if !sections.is_empty() => sections
                .into_iter()
                .find(|section| LABELS.contains(&section.tag()))
                .map(Pem::into_contents)
                .ok_or("is PEM without a certificate request in it")?,
            _ => content.to_vec(),
        };
        let unreadable = |error: der::Error| format!("is no certificate request: {error}");
        let request = CertReq::from_der(&der).map_err(unreadable)?;
        verify(&request)?;
        let extensions = extensions(&request).map_err(unreadable)?;
        let names = names(&request, &extensions)?;
        let usage = extension::<ExtendedKeyUsage>(&extensions).map_err(unreadable)?;
        let public_key = request.info.public_key.to_der().map_err(unreadable)?;
        Ok(SigningRequest {
            names,
            public_key,
            has_alternative_names: extensions
                .iter()
                .any(|found| found.extn_id == SubjectAltName::OID),
            is_for_clients: usage.is_some_and(|usage| for_clients(&usage.0)),
            der,
        })
    }

    /// All of it, in DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The text of its file.
    pub fn to_pem(&self) -> String {
        let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
        pem::encode_config(&Pem::new(LABELS[0], &*self.der), config)
    }

    /// The DNS names that it asks for, in lower case: its common name first, where it has one, then the others in their
    /// order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), DER.
    pub fn subject_public_key_info(&self) -> &[u8] {
        &self.public_key
    }

    /// The kind of its key; none where it is one that is not made here.
    pub fn key_type(&self) -> Option<KeyType> {
        KeyType::of_public_key(&self.public_key)
    }

    /// Whether it has its names where certificates have them: in subjectAltName (RFC 5280 §4.2.1.6), and not in the common
    /// name alone. RFC 8555 §7.4 allows that, and not every CA takes it.
    pub fn has_alternative_names(&self) -> bool {
        self.has_alternative_names
    }

    /// Whether it asks for a certificate that TLS clients may use.
    pub fn is_for_clients(&self) -> bool {
        self.is_for_clients
    }
}

/// The extensions that a request asks for.
fn extensions(request: &CertReq) -> der::Result<Vec<Extension>> {
    let mut all = Vec::new();
    for attribute in request.info.attributes.iter() {
        if attribute.oid == EXTENSION_REQUEST {
            let values: &SetOfVec<_> = &attribute.values;
            for value in values.iter() {
                all.extend(value.decode_as::<ExtensionReq>()?.0);
            }
        }
    }
    Ok(all)
}

fn extension<'a, T>(extensions: &'a [Extension]) -> der::Result<Option<T>>
where
    T: Decode<'a, Error = der::Error> + AssociatedOid,
{
    let found = extensions.iter().find(|found| found.extn_id == T::OID);
    found
        .map(|found| T::from_der(found.extn_value.as_bytes()))
        .transpose()
}

/// The names that a request asks for; a CA takes its common name for one of them (RFC 8555 §7.4).
fn names(request: &CertReq, extensions: &[Extension]) -> std::result::Result<Vec<String>, String> {
    let alternative = extension::<SubjectAltName>(extensions)
        .map_err(|error| format!("has names that cannot be read: {error}"))?
        .map(|names| names.0)
        .unwrap_or_default();
    if alternative
        .iter()
        .any(|name| !matches!(name, GeneralName::DnsName(_)))
    {
        return Err("asks for names that are no DNS names, which dns-01 does not prove".into());
    }
    let common = common_names(&request.info.subject).map(|name| name.to_ascii_lowercase());
    let mut seen = BTreeSet::new();
    let names: Vec<String> = common
        .chain(dns_names(&alternative))
        .filter(|name| seen.insert(name.clone()))
        .collect();
    if let Some(name) = names.iter().find(|name| name.ends_with('.')) {
        return Err(format!(
            "asks for `{}`, and in a certificate a name has no dot at its end",
            name.escape_debug()
        ));
    }
    match names.is_empty() {
        true => Err("asks for no names".into()),
        false => Ok(names),
    }
}

/// Checks that a request is signed with its own key.
fn verify(request: &CertReq) -> std::result::Result<(), String> {
    let key = &request.info.public_key;
    let key_type = key
        .to_der()
        .ok()
        .and_then(|info| KeyType::of_public_key(&info));
    let signature = request.algorithm.oid.to_string();
    let Some(algorithm) = algorithm(&signature, key_type.map(KeyType::name)) else {
        return Err(format!(
            "is signed in a way that cannot be checked here (algorithm {signature})"
        ));
    };
    let parts = request.info.to_der().ok().and_then(|info| {
        let key = key.subject_public_key.as_bytes()?;
        Some((info, key, request.signature.as_bytes()?))
    });
    let is_right = parts.is_some_and(|(info, key, signature)| {
        UnparsedPublicKey::new(algorithm, key)
            .verify(&info, signature)
            .is_ok()
    });
    match is_right {
        true => Ok(()),
        false => Err("is not signed with its own key".into()),
    }
}

/// How a signature with this algorithm is checked (RFC 5758 §3.2, RFC 8017 §A.2.4, RFC 8410 §3).
fn algorithm(
    signature: &str,
    key: Option<&'static str>,
) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match (signature, key) {
        ("1.2.840.10045.4.3.2", Some("EC256")) => &ECDSA_P256_SHA256_ASN1,
        ("1.2.840.10045.4.3.3", Some("EC256")) => &ECDSA_P256_SHA384_ASN1,
        ("1.2.840.10045.4.3.2", Some("EC384")) => &ECDSA_P384_SHA256_ASN1,
        ("1.2.840.10045.4.3.3", Some("EC384")) => &ECDSA_P384_SHA384_ASN1,
        ("1.2.840.113549.1.1.11", _) => &RSA_PKCS1_2048_8192_SHA256,
        ("1.2.840.113549.1.1.12", _) => &RSA_PKCS1_2048_8192_SHA384,
        ("1.2.840.113549.1.1.13", _) => &RSA_PKCS1_2048_8192_SHA512,
        ("1.3.101.112", _) => &ED25519,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Wishes, request};
    use keys::{KEY_TYPES, PrivateKey};
    use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, SanType};

    fn made(change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
        let names = ["b.example.com".to_owned(), "*.A.example.com".to_owned()];
        let mut params = CertificateParams::new(names).expect("names");
        params.distinguished_name = rcgen::DistinguishedName::new();
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        let request = params.serialize_request(&key).expect("a request");
        request.der().to_vec()
    }

    #[test]
    fn requests_with_keys_of_every_kind_are_read_in_pem_and_der() {
        let quick = |kind: &KeyType| kind.name() != "RSA8192";
        for kind in KEY_TYPES.into_iter().filter(quick) {
            let key = PrivateKey::generate(kind).expect("a key");
            let names = ["a.example.com", "b.example.com"];
            let der = request(&key, names, Wishes::default()).expect("a request");
            let read = SigningRequest::parse(&der).expect("a request");
            assert_eq!(read.names(), names, "{kind:?}");
            assert_eq!(read.key_type(), Some(kind));
            assert_eq!(
                read.subject_public_key_info(),
                key.subject_public_key_info()
            );
            let again = SigningRequest::parse(read.to_pem().as_bytes());
            assert_eq!(again, Ok(read));
        }
    }

    #[test]
    fn the_common_name_comes_first_and_no_name_twice() {
        let names = |change: fn(&mut CertificateParams)| {
            let request = SigningRequest::parse(&made(change)).expect("a request");
            request.names().join(" ")
        };
        let common = |params: &mut CertificateParams, name: &str| {
            params.distinguished_name.push(DnType::CommonName, name);
        };
        assert_eq!(names(|_| ()), "b.example.com *.a.example.com");
        assert_eq!(
            names(|params| {
                params
                    .distinguished_name
                    .push(DnType::CommonName, "B.example.com");
            }),
            "b.example.com *.a.example.com"
        );
        let der = made(|params| common(params, "c.example.com"));
        let request = SigningRequest::parse(&der).expect("a request");
        assert_eq!(request.names()[0], "c.example.com");
    }

    #[test]
    fn what_is_asked_for_beside_names_is_told_and_what_cannot_be_had_refused() {
        let clients = made(|params| {
            params.extended_key_usages = vec![
                ExtendedKeyUsagePurpose::ServerAuth,
                ExtendedKeyUsagePurpose::ClientAuth,
            ];
        });
        assert!(
            SigningRequest::parse(&clients)
                .expect("a request")
                .is_for_clients()
        );
        let plain = made(|_| ());
        assert!(
            !SigningRequest::parse(&plain)
                .expect("a request")
                .is_for_clients()
        );

        let other = made(|params| {
            let address = SanType::IpAddress([192, 0, 2, 1].into());
            params.subject_alt_names.push(address);
        });
        let empty = made(|params| params.subject_alt_names.clear());
        let absolute = made(|params| {
            let name = "c.example.com.".try_into().expect("ASCII");
            params.subject_alt_names.push(SanType::DnsName(name));
        });
        let mut altered = plain.clone();
        let at = altered
            .windows(9)
            .position(|part| part == b"b.example")
            .expect("the name");
        altered[at] = b'x';
        let certificate = pem::encode(&Pem::new("CERTIFICATE", plain.clone()));
        for (content, says) in [
            (other, "asks for names that are no DNS names"),
            (empty, "asks for no names"),
            (absolute, "asks for `c.example.com.`, and"),
            (altered, "is not signed with its own key"),
            (
                certificate.into_bytes(),
                "is PEM without a certificate request",
            ),
            (b"junk".to_vec(), "is no certificate request"),
            (Vec::new(), "is no certificate request"),
        ] {
            let why = SigningRequest::parse(&content).expect_err(says);
            assert!(why.starts_with(says), "{why}");
        }
    }
}
