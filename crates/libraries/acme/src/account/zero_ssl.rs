//! The external account of a customer of ZeroSSL, which its API makes by itself: for the customer's access key, or for an
//! e-mail address alone.

use crate::ca::Ca;
use crate::error::{Error, Result};
use crate::objects::{FromJson, ZeroSslReply};
use crate::request::{Purpose, Request};
use crate::signing::ExternalAccount;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What the URLs of its directories begin with.
const DIRECTORIES: &str = "https://acme.zerossl.com/";
/// Where its API makes external accounts.
const BY_ACCESS_KEY: &str = "https://api.zerossl.com/acme/eab-credentials";
const BY_EMAIL: &str = "https://api.zerossl.com/acme/eab-credentials-email";
/// What stands as it is in a form (URL Standard §5.2).
const IN_FORM: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'*');

/// Whether this is ZeroSSL's.
pub(crate) fn is_zero_ssl(directory: &str) -> bool {
    directory.starts_with(DIRECTORIES)
}

/// A new external account: of the customer with this access key, or else of this e-mail address; none where there is
/// neither.
///
/// # Errors
/// What the API says to it.
pub(crate) fn external_account(
    ca: &Ca,
    access_key: Option<&str>,
    email: Option<&str>,
) -> Result<Option<ExternalAccount>> {
    let encode = |text| utf8_percent_encode(text, IN_FORM);
    let (url, query, body) = match (access_key, email) {
        (Some(key), _) => (
            BY_ACCESS_KEY,
            format!("?access_key={}", encode(key)),
            String::new(),
        ),
        (None, Some(email)) => (BY_EMAIL, String::new(), format!("email={}", encode(email))),
        (None, None) => return Ok(None),
    };
    let request = Request::post(Purpose::ExternalAccount, url);
    let text = ca.post_form(&request, &query, &body)?;
    let reply = ZeroSslReply::from_json_text(&text).map_err(|why| Error::Unreadable {
        request: Box::new(request.clone()),
        why,
    })?;
    match (reply.kid, reply.mac_key) {
        (Some(kid), Some(key)) => {
            let account = ExternalAccount::new(&kid, &key);
            account.map(Some).map_err(Error::BindingKey)
        }
        _ => Err(Error::reply(
            request,
            reply
                .refusal
                .unwrap_or_else(|| "the reply has no key".to_owned()),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_directories_are_its() {
        for (directory, expected) in [
            ("https://acme.zerossl.com/v2/DV90", true),
            ("https://acme.zerossl.com.evil.test/v2/DV90", false),
            ("https://ca.test/directory", false),
        ] {
            assert_eq!(is_zero_ssl(directory), expected, "{directory}");
        }
    }
}
