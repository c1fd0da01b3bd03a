//! ECDSA with P-384 and SHA-384.

use crate::kinds::ecdsa::{self, Curve};
use crate::material::Row;
use pkcs8::der::asn1::ObjectIdentifier;
use ring::signature::{ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING};

static P384: Curve = Curve {
    type_name: "EC384",
    jwk_name: "P-384",
    jose_algorithm: "ES384",
    oid: ObjectIdentifier::new_unwrap("1.3.132.0.34"),
    // ecdsa-with-SHA384 (RFC 5758 §3.2)
    x509_algorithm: &[1, 2, 840, 10045, 4, 3, 3],
    scalar_bytes: 48,
    jose: &ECDSA_P384_SHA384_FIXED_SIGNING,
    x509: &ECDSA_P384_SHA384_ASN1_SIGNING,
};

pub(crate) static ROW: Row = Row {
    name: P384.type_name,
    algorithm: P384.algorithm(),
    read: |encoded| ecdsa::read(&P384, encoded),
    generate: || ecdsa::generate(&P384),
};
