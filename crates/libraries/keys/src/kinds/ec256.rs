//! ECDSA with P-256 and SHA-256.

use crate::kinds::ecdsa::{self, Curve};
use crate::material::Row;
use pkcs8::der::asn1::ObjectIdentifier;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING};

static P256: Curve = Curve {
    type_name: "EC256",
    jwk_name: "P-256",
    jose_algorithm: "ES256",
    oid: ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"),
    // ecdsa-with-SHA256 (RFC 5758 §3.2)
    x509_algorithm: &[1, 2, 840, 10045, 4, 3, 2],
    scalar_bytes: 32,
    jose: &ECDSA_P256_SHA256_FIXED_SIGNING,
    x509: &ECDSA_P256_SHA256_ASN1_SIGNING,
};

pub(crate) static ROW: Row = Row {
    name: P256.type_name,
    algorithm: P256.algorithm(),
    read: |encoded| ecdsa::read(&P256, encoded),
    generate: || ecdsa::generate(&P256),
};
