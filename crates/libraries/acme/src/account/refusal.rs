//! What a CA's refusal says of an account and its key.

use crate::error::Error;
use crate::objects::Problem;

impl Error {
    /// Whether the CA may refuse a request since it is not signed with the account's key, or the account is not there.
    pub(crate) fn may_be_about_the_key(&self) -> bool {
        let kinds = ["malformed", "unauthorized", "accountDoesNotExist"];
        kinds.iter().any(|kind| self.is_refusal(kind))
    }

    /// Whether the CA says that the account was deactivated or revoked (RFC 8555 §7.3.6). Only its words tell that from
    /// other reasons.
    pub fn is_deactivated(&self) -> bool {
        let words = ["deactivated", "revoked"];
        let has = |problem: &Problem| words.iter().any(|word| problem.detail.contains(word));
        matches!(self, Error::Refused { problem, .. } if problem.is("unauthorized") && has(problem))
    }

    /// Whether an account is of no use any more: the CA has none for its key, has ended it, or takes no keys of this kind.
    pub fn is_about_a_lost_account(&self) -> bool {
        let is_unknown = self.is_refusal("accountDoesNotExist");
        is_unknown
            || self.is_deactivated()
            || self.is_about_the_kind_of_key()
            || matches!(self, Error::OtherAccount { found: None, .. })
    }

    /// Whether the CA refuses a new key whatever else it is asked: for its kind, or since another account has it
    /// (RFC 8555 §7.3.5).
    pub(crate) fn is_about_the_new_key(&self) -> bool {
        let is_taken =
            matches!(self, Error::Refused { problem, .. } if problem.status == Some(409));
        is_taken || self.is_about_the_kind_of_key()
    }

    /// Whether the CA takes no keys of this kind for accounts (RFC 8555 §6.2, §6.7).
    pub fn is_about_the_kind_of_key(&self) -> bool {
        let kinds = ["badPublicKey", "badSignatureAlgorithm"];
        kinds.iter().any(|kind| self.is_refusal(kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Purpose, Request};

    #[test]
    fn a_refusal_may_be_about_the_key_or_an_account_that_is_lost() {
        let refused = |status, kind: &str, detail: &str| {
            let problem = Problem {
                kind: format!("urn:ietf:params:acme:error:{kind}"),
                detail: detail.to_owned(),
                status: Some(status),
                ..Problem::default()
            };
            Error::refused(
                Request::post(Purpose::Account, "https://ca.test/1"),
                problem,
                None,
            )
        };
        for (error, about_the_key, deactivated, lost, new_key) in [
            (
                refused(400, "accountDoesNotExist", ""),
                true,
                false,
                true,
                false,
            ),
            (
                refused(403, "unauthorized", "has status \"deactivated\""),
                true,
                true,
                true,
                false,
            ),
            (
                refused(403, "unauthorized", "no"),
                true,
                false,
                false,
                false,
            ),
            (
                refused(400, "malformed", "deactivated"),
                true,
                false,
                false,
                false,
            ),
            (refused(409, "malformed", ""), true, false, false, true),
            (refused(400, "badPublicKey", ""), false, false, true, true),
            (
                refused(400, "badSignatureAlgorithm", ""),
                false,
                false,
                true,
                true,
            ),
            (
                refused(403, "userActionRequired", ""),
                false,
                false,
                false,
                false,
            ),
            (Error::Interrupted, false, false, false, false),
        ] {
            assert_eq!(error.may_be_about_the_key(), about_the_key, "{error:?}");
            assert_eq!(error.is_deactivated(), deactivated, "{error:?}");
            assert_eq!(error.is_about_a_lost_account(), lost, "{error:?}");
            assert_eq!(error.is_about_the_new_key(), new_key, "{error:?}");
        }
        for (found, lost) in [(None, true), (Some("https://ca.test/2".to_owned()), false)] {
            let error = Error::OtherAccount {
                key: "k".into(),
                noted: "https://ca.test/1".into(),
                found,
            };
            assert_eq!(error.is_about_a_lost_account(), lost, "{error}");
        }
    }
}
