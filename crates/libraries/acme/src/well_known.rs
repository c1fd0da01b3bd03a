//! The names of well-known CAs; the same as lego's.

use crate::error::{Error, Result};
use urls::is_https;

/// Each name and the URL of the CA's directory.
pub const SERVERS: &[(&str, &str)] = &[
    ("actalis", "https://acme-api.actalis.com/acme/directory"),
    (
        "digicert",
        "https://one.digicert.com/mpki/api/v1/acme/v2/directory",
    ),
    ("freessl", "https://acmepro.freessl.cn/v2/DV"),
    (
        "globalsign",
        "https://emea.acme.atlas.globalsign.com/directory",
    ),
    ("googletrust", "https://dv.acme-v02.api.pki.goog/directory"),
    (
        "googletrust-staging",
        "https://dv.acme-v02.test-api.pki.goog/directory",
    ),
    (
        "letsencrypt",
        "https://acme-v02.api.letsencrypt.org/directory",
    ),
    (
        "letsencrypt-staging",
        "https://acme-staging-v02.api.letsencrypt.org/directory",
    ),
    ("litessl", "https://acme.litessl.com/acme/v2/directory"),
    ("peeringhub", "https://stica.peeringhub.io/acme"),
    ("sectigo", "https://acme.sectigo.com/v2/DV"),
    ("sectigoev", "https://acme.sectigo.com/v2/EV"),
    ("sectigoov", "https://acme.sectigo.com/v2/OV"),
    ("sslcomecc", "https://acme.ssl.com/sslcom-dv-ecc"),
    ("sslcomrsa", "https://acme.ssl.com/sslcom-dv-rsa"),
    ("zerossl", "https://acme.zerossl.com/v2/DV90"),
];

/// The directory's URL from a well-known name or a URL.
///
/// # Errors
/// [`Error::UnknownServer`] if it is neither a name that is known nor an https URL.
pub fn directory_url(server: &str) -> Result<String> {
    if let Some((_, url)) = SERVERS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(server))
    {
        return Ok((*url).to_owned());
    }
    if is_https(server) {
        return Ok(server.to_owned());
    }
    Err(Error::UnknownServer(server.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_for_urls_and_urls_for_themselves() {
        let url = "https://acme-v02.api.letsencrypt.org/directory";
        assert_eq!(directory_url("LetsEncrypt").as_deref(), Ok(url));
        assert_eq!(
            directory_url("https://[::1]:14000/dir").as_deref(),
            Ok("https://[::1]:14000/dir")
        );
        for unknown in ["http://example.com/dir", "letsencript"] {
            let error = Error::UnknownServer(unknown.to_owned());
            assert_eq!(directory_url(unknown), Err(error));
        }
    }
}
