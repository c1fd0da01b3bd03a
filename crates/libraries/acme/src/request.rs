//! What is asked of a CA, for the words of an error.

use std::fmt;

/// A request to a CA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What it is for.
    pub purpose: Purpose,
    /// `GET`, `HEAD` or `POST`.
    pub method: &'static str,
    /// Where it goes.
    pub url: String,
}

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// To read the directory (RFC 8555 §7.1.1).
    Directory,
    /// To get a nonce (§7.2).
    Nonce,
    /// To register an account (§7.3).
    NewAccount,
    /// To find the account of a key (§7.3.1).
    FindAccount,
    /// To have ZeroSSL make an external account.
    ExternalAccount,
    /// To see how an account stands (§7.1.2).
    Account,
    /// To change an account, or end it (§7.3.2, §7.3.6).
    AccountChange,
    /// To change the key of an account (§7.3.5).
    KeyChange,
    /// To place an order (§7.4).
    NewOrder,
    /// To fetch an order (§7.1.3).
    Order,
    /// To fetch an authorization (§7.5).
    Authorization,
    /// To give an authorization up (§7.5.2).
    Deactivation,
    /// To say that a challenge is ready (§7.5.1).
    Challenge,
    /// To finalize an order (§7.4).
    Finalization,
    /// To download a certificate (§7.4.2).
    Certificate,
    /// To revoke a certificate (§7.6).
    Revocation,
    /// To ask when a certificate is to be renewed (RFC 9773 §4).
    RenewalInfo,
}

impl Request {
    /// A signed request, or a POST-as-GET.
    pub(crate) fn post(purpose: Purpose, url: &str) -> Request {
        Request {
            purpose,
            method: "POST",
            url: url.to_owned(),
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.purpose {
            Purpose::Directory => "directory",
            Purpose::Nonce => "nonce",
            Purpose::NewAccount => "new account",
            Purpose::FindAccount => "account of a key",
            Purpose::ExternalAccount => "external account",
            Purpose::Account => "account",
            Purpose::AccountChange => "change of the account",
            Purpose::KeyChange => "change of the account's key",
            Purpose::NewOrder => "new order",
            Purpose::Order => "order",
            Purpose::Authorization => "authorization",
            Purpose::Deactivation => "deactivation",
            Purpose::Challenge => "challenge",
            Purpose::Finalization => "finalization",
            Purpose::Certificate => "certificate",
            Purpose::Revocation => "revocation",
            Purpose::RenewalInfo => "renewal information",
        };
        write!(f, "{what} ({} {})", self.method, self.url)
    }
}
