//! CAs and certificates for tests.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SigningKey, date_time_ymd,
};
use std::time::{Duration, SystemTime};

/// A CA with its own certificate.
pub(crate) struct Ca {
    pub(crate) der: Vec<u8>,
    params: CertificateParams,
    key: KeyPair,
}

impl Ca {
    pub(crate) fn root(name: &str) -> Ca {
        Ca::new(name, None, |_| {})
    }

    /// A CA whose certificate is signed by `above`, or by itself, with something changed about it.
    pub(crate) fn new(
        name: &str,
        above: Option<&Ca>,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Ca {
        let mut params = leaf(&[]);
        params.distinguished_name.push(DnType::CommonName, name);
        params
            .distinguished_name
            .push(DnType::OrganizationName, "Test");
        let department = DnType::CustomDnType(vec![2, 5, 4, 15]);
        params.distinguished_name.push(department, "Sales");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        let der = match above {
            Some(above) => above.issue(params.clone(), &key),
            None => params.self_signed(&key).expect("signed").der().to_vec(),
        };
        Ca { der, params, key }
    }

    /// A certificate for this key.
    pub(crate) fn issue(&self, params: CertificateParams, key: &impl SigningKey) -> Vec<u8> {
        let issuer = Issuer::from_params(&self.params, &self.key);
        params
            .signed_by(key, &issuer)
            .expect("signed")
            .der()
            .to_vec()
    }

    pub(crate) fn key_identifier(&self) -> Vec<u8> {
        self.params.key_identifier(&self.key)
    }
}

/// What a certificate for these names is made from, valid from 2026 to 2036.
pub(crate) fn leaf(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("names");
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2036, 1, 1);
    params
}

/// A moment in 2026 at which those are valid.
pub(crate) fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000)
}
