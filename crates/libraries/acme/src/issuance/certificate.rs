//! Downloading a certificate (RFC 8555 §7.4.2).

use crate::account::Account;
use crate::error::Result;
use crate::request::Purpose;

impl Account {
    /// The certificate at this URL with those that lead from it towards a root, as PEM (RFC 8555 §9.1), unread.
    ///
    /// # Errors
    /// What the CA says to it.
    pub fn certificate(&self, url: &str) -> Result<Vec<u8>> {
        Ok(self.fetch(Purpose::Certificate, url)?.body)
    }
}
