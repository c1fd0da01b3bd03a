//! Revoking a certificate (RFC 8555 §7.6): an account asks for it, or whoever has the certificate's key.

use crate::account::Account;
use crate::ca::Ca;
use crate::error::{Error, Result};
use crate::objects::Revocation;
use crate::request::Purpose;
use crate::signing::KeyId;
use crate::transport::Reply;
use keys::SigningKey;

/// A certificate that is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// Since now.
    Now,
    /// Since somebody asked for it before.
    Before,
}

impl Account {
    /// Has the CA revoke a certificate (RFC 8555 §7.6).
    ///
    /// # Errors
    /// What the CA says to it; [`Error::Reply`] where its directory does not say how.
    pub fn revoke(&self, revocation: &Revocation) -> Result<Revoked> {
        let url = revoke_cert(self.ca())?;
        revoked(self.post(Purpose::Revocation, url, revocation))
    }
}

impl Ca {
    /// Has the CA revoke a certificate (RFC 8555 §7.6), as whoever has this key, which is the certificate's own.
    ///
    /// # Errors
    /// As [`Account::revoke`].
    pub fn revoke(&self, revocation: &Revocation, key: &dyn SigningKey) -> Result<Revoked> {
        let url = revoke_cert(self)?;
        // A string and a number, which JSON can always express.
        let payload = serde_json::to_string(revocation).unwrap_or_default();
        let (key_id, deadline) = (KeyId::Jwk(key.jwk()), self.deadline());
        let purpose = Purpose::Revocation;
        revoked(self.post(key, key_id, purpose, url, &payload, &deadline))
    }
}

fn revoke_cert(ca: &Ca) -> Result<&str> {
    let url = ca.directory().revoke_cert.as_deref();
    url.ok_or_else(|| Error::reply(ca.url(), "it does not say where certificates are revoked"))
}

/// What came of it: a certificate that is revoked already is as one wants it.
fn revoked(reply: Result<Reply>) -> Result<Revoked> {
    match reply {
        Ok(_) => Ok(Revoked::Now),
        Err(error) if error.is_refusal("alreadyRevoked") => Ok(Revoked::Before),
        Err(error) => Err(error),
    }
}
