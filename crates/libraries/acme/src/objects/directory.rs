//! The directory: where a CA's resources are (RFC 8555 §7.1.1).

use crate::objects::json::{FromJson, each_member, lenient, optional};
use crate::text::quote;
use std::fmt;

/// The most profiles of a CA that are read; CAs have a handful.
const MOST_PROFILES: usize = 100;

/// How many domain names of a CA's are read: it has a few.
const MOST_NAMES: usize = 100;

/// A directory (RFC 8555 §7.1.1).
#[derive(Debug, Clone, Default)]
pub struct Directory {
    /// Gives a fresh nonce (§7.2).
    pub new_nonce: String,
    /// Registers an account, or finds it (§7.3).
    pub new_account: String,
    /// Places an order (§7.4).
    pub new_order: String,
    /// Changes the key of an account (§7.3.5).
    pub key_change: Option<String>,
    /// Revokes a certificate (§7.6); nobody needs it to get one.
    pub revoke_cert: Option<String>,
    /// Tells when a certificate is to be renewed (RFC 9773 §3), where the CA offers that.
    pub renewal_info: Option<String>,
    /// What the CA says of itself.
    pub meta: Meta,
}

/// What a CA says of itself (RFC 8555 §7.1.1), as far as it is understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meta {
    /// Where the terms of service can be read.
    pub terms_of_service: Option<String>,
    /// Whether a new account has to be bound to an external account (§7.3.4).
    pub external_account_required: bool,
    /// The certificate profiles that it offers (draft-ietf-acme-profiles §3), in its sequence; none where it has no profiles.
    pub profiles: Option<Vec<Profile>>,
    /// The domain names that CAA records have for this CA (RFC 8659 §4.2).
    pub caa_identities: Vec<String>,
}

/// A certificate profile of a CA (draft-ietf-acme-profiles §3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// What an order asks for.
    pub name: String,
    /// What it is, in words, or the URL of a page that says so; empty where the CA does not say.
    pub description: String,
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", quote(&self.name))?;
        match self.description.as_str() {
            "" => Ok(()),
            description => write!(f, " ({description})"),
        }
    }
}

impl FromJson for Directory {
    fn from_json_text(text: &str) -> Result<Directory, String> {
        let (mut nonce, mut account, mut order) = (None, None, None);
        let (mut key_change, mut revoke_cert, mut renewal_info) = (None, None, None);
        let mut meta = Meta::default();
        each_member(text, |name, value| {
            match name {
                "newNonce" => nonce = optional(name, value)?,
                "newAccount" => account = optional(name, value)?,
                "newOrder" => order = optional(name, value)?,
                "keyChange" => key_change = lenient(value),
                "revokeCert" => revoke_cert = lenient(value),
                // Nobody needs it to get a certificate.
                "renewalInfo" => renewal_info = lenient(value),
                "meta" => meta = Meta::read(value),
                _ => {}
            }
            Ok(())
        })?;
        let missing = |name: &str| format!("member `{name}` is missing");
        Ok(Directory {
            new_nonce: nonce.ok_or_else(|| missing("newNonce"))?,
            new_account: account.ok_or_else(|| missing("newAccount"))?,
            new_order: order.ok_or_else(|| missing("newOrder"))?,
            key_change,
            revoke_cert,
            renewal_info,
            meta,
        })
    }
}

impl Meta {
    fn read(text: &str) -> Meta {
        let mut meta = Meta::default();
        // Where it is no object, the CA says nothing of itself.
        let _ = each_member(text, |name, value| {
            match name {
                "termsOfService" => meta.terms_of_service = lenient(value),
                "caaIdentities" => {
                    let names: Vec<serde_json::Value> = lenient(value).unwrap_or_default();
                    let names = names.iter().filter_map(|name| name.as_str());
                    meta.caa_identities = names.take(MOST_NAMES).map(str::to_owned).collect();
                }
                "externalAccountRequired" => {
                    meta.external_account_required = lenient(value).unwrap_or_default();
                }
                "profiles" => meta.profiles = profiles(value),
                _ => {}
            }
            Ok(())
        });
        meta
    }
}

/// The profiles of a directory; none where the member is no object.
fn profiles(text: &str) -> Option<Vec<Profile>> {
    let mut profiles = Vec::new();
    let read = each_member(text, |name, value| {
        if profiles.len() < MOST_PROFILES {
            let description: Option<String> = lenient(value);
            profiles.push(Profile {
                name: name.to_owned(),
                description: quote(&description.unwrap_or_default()),
            });
        }
        Ok(())
    });
    read.ok().map(|()| profiles)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_says_where_things_are_and_may_say_null_for_the_rest() {
        let urls = r#""newNonce": "n", "newAccount": "a", "newOrder": "o", "x": [[{}]]"#;
        for (meta, terms, wants_binding) in [
            ("", None, false),
            (r#", "meta": null"#, None, false),
            (r#", "meta": []"#, None, false),
            (
                r#", "meta": {"termsOfService": null, "externalAccountRequired": null, "profiles": null}"#,
                None,
                false,
            ),
            (
                r#", "meta": {"termsOfService": "t", "externalAccountRequired": true}"#,
                Some("t"),
                true,
            ),
        ] {
            let text = format!("{{{urls}{meta}}}");
            let directory = Directory::from_json_text(&text).expect("a directory");
            assert_eq!(directory.new_nonce, "n");
            assert_eq!(directory.new_account, "a");
            assert_eq!(directory.new_order, "o");
            assert_eq!(directory.meta.terms_of_service.as_deref(), terms);
            assert_eq!(directory.meta.external_account_required, wants_binding);
        }
        for (sent, expected) in [
            ("null", None),
            ("[]", None),
            ("{}", Some(vec![])),
            (
                r#"{"b": "two", "a": 7}"#,
                Some(vec![("b", "two"), ("a", "")]),
            ),
        ] {
            let text = format!(r#"{{{urls}, "meta": {{"profiles": {sent}}}}}"#);
            let directory = Directory::from_json_text(&text).expect("a directory");
            let profiles = directory.meta.profiles.as_ref();
            let found = profiles.map(|all| {
                let texts = all.iter().map(|one| (&*one.name, &*one.description));
                texts.collect::<Vec<_>>()
            });
            assert_eq!(found, expected, "{sent}");
        }
        for (sent, names) in [
            (r#"["ca.test", "ca2.test"]"#, &["ca.test", "ca2.test"][..]),
            (r#"["ca.test", 7, "ca2.test"]"#, &["ca.test", "ca2.test"]),
            ("null", &[]),
            ("[7]", &[]),
        ] {
            let text = format!(r#"{{{urls}, "meta": {{"caaIdentities": {sent}}}}}"#);
            let directory = Directory::from_json_text(&text).expect("a directory");
            assert_eq!(directory.meta.caa_identities, names);
        }
        for (offered, url) in [
            (r#""r""#, Some("r")),
            ("null", None),
            ("7", None),
            ("{}", None),
        ] {
            let text = format!(r#"{{{urls}, "renewalInfo": {offered}}}"#);
            let directory = Directory::from_json_text(&text).expect("a directory");
            assert_eq!(directory.renewal_info.as_deref(), url);
        }
        for (bad, says) in [
            ("{}", "`newNonce` is missing"),
            (
                r#"{"newNonce": "n", "newAccount": null}"#,
                "`newAccount` is missing",
            ),
            (r#"{"newNonce": 7}"#, "`newNonce`: "),
            ("[]", "object"),
        ] {
            let error = Directory::from_json_text(bad).expect_err(bad);
            assert!(error.contains(says), "{error}");
        }
    }
}
