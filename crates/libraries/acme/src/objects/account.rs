//! Accounts (RFC 8555 §7.1.2), and what registers and changes one (§7.3).

use crate::objects::json::{FromJson, each_member, lenient, optional};
use crate::objects::jws::Jws;
use crate::text::shorten;
use serde::Serialize;

/// How many contacts are read, and how many characters of each text: for people, who read none longer.
const MOST_CONTACTS: usize = 100;
const LONGEST: usize = 2048;

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

/// The payload of a request that changes an account (RFC 8555 §7.3.2, §7.3.6).
#[derive(Debug, Default, Serialize)]
pub(crate) struct AccountChange {
    /// The contact addresses from now on: `mailto:` URLs, and an empty list for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) contact: Option<Vec<String>>,
    /// `deactivated` ends the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<&'static str>,
}

/// An account as its CA describes it (RFC 8555 §7.1.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountObject {
    /// `valid`, `deactivated` or `revoked`; empty where the CA does not say.
    pub status: String,
    /// The URLs of its contacts. Some CAs keep them to themselves.
    pub contact: Vec<String>,
    /// Whether its holder agreed to the terms of service, where the CA says so.
    pub terms_agreed: Option<bool>,
    /// Where its orders are listed, where the CA offers that.
    pub orders: Option<String>,
}

impl FromJson for AccountObject {
    fn from_json_text(text: &str) -> Result<AccountObject, String> {
        let mut account = AccountObject::default();
        each_member(text, |name, value| {
            match name {
                "status" => {
                    let status: Option<String> = optional(name, value)?;
                    account.status = shorten(&status.unwrap_or_default(), LONGEST);
                }
                "contact" => {
                    let contact: Vec<String> = lenient(value).unwrap_or_default();
                    let contact = contact.iter().take(MOST_CONTACTS);
                    account.contact = contact.map(|url| shorten(url, LONGEST)).collect();
                }
                "termsOfServiceAgreed" => account.terms_agreed = lenient(value),
                "orders" => {
                    let orders: Option<String> = lenient(value);
                    account.orders = orders.map(|url| shorten(&url, LONGEST));
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(account)
    }
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

    #[test]
    fn a_change_says_what_is_changed_and_no_contact_is_an_empty_list() {
        let json = |change: &AccountChange| serde_json::to_string(change).expect("JSON");
        let none = AccountChange {
            contact: Some(Vec::new()),
            status: None,
        };
        assert_eq!(json(&none), r#"{"contact":[]}"#);
        let end = AccountChange {
            contact: None,
            status: Some("deactivated"),
        };
        assert_eq!(json(&end), r#"{"status":"deactivated"}"#);
    }

    #[test]
    fn an_account_is_read_as_far_as_it_makes_sense() {
        let full = AccountObject {
            status: "valid".into(),
            contact: vec!["mailto:me@x.test".into()],
            terms_agreed: Some(true),
            orders: Some("https://ca.test/orders/1".into()),
        };
        for (text, expected) in [
            (
                r#"{"status":"valid","contact":["mailto:me@x.test"],"termsOfServiceAgreed":true,
                    "orders":"https://ca.test/orders/1","key":{}}"#,
                Some(full),
            ),
            ("{}", Some(AccountObject::default())),
            (
                r#"{"status":null,"contact":7,"orders":null,"termsOfServiceAgreed":"x"}"#,
                Some(AccountObject::default()),
            ),
            (r#"{"status":7}"#, None),
            ("[]", None),
        ] {
            assert_eq!(AccountObject::from_json_text(text).ok(), expected, "{text}");
        }
        let many = format!(r#"{{"contact":[{}"x"]}}"#, r#""y","#.repeat(200));
        let read = AccountObject::from_json_text(&many).expect("read");
        assert_eq!(read.contact.len(), MOST_CONTACTS);
    }
}
