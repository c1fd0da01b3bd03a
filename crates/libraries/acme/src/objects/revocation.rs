//! Revoking a certificate (RFC 8555 §7.6).

use keys::base64url;
use serde::Serialize;

/// The payload of a revokeCert request (RFC 8555 §7.6).
#[derive(Debug, Clone, Serialize)]
pub struct Revocation {
    /// The certificate, DER in base64url.
    certificate: String,
    /// Why (RFC 5280 §5.3.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<u8>,
}

impl Revocation {
    /// The revocation of a certificate in DER, with a reason's number (RFC 5280 §5.3.1).
    pub fn new(certificate: &[u8], reason: Option<u8>) -> Revocation {
        Revocation {
            certificate: base64url(certificate),
            reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_said_where_there_is_one() {
        let json = |reason| serde_json::to_string(&Revocation::new(&[1, 2, 3], reason));
        assert_eq!(json(None).expect("JSON"), r#"{"certificate":"AQID"}"#);
        let with_reason = json(Some(4)).expect("JSON");
        assert_eq!(with_reason, r#"{"certificate":"AQID","reason":4}"#);
    }
}
