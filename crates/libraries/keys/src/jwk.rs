//! JSON Web Keys (RFC 7517): public keys as JOSE has them.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// A public key: the members that its type needs, and no others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jwk {
    /// Sorted by name, which is how a thumbprint wants them.
    members: Vec<(&'static str, String)>,
}

impl Jwk {
    /// Makes one from the members that RFC 7638 §3.2 calls required for this type of key.
    pub(crate) fn new<const N: usize>(members: [(&'static str, String); N]) -> Jwk {
        let mut members = Vec::from(members);
        members.sort();
        Jwk { members }
    }

    /// The thumbprint (RFC 7638 §3) with SHA-256, base64url.
    pub fn thumbprint(&self) -> String {
        // No member has a character that JSON escapes: names and curves are ours, all else is base64url.
        let members: Vec<String> = self
            .members
            .iter()
            .map(|(name, value)| format!(r#""{name}":"{value}""#))
            .collect();
        let json = format!("{{{}}}", members.join(","));
        base64url(digest(&SHA256, json.as_bytes()))
    }
}

impl Serialize for Jwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.members.len()))?;
        for (name, value) in &self.members {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// base64url without padding (RFC 7515 §2), as everything in JOSE is.
pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_of_rfc_7638_comes_out() {
        // RFC 7638 §3.1.
        let modulus = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let jwk = Jwk::new([
            ("n", modulus.into()),
            ("kty", "RSA".into()),
            ("e", "AQAB".into()),
        ]);
        assert_eq!(
            jwk.thumbprint(),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        );
        let json = serde_json::to_string(&jwk).expect("a map of strings");
        assert!(
            json.starts_with(r#"{"e":"AQAB","kty":"RSA","n":"0vx7"#),
            "{json}"
        );
    }
}
