//! Reads a key in any of its forms: PKCS#8 (RFC 5958), PKCS#1 (RFC 8017 §A.1.2) or SEC 1 (RFC 5915), in PEM (RFC 7468).

use crate::catalogue::KEY_TYPES;
use crate::error::Error;
use crate::kinds::{ecdsa, rsa};
use crate::material::{Algorithm, Encoded, Material, Parameters};
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::asn1::ObjectIdentifier;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use sec1::EcPrivateKey;

/// Algorithms and curves that a person may have a key of and that have no row in the catalogue, by name.
const UNSUPPORTED: [(ObjectIdentifier, &str); 4] = [
    (ObjectIdentifier::new_unwrap("1.3.101.113"), "Ed448"),
    (ObjectIdentifier::new_unwrap("1.3.132.0.35"), "P-521"),
    (ObjectIdentifier::new_unwrap("1.3.132.0.10"), "secp256k1"),
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10"),
        "RSASSA-PSS",
    ),
];

/// The first private key in a text.
pub(crate) fn from_pem(text: &[u8]) -> Result<Box<dyn Material>, Error> {
    let Ok(der) = PrivateKeyDer::from_pem_slice(text) else {
        // RFC 7468 §11 has it in the label, OpenSSL's older form in a header.
        let is_encrypted = text.windows(9).any(|part| part == b"ENCRYPTED");
        return Err(if is_encrypted {
            Error::Encrypted
        } else {
            Error::NoKey
        });
    };
    match &der {
        PrivateKeyDer::Pkcs8(der) => {
            let info = PrivateKeyInfoRef::try_from(der.secret_pkcs8_der())
                .map_err(|error| Error::Refused(error.to_string()))?;
            decode(&Encoded {
                algorithm: Algorithm {
                    oid: info.algorithm.oid,
                    parameters: parameters(info.algorithm.parameters_oid().ok()),
                },
                private_key: info.private_key.as_bytes(),
                public_key: info.public_key.as_ref().and_then(|key| key.as_bytes()),
            })
        }
        PrivateKeyDer::Sec1(der) => {
            let der = der.secret_sec1_der();
            let key =
                EcPrivateKey::try_from(der).map_err(|error| Error::Refused(error.to_string()))?;
            let curve = key.parameters.and_then(|named| named.named_curve());
            decode(&Encoded {
                algorithm: Algorithm {
                    oid: ecdsa::EC_PUBLIC_KEY,
                    parameters: parameters(curve),
                },
                private_key: der,
                public_key: None,
            })
        }
        PrivateKeyDer::Pkcs1(der) => decode(&Encoded {
            algorithm: rsa::ALGORITHM,
            private_key: der.secret_pkcs1_der(),
            public_key: None,
        }),
        _ => Err(Error::NoKey),
    }
}

pub(crate) fn decode(encoded: &Encoded<'_>) -> Result<Box<dyn Material>, Error> {
    let rows = KEY_TYPES.into_iter().map(|kind| kind.row());
    let mut rows = rows.filter(|row| row.algorithm.id() == encoded.algorithm.id());
    match rows.next() {
        Some(row) => (row.read)(encoded),
        None => Err(Error::Unsupported(name(&encoded.algorithm))),
    }
}

/// The parameters that name a curve, if they do.
fn parameters(curve: Option<ObjectIdentifier>) -> Parameters {
    curve.map_or(Parameters::Absent, Parameters::Curve)
}

/// What to call an algorithm without a row.
fn name(algorithm: &Algorithm) -> String {
    let (oid, curve) = algorithm.id();
    let what = curve.unwrap_or(oid);
    let known = UNSUPPORTED.iter().find(|(oid, _)| *oid == what);
    known.map_or_else(|| what.to_string(), |(_, name)| (*name).to_owned())
}
