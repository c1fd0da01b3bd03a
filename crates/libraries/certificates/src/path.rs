//! The path from a leaf to the last certificate of its chain (RFC 5280 §6), as far as the CA handed it out.
//!
//! CAs leave the root out of a chain (RFC 8555 §9.1), so the last certificate is mostly an intermediate one. It stands
//! for the trust anchor here: whether anybody trusts it is for those who connect to the server to say. What is checked
//! is that the chain hangs together: each certificate is signed by one above it, and those above may issue certificates
//! of servers.
//!
//! A chain of one certificate, of a CA for tests that signs with a self-signed certificate or hands out nothing else,
//! has no path: there is nothing to check it against.

use crate::certificate::{Certificate, Issues};
use crate::error::{Error, Result};
use rustls_pki_types::{CertificateDer, UnixTime};
use std::time::{Duration, SystemTime};
use webpki::{
    ALL_VERIFICATION_ALGS, EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeId,
    KeyPurposeIdIter, anchor_from_trusted_cert,
};
use x509_cert::der::asn1::ObjectIdentifier;

/// id-kp-serverAuth and anyExtendedKeyUsage (RFC 5280 §4.2.1.12).
const SERVER_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");
const ANY_PURPOSE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");

/// What came of the check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathCheck {
    /// The path leads from the leaf to the last certificate.
    Checked,
    /// There is only one certificate, so there is nothing to check it against.
    Alone,
    /// Something is signed with an algorithm that is not known here, so the signatures are not checked.
    UnknownAlgorithm(String),
}

/// Checks the path from `leaf` through `issuers` to the last of them, as at `time`.
pub(crate) fn check(
    leaf: &Certificate,
    issuers: &[Certificate],
    time: SystemTime,
) -> Result<PathCheck> {
    let Some((anchor, between)) = issuers.split_last() else {
        return Ok(PathCheck::Alone);
    };
    let purposes = required(leaf.purposes.as_deref());
    for (issuer, index) in issuers.iter().zip(1..) {
        if let Some(why) = obstacle(issuer, &purposes) {
            return Err(Error::NoIssuer { index, why });
        }
    }
    let anchor = CertificateDer::from(anchor.der());
    let between: Vec<_> = between
        .iter()
        .map(|one| CertificateDer::from(one.der()))
        .collect();
    let end = CertificateDer::from(leaf.der());
    let since_epoch = time.duration_since(SystemTime::UNIX_EPOCH);
    let verified = anchor_from_trusted_cert(&anchor).and_then(|anchor| {
        EndEntityCert::try_from(&end)?
            .verify_for_usage(
                ALL_VERIFICATION_ALGS,
                &[anchor],
                &between,
                UnixTime::since_unix_epoch(since_epoch.unwrap_or(Duration::ZERO)),
                Purposes(&purposes),
                None,
                None,
            )
            .map(drop)
    });
    match verified {
        Ok(()) => Ok(PathCheck::Checked),
        Err(
            error @ (webpki::Error::UnsupportedSignatureAlgorithmContext(_)
            | webpki::Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)),
        ) => Ok(PathCheck::UnknownAlgorithm(error.to_string())),
        Err(error) => Err(Error::BrokenPath(error.to_string())),
    }
}

/// The purposes that the issuers have to be fit for: certificates of servers, or those of the leaf, if a certificate was
/// ordered that is not for servers.
fn required(leaf: Option<&[ObjectIdentifier]>) -> Vec<ObjectIdentifier> {
    match leaf {
        Some(purposes) if !purposes.contains(&SERVER_AUTH) => purposes.to_vec(),
        _ => vec![SERVER_AUTH],
    }
}

/// Why a certificate cannot have issued another; webpki looks at this for all but the last.
fn obstacle(issuer: &Certificate, purposes: &[ObjectIdentifier]) -> Option<&'static str> {
    match issuer.issues {
        Issues::No => return Some("is not that of a CA"),
        Issues::NotWithThisKey => return Some("may not sign certificates"),
        Issues::Yes | Issues::CannotSay => {}
    }
    let found = issuer.purposes.as_ref()?;
    let is_fit = |one: &ObjectIdentifier| *one == ANY_PURPOSE || purposes.contains(one);
    (!found.iter().any(is_fit)).then_some("may not issue certificates of servers")
}

/// Tells webpki that a certificate that limits its purposes has to have one of these.
struct Purposes<'a>(&'a [ObjectIdentifier]);

impl ExtendedKeyUsageValidator for Purposes<'_> {
    fn validate(&self, found: KeyPurposeIdIter<'_, '_>) -> std::result::Result<(), webpki::Error> {
        let mut limits = false;
        for one in found {
            limits = true;
            let one = one?;
            let is_fit = |oid: &ObjectIdentifier| KeyPurposeId::new(oid.as_bytes()) == one;
            if is_fit(&ANY_PURPOSE) || self.0.iter().any(is_fit) {
                return Ok(());
            }
        }
        if limits {
            // This is never shown: `obstacle` refused such issuers before, and the leaf has what it requires.
            return Err(webpki::Error::EmptyEkuExtension);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Chain;
    use crate::testing::{Ca, leaf, now};
    use rcgen::{
        CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
    };

    type Change = fn(&mut CertificateParams);
    const SAME: Change = |_| {};

    fn chain(ders: &[&Vec<u8>]) -> Chain {
        let ders: Vec<_> = ders.iter().map(|der| (*der).clone()).collect();
        Chain::from_der(&ders).expect("a chain")
    }

    /// Root, intermediate and leaf, with something changed about each.
    fn made(root: Change, ca: Change, end: Change) -> [Vec<u8>; 3] {
        let root = Ca::new("Root", None, root);
        let ca = Ca::new("CA", Some(&root), ca);
        let mut params = leaf(&["a.example.com"]);
        end(&mut params);
        let end = ca.issue(params, &KeyPair::generate().expect("a key"));
        [end, ca.der, root.der]
    }

    #[test]
    fn a_chain_hangs_together_with_and_without_its_root() {
        let [end, ca, root] = made(SAME, SAME, SAME);
        assert_eq!(
            chain(&[&end, &ca]).check_path(now()),
            Ok(PathCheck::Checked)
        );
        assert_eq!(
            chain(&[&end, &ca, &root]).check_path(now()),
            Ok(PathCheck::Checked)
        );
        assert_eq!(chain(&[&end]).check_path(now()), Ok(PathCheck::Alone));
    }

    #[test]
    fn a_chain_of_one_is_taken_even_if_it_signed_itself() {
        let key = KeyPair::generate().expect("a key");
        let mut params = leaf(&["a.example.com"]);
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let signed = params.self_signed(&key).expect("signed").der().to_vec();
        assert_eq!(chain(&[&signed]).check_path(now()), Ok(PathCheck::Alone));
    }

    #[test]
    fn a_chain_in_which_something_does_not_belong_is_refused() {
        let [end, ca, root] = made(SAME, SAME, SAME);
        let [other_end, other_ca, other_root] = made(SAME, SAME, SAME);
        // Of the same name as the one that signed, but with another key.
        for wrong in [
            chain(&[&end, &other_ca]),
            chain(&[&end, &other_ca, &other_root]),
            chain(&[&end, &ca, &other_root]),
            chain(&[&other_end, &ca, &root]),
        ] {
            let error = wrong.check_path(now()).expect_err("it is broken");
            assert!(matches!(error, Error::BrokenPath(_)), "{error}");
        }
        // The signature itself.
        let mut garbled = end.clone();
        if let Some(last) = garbled.last_mut() {
            *last ^= 1;
        }
        let error = chain(&[&garbled, &ca])
            .check_path(now())
            .expect_err("it is broken");
        assert!(matches!(error, Error::BrokenPath(_)), "{error}");
    }

    #[test]
    fn who_may_not_issue_is_no_issuer_wherever_it_stands() {
        let not_ca: Change = |params| params.is_ca = IsCa::ExplicitNoCa;
        let not_signing: Change =
            |params| params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let for_mail: Change = |params| {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection];
        };
        for (change, why) in [
            (not_ca, "is not that of a CA"),
            (not_signing, "may not sign certificates"),
            (for_mail, "may not issue certificates of servers"),
        ] {
            let [end, ca, root] = made(SAME, change, SAME);
            for wrong in [chain(&[&end, &ca]), chain(&[&end, &ca, &root])] {
                let error = Err(Error::NoIssuer { index: 1, why });
                assert_eq!(wrong.check_path(now()), error);
            }
            let [end, ca, root] = made(change, SAME, SAME);
            let error = Err(Error::NoIssuer { index: 2, why });
            assert_eq!(chain(&[&end, &ca, &root]).check_path(now()), error);
            assert_eq!(
                chain(&[&end, &ca]).check_path(now()),
                Ok(PathCheck::Checked)
            );
        }
    }

    #[test]
    fn purposes_have_to_go_together_where_they_are_limited() {
        let server: Change =
            |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let client: Change =
            |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let both: Change = |params| {
            params.extended_key_usages = vec![
                ExtendedKeyUsagePurpose::ClientAuth,
                ExtendedKeyUsagePurpose::ServerAuth,
            ];
        };
        let any: Change = |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Any];
        for (ca, end, is_good) in [
            (SAME, server, true),
            (server, server, true),
            (both, server, true),
            (any, both, true),
            (server, SAME, true),
            (client, server, false),
            // A certificate that is not for servers was asked for.
            (SAME, client, true),
            (client, client, true),
            (both, client, true),
            (server, client, false),
        ] {
            let [end, ca, root] = made(SAME, ca, end);
            for chain in [chain(&[&end, &ca]), chain(&[&end, &ca, &root])] {
                assert_eq!(chain.check_path(now()).is_ok(), is_good);
            }
        }
    }

    #[test]
    fn a_clock_that_is_wrong_breaks_no_path() {
        let ended: Change = |params| params.not_after = date_time_ymd(2026, 1, 2);
        let not_begun: Change = |params| params.not_before = date_time_ymd(2035, 1, 2);
        for change in [ended, not_begun] {
            let [end, ca, root] = made(SAME, SAME, change);
            let chain = chain(&[&end, &ca, &root]);
            assert_eq!(chain.check_path(now()), Ok(PathCheck::Checked));
        }
        // Whoever made the chain has to have had some clock.
        let [end, ca, root] = made(SAME, ended, not_begun);
        let error = chain(&[&end, &ca, &root]).check_path(now());
        assert!(matches!(error, Err(Error::BrokenPath(_))), "{error:?}");
    }

    #[test]
    fn what_is_signed_with_an_algorithm_of_tomorrow_is_taken_unchecked() {
        // ecdsa-with-SHA512 in the place of ecdsa-with-SHA256, inside and outside.
        let (known, unknown) = (
            [0xce, 0x3d, 0x04, 0x03, 0x02],
            [0xce, 0x3d, 0x04, 0x03, 0x04],
        );
        let [mut end, ca, _] = made(SAME, SAME, SAME);
        let places: Vec<_> = (0..end.len() - 5)
            .filter(|at| end[*at..*at + 5] == known)
            .collect();
        assert_eq!(places.len(), 2);
        for at in places {
            end[at..at + 5].copy_from_slice(&unknown);
        }
        let found = chain(&[&end, &ca]).check_path(now());
        assert!(
            matches!(found, Ok(PathCheck::UnknownAlgorithm(_))),
            "{found:?}"
        );
    }
}
