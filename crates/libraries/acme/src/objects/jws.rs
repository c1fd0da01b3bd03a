//! JSON Web Signatures (RFC 7515) as ACME has them (RFC 8555 §6.2).

use serde::Serialize;

/// A JWS in flattened JSON (RFC 7515 §7.2.2); all members are base64url.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Jws {
    /// The protected header.
    pub(crate) protected: String,
    /// What is signed with it; empty for a POST-as-GET (RFC 8555 §6.3).
    pub(crate) payload: String,
    /// The signature of both.
    pub(crate) signature: String,
}

impl Jws {
    /// The body of a request.
    pub fn to_json(&self) -> String {
        // Three strings, which JSON can always express.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jws_is_sent_as_flattened_json() {
        let jws = Jws {
            protected: "e30".into(),
            payload: String::new(),
            signature: "AA".into(),
        };
        assert_eq!(
            jws.to_json(),
            r#"{"protected":"e30","payload":"","signature":"AA"}"#
        );
    }
}
