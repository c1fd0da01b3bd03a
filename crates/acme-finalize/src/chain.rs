//! The chain that the CA hands out: taken apart, and held against what was asked for.

use acme::{Error, Identifier, Result};
use serde_json::{Value, json};
use std::collections::HashSet;
use x509_parser::pem::Pem;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};
use x509_parser::time::ASN1Time;

const MAX_CERTIFICATES: usize = 20;

/// A leaf and what it takes to get from it to a root.
pub(crate) struct Chain {
    certificates: Vec<Vec<u8>>,
    /// What a document says of the leaf.
    pub(crate) serial: String,
    issuer: String,
    not_before: String,
    not_after: String,
    names: HashSet<String>,
    public: Vec<u8>,
}

impl Chain {
    /// Reads PEM as RFC 8555 §9.1 has it: the leaf first, each followed by its issuer.
    pub(crate) fn read(pem: &str) -> Result<Chain> {
        let refused = |what: &str| Error::new("ca:reply", format!("the CA's chain {what}"));
        let certificates = Pem::iter_from_buffer(pem.as_bytes())
            .map(|block| block.ok().filter(|block| block.label == "CERTIFICATE"))
            .take(MAX_CERTIFICATES + 1)
            .map(|block| block.map(|block| block.contents))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| refused("holds something that is no certificate"))?;
        if certificates.len() > MAX_CERTIFICATES {
            return Err(refused("is absurdly long"));
        }
        let first = certificates.first().ok_or_else(|| refused("is empty"))?;
        let (_, leaf) = X509Certificate::from_der(first)
            .map_err(|error| refused(&format!("starts with what is no certificate: {error}")))?;
        let time = |time: ASN1Time| {
            jiff::Timestamp::from_second(time.timestamp())
                .map(|time| time.to_string())
                .map_err(|_| refused("has a certificate of no plausible time"))
        };
        let serial = match leaf.raw_serial() {
            // The sign of a positive integer (X.690 §8.3.2), which nobody counts in a serial number.
            [0, rest @ ..] if !rest.is_empty() => rest,
            all => all,
        };
        let names = leaf
            .subject_alternative_name()
            .ok()
            .flatten()
            .map(|extension| dns_names(&extension.value.general_names))
            .unwrap_or_default();
        Ok(Chain {
            serial: serial.iter().map(|byte| format!("{byte:02x}")).collect(),
            issuer: leaf.issuer().to_string(),
            not_before: time(leaf.validity().not_before)?,
            not_after: time(leaf.validity().not_after)?,
            names,
            public: leaf.public_key().raw.to_vec(),
            certificates,
        })
    }

    /// Whether the leaf is for the key with this SubjectPublicKeyInfo.
    pub(crate) fn is_for(&self, public: &[u8]) -> bool {
        self.public == public
    }

    /// Whether the leaf has all of these names.
    pub(crate) fn check_names(&self, identifiers: &[Identifier]) -> Result<()> {
        let missing = identifiers
            .iter()
            .find(|name| !self.names.contains(&name.value.to_ascii_lowercase()));
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

    /// The leaf, what follows it, and both, each as PEM.
    pub(crate) fn pems(&self) -> [String; 3] {
        let pem = |ders: &[Vec<u8>]| -> String {
            ders.iter()
                .map(|der| acme::pem("CERTIFICATE", der))
                .collect()
        };
        let (leaf, rest) = self.certificates.split_at(1);
        [pem(leaf), pem(rest), pem(&self.certificates)]
    }

    /// What a document says of the leaf.
    pub(crate) fn describe(&self) -> [(&'static str, Value); 4] {
        [
            ("serial", json!(self.serial)),
            ("issuer", json!(self.issuer)),
            ("not_before", json!(self.not_before)),
            ("not_after", json!(self.not_after)),
        ]
    }
}

fn dns_names(names: &[GeneralName<'_>]) -> HashSet<String> {
    names
        .iter()
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, PublicKeyData};

    #[test]
    fn a_chain_tells_key_names_and_times_of_its_leaf() {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec!["a.example.com".into()]).expect("a name");
        params.serial_number = Some(vec![0x04, 0xa1].into());
        params.not_before = rcgen::date_time_ymd(2026, 1, 2);
        let leaf = params.self_signed(&key).expect("signed");
        let chain = Chain::read(&leaf.pem()).expect("our own PEM");
        assert_eq!(chain.serial, "04a1");
        assert_eq!(chain.not_before, "2026-01-02T00:00:00Z");
        assert!(chain.is_for(&key.subject_public_key_info()));
        assert!(
            !chain.is_for(
                &KeyPair::generate()
                    .expect("a key")
                    .subject_public_key_info()
            )
        );
        assert!(
            chain
                .check_names(&[Identifier::dns("A.example.com")])
                .is_ok()
        );
        assert!(
            chain
                .check_names(&[Identifier::dns("b.example.com")])
                .is_err()
        );
        let [cert, rest, full] = chain.pems();
        assert_eq!((rest.as_str(), &cert), ("", &full));
    }

    #[test]
    fn what_is_no_chain_is_refused() {
        let key = KeyPair::generate().expect("a key");
        for bad in [
            "",
            "hello",
            &key.serialize_pem(),
            &acme::pem("CERTIFICATE", b"x"),
        ] {
            assert!(Chain::read(bad).is_err(), "{bad}");
        }
    }
}
