//! Downloading a certificate (RFC 8555 §7.4.2).

use crate::account::Account;
use crate::error::{Error, Result, Unfinished};
use crate::issuance::wait::Look;
use crate::request::{Purpose, Request};
use crate::text::quote;
use crate::transport::{Received, Reply};

/// A PEM file of certificates begins with this somewhere.
const PEM: &[u8] = b"-----BEGIN CERTIFICATE-----";
/// Accepted: the certificate is not made yet (RFC 9110 §15.3.3).
const ACCEPTED: u16 = 202;

/// A certificate that was downloaded, with those that lead from it towards a root. Few large ones are held at once, so it
/// is to be dropped soon.
#[derive(Debug)]
pub struct Download {
    text: Received,
    alternates: Vec<String>,
}

impl Download {
    /// The PEM text (RFC 8555 §9.1), unread.
    pub fn pem(&self) -> &[u8] {
        self.text.bytes()
    }

    /// The URLs of other chains for the same certificate (RFC 8555 §7.4.2).
    pub fn alternates(&self) -> &[String] {
        &self.alternates
    }
}

impl Account {
    /// The certificate at this URL. Where the CA has accepted to make it and has not yet, this waits for it.
    ///
    /// # Errors
    /// What the CA says to it; [`Error::Reply`] if there is something else, and [`Error::Unfinished`].
    pub fn certificate(&self, url: &str) -> Result<Download> {
        let mut is_first = true;
        let reply = self.poll(|| match self.fetch(Purpose::Certificate, url) {
            // Many may wait for a CA that does not hand out any.
            Err(error @ Error::NotAsked { .. }) if is_first => Err(error),
            Ok(reply) if reply.status.as_u16() == ACCEPTED => {
                let unfinished = Error::Unfinished {
                    what: Unfinished::Certificate(url.to_owned()),
                    within: self.deadline().within(),
                };
                Ok(Look::NotYet(reply.retry_after, unfinished))
            }
            Ok(reply) => Ok(Look::Done(reply)),
            Err(error) => {
                is_first = false;
                Look::failed(error)
            }
        })?;
        download(reply).map_err(|why| Error::reply(Request::post(Purpose::Certificate, url), why))
    }
}

/// The certificate in a reply, whatever that says of its media type and of other forms of it.
fn download(reply: Reply) -> std::result::Result<Download, String> {
    let text = reply.body.bytes();
    if text.windows(PEM.len()).any(|part| part == PEM) {
        return Ok(Download {
            alternates: reply.alternates(),
            text: reply.body,
        });
    }
    let media_type = reply.media_type.as_deref().unwrap_or("without a type");
    Err(format!(
        "no certificate in PEM, but {} bytes, `{}`",
        text.len(),
        quote(media_type)
    ))
}
