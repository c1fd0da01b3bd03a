//! The chain that a CA hands out: a leaf, and what leads from it towards a root (RFC 8555 §9.1).

use crate::certificate::Certificate;
use crate::error::{Error, Result};
use crate::holder::Holder;
use crate::path::{self, PathCheck};
use crate::validity::Validity;
use pem::{EncodeConfig, LineEnding, Pem};
use rustls_pki_types::pem::{PemObject, SectionKind};
use std::time::SystemTime;

/// No chain is longer: most have two or three.
const MOST_CERTIFICATES: usize = 20;

/// A leaf and its issuers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    leaf: Certificate,
    issuers: Vec<Certificate>,
}

impl Chain {
    /// Reads a chain from a text with certificates in PEM and nothing else (RFC 8555 §9.1), the leaf first.
    ///
    /// # Errors
    /// The text is no chain, or one of the certificates cannot be read.
    pub fn from_pem(text: &[u8]) -> Result<Chain> {
        Chain::from_der(&sections(text).ok_or(Error::NoChain)?)
    }

    /// Reads a chain from certificates in DER, the leaf first.
    ///
    /// # Errors
    /// There are none or too many, or one cannot be read.
    pub fn from_der(certificates: &[Vec<u8>]) -> Result<Chain> {
        if certificates.len() > MOST_CERTIFICATES {
            return Err(Error::TooLong(certificates.len()));
        }
        let read = |(index, der): (usize, &Vec<u8>)| {
            Certificate::from_der(der).map_err(|why| Error::Unreadable { index, why })
        };
        let mut certificates = certificates.iter().enumerate().map(read);
        let leaf = certificates.next().ok_or(Error::NoChain)??;
        Ok(Chain {
            leaf,
            issuers: certificates.collect::<Result<_>>()?,
        })
    }

    /// The certificate itself.
    pub fn leaf(&self) -> &Certificate {
        &self.leaf
    }

    /// The certificates above the leaf, in the CA's order.
    pub fn issuers(&self) -> &[Certificate] {
        &self.issuers
    }

    /// Whether the leaf is for the key that is held there.
    pub fn is_for(&self, holder: &Holder) -> bool {
        self.leaf.subject_public_key_info() == holder.subject_public_key_info()
    }

    /// Whether this is a common name of a certificate's subject or issuer anywhere in it.
    pub fn has_common_name(&self, name: &str) -> bool {
        self.common_names().any(|found| found == name)
    }

    /// The common names of the subjects and issuers of all certificates in it.
    pub fn common_names(&self) -> impl Iterator<Item = &str> {
        let all = [&self.leaf].into_iter().chain(&self.issuers);
        all.flat_map(|one| one.common_names().iter().map(String::as_str))
    }

    /// Whether the leaf has all of these names.
    ///
    /// # Errors
    /// [`Error::NameMissing`] with the first that it lacks.
    pub fn check_names<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<()> {
        match names.into_iter().find(|name| !self.leaf.has_name(name)) {
            None => Ok(()),
            Some(name) => Err(Error::NameMissing(name.to_owned())),
        }
    }

    /// When the leaf and all certificates before the last are valid at the same time. The validity of the last does not
    /// count: it stands for a trust anchor, and the validity of those is not part of a path (RFC 5280 §6.1.1).
    ///
    /// # Errors
    /// [`Error::BrokenPath`] where there is no such time.
    pub fn validity(&self) -> Result<Validity> {
        let between = self
            .issuers
            .split_last()
            .map_or(&[][..], |(_, between)| between);
        between
            .iter()
            .try_fold(self.leaf.validity(), |all, one| {
                all.overlap(&one.validity())
            })
            .ok_or_else(|| {
                Error::BrokenPath("its certificates are never valid at the same time".into())
            })
    }

    /// Checks the path from the leaf to the last certificate: the signatures, and that those above the leaf may issue
    /// certificates of servers. It is checked as at the moment nearest to `now` at which it is valid.
    ///
    /// # Errors
    /// [`Error::NoIssuer`] and [`Error::BrokenPath`].
    pub fn check_path(&self, now: SystemTime) -> Result<PathCheck> {
        path::check(&self.leaf, &self.issuers, self.validity()?.nearest(now))
    }

    /// The leaf, those above it, and all, each as PEM.
    pub(crate) fn to_pems(&self) -> [String; 3] {
        let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
        let encode =
            |one: &Certificate| pem::encode_config(&Pem::new("CERTIFICATE", one.der()), config);
        let leaf = encode(&self.leaf);
        let issuers: String = self.issuers.iter().map(encode).collect();
        let all = format!("{leaf}{issuers}");
        [leaf, issuers, all]
    }
}

/// The certificates of a PEM text; `None` where there is something else among them.
pub(crate) fn sections(text: &[u8]) -> Option<Vec<Vec<u8>>> {
    let found = <(SectionKind, Vec<u8>)>::pem_slice_iter(text)
        .map(|section| match section {
            Ok((SectionKind::Certificate, der)) => Some(der),
            _ => None,
        })
        .collect::<Option<Vec<_>>>()?;
    // The iterator passes over sections of a kind that it does not know.
    let count = String::from_utf8_lossy(text).matches("-----BEGIN ").count();
    (found.len() == count).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Ca, leaf};
    use keys::{KeyType, PrivateKey};
    use rcgen::{KeyPair, date_time_ymd};

    fn certificate() -> Vec<u8> {
        let key = KeyPair::generate().expect("a key");
        let signed = leaf(&["a.example.com", "*.B.example.com"]).self_signed(&key);
        signed.expect("signed").der().to_vec()
    }

    fn encoded(label: &str, der: &[u8]) -> String {
        pem::encode(&Pem::new(label, der))
    }

    #[test]
    fn a_chain_holds_certificates_and_nothing_else() {
        let (one, two) = (certificate(), certificate());
        let text = format!(
            "{}\n{}",
            encoded("CERTIFICATE", &one),
            encoded("CERTIFICATE", &two)
        );
        let chain = Chain::from_pem(text.as_bytes()).expect("a chain");
        assert_eq!(
            (chain.leaf().der(), chain.issuers()[0].der()),
            (&*one, &*two)
        );
        let [cert, rest, all] = chain.to_pems();
        assert_eq!(all, format!("{cert}{rest}"));
        assert_eq!(Chain::from_pem(all.as_bytes()), Ok(chain));
        for other in ["PRIVATE KEY", "SURPRISE"] {
            let text = format!("{text}{}", encoded(other, &[3]));
            assert_eq!(Chain::from_pem(text.as_bytes()), Err(Error::NoChain));
        }
        assert_eq!(
            Chain::from_pem(&text.as_bytes()[..text.len() - 40]),
            Err(Error::NoChain)
        );
        assert_eq!(Chain::from_pem(b""), Err(Error::NoChain));
    }

    #[test]
    fn what_is_no_certificate_is_named_by_its_place() {
        let (good, junk) = (certificate(), b"junk".to_vec());
        let unreadable = |certificates: &[Vec<u8>]| match Chain::from_der(certificates) {
            Err(Error::Unreadable { index, .. }) => Some(index),
            _ => None,
        };
        assert_eq!(unreadable(std::slice::from_ref(&junk)), Some(0));
        assert_eq!(unreadable(&[good.clone(), junk]), Some(1));
        assert_eq!(
            Chain::from_der(&vec![good.clone(); 21]),
            Err(Error::TooLong(21))
        );
        assert!(Chain::from_der(&vec![good; 20]).is_ok());
    }

    #[test]
    fn the_leaf_is_held_against_key_and_names() {
        let (key, other) = (
            PrivateKey::generate(KeyType::EC256).expect("a key"),
            PrivateKey::generate(KeyType::EC256).expect("a key"),
        );
        let pair = KeyPair::from_pem(&key.to_pem()).expect("a key");
        let (key, other) = (Holder::Store(key), Holder::Store(other));
        let signed = leaf(&["a.example.com", "*.B.example.com"]).self_signed(&pair);
        let chain = Chain::from_der(&[signed.expect("signed").der().to_vec()]).expect("a chain");
        assert!(chain.is_for(&key) && !chain.is_for(&other));
        assert_eq!(
            chain.check_names(["A.example.com", "*.b.example.com"]),
            Ok(())
        );
        let missing = chain.check_names(["a.example.com", "b.example.com"]);
        assert_eq!(missing, Err(Error::NameMissing("b.example.com".into())));
    }

    #[test]
    fn a_chain_is_valid_while_all_below_its_last_certificate_are() {
        let day = |day| date_time_ymd(2026, 1, day);
        let root = Ca::new("Root", None, |params| params.not_after = day(2));
        let ca = Ca::new("CA", Some(&root), |params| {
            (params.not_before, params.not_after) = (day(5), day(20));
        });
        let mut params = leaf(&["a.example.com"]);
        (params.not_before, params.not_after) = (day(1), day(10));
        let leaf = ca.issue(params, &KeyPair::generate().expect("a key"));
        let chain = |ders: &[&Vec<u8>]| {
            let ders: Vec<_> = ders.iter().map(|der| (*der).clone()).collect();
            Chain::from_der(&ders).expect("a chain")
        };
        let days = |ders: &[&Vec<u8>]| {
            let validity = chain(ders).validity().expect("valid at some time");
            [validity.not_before, validity.not_after].map(crate::validity::rfc3339)
        };
        let from_to = |from, to| [from, to].map(|day| format!("2026-01-{day:02}T00:00:00Z"));
        assert_eq!(days(&[&leaf]), from_to(1, 10));
        assert_eq!(days(&[&leaf, &ca.der]), from_to(1, 10));
        assert_eq!(days(&[&leaf, &ca.der, &root.der]), from_to(5, 10));
        let never = chain(&[&leaf, &root.der, &ca.der]).validity();
        assert!(never.is_ok());
        let root = Ca::new("Root", None, |params| params.not_before = day(11));
        let never = chain(&[&leaf, &root.der, &ca.der]).validity();
        assert!(matches!(never, Err(Error::BrokenPath(_))));
    }
}
