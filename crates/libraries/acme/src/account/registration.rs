//! What an account is registered with (RFC 8555 §7.3), and what the CA wants of it.

use crate::account::contact::mailto;
use crate::account::zero_ssl::{external_account, is_zero_ssl};
use crate::ca::Ca;
use crate::error::{Error, Result};
use crate::objects::{Directory, Meta, NewAccount};
use crate::signing::ExternalAccount;
use keys::SigningKey;

/// What a new account is registered with.
#[derive(Debug, Clone, Default)]
pub struct Registration {
    /// The contact address.
    pub email: Option<String>,
    /// Whether a person agreed to the CA's terms of service.
    pub terms_agreed: bool,
    /// The external account to bind the new one to.
    pub binding: Option<ExternalAccount>,
    /// What ZeroSSL knows a customer by, whom it gives an external account.
    pub zero_ssl_access_key: Option<String>,
}

impl Registration {
    /// With the external account that ZeroSSL makes for it, where the CA is ZeroSSL and none is given.
    ///
    /// # Errors
    /// What ZeroSSL says to it.
    pub(super) fn bound(&self, ca: &Ca) -> Result<Registration> {
        let mut bound = self.clone();
        if self.binding.is_none() && is_zero_ssl(ca.url()) {
            let access_key = self.zero_ssl_access_key.as_deref();
            bound.binding = external_account(ca, access_key, self.email.as_deref())?;
        }
        Ok(bound)
    }

    /// Whether the CA wants something that a person did not give.
    pub(super) fn check(&self, directory: &str, meta: &Meta) -> Result<()> {
        let directory = directory.to_owned();
        let makes_one =
            is_zero_ssl(&directory) && (self.email.is_some() || self.zero_ssl_access_key.is_some());
        match &meta.terms_of_service {
            Some(terms) if !self.terms_agreed => {
                let terms = terms.clone();
                Err(Error::TermsNotAgreedTo { directory, terms })
            }
            _ if makes_one => Ok(()),
            _ if meta.external_account_required && self.binding.is_none() => {
                Err(Error::BindingNeeded { directory })
            }
            _ => Ok(()),
        }
    }

    /// The request for a new account. The terms of a CA that has none count as agreed to only where a person said so.
    pub(super) fn request(
        &self,
        key: &dyn SigningKey,
        directory: &Directory,
    ) -> Result<NewAccount> {
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
                zero_ssl_access_key: None,
            };
            assert!(expected(registration.check(directory, &meta)));
        }
    }

    #[test]
    fn terms_are_agreed_to_where_there_are_any_or_a_person_said_so() {
        let key = keys::PrivateKey::generate(keys::KeyType::EC256).expect("a key");
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
                zero_ssl_access_key: None,
            };
            let request = registration.request(&key, &directory).expect("a request");
            assert_eq!(
                serde_json::to_string(&request).expect("JSON"),
                format!(r#"{{"contact":["mailto:me@example.com"]{agreed}}}"#)
            );
        }
    }
}
