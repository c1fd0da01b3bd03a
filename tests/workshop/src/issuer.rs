//! A CA's signing half: certificates for whatever a request asks, with something changed about them.

use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, KeyPair,
    PKCS_ECDSA_P256_SHA256, PublicKeyData, SignatureAlgorithm,
};
use x509_cert::der::Decode;
use x509_cert::request::CertReq;

use crate::{Asked, Reply};

/// A CA that signs the request that it gets, below a root that it hands out too.
pub struct Issuer {
    names: Vec<String>,
    issuers: usize,
    change: fn(&mut CertificateParams),
    request: Mutex<Vec<u8>>,
}

impl Issuer {
    /// One for these names, which has `change` make what it likes of the certificate, and hands out so many certificates
    /// above it: two at most.
    pub fn new(names: &[&str], issuers: usize, change: fn(&mut CertificateParams)) -> Issuer {
        Issuer {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            issuers,
            change,
            request: Mutex::default(),
        }
    }

    /// What a [`crate::FalseCa`] has to say that issues so: its own answers but for the certificate.
    pub fn reply(&self, asked: &Asked) -> Option<Reply> {
        let mut request = self.request.lock().unwrap_or_else(PoisonError::into_inner);
        match asked.path.as_str() {
            "/finalize" => {
                let csr = asked.payload["csr"].as_str().unwrap_or_default();
                *request = URL_SAFE_NO_PAD.decode(csr).unwrap_or_default();
                None
            }
            "/certificate" => {
                let mut reply = Reply::new(200, &serde_json::Value::Null)
                    .header("Content-Type", "application/pem-certificate-chain");
                reply.body = self.chain(&request).unwrap_or_default().into_bytes();
                Some(reply)
            }
            _ => None,
        }
    }

    /// The chain for a request with a P-256 key.
    fn chain(&self, request: &[u8]) -> Result<String, rcgen::Error> {
        let failed = |_| rcgen::Error::CouldNotParseCertificationRequest;
        let request = CertReq::from_der(request).map_err(failed)?;
        let key = Requested(
            request
                .info
                .public_key
                .subject_public_key
                .raw_bytes()
                .to_vec(),
        );
        let mut params = CertificateParams::new(self.names.clone())?;
        params.distinguished_name = DistinguishedName::new();
        (self.change)(&mut params);

        let (root, root_key) = (ca("Root"), KeyPair::generate()?);
        let (between, between_key) = (ca("CA"), KeyPair::generate()?);
        let issuer = rcgen::Issuer::from_params(&root, &root_key);
        let issued = between.signed_by(&between_key, &issuer)?;
        let below = rcgen::Issuer::from_params(&between, &between_key);
        let certificate = params.signed_by(&key, &below)?;
        let chain = [certificate, issued, root.self_signed(&root_key)?];
        Ok(chain
            .iter()
            .take(1 + self.issuers)
            .map(rcgen::Certificate::pem)
            .collect())
    }
}

fn ca(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

/// The key of a request.
struct Requested(Vec<u8>);

impl PublicKeyData for Requested {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}
