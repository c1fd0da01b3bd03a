//! What ZeroSSL's API answers to a request for an external account.

use crate::objects::json::{FromJson, each_member, lenient};
use crate::text::quote;
use serde_json::Value;

/// A reply of `/acme/eab-credentials` or `/acme/eab-credentials-email`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ZeroSslReply {
    /// The identifier of the MAC key.
    pub(crate) kid: Option<String>,
    /// The MAC key, base64url.
    pub(crate) mac_key: Option<String>,
    /// Why there is none, as the API says it.
    pub(crate) refusal: Option<String>,
}

impl FromJson for ZeroSslReply {
    fn from_json_text(text: &str) -> Result<ZeroSslReply, String> {
        let mut reply = ZeroSslReply::default();
        each_member(text, |name, value| {
            match name {
                "eab_kid" => reply.kid = lenient(value),
                "eab_hmac_key" => reply.mac_key = lenient(value),
                "error" => reply.refusal = lenient(value).map(|error| refusal(&error)),
                _ => {}
            }
            Ok(())
        })?;
        Ok(reply)
    }
}

/// An error has a code, a type and maybe details: `{"code": 2900, "type": "missing_email"}`.
fn refusal(error: &Value) -> String {
    let text = |name: &str| error.get(name).and_then(Value::as_str).map(quote);
    let kind = text("type").unwrap_or_else(|| quote(&error.to_string()));
    match text("details").or_else(|| text("info")) {
        Some(details) => format!("{kind}: {details}"),
        None => kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_has_a_key_or_says_why_not() {
        let key = ZeroSslReply {
            kid: Some("k".into()),
            mac_key: Some("AAAA".into()),
            refusal: None,
        };
        let refused = |why: &str| ZeroSslReply {
            refusal: Some(why.into()),
            ..ZeroSslReply::default()
        };
        for (text, expected) in [
            (
                r#"{"success":1,"eab_kid":"k","eab_hmac_key":"AAAA"}"#,
                Some(key),
            ),
            (
                r#"{"success":false,"error":{"code":2900,"type":"missing_email"}}"#,
                Some(refused("missing_email")),
            ),
            (
                r#"{"error":{"type":"t","details":"d"}}"#,
                Some(refused("t: d")),
            ),
            (r#"{"error":7}"#, Some(refused("7"))),
            (
                r#"{"eab_kid":7,"eab_hmac_key":null}"#,
                Some(ZeroSslReply::default()),
            ),
            ("oops", None),
        ] {
            let read = ZeroSslReply::from_json_text(text).ok();
            assert_eq!(read, expected, "{text}");
        }
    }
}
