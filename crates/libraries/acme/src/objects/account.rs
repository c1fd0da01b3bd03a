//! Registering an account (RFC 8555 §7.3).

use crate::objects::jws::Jws;
use serde::Serialize;

/// The payload of a newAccount request (RFC 8555 §7.3).
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewAccount {
    /// The contact addresses: `mailto:` URLs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) contact: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) terms_of_service_agreed: Option<bool>,
    /// Whether to find the account of a key without making one (§7.3.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) only_return_existing: Option<bool>,
    /// §7.3.4.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) external_account_binding: Option<Jws>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_nothing_to_say_about_is_left_out() {
        let json = |request: &NewAccount| serde_json::to_string(request).expect("JSON");
        assert_eq!(json(&NewAccount::default()), "{}");
        let full = NewAccount {
            contact: vec!["mailto:me@example.com".into()],
            terms_of_service_agreed: Some(true),
            ..NewAccount::default()
        };
        assert_eq!(
            json(&full),
            r#"{"contact":["mailto:me@example.com"],"termsOfServiceAgreed":true}"#
        );
        let find = NewAccount {
            only_return_existing: Some(true),
            ..NewAccount::default()
        };
        assert_eq!(json(&find), r#"{"onlyReturnExisting":true}"#);
    }
}
