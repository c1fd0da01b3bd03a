//! Reads a private key as a JWK (RFC 7517), which is how certbot keeps that of an account.

use crate::error::Error;
use crate::jwk_text::Members;
use crate::kinds::{ecdsa, ed25519, rsa};
use crate::material::{Algorithm, Encoded, Material, Parameters};
use crate::read::decode;
use ::rsa::pkcs1::RsaPrivateKey;
use pkcs8::der::Encode;
use pkcs8::der::asn1::{ObjectIdentifier, OctetStringRef, UintRef};
use sec1::EcPrivateKey;

/// The curves by `crv` (RFC 7518 §6.2.1.1), each with how long its numbers are.
const CURVES: [(&str, ObjectIdentifier, usize); 2] = [
    (
        "P-256",
        ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"),
        32,
    ),
    ("P-384", ObjectIdentifier::new_unwrap("1.3.132.0.34"), 48),
];

pub(crate) fn from_jwk(text: &[u8]) -> Result<Box<dyn Material>, Error> {
    let members = Members::read(text)?;
    let kind = members.text("kty")?;
    match kind.as_str() {
        "RSA" => of_rsa(&members),
        "EC" => of_ecdsa(&members),
        "OKP" => of_ed25519(&members),
        _ => Err(Error::Unsupported(kind)),
    }
}

fn of_rsa(members: &Members) -> Result<Box<dyn Material>, Error> {
    let names = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];
    let mut numbers = Vec::new();
    for name in names {
        numbers.push(members.bytes(name)?);
    }
    let number = |index: usize| UintRef::new(&numbers[index]);
    let key = RsaPrivateKey {
        modulus: number(0)?,
        public_exponent: number(1)?,
        private_exponent: number(2)?,
        prime1: number(3)?,
        prime2: number(4)?,
        exponent1: number(5)?,
        exponent2: number(6)?,
        coefficient: number(7)?,
        other_prime_infos: None,
    };
    decode(&Encoded {
        algorithm: rsa::ALGORITHM,
        private_key: &key.to_der()?,
        public_key: None,
    })
}

fn of_ecdsa(members: &Members) -> Result<Box<dyn Material>, Error> {
    let curve = members.text("crv")?;
    let known = CURVES.iter().find(|(name, ..)| *name == curve);
    let (_, oid, length) = *known.ok_or(Error::Unsupported(curve))?;
    let number = |name| members.bytes_of_length(name, length);
    let (scalar, point) = (number("d")?, [vec![4], number("x")?, number("y")?].concat());
    let key = EcPrivateKey {
        private_key: &scalar,
        parameters: None,
        public_key: Some(&point),
    };
    decode(&Encoded {
        algorithm: Algorithm {
            oid: ecdsa::EC_PUBLIC_KEY,
            parameters: Parameters::Curve(oid),
        },
        private_key: &key.to_der()?,
        public_key: None,
    })
}

/// RFC 8037 §2; PKCS#8 has the seed as an OCTET STRING (RFC 8410 §7).
fn of_ed25519(members: &Members) -> Result<Box<dyn Material>, Error> {
    let curve = members.text("crv")?;
    if curve != "Ed25519" {
        return Err(Error::Unsupported(curve));
    }
    let (seed, public) = (members.bytes("d")?, members.bytes("x")?);
    decode(&Encoded {
        algorithm: ed25519::ALGORITHM,
        private_key: &OctetStringRef::new(&seed)?.to_der()?,
        public_key: Some(&public),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signer::SigningKey;
    use crate::testing::SAMPLES;
    use crate::{PrivateKey, base64url};
    use ::rsa::pkcs1;
    use pkcs8::der::Decode;
    use serde_json::{Value, json};

    /// The JWK of a key, with what is private of it.
    fn private_jwk(key: &PrivateKey) -> Value {
        let mut jwk = serde_json::to_value(key.jwk()).expect("JSON");
        let pem = key.to_pem();
        let pkcs8 = pem::parse(pem).expect("PEM");
        let info = pkcs8::PrivateKeyInfoRef::try_from(pkcs8.contents()).expect("PKCS#8");
        if jwk["kty"] == "RSA" {
            let key =
                pkcs1::RsaPrivateKeyRef::try_from(info.private_key.as_bytes()).expect("PKCS#1");
            for (name, number) in [
                ("d", key.private_exponent),
                ("p", key.prime1),
                ("q", key.prime2),
                ("dp", key.exponent1),
                ("dq", key.exponent2),
                ("qi", key.coefficient),
            ] {
                jwk[name] = json!(base64url(number.as_bytes()));
            }
        } else if jwk["kty"] == "EC" {
            let key = EcPrivateKey::try_from(info.private_key.as_bytes()).expect("SEC 1");
            jwk["d"] = json!(base64url(key.private_key));
        } else {
            let seed = <&OctetStringRef>::from_der(info.private_key.as_bytes()).expect("a seed");
            jwk["d"] = json!(base64url(seed.as_bytes()));
        }
        jwk
    }

    #[test]
    fn a_private_key_is_the_same_in_pem_and_as_a_jwk() {
        for sample in SAMPLES {
            let key = PrivateKey::from_pem(sample.text.as_bytes()).expect("a key");
            let jwk = private_jwk(&key).to_string();
            let read = PrivateKey::from_text(jwk.as_bytes()).expect("a key");
            assert_eq!(read.jwk().thumbprint(), sample.thumbprint);
            assert_eq!(read.to_pem(), key.to_pem(), "{}", sample.kind);
        }
    }

    #[test]
    fn what_lacks_in_a_jwk_is_said() {
        let key = PrivateKey::generate(crate::KeyType::EC256).expect("a key");
        let good = private_jwk(&key);
        let (other, mut odd) = (
            PrivateKey::generate(crate::KeyType::EC256).expect("a key"),
            good.clone(),
        );
        odd["d"] = private_jwk(&other)["d"].clone();
        assert!(matches!(
            PrivateKey::from_text(odd.to_string().as_bytes()),
            Err(Error::Refused(_))
        ));
        for (member, value, says) in [
            ("d", json!(null), "member `d` is missing"),
            ("y", json!(7), "member `y` is missing"),
            ("x", json!("a b"), "member `x` is not base64url"),
            ("crv", json!("P-521"), "not supported: P-521"),
            ("kty", json!("oct"), "not supported: oct"),
        ] {
            let mut wrong = good.clone();
            wrong[member] = value;
            let error = PrivateKey::from_text(wrong.to_string().as_bytes()).expect_err(says);
            assert!(error.to_string().ends_with(says), "{error}");
        }
    }
}
