//! The JWS builder.

use crate::objects::Jws;
use keys::{Jwk, Signer, base64url};
use serde::Serialize;

/// How a JWS says which key signed it (RFC 8555 §6.2).
#[derive(Debug, Clone)]
pub(crate) enum KeyId<'a> {
    /// By the public key itself: the key has no account, or does not sign for one.
    Jwk(Jwk),
    /// By the URL of an account, or by the identifier of a MAC key that the CA shares with a customer.
    Kid(&'a str),
}

/// What the protected header has beside the algorithm (RFC 8555 §6.2).
#[derive(Debug, Clone)]
pub(crate) struct Header<'a> {
    pub(crate) key: KeyId<'a>,
    /// An outer JWS has one, an inner one has none.
    pub(crate) nonce: Option<&'a str>,
    /// Where the request goes.
    pub(crate) url: &'a str,
}

/// The protected header as it is signed.
#[derive(Serialize)]
struct ProtectedHeader<'a> {
    alg: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwk: Option<&'a Jwk>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    url: &'a str,
}

/// Signs `payload`: JSON, or nothing for a POST-as-GET (RFC 8555 §6.3).
pub(crate) fn sign(
    header: &Header<'_>,
    payload: &str,
    signer: &dyn Signer,
) -> Result<Jws, keys::Error> {
    let (jwk, kid) = match &header.key {
        KeyId::Jwk(jwk) => (Some(jwk), None),
        KeyId::Kid(kid) => (None, Some(*kid)),
    };
    let protected = ProtectedHeader {
        alg: signer.alg(),
        jwk,
        kid,
        nonce: header.nonce,
        url: header.url,
    };
    // Strings, which JSON can always express.
    let protected = base64url(serde_json::to_string(&protected).unwrap_or_default());
    let payload = base64url(payload);
    let signature = signer.sign(format!("{protected}.{payload}").as_bytes())?;
    Ok(Jws {
        protected,
        payload,
        signature: base64url(signature),
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use base64::Engine;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use keys::{KeyType, PrivateKey, SigningKey};
    use ring::signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, RSA_PKCS1_2048_8192_SHA256,
        UnparsedPublicKey, VerificationAlgorithm,
    };
    use serde_json::{Value, json};

    pub(in crate::signing) fn decoded(text: &str) -> Vec<u8> {
        BASE64_URL_SAFE_NO_PAD.decode(text).expect("base64url")
    }

    impl Jws {
        /// The header and the payload.
        pub(in crate::signing) fn open(&self) -> (Value, Value) {
            let json = |text| serde_json::from_slice(&decoded(text)).unwrap_or(Value::Null);
            (json(&self.protected), json(&self.payload))
        }

        pub(in crate::signing) fn signature(&self) -> Vec<u8> {
            decoded(&self.signature)
        }

        pub(in crate::signing) fn input(&self) -> String {
            format!("{}.{}", self.protected, self.payload)
        }

        pub(in crate::signing) fn is_signed_by(&self, key: &PrivateKey) -> bool {
            let algorithm: &dyn VerificationAlgorithm = match key.alg() {
                "ES256" => &ECDSA_P256_SHA256_FIXED,
                "ES384" => &ECDSA_P384_SHA384_FIXED,
                "RS256" => &RSA_PKCS1_2048_8192_SHA256,
                other => panic!("{other}"),
            };
            UnparsedPublicKey::new(algorithm, key.subject_public_key())
                .verify(self.input().as_bytes(), &self.signature())
                .is_ok()
        }
    }

    #[test]
    fn requests_are_signed_by_accounts_with_keys_of_every_kind() {
        for kind in ["EC256", "EC384", "RSA2048"] {
            let kind = KeyType::parse(kind).expect("a kind");
            let key = PrivateKey::generate(kind).expect("a key");
            let header = Header {
                key: KeyId::Kid("https://ca.test/account/1"),
                nonce: Some("nonce-1"),
                url: "https://ca.test/new-order",
            };
            let jws = sign(&header, r#"{"a":1}"#, &key).expect("signed");
            assert!(jws.is_signed_by(&key), "{kind:?}");
            let (protected, payload) = jws.open();
            assert_eq!(
                protected,
                json!({"alg": key.alg(), "kid": "https://ca.test/account/1", "nonce": "nonce-1",
                       "url": "https://ca.test/new-order"})
            );
            assert_eq!(payload, json!({"a": 1}));
            let body: Value = serde_json::from_str(&jws.to_json()).expect("JSON");
            assert_eq!(body["signature"], jws.signature);
        }
    }

    #[test]
    fn a_key_without_an_account_shows_itself_and_a_post_as_get_is_empty() {
        let key = PrivateKey::generate(KeyType::EC256).expect("a key");
        let header = Header {
            key: KeyId::Jwk(key.jwk()),
            nonce: None,
            url: "https://ca.test/1",
        };
        let jws = sign(&header, "", &key).expect("signed");
        let (protected, _) = jws.open();
        assert_eq!(protected["jwk"]["crv"], "P-256");
        assert!(protected.get("kid").is_none() && protected.get("nonce").is_none());
        assert_eq!(jws.payload, "");
        assert!(jws.is_signed_by(&key));
    }
}
