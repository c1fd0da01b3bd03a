//! What an account is registered with (RFC 8555 §7.3), and what the CA wants of it.

use crate::account::contact::mailto;
use crate::error::{Error, Result};
use crate::objects::{Directory, Meta, NewAccount};
use crate::signing::ExternalAccount;
use keys::PrivateKey;

/// What a new account is registered with.
#[derive(Debug, Clone, Default)]
pub struct Registration {
    /// The contact address.
    pub email: Option<String>,
    /// Whether a person agreed to the CA's terms of service.
    pub terms_agreed: bool,
    /// The external account to bind the new one to.
    pub binding: Option<ExternalAccount>,
}

impl Registration {
    /// Whether the CA wants something that a person did not give.
    pub(super) fn check(&self, directory: &str, meta: &Meta) -> Result<()> {
        let directory = directory.to_owned();
        match &meta.terms_of_service {
            Some(terms) if !self.terms_agreed => {
                let terms = terms.clone();
                Err(Error::TermsNotAgreedTo { directory, terms })
            }
            _ if meta.external_account_required && self.binding.is_none() => {
                Err(Error::BindingNeeded { directory })
            }
            _ => Ok(()),
        }
    }

    /// The request for a new account. The terms of a CA that has none count as agreed to only where a person said so.
    pub(super) fn request(&self, key: &PrivateKey, directory: &Directory) -> Result<NewAccount> {
        let has_terms = directory.meta.terms_of_service.is_some();
        let bind = |binding: &ExternalAccount| binding.bind(key, &directory.new_account);
        let binding = self.binding.as_ref().map(bind).transpose();
        let contact = self.email.as_deref().map(mailto);
        Ok(NewAccount {
            contact: contact.into_iter().collect(),
            terms_of_service_agreed: (has_terms || self.terms_agreed).then_some(true),
            only_return_existing: None,
            external_account_binding: binding.map_err(Error::Signing)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::FromJson;

    #[test]
    fn what_the_ca_wants_and_was_not_given_is_said_before_it_is_asked() {
        let directory = "https://ca.test/directory";
        let terms = |error: Result<()>| matches!(error, Err(Error::TermsNotAgreedTo { .. }));
        let binding = |error: Result<()>| matches!(error, Err(Error::BindingNeeded { .. }));
        let fine = |error: Result<()>| error.is_ok();
        let given = ExternalAccount::new("kid", "AAAA").ok();
        type Is = fn(Result<()>) -> bool;
        let cases: [(bool, bool, bool, bool, Is); 7] = [
            (false, false, false, false, fine),
            (true, false, false, false, terms),
            (true, false, true, false, fine),
            (false, true, false, false, binding),
            (false, true, false, true, fine),
            (true, true, true, false, binding),
            (true, true, false, true, terms),
        ];
        for (has_terms, wants_binding, agreed, bound, expected) in cases {
            let meta = Meta {
                terms_of_service: has_terms.then(|| "https://ca.test/terms".into()),
                external_account_required: wants_binding,
                ..Meta::default()
            };
            let registration = Registration {
                email: None,
                terms_agreed: agreed,
                binding: given.clone().filter(|_| bound),
            };
            assert!(expected(registration.check(directory, &meta)));
        }
    }

    #[test]
    fn terms_are_agreed_to_where_there_are_any_or_a_person_said_so() {
        let key = PrivateKey::generate(keys::KeyType::EC256).expect("a key");
        for (has_terms, terms_agreed, agreed) in [
            (false, false, ""),
            (false, true, r#","termsOfServiceAgreed":true"#),
            (true, false, r#","termsOfServiceAgreed":true"#),
            (true, true, r#","termsOfServiceAgreed":true"#),
        ] {
            let terms = has_terms.then_some(r#""termsOfService":"https://ca.test/terms""#);
            let directory = format!(
                r#"{{"newNonce":"n","newAccount":"a","newOrder":"o","meta":{{{}}}}}"#,
                terms.unwrap_or_default()
            );
            let directory = Directory::from_json_text(&directory).expect("a directory");
            let registration = Registration {
                email: Some("me@example.com".into()),
                terms_agreed,
                binding: None,
            };
            let request = registration.request(&key, &directory).expect("a request");
            assert_eq!(
                serde_json::to_string(&request).expect("JSON"),
                format!(r#"{{"contact":["mailto:me@example.com"]{agreed}}}"#)
            );
        }
    }
}
