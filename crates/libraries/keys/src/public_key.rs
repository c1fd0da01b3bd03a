//! A public key, read from a file, and the signatures that it verifies: the private one is elsewhere.

use crate::error::Error;
use crate::jwk::{Jwk, base64url};
use crate::jwk_text;
use crate::kinds::{ecdsa, ed25519, rsa};
use pkcs8::der::asn1::{AnyRef, ObjectIdentifier, UintRef};
use pkcs8::der::{Decode, Reader, SliceReader, Tag, Tagged};
use pkcs8::spki::SubjectPublicKeyInfoRef;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    UnparsedPublicKey, VerificationAlgorithm,
};

/// An uncompressed point (SEC 1 §2.3.3).
const UNCOMPRESSED: u8 = 4;

/// What verifies signatures, and is told of a key in JOSE.
struct Scheme {
    /// `alg` (RFC 7518 §3.1, RFC 8037 §3.1).
    alg: &'static str,
    /// `crv` of a JWK, where it has one.
    curve: Option<&'static str>,
    /// The algorithm in a SubjectPublicKeyInfo, and its parameters where these are a curve.
    oid: ObjectIdentifier,
    parameters: Option<ObjectIdentifier>,
    verification: &'static dyn VerificationAlgorithm,
    /// How long each half of an ECDSA signature is, and each coordinate of a point; zero for others.
    half: usize,
}

static SCHEMES: [Scheme; 4] = [
    Scheme {
        alg: "ES256",
        curve: Some("P-256"),
        oid: ecdsa::EC_PUBLIC_KEY,
        parameters: Some(ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7")),
        verification: &ECDSA_P256_SHA256_FIXED,
        half: 32,
    },
    Scheme {
        alg: "ES384",
        curve: Some("P-384"),
        oid: ecdsa::EC_PUBLIC_KEY,
        parameters: Some(ObjectIdentifier::new_unwrap("1.3.132.0.34")),
        verification: &ECDSA_P384_SHA384_FIXED,
        half: 48,
    },
    Scheme {
        alg: "RS256",
        curve: None,
        oid: rsa::ALGORITHM.oid,
        parameters: None,
        verification: &RSA_PKCS1_2048_8192_SHA256,
        half: 0,
    },
    Scheme {
        alg: "EdDSA",
        curve: Some("Ed25519"),
        oid: ed25519::ALGORITHM.oid,
        parameters: None,
        verification: &ED25519,
        half: 0,
    },
];

/// A public key of a kind that an account can have.
#[derive(Clone)]
pub struct PublicKey {
    scheme: &'static Scheme,
    /// What stands in `subjectPublicKey` (RFC 5280 §4.1): a point, RSAPublicKey, or the 32 bytes of Ed25519.
    bits: Vec<u8>,
    jwk: Jwk,
}

impl PublicKey {
    /// The public key in a PEM text (`PUBLIC KEY`, RFC 7468 §13) or a JWK (RFC 7517). What is private in a JWK is not
    /// looked at.
    ///
    /// # Errors
    /// Why there is none that can be used.
    pub fn from_text(text: &[u8]) -> Result<PublicKey, Error> {
        if jwk_text::is_json(text) {
            return PublicKey::from_jwk(text);
        }
        let blocks = pem::parse_many(text).unwrap_or_default();
        let public = blocks.iter().find(|block| block.tag() == "PUBLIC KEY");
        let public = public.ok_or(Error::NoKey)?;
        PublicKey::from_spki(public.contents())
    }

    fn from_spki(der: &[u8]) -> Result<PublicKey, Error> {
        let info = SubjectPublicKeyInfoRef::try_from(der)
            .map_err(|error| Error::Refused(error.to_string()))?;
        let (oid, curve) = (info.algorithm.oid, info.algorithm.parameters_oid().ok());
        let mut schemes = SCHEMES.iter();
        let scheme = schemes
            .find(|scheme| scheme.oid == oid && scheme.parameters == curve)
            .ok_or_else(|| Error::Unsupported(curve.unwrap_or(oid).to_string()))?;
        let bits = info.subject_public_key.as_bytes().unwrap_or_default();
        let jwk = match scheme.curve {
            None => rsa_jwk(bits)?,
            Some(curve) if scheme.half > 0 => point_jwk(curve, scheme.half, bits)?,
            Some(curve) => Jwk::new([
                ("crv", curve.into()),
                ("kty", "OKP".into()),
                ("x", base64url(bits)),
            ]),
        };
        PublicKey {
            scheme,
            bits: bits.to_vec(),
            jwk,
        }
        .checked()
    }

    fn from_jwk(text: &[u8]) -> Result<PublicKey, Error> {
        let members = jwk_text::Members::read(text)?;
        let kind = members.text("kty")?;
        let curve = members.text("crv").ok();
        let mut schemes = SCHEMES.iter();
        let scheme = schemes
            .find(|scheme| scheme.curve == curve.as_deref() && kind == kty(scheme))
            .ok_or_else(|| Error::Unsupported(curve.unwrap_or(kind)))?;
        let bits = match (scheme.curve, scheme.half) {
            (None, _) => rsa_bits(&members.bytes("n")?, &members.bytes("e")?)?,
            (Some(_), 0) => members.bytes("x")?,
            (Some(_), half) => {
                let coordinate = |name| members.bytes_of_length(name, half);
                [vec![UNCOMPRESSED], coordinate("x")?, coordinate("y")?].concat()
            }
        };
        let jwk = match scheme.curve {
            None => rsa_jwk(&bits)?,
            Some(curve) if scheme.half > 0 => point_jwk(curve, scheme.half, &bits)?,
            Some(curve) => Jwk::new([
                ("crv", curve.into()),
                ("kty", "OKP".into()),
                ("x", base64url(&bits)),
            ]),
        };
        PublicKey { scheme, bits, jwk }.checked()
    }

    /// A key that can verify something: ring says so only where it is asked to.
    fn checked(self) -> Result<PublicKey, Error> {
        let is_sound = match self.scheme.alg {
            "EdDSA" => self.bits.len() == 32,
            "RS256" => (2048..=8192).contains(&rsa_size(&self.bits)),
            _ => self.bits.len() == 1 + 2 * self.scheme.half,
        };
        match is_sound {
            true => Ok(self),
            false => Err(Error::Refused("its size is not that of its kind".into())),
        }
    }

    /// The name of its signatures in JOSE: `ES256`.
    pub fn alg(&self) -> &'static str {
        self.scheme.alg
    }

    /// As JOSE has it.
    pub fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// lego's name for its kind: `EC256`.
    pub fn type_name(&self) -> String {
        match self.scheme.alg {
            "ES256" => "EC256".to_owned(),
            "ES384" => "EC384".to_owned(),
            "EdDSA" => "Ed25519".to_owned(),
            _ => format!("RSA{}", rsa_size(&self.bits)),
        }
    }

    /// Whether this is the signature of `message`, as JOSE has it.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(self.scheme.verification, &self.bits)
            .verify(message, signature)
            .is_ok()
    }

    /// The signature of `message` as JOSE has it, from one that may be in DER (RFC 3279 §2.2.3) where the key is ECDSA's,
    /// as openssl and PKCS#11 tools give it. Which of both it is, the key tells: only one of them is its signature.
    ///
    /// # Errors
    /// It is no signature of this message with this key.
    pub fn signature(&self, message: &[u8], given: &[u8]) -> Result<Vec<u8>, Error> {
        if self.verifies(message, given) {
            return Ok(given.to_vec());
        }
        let fixed = fixed_length(given, self.scheme.half);
        fixed
            .filter(|signature| self.verifies(message, signature))
            .ok_or(Error::OtherSignature(given.len()))
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicKey({})", self.type_name())
    }
}

/// `kty` of a JWK (RFC 7518 §6.1, RFC 8037 §2).
fn kty(scheme: &Scheme) -> &'static str {
    match scheme.alg {
        "RS256" => "RSA",
        "EdDSA" => "OKP",
        _ => "EC",
    }
}

fn point_jwk(curve: &'static str, half: usize, point: &[u8]) -> Result<Jwk, Error> {
    if point.first() != Some(&UNCOMPRESSED) || point.len() != 1 + 2 * half {
        return Err(Error::NoPublicKey);
    }
    let (x, y) = point[1..].split_at(half);
    Ok(Jwk::new([
        ("crv", curve.into()),
        ("kty", "EC".into()),
        ("x", base64url(x)),
        ("y", base64url(y)),
    ]))
}

fn rsa_jwk(der: &[u8]) -> Result<Jwk, Error> {
    let key = ::rsa::pkcs1::RsaPublicKeyRef::try_from(der)
        .map_err(|error| Error::Refused(error.to_string()))?;
    Ok(Jwk::new([
        ("e", base64url(key.public_exponent.as_bytes())),
        ("kty", "RSA".into()),
        ("n", base64url(key.modulus.as_bytes())),
    ]))
}

/// RSAPublicKey (RFC 8017 §A.1.1).
fn rsa_bits(modulus: &[u8], exponent: &[u8]) -> Result<Vec<u8>, Error> {
    let key = ::rsa::pkcs1::RsaPublicKeyRef {
        modulus: UintRef::new(modulus)?,
        public_exponent: UintRef::new(exponent)?,
    };
    Ok(pkcs8::der::Encode::to_der(&key)?)
}

/// How many bits the modulus has.
fn rsa_size(der: &[u8]) -> usize {
    let key = ::rsa::pkcs1::RsaPublicKeyRef::try_from(der);
    key.map_or(0, |key| rsa::bits(key.modulus.as_bytes()))
}

/// Both numbers of an ECDSA signature in DER, each at its full length; none where it is not that.
fn fixed_length(der: &[u8], half: usize) -> Option<Vec<u8>> {
    if half == 0 {
        return None;
    }
    let sequence = AnyRef::from_der(der).ok()?;
    if sequence.tag() != Tag::Sequence {
        return None;
    }
    let mut reader = SliceReader::new(sequence.value()).ok()?;
    let mut signature = Vec::with_capacity(2 * half);
    for _ in 0..2 {
        let number = UintRef::decode(&mut reader).ok()?;
        let number = number.as_bytes();
        signature.extend(vec![0; half.checked_sub(number.len())?]);
        signature.extend(number);
    }
    reader.is_finished().then_some(signature)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signer::{Signer, SigningKey};
    use crate::testing::SAMPLES;
    use crate::{KEY_TYPES, PrivateKey};
    use pem::Pem;

    fn public(key: &PrivateKey) -> PublicKey {
        let text = pem::encode(&Pem::new("PUBLIC KEY", key.subject_public_key_info()));
        PublicKey::from_text(text.as_bytes()).expect("a public key")
    }

    #[test]
    fn a_public_key_is_read_in_both_forms_and_verifies_what_its_private_key_signed() {
        for sample in SAMPLES {
            let key = PrivateKey::from_pem(sample.text.as_bytes()).expect("a key");
            let from_pem = public(&key);
            let jwk = serde_json::to_vec(&key.jwk()).expect("JSON");
            let from_jwk = PublicKey::from_text(&jwk).expect("a JWK");
            let signature = key.sign(b"message").expect("signed");
            for public in [from_pem, from_jwk] {
                assert_eq!(public.jwk(), &key.jwk());
                assert_eq!(public.alg(), sample.alg);
                assert_eq!(public.type_name(), sample.kind);
                assert!(public.verifies(b"message", &signature), "{}", sample.kind);
                assert!(!public.verifies(b"other", &signature), "{}", sample.kind);
            }
        }
    }

    #[test]
    fn a_signature_of_ecdsa_is_taken_as_jose_and_as_x_509_have_it() {
        for kind in KEY_TYPES
            .into_iter()
            .filter(|kind| kind.name().starts_with("EC"))
        {
            let key = PrivateKey::generate(kind).expect("a key");
            let public = public(&key);
            // Some of them have numbers with zeros at the start.
            for round in 0..300u32 {
                let message = round.to_be_bytes();
                for given in [key.sign(&message), key.sign_x509(&message)] {
                    let signature = public.signature(&message, &given.expect("signed"));
                    let signature = signature.expect("its signature");
                    assert!(public.verifies(&message, &signature));
                }
            }
        }
    }

    #[test]
    fn what_is_no_signature_of_the_key_is_refused() {
        let key = |kind| PrivateKey::generate(kind).expect("a key");
        let (ours, other) = (key(crate::KeyType::EC256), key(crate::KeyType::EC256));
        let public = public(&ours);
        let der = ours.sign_x509(b"m").expect("signed");
        for wrong in [
            other.sign(b"m").expect("signed"),
            other.sign_x509(b"m").expect("signed"),
            ours.sign(b"n").expect("signed"),
            [&der[..], b"\n"].concat(),
            der[..der.len() - 1].to_vec(),
            Vec::new(),
            vec![0x30, 0x00],
            vec![0x30, 0x80],
            vec![0; 64],
        ] {
            let length = wrong.len();
            let refused = public.signature(b"m", &wrong);
            assert_eq!(refused, Err(Error::OtherSignature(length)), "{wrong:?}");
        }
    }

    #[test]
    fn what_is_no_public_key_is_said() {
        for (text, expected) in [
            ("", Error::NoKey),
            ("{", Error::NoKey),
            ("{}", Error::Refused("member `kty` is missing".into())),
            (
                r#"{"kty":"EC","crv":"P-521"}"#,
                Error::Unsupported("P-521".into()),
            ),
            (r#"{"kty":"oct"}"#, Error::Unsupported("oct".into())),
            (
                r#"{"kty":"EC","crv":"P-256","x":"AA","y":7}"#,
                Error::Refused("member `y` is missing".into()),
            ),
            (
                r#"{"kty":"RSA","n":"AQ","e":"Aw"}"#,
                Error::Refused("its size is not that of its kind".into()),
            ),
            (
                r#"{"kty":"OKP","crv":"Ed25519","x":"AA"}"#,
                Error::Refused("its size is not that of its kind".into()),
            ),
        ] {
            let found = PublicKey::from_text(text.as_bytes());
            assert_eq!(found.map(|key| key.type_name()), Err(expected), "{text}");
        }
    }

    #[test]
    fn ed25519_is_verified_though_it_is_elsewhere() {
        use ring::signature::{Ed25519KeyPair, KeyPair};
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a key");
        let x = base64url(pair.public_key());
        let text = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#);
        let public = PublicKey::from_text(text.as_bytes()).expect("a public key");
        let signature = pair.sign(b"message");
        assert!(public.signature(b"message", signature.as_ref()).is_ok());
        assert_eq!((public.alg(), &*public.type_name()), ("EdDSA", "Ed25519"));
    }
}
